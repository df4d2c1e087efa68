import { beforeEach, describe, expect, it } from 'vitest';
import type { Head } from '../../../functions/src/ledger/chain.ts';
import type { Draft } from '../../../functions/src/ledger/entry.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { languageOf } from '../../../functions/src/platform/language.ts';
import { issueReceipt, RECEIPTS_PER_HOUR } from '../../../functions/src/proof/receipt/issue.ts';
import { chainName, pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { putChain } from '../../kit/sealed/ledger.ts';
import { testContext } from '../requests/helpers.ts';
import { answer, at, chainOf } from './helpers.ts';

const NOW = at('2026-06-01T00:00:00Z');
const CREATED = at('2026-01-01T00:00:00Z');

/** A context in which these accounts exist, created at these times. */
function contextWith(living: Readonly<Record<string, number>>) {
  const users = () =>
    Object.entries(living).map(([uid, created]) => ({
      uid,
      metadata: { creationTime: new Date(created).toUTCString() },
    }));
  const context = testContext(NOW);
  return { ...context, policy: amikeo, clients: { ...context.clients, auth: async () => fakeAuth(users) } };
}

let accounts = { ada: CREATED, bob: CREATED };
let context = contextWith(accounts);
beforeEach(() => {
  accounts = { ada: CREATED, bob: CREATED };
  context = contextWith(accounts);
});

async function store(uid: string, drafts: readonly Draft[], more: Partial<Head> = {}, generation = 1): Promise<string> {
  const { chain, head, entries } = chainOf(drafts, chainName(pseudonymOf(uid, context.keys), generation));
  await putChain(context, { chain, head: { ...head, ...more }, entries });
  return chain;
}

const ask = (uid: 'ada' | 'bob', data: unknown = null, acceptLanguage?: string) => {
  const caller = { uid, accountCreatedAt: accounts[uid] / 1000, signedInAt: NOW };
  return issueReceipt(context, { caller, data, language: languageOf(context.policy.languages, data, acceptLanguage) });
};
const given = answer('given', CREATED + 5000);

describe('a person’s own consent receipt', () => {
  it('is JSON and a page, and verified', async () => {
    const chain = await store('ada', [given]);
    const outcome = await ask('ada');
    expect(outcome).toMatchObject({
      ok: true,
      receipt: {
        pii_principal_id: chain,
        language: 'fr',
        consent_records: [{ current_state: 'given' }],
        integrity: { verified: true },
      },
    });
    expect(outcome.ok && outcome.html).toContain('<html lang="fr">');
  });

  it('only the requested purposes, in the requested language', async () => {
    await store('ada', [given]);
    const json = await ask('ada', { format: 'json', language: 'en' }, 'fr');
    expect(json).toMatchObject({ ok: true, receipt: { language: 'en' } });
    expect(json).not.toHaveProperty('html');
    const page = await ask('ada', { format: 'html' }, 'en-GB,fr;q=0.5');
    expect(page).not.toHaveProperty('receipt');
    expect(page.ok && page.html).toContain('<html lang="en">');
  });

  it('is of nobody else', async () => {
    await store('ada', [given]);
    expect(await ask('bob')).toMatchObject({ ok: true, receipt: { consent_records: [] } });
  });

  it.each([
    ['a field that the form does not have', { uid: 'bob' }, { code: 'invalid', issues: [{ field: '(form)' }] }],
    ['another language', { language: 'de' }, { code: 'invalid', issues: [{ field: 'language' }] }],
    ['no object', 'html', { code: 'invalid', issues: [{ field: '(form)' }] }],
  ])('is refused if %s, with a message and without values', async (_why, data, refusal) => {
    const outcome = await ask('ada', data, 'en');
    expect(outcome).toMatchObject({ ok: false, ...refusal });
    expect(JSON.stringify(outcome)).not.toMatch(/bob|"de"/);
    expect((await context.own.collection('rateLimits').get()).size).toBe(0);
  });

  it('so many an hour, per person', async () => {
    for (let n = 0; n < RECEIPTS_PER_HOUR; n++) expect((await ask('ada')).ok).toBe(true);
    context.time.now += 600_000;
    expect(await ask('ada', null, 'en')).toEqual({
      ok: false,
      code: 'rateLimited',
      retryAfter: 3000,
      message: 'You have asked for many receipts in the last hour. Please try again later.',
    });
    expect((await ask('bob')).ok).toBe(true);
    context.time.now += 3_000_000;
    expect((await ask('ada')).ok).toBe(true);
    const stored = (await context.own.collection('rateLimits').get()).docs;
    expect(JSON.stringify(stored.map((d) => [d.id, d.data()]))).not.toContain('ada');
  });
});

describe('an erased person gets none', () => {
  const erased = { at: NOW - 5000, accountCreatedAt: CREATED / 1000 };

  it.each([
    ['is being erased', { erasing: erased }],
    ['was erased', { closed: erased }],
  ])('an account that %s', async (_what, head) => {
    await store('ada', [given], head);
    expect(await ask('ada')).toMatchObject({ ok: false, code: 'gone' });
  });

  it('a later owner of the uid begins empty, and then gets their own', async () => {
    await store('ada', [given], { closed: erased });
    accounts.ada = NOW;
    expect(await ask('ada')).toMatchObject({ ok: true, receipt: { pii_principal_id: '', consent_records: [] } });
    const second = await store('ada', [answer('refused', NOW + 1000)], {}, 2);
    context.time.now = NOW + 5000;
    expect(await ask('ada')).toMatchObject({
      ok: true,
      receipt: { pii_principal_id: second, consent_records: [{ current_state: 'refused' }] },
    });
  });

  it('a chain from before the account was created is another person’s, also if its erasure has not begun', async () => {
    await store('ada', [answer('given', CREATED - 86_400_000)]);
    expect(await ask('ada')).toMatchObject({ ok: false, code: 'gone' });
  });
});
