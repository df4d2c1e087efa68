import { FieldValue } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import type { Receipt } from '../../../functions/src/proof/receipt/receipt.ts';
import { RECEIPTS_PER_HOUR } from '../../../functions/src/proof/receipt/issue.ts';
import { noticeOf } from '../../../functions/src/policy/notices.ts';
import { amikeo as policy } from '../../../functions/policies/amikeo/index.ts';
import { call, idToken } from '../rights/callable.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';
import { runCompliance } from '../../compliance.ts';
import { person } from '../../kit/person.ts';
import { auth, chainWith, db, eventually, freshUid, own, pseudonym } from '../../kit/suite.ts';

/**
 * A person with an account and a verified address, who gives these answers, in this order, for
 * purposes without effects elsewhere.
 */
async function answering(...answers: readonly (readonly [purpose: string, granted: boolean])[]) {
  const { uid, email } = await person();
  for (const [index, [purpose, granted]] of answers.entries()) {
    await db.doc(`users/${uid}/consents/${purpose}`).set({
      granted,
      policyVersion: AMIKEO_VERSION,
      source: 'app',
      locale: 'fr-FR',
      appVersion: '1.2.3',
      updatedAt: FieldValue.serverTimestamp(),
    });
    await chainWith(pseudonym(uid), index + 1);
  }
  return { uid, email, ...(await chainWith(pseudonym(uid), answers.length)) };
}

type Issued = { receipt: string; html: string };
const shown = (): string => noticeOf(policy, AMIKEO_VERSION, 'analytics', 'fr')?.text ?? 'no text';

describe.concurrent('the callable consentReceipt', () => {
  it('gives the person their own receipt, with the exact text that they were asked with', async () => {
    const { uid, head } = await answering(['analytics', true], ['monitoring', false]);
    const answer = await call<Issued>('consentReceipt', { language: 'fr' }, uid);
    if (!('result' in answer)) throw new Error(JSON.stringify(answer));
    const { html } = answer.result;
    const receipt = JSON.parse(answer.result.receipt) as Receipt;
    expect(receipt.consent_records.map((r) => [r.record_id, r.current_state])).toEqual([
      [`${pseudonym(uid)}/analytics`, 'given'],
      [`${pseudonym(uid)}/monitoring`, 'refused'],
    ]);
    expect(receipt.integrity).toMatchObject({
      chains: [{ chain: pseudonym(uid), seq: 2, hash: head.hash }],
      verified: true,
    });
    expect(receipt.consent_records[0]?.privacy_notice).toMatchObject([{ notice_check: 'exact', notice_text: shown() }]);
    expect(html).toContain('<html lang="fr">');
    expect(html).toContain('Vous avez dit oui.');
    // The person is named by the pseudonym alone.
    expect(JSON.stringify(answer)).not.toContain(uid);
  });

  it('nobody gets another’s, and a caller who is not signed in gets none', async () => {
    const [ada, bob] = [await answering(['analytics', true]), await answering()];
    const answer = await call<Issued>('consentReceipt', { format: 'json' }, bob.uid);
    if (!('result' in answer)) throw new Error(JSON.stringify(answer));
    expect(JSON.parse(answer.result.receipt)).toMatchObject({ consent_records: [] });
    expect(JSON.stringify(answer)).not.toContain(pseudonym(ada.uid));
    expect(await call('consentReceipt', {}, undefined, { 'accept-language': 'fr' })).toMatchObject({
      error: { status: 'UNAUTHENTICATED', message: 'Veuillez d’abord vous connecter.' },
    });
    expect(await call('consentReceipt', { uid: ada.uid }, bob.uid)).toMatchObject({
      error: { status: 'INVALID_ARGUMENT', details: { reason: 'invalid', issues: [{ field: '(form)' }] } },
    });
  });

  it('so many an hour', async () => {
    const { uid } = await answering();
    const authorization = `Bearer ${await idToken(uid)}`;
    const ask = () => call('consentReceipt', { format: 'json' }, undefined, { authorization });
    for (let n = 0; n < RECEIPTS_PER_HOUR; n++) expect(await ask()).toHaveProperty('result');
    expect(await ask()).toMatchObject({
      error: {
        status: 'RESOURCE_EXHAUSTED',
        details: { reason: 'rateLimited', retryAfter: expect.any(Number) as number },
      },
    });
  });
});

interface Printed {
  account: string;
  persons: {
    by: string;
    chains: string[];
    problems: { seq: number; problem: string }[];
    state: string | null;
    agreed: boolean;
    shownBy: { seq: number } | null;
    erasedAt: string | null;
    notice: { kind: string; text?: string };
  }[];
}

