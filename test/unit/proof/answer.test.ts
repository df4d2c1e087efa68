import { beforeEach, describe, expect, it } from 'vitest';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { termsOf } from '../../../functions/src/consent/terms.ts';
import { append, continuing, type Entry, type Head } from '../../../functions/src/ledger/chain.ts';
import type { Draft } from '../../../functions/src/ledger/entry.ts';
import { afterEntry } from '../../../functions/src/ledger/derive.ts';
import { headRef } from '../../../functions/src/ledger/documents.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { askLedger } from '../../../functions/src/proof/answer.ts';
import type { PersonQuery } from '../../../functions/src/proof/findPerson.ts';
import { proveJson, provePage } from '../../../functions/src/proof/page.ts';
import { emailHash, emailHashes } from '../../../functions/src/subject/emails.ts';
import { chainName, pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { putChain } from '../../kit/sealed/ledger.ts';
import { testContext } from '../requests/helpers.ts';
import { answer, at, chainOf } from './helpers.ts';

const JAN = at('2026-01-01T00:00:00Z');
const FEB = at('2026-02-01T00:00:00Z');
const MAR = at('2026-03-01T00:00:00Z');
const ADA = 'ada@example.com';
const terms = termsOf(amikeo, 'messages', { policyVersion: '2025-06-15', locale: 'fr' });

/** Both keys; v2 makes the new pseudonyms. */
const keys = { current: 2, keys: { 1: 'an old key', 2: 'a new key' } };

function reader() {
  const context = testContext(MAR);
  const users = [{ uid: 'ada', email: ADA, emailVerified: true }];
  return { ...context, users, keys, clients: { ...context.clients, auth: async () => fakeAuth(() => users) } };
}

let ledger = reader();
beforeEach(() => {
  ledger = reader();
});

const store = (chain: string, head: Head, entries: readonly Entry[]) => putChain(ledger, { chain, head, entries });

const nameOf = (version: number, generation = 1) => chainName(pseudonymOf('ada', keys, version), generation);

/** A chain under the old key, and its continuation under the new one. */
async function rotated(before: readonly Draft[], after: readonly Draft[]): Promise<void> {
  const old = chainOf(before, nameOf(1));
  await store(old.chain, { ...old.head, continuedBy: nameOf(2) }, old.entries);
  let head = continuing(nameOf(2), old, FEB);
  const entries = after.map((draft, index) => {
    const appended = append(nameOf(2), head, `later${index}`, draft);
    head = afterEntry(head, appended.entry);
    return appended.entry;
  });
  await store(nameOf(2), head, entries);
}

const ask = (person: PersonQuery, when = MAR, policy: Policy = amikeo) =>
  askLedger(ledger, policy, { person, purpose: 'messages', at: when });

describe('ledger prove: the owner of a history', () => {
  it('goes on backwards under an older key, and verifies that one chain continues the other', async () => {
    await rotated([answer('given', JAN, terms)], [answer('withdrawn', FEB, terms)]);
    const found = await ask({ uid: 'ada' });
    expect(found.persons).toMatchObject([
      { by: 'account', chains: [nameOf(1), nameOf(2)], verified: 2, problems: [], proof: { state: 'withdrawn' } },
    ]);
    expect((await ask({ uid: 'ada' }, FEB - 1)).persons[0]?.proof).toMatchObject({ state: 'given', agreed: true });
  });

  it('finds out an old chain that another one was put in place of', async () => {
    await rotated([answer('refused', JAN)], [answer('withdrawn', FEB)]);
    const forged = chainOf([answer('given', JAN)], nameOf(1));
    await store(nameOf(1), forged.head, forged.entries);
    expect((await ask({ uid: 'ada' })).persons[0]?.problems).toEqual([
      { chain: nameOf(2), seq: 1, problem: 'unlinked' },
    ]);
  });

  it('names an old chain that was deleted when its period ended, and does not fail', async () => {
    await rotated([answer('given', JAN)], [answer('withdrawn', FEB)]);
    await headRef(ledger.own, nameOf(1)).collection('entries').doc('event1').delete();
    await headRef(ledger.own, nameOf(1)).delete();
    const found = await ask({ uid: 'ada' });
    expect(found.persons).toMatchObject([{ chains: [nameOf(2)], ended: nameOf(1), problems: [] }]);
    expect(provePage(amikeo, found, 'uid')).toContain(
      `the chain ${nameOf(1)}, which was deleted when its period ended`,
    );
  });

  it('a uid that was used again is two people, each with their own answer', async () => {
    const first = chainOf([answer('given', JAN)], nameOf(2));
    await store(first.chain, { ...first.head, closed: { at: FEB, accountCreatedAt: 1 } }, first.entries);
    const second = chainOf([answer('refused', FEB)], nameOf(2, 2));
    await store(second.chain, second.head, second.entries);
    const found = await ask({ uid: 'ada' });
    expect(found.persons.map(({ by, proof }) => [by, proof.state])).toEqual([
      ['erased', 'given'],
      ['account', 'refused'],
    ]);
    // By the address: only the present owner of it; the earlier person had another one, as far as
    // anybody knows.
    expect((await ask({ email: ADA })).persons.map(({ chains }) => chains)).toEqual([[nameOf(2, 2)]]);
  });

  it.each([1, 2])(
    'a person erased under the key of version %i is found by the address, in any spelling',
    async (version) => {
      const chain = `v${version}_${'e'.repeat(43)}`;
      const stored = chainOf(
        [answer('given', JAN), { kind: 'erasure', state: 'completed', occurredAt: FEB, recordedAt: FEB }],
        chain,
      );
      await store(chain, { ...stored.head, closed: { at: FEB, accountCreatedAt: 1 } }, stored.entries);
      const mark = (id: string, email: string) =>
        writeSealed(ledger.own.doc(`tombstones/${id}`), { emails: [emailHash(email, keys, version)] }, keys);
      await mark(chain, 'eve@example.com');
      // Somebody without a key says that a chain is hers.
      await ledger.own.doc('tombstones/v1_forged').set({ emails: [emailHash('eve@example.com', keys, version)] });
      await mark('other', 'else@example.com');
      const found = await ask({ email: ' Eve@Example.com ' });
      expect(found).toMatchObject({
        account: 'none',
        persons: [{ by: 'erased', chains: [chain], proof: { erasedAt: FEB } }],
      });
      expect(JSON.stringify(proveJson(found))).not.toContain('example.com');
    },
  );

  it('a person who is being erased is one person, not two', async () => {
    const stored = chainOf([answer('given', JAN)], nameOf(2));
    await store(stored.chain, { ...stored.head, erasing: { at: FEB, accountCreatedAt: 1 } }, stored.entries);
    await writeSealed(ledger.own.doc(`tombstones/${stored.chain}`), { emails: emailHashes(ADA, keys) }, keys);
    expect((await ask({ email: ADA })).persons.map(({ by, chains }) => [by, chains])).toEqual([
      ['erased', [nameOf(2)]],
    ]);
  });

  it('nobody is nobody', async () => {
    const found = await ask({ email: 'nobody@example.com' });
    expect(found).toMatchObject({ account: 'none', persons: [] });
    expect(provePage(amikeo, found, 'email')).toContain('Nobody: Auth has no account with this address');
    expect(provePage(amikeo, await ask({ uid: 'ada' }), 'uid')).toContain('the ledger has no entry of it');
  });
});

describe('the hash of an address', () => {
  it('has the key’s version, and is the same however the address is written', () => {
    expect(emailHash(' ADA@example.com', keys)).toBe(emailHash(ADA, keys));
    expect(emailHashes(ADA, keys)).toEqual([emailHash(ADA, keys, 1), emailHash(ADA, keys, 2)]);
    expect(emailHashes(ADA, keys).map((hash) => hash.slice(0, 3))).toEqual(['v1_', 'v2_']);
    expect(() => emailHash(ADA, keys, 3)).toThrow('PSEUDONYM_KEY_V3');
  });
});

describe('the page of the answer', () => {
  const declared = { source: 'app', locale: 'fr', declared: ['source', 'locale'], actor: 'subject' } as const;

  it('names the state, its beginning, its entry, the actor, the app’s declarations, and the exact text', async () => {
    const stored = chainOf(
      [answer('given', JAN, { ...terms, ...declared }), answer('withdrawn', FEB, { recordedAt: MAR + 5 })],
      nameOf(2),
    );
    await store(stored.chain, stored.head, stored.entries);
    const page = provePage(amikeo, await ask({ email: ADA }, JAN + 5), 'email');
    for (const said of [
      'Consent to “Newsletters and offers by e-mail” (messages) at 2026-01-01T00:00:00.005Z',
      'AGREED: given since 2026-01-01T00:00:00.000Z',
      'Shown by: entry 1 (event1), happened 2026-01-01T00:00:00.000Z, recorded 2026-01-01T00:00:01.000Z',
      'Who acted: the person',
      'source app (declared by the app)',
      'Controller: Auticiel',
      'Afterwards: withdrawn from 2026-02-01T00:00:00.000Z, entry 2 (event2)',
      'computed again and the same:',
      '    Pouvons-nous vous envoyer des nouvelles et des offres par e-mail ?',
      'The ledger: 2 entries in 1 chain(s), verified',
    ])
      expect(page).toContain(said);
    expect(page).not.toContain(ADA);

    const late = provePage(amikeo, await ask({ uid: 'ada' }, FEB), 'uid');
    expect(late).toContain('NOT AGREED: withdrawn since 2026-02-01');
    expect(late).toContain('Known at that moment: AGREED: given since 2026-01-01');
    expect(late).toContain('recorded later: entry 2 (event2), withdrawn');
  });

  it('never passes off another text, and names the place at which a chain was changed', async () => {
    const stored = chainOf([answer('given', JAN, terms)], nameOf(2));
    await store(stored.chain, stored.head, stored.entries);
    const policy = structuredClone(amikeo);
    const text = policy.notices['2025-06-15']?.['messages'];
    if (text) text.fr = 'Un autre texte.';
    const page = provePage(policy, await ask({ uid: 'ada' }, MAR, policy), 'uid');
    expect(page).toContain('THE REPOSITORY’S TEXT IS ANOTHER ONE'.replace('’', "'"));
    expect(page).not.toContain('Un autre texte.');

    const ref = headRef(ledger.own, stored.chain).collection('entries').doc('event1');
    const before = (await ref.get()).data() ?? {};
    await ref.update({ locale: 'en' });
    const changed = provePage(amikeo, await ask({ uid: 'ada' }), 'uid');
    expect(changed).toContain('THE LEDGER DOES NOT VERIFY, 1 problem(s)');
    expect(changed).toContain(`${nameOf(2)} entry 1 (event1): changed`);
    await ref.set({ ...before, seal: 'v2_x' });
    const unsealed = provePage(amikeo, await ask({ uid: 'ada' }), 'uid');
    expect(unsealed).toContain(`${nameOf(2)} entry 1 (event1): unsealed`);
  });

  it('warns of an address that Auth did not verify', async () => {
    const [ada] = ledger.users;
    if (ada) ada.emailVerified = false;
    const found = await ask({ email: ADA });
    expect(found.account).toBe('unverified');
    expect(provePage(amikeo, found, 'email')).toContain('Auth did not verify this address');
  });

  it('as JSON, every moment is a time', async () => {
    const stored = chainOf([answer('given', JAN, { effectiveAt: JAN + 1 })], nameOf(2));
    await store(stored.chain, stored.head, stored.entries);
    const [one] = proveJson(await ask({ uid: 'ada' })).persons;
    expect(one).toMatchObject({
      agreed: true,
      since: '2026-01-01T00:00:00.001Z',
      shownBy: { occurredAt: '2026-01-01T00:00:00.000Z', effectiveAt: '2026-01-01T00:00:00.001Z' },
    });
  });
});
