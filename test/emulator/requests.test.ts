import { FieldValue } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { addPeriod } from '../../functions/src/policy/calendar.ts';
import { amikeo } from '../../functions/src/policy/amikeo/index.ts';
import { chainWith, db, eventually, freshUid, own, pseudonym, quiet, rejectedFor } from './support.ts';

const request = (uid: string) => db.doc(`users/${uid}/privacyRequests/r1`);

describe('rights requests', () => {
  it.each(['erasure', 'rectification', 'restriction', 'objection'])(
    '%s: recorded for an officer, due in a calendar month, told to the person',
    async (type) => {
      const uid = freshUid();
      await request(uid).create({ type, createdAt: FieldValue.serverTimestamp() });
      const shown = await eventually(
        () => request(uid).get(),
        (d) => d.get('status') !== undefined,
      );
      expect(shown.get('status')).toBe('waiting');
      const due = addPeriod(
        (shown.get('createdAt') as FirebaseFirestore.Timestamp).toMillis(),
        amikeo.rights.answerWithin.period,
        amikeo.controller.timeZone,
      );
      expect((shown.get('dueAt') as FirebaseFirestore.Timestamp).toMillis()).toBe(due);
      expect((await own.doc(`requests/${pseudonym(uid)}_r1`).get()).data()).toMatchObject({
        type,
        status: 'waiting',
        waitingFor: 'officer',
      });
      const { entries } = await chainWith(pseudonym(uid), 1);
      expect(entries.map((e) => e.state)).toEqual([`${type}.requested`]);
    },
  );

  it('one that is none is kept in rejectedEvents, without its values', async () => {
    const uid = freshUid();
    await request(uid).create({ type: 'ada@example.com', createdAt: FieldValue.serverTimestamp() });
    const [rejected] = await eventually(
      () => rejectedFor(pseudonym(uid)),
      (all) => all.length > 0,
    );
    expect(rejected).toMatchObject({
      path: `users/${pseudonym(uid)}/privacyRequests/{id}`,
      issues: [{ code: 'invalid_value', field: 'type' }],
    });
    expect(JSON.stringify(rejected)).not.toMatch(/ada/);
    expect((await own.doc(`requests/${pseudonym(uid)}_r1`).get()).exists).toBe(false);
  });

  it('the backend’s own update of the document starts nothing', async () => {
    const uid = freshUid();
    await request(uid).create({ type: 'objection', createdAt: FieldValue.serverTimestamp() });
    await eventually(
      () => request(uid).get(),
      (d) => d.get('status') === 'waiting',
    );
    await request(uid).update({ cancelled: true });
    await eventually(
      () => request(uid).get(),
      (d) => d.get('status') === 'cancelled',
    );
    await quiet();
    const { entries } = await chainWith(pseudonym(uid), 2);
    expect(entries.map((e) => e.state)).toEqual(['objection.requested', 'objection.cancelled']);
  });
});

describe('the callable contact', () => {
  const project = process.env['GCLOUD_PROJECT'] ?? '';
  const functions = process.env['FUNCTIONS_EMULATOR_HOST'] ?? process.env['FIREBASE_FUNCTIONS_EMULATOR_HOST'];
  const form = (email: string) => ({ email, firstName: 'Ada', lastName: 'L', message: 'Bonjour' });

  async function call(
    data: object,
    language: string,
  ): Promise<{
    result?: { id: string };
    error?: {
      status: string;
      message: string;
      details: { reason: string; issues: { field: string }[]; retryAfter: number | null };
    };
  }> {
    const answer = await fetch(`http://${functions ?? ''}/${project}/europe-west1/contact`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': language },
      body: JSON.stringify({ data }),
    });
    return (await answer.json()) as Awaited<ReturnType<typeof call>>;
  }

  it.skipIf(functions === undefined)(
    'writes a contact request, refuses a wrong form, and limits each address',
    async () => {
      const email = `${freshUid()}@example.com`;
      const first = await call(form(email), 'fr');
      const written = (await db.doc(`contactRequests/${first.result?.id ?? 'none'}`).get()).data();
      expect(Object.keys(written ?? {}).sort()).toEqual(['createdAt', 'email', 'firstName', 'lastName', 'message']);
      const wrong = await call({ ...form(email), message: '' }, 'en');
      expect(wrong.error).toMatchObject({
        status: 'INVALID_ARGUMENT',
        details: { reason: 'invalid', issues: [{ field: 'message' }] },
      });
      const answers = [];
      for (let n = 0; n < 6; n++) answers.push(await call(form(email), 'fr-FR'));
      const limited = answers.at(-1)?.error;
      expect(limited).toMatchObject({ status: 'RESOURCE_EXHAUSTED', details: { reason: 'rateLimited' } });
      expect(limited?.message).toMatch(/^Vous avez envoyé trop de messages/);
      expect(limited?.details.retryAfter).toBeGreaterThan(0);
    },
  );
});
