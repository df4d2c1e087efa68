import { FieldValue } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { contactLimits } from '../../../functions/src/rights/contact/submit.ts';
import { CONTACTS_PER_DAY } from '../../../functions/src/rights/contact/ofAccount.ts';
import { callableUrl, compliance, db, eventually, freshUid, own, pseudonym, rejectedFor } from '../../kit/suite.ts';

describe('the callable contact', () => {
  const functions = process.env['FUNCTIONS_EMULATOR_HOST'] ?? process.env['FIREBASE_FUNCTIONS_EMULATOR_HOST'];
  const form = (email: string) => ({ email, firstName: 'Ada', lastName: 'L', message: 'Bonjour' });

  async function contact(
    data: object,
    language: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{
    result?: { id: string };
    error?: {
      status: string;
      message: string;
      details: { reason: string; issues: { field: string }[]; retryAfter: number | null };
    };
  }> {
    const answer = await fetch(callableUrl('contact'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': language, ...headers },
      body: JSON.stringify({ data }),
    });
    return (await answer.json()) as Awaited<ReturnType<typeof contact>>;
  }

  /** The counters of everything: others in this suite have used the form. */
  const forgetCounters = async (): Promise<void> => {
    const all = await own.collection('rateLimits').get();
    await Promise.all(all.docs.map((one) => one.ref.delete()));
  };

  it.skipIf(functions === undefined)('writes a contact request, and refuses a wrong form', async () => {
    await forgetCounters();
    const email = `${freshUid()}@example.com`;
    const first = await contact(form(email), 'fr');
    const written = (await db.doc(`contactRequests/${first.result?.id ?? 'none'}`).get()).data();
    expect(Object.keys(written ?? {}).sort()).toEqual(['createdAt', 'email', 'firstName', 'lastName', 'message']);
    const wrong = await contact({ ...form(email), message: '' }, 'en');
    expect(wrong.error).toMatchObject({
      status: 'INVALID_ARGUMENT',
      details: { reason: 'invalid', issues: [{ field: 'message' }] },
    });
  });

  it.skipIf(functions === undefined)(
    'keeps nobody out if others type their address: surplus messages wait for an officer, who sees them',
    async () => {
      await forgetCounters();
      const email = `${freshUid()}@example.com`;
      const answers = [];
      for (let n = 0; n < 7; n++) answers.push(await contact(form(email), 'fr'));
      expect(answers.filter(({ result }) => result === undefined)).toEqual([]);
      const rows = (await db.collection('contactRequests').where('email', '==', email).get()).docs;
      const held = rows.filter((row) => row.get('heldForReview') === true).map(({ id }) => id);
      expect([rows.length, held.length]).toEqual([7, 2]);
      const { code, out } = await compliance('due');
      const shown = (out as { items: { kind: string; id: string }[] }).items
        .filter(({ kind }) => kind === 'contact')
        .map(({ id }) => id);
      expect(code).toBe(1);
      expect(shown).toEqual(expect.arrayContaining(held));
    },
  );

  it.skipIf(functions === undefined)(
    'is limited despite anything that a caller writes into X-Forwarded-For',
    async () => {
      await forgetCounters();
      let taken = 0;
      let limited;
      for (let n = 0; n < 60; n++) {
        const headers = { 'x-forwarded-for': `198.51.100.${n}` };
        const answer = await contact(form(`${freshUid()}@example.com`), 'fr-FR', headers);
        if (answer.result !== undefined) taken += 1;
        else limited = answer.error;
      }
      // The suite's CONTACT_PER_HOUR (emulator/parameters.ts).
      expect(taken).toBe(contactLimits(5).network);
      expect(limited).toMatchObject({ status: 'RESOURCE_EXHAUSTED', details: { reason: 'rateLimited' } });
      expect(limited?.message).toMatch(/^Vous avez envoyé trop de messages/);
      expect(limited?.details.retryAfter).toBeGreaterThan(0);
      await forgetCounters();
    },
  );

  it('of an account is bounded by the day: messages through the rules are counted after they are written', async () => {
    const uid = freshUid();
    const { plain, kept } = CONTACTS_PER_DAY;
    const write = () =>
      db.collection('contactRequests').add({ ...form('a@example.com'), uid, createdAt: FieldValue.serverTimestamp() });
    await Promise.all(Array.from({ length: kept + 10 }, write));
    const rows = db.collection('contactRequests').where('uid', '==', uid);
    const { docs } = await eventually(
      () => rows.get(),
      (found) =>
        found.size === kept && found.docs.filter((d) => d.get('heldForReview') === true).length === kept - plain,
    );
    expect(docs).toHaveLength(kept);
    expect(await rejectedFor(pseudonym(uid))).toMatchObject([{ issues: [{ code: 'over_budget' }] }]);
  });
});