/** The command, as an officer runs it. */
async function command(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await runCompliance(['ledger', 'prove', ...args]);
  return { code, out: stdout, err: stderr };
}

async function prove(...args: readonly string[]): Promise<Printed & { code: number }> {
  const { code, out, err } = await command(...args, '--json');
  if (out === '') throw new Error(err);
  return { code, ...(JSON.parse(out) as Printed) };
}

describe.concurrent('ledger prove', () => {
  it('says the state at a moment, with the exact text; a changed entry is found out', async () => {
    const { uid, email, entries } = await answering(['analytics', true], ['analytics', false]);
    const [given, withdrawn] = entries;
    if (!given || !withdrawn) throw new Error('two entries');
    const between = new Date(withdrawn.occurredAt - 1).toISOString();

    const then = await prove('--uid', uid, '--purpose', 'analytics', '--at', between);
    expect(then).toMatchObject({
      code: 0,
      persons: [
        { state: 'given', agreed: true, shownBy: { seq: 1 }, problems: [], notice: { kind: 'exact', text: shown() } },
      ],
    });
    const now = await prove('--email', email.toUpperCase(), '--purpose', 'analytics');
    expect(now).toMatchObject({ code: 0, account: 'exists', persons: [{ state: 'withdrawn', agreed: false }] });

    const page = await command('--uid', uid, '--purpose', 'analytics', '--at', between);
    expect(page.out).toContain('AGREED: given since');
    expect(page.out).toContain('Pouvons-nous regarder comment vous utilisez les applications ?');
    expect(page.out).toContain('verified: none changed, missing, added or re-ordered');
    expect(page.out + now.persons.map(({ chains }) => chains).join()).not.toContain(uid);

    const ref = own.doc(`ledger/${pseudonym(uid)}/entries/${given.id}`);
    await ref.update({ state: 'refused' });
    const changed = await prove('--uid', uid, '--purpose', 'analytics', '--at', between);
    expect(changed).toMatchObject({
      code: 1,
      persons: [{ problems: [{ seq: 1, problem: 'changed' }] }],
    });
    expect((await command('--uid', uid, '--purpose', 'analytics')).out).toContain('THE LEDGER DOES NOT VERIFY');
    await ref.update({ state: given.state });
  });

  it('is honest about people that it does not know, and about an address that nobody verified', async () => {
    const nobody = await command('--uid', freshUid(), '--purpose', 'analytics');
    expect(nobody.code).toBe(0);
    expect(nobody.out).toContain('Nobody: Auth has no account with this uid');
    const { uid, email } = await answering();
    await auth.updateUser(uid, { emailVerified: false });
    const silent = await command('--email', email, '--purpose', 'analytics');
    expect(silent.out).toContain('Auth did not verify this address');
    expect(silent.out).toContain('the ledger has no entry of it');
  });

  it.each([
    ['nobody is named', ['--purpose', 'analytics']],
    ['two are named', ['--uid', 'a', '--email', 'a@example.com', '--purpose', 'analytics']],
    ['no purpose is named', ['--uid', 'a']],
    ['nobody is asked for that purpose', ['--uid', 'a', '--purpose', 'payment']],
    ['the moment is none', ['--uid', 'a', '--purpose', 'analytics', '--at', 'yesterday']],
  ])('exit code 2 if %s, and nothing is read', async (_why, args) => {
    const { code, out, err } = await command(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/error:/);
  });
});

describe.concurrent('an erased person', () => {
  it('is found by the address, and gets no receipt', async () => {
    const { uid, email } = await answering(['analytics', true]);
    const authorization = `Bearer ${await idToken(uid)}`;
    await auth.deleteUser(uid);
    await eventually(
      () => own.doc(`tombstones/${pseudonym(uid)}`).get(),
      (mark) => mark.get('completedAt') !== undefined && mark.get('emails') !== undefined,
    );
    const refused = await call('consentReceipt', {}, undefined, { authorization });
    expect(refused).toMatchObject({ error: { status: 'NOT_FOUND', details: { reason: 'gone' } } });

    const before = new Date(Date.now() - 1).toISOString();
    const found = await prove('--email', ` ${email.toUpperCase()}`, '--purpose', 'analytics', '--at', before);
    expect(found).toMatchObject({
      code: 0,
      account: 'none',
      persons: [{ by: 'erased', chains: [pseudonym(uid)], state: 'given', agreed: false, problems: [] }],
    });
    expect(found.persons[0]?.erasedAt).not.toBeNull();
    const page = await command('--uid', uid, '--purpose', 'analytics');
    expect(page.out).toContain('NOT AGREED: the person was erased on');
    expect(page.out).not.toContain(email);
  });
});
