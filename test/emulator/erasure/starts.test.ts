import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeJob } from '../../../functions/src/jobs/store.ts';
import { endGrace, jobsOf, type StoredJob } from '../../kit/jobs.ts';
import { person } from '../../kit/person.ts';
import { brevo, contactOf, messagesTo } from '../../kit/providers.ts';
import {
  auth,
  calm,
  chainOf,
  chaos,
  compliance,
  db,
  eventually,
  freshUid,
  own,
  requestKeyOf,
  store,
} from '../../kit/suite.ts';

/**
 * How an erasure begins, is taken back and ends, through the deployed functions: the ways that are
 * not the deletion of the account itself.
 */

const completed = async (chain: string): Promise<StoredJob> => {
  const jobs = await eventually(
    () => jobsOf(chain),
    (all) => all.some(({ status }) => status === 'completed'),
    240_000,
  );
  expect(jobs).toHaveLength(1);
  const [job] = jobs;
  if (job === undefined) throw new Error('no job');
  return job;
};

const somebody = () =>
  person({
    documents: ({ uid, email }) => ({
      [`users/${uid}`]: { email, locale: 'fr-FR' },
      [`users/${uid}/activity/1`]: { createdAt: Timestamp.now() },
    }),
  });

const requestOf = (uid: string, id = 'r1') => db.doc(`users/${uid}/privacyRequests/${id}`);
const ask = (uid: string, id = 'r1'): Promise<unknown> =>
  requestOf(uid, id).set({ type: 'erasure', createdAt: FieldValue.serverTimestamp() });

const HOUR_MS = 3_600_000;
/**
 * Waits until the person is in their grace, and lengthens it by an hour. Acts meanwhile come in
 * time, even if many people wait side by side.
 */
async function inLongGrace(chain: string): Promise<void> {
  const [job] = await eventually(
    () => jobsOf(chain),
    ([one]) => one?.steps['grace']?.state === 'waiting',
  );
  if (job === undefined) throw new Error('no erasure in its grace');
  // By itself it goes on at the end of the grace.
  const wakeAt = (await own.doc(`jobs/${job.id}`).get()).get('wakeAt') as Timestamp;
  expect(wakeAt.toMillis()).toBe(job.input['graceUntil']);
  await changeJob(store, job.id, ({ input, ...one }) => ({
    ...one,
    input: { ...input, graceUntil: Number(input['graceUntil']) + HOUR_MS },
  }));
}

// Each of these waits for its own person: side by side.
describe.concurrent('a person who asked for their erasure', () => {
  it('takes it back too late: it goes on, and the person is told why', async () => {
    const { uid, chain } = await somebody();
    await ask(uid);
    await endGrace(chain);
    await eventually(
      () => jobsOf(chain),
      ([job]) => job?.steps['access']?.state === 'done',
    );
    // The person's own document may be gone by now: the truth is in `requests`.
    await requestOf(uid).set({ type: 'erasure', createdAt: Timestamp.now(), cancelled: false });
    await requestOf(uid).update({ cancelled: true });
    await completed(chain);
    expect((await own.doc(`requests/${requestKeyOf(uid)}`).get()).get('status')).toBe('completed');
  });

  it('gets the last answer at the address that they left for it, which is kept no longer', async () => {
    const { uid, chain, email } = await somebody();
    const answerTo = `last-${process.pid}-${Date.now()}@example.net`;
    const createdAt = FieldValue.serverTimestamp();
    await requestOf(uid).set({ type: 'erasure', createdAt, details: { answerTo } });
    await endGrace(chain);
    const { id } = await completed(chain);
    const answered = await eventually(
      async () => (await own.doc(`jobs/answer_${id}`).get()).get('status') as unknown,
      (status) => status === 'completed',
    );
    expect(answered).toBe('completed');
    const [mail, ...more] = await messagesTo(answerTo);
    expect(more).toEqual([]);
    // The language of the profile, which is gone by now.
    expect(mail?.textContent).toContain('les données sont supprimées chez nous');
    for (const secret of [uid, chain, email]) expect(JSON.stringify(mail)).not.toContain(secret);
    expect((await own.doc(`lastAnswers/${id}`).get()).exists).toBe(false);
    expect((await messagesTo(email)).at(-1)?.textContent).toContain('pour notre dernière réponse');
  });

  it('has an answer to every other request of theirs: nobody is left to give it to', async () => {
    const { uid, chain } = await somebody();
    await requestOf(uid, 'other').set({ type: 'rectification', createdAt: FieldValue.serverTimestamp() });
    await eventually(
      async () => (await own.doc(`requests/${requestKeyOf(uid, 'other')}`).get()).exists,
      (recorded) => recorded,
    );
    await ask(uid);
    await endGrace(chain);
    await completed(chain);
    expect((await own.doc(`requests/${requestKeyOf(uid, 'other')}`).get()).data()).toMatchObject({
      status: 'cancelled',
      reason: 'erased',
    });
  });
});

describe.concurrent('an officer', () => {
  const order = async (...args: string[]): Promise<unknown> => {
    const { code, out } = await compliance(...args);
    expect(code).toBe(0);
    return out;
  };

  it('sees the result of an erasure beforehand, without touching anything, and starts it', async () => {
    const { uid, chain } = await somebody();
    const preview = (await order('erasure', 'plan', '--uid', uid)) as { outcomes: Record<string, unknown>[] };
    const about = (record: string) => preview.outcomes.find((outcome) => outcome['record'] === record);
    expect(about('activity')).toMatchObject({ outcome: 'done', how: 'deleted', count: 1 });
    expect(about('account')).toMatchObject({ outcome: 'done', how: 'deleted', count: 1 });
    expect(about('ledger')).toMatchObject({ outcome: 'retained' });
    expect(preview.outcomes.some((outcome) => outcome['recipient'] !== undefined)).toBe(true);
    expect((await db.doc(`users/${uid}/activity/1`).get()).exists).toBe(true);
    expect(await jobsOf(chain)).toEqual([]);

    expect(await order('erasure', 'start', '--uid', uid)).toMatchObject({ state: 'created' });
    await completed(chain);
    await expect(auth.getUser(uid)).rejects.toMatchObject({ code: 'auth/user-not-found' });
    expect((await db.doc(`users/${uid}`).get()).exists).toBe(false);
  });

  it('erases a person without an account by a proven address: their messages without one, and nothing of others', async () => {
    const email = `nobody-${process.pid}@example.com`;
    const other = freshUid();
    const fields = { firstName: 'Ada', lastName: 'L', message: 'Bonjour', createdAt: Timestamp.now() };
    await db.doc('contactRequests/of-nobody').set({ ...fields, email });
    await db.doc('contactRequests/of-another-address').set({ ...fields, email: `x${email}` });
    await db.doc('contactRequests/of-an-account').set({ ...fields, email, uid: other });
    await brevo('/contacts', 'POST', { email });
    const refused = await compliance('erasure', 'start', '--email', email);
    expect(refused.code).toBe(2);
    expect(refused.said).toContain('--proven');
    const started = (await order('erasure', 'start', '--email', email, '--proven')) as { job: string };
    const job = await eventually(
      async () => (await own.doc(`jobs/${started.job}`).get()).data() as StoredJob,
      ({ status }) => status === 'completed',
      240_000,
    );
    expect((await db.doc('contactRequests/of-nobody').get()).exists).toBe(false);
    expect((await db.doc('contactRequests/of-another-address').get()).exists).toBe(true);
    expect((await db.doc('contactRequests/of-an-account').get()).exists).toBe(true);
    expect(await contactOf(email)).toBeNull();
    expect(JSON.stringify(job)).not.toContain(email);
    const left = await own.collection('subjects').where('verifiedEmails', 'array-contains', email).get();
    expect(left.size).toBe(0);
  });
});

// Last: by now every function has been called once, and comes within the grace, which is short.
describe('a person asks for their erasure, and every event comes twice', () => {
  beforeAll(() => chaos({ ...calm, duplicate: 1 }));
  afterAll(() => chaos(calm));

  it.concurrent(
    'is told, restricted meanwhile, and erased with their account when the grace is over; the request is completed',
    async () => {
      const { uid, email, chain } = await somebody();
      await ask(uid);
      await inLongGrace(chain);
      expect((await own.doc(`restrictions/${uid}`).get()).get('parts.erasure.job')).toEqual(expect.any(String));
      expect((await requestOf(uid).get()).data()).toMatchObject({ status: 'in_progress' });
      expect((await auth.getUser(uid)).disabled).toBe(false);
      expect((await db.doc(`users/${uid}/activity/1`).get()).exists).toBe(true);

      await endGrace(chain);
      const job = await completed(chain);
      expect(job.input).toMatchObject({ startedBy: 'request' });
      await expect(auth.getUser(uid)).rejects.toMatchObject({ code: 'auth/user-not-found' });
      expect((await db.doc(`users/${uid}`).get()).exists).toBe(false);
      expect(await db.doc(`users/${uid}`).listCollections()).toEqual([]);
      expect((await own.doc(`requests/${requestKeyOf(uid)}`).get()).data()).toMatchObject({ status: 'completed' });
      expect((await own.doc(`restrictions/${uid}`).get()).exists).toBe(false);
      expect((await own.doc(`subjects/${uid}`).get()).exists).toBe(false);
      expect((await chainOf(chain)).entries.map(({ state }) => state)).toEqual([
        'erasure.requested',
        'set',
        'begun',
        'completed',
      ]);
      // The sign-in ended before the first record did.
      const at = (step: string): number => job.steps[step]?.finishedAt?.toMillis() ?? NaN;
      for (const system of ['stripe', 'brevo', 'storage', 'firestore', 'auth'])
        expect(at('access')).toBeLessThanOrEqual(at(system));
      expect(at('told')).toBeLessThanOrEqual(at('brevo'));

      const messages = await messagesTo(email);
      expect(messages.map(({ subject }) => subject)).toEqual([
        expect.stringContaining('vous avez demandé la suppression'),
        expect.stringContaining('nous supprimons votre compte'),
      ]);
      expect(JSON.stringify(job)).not.toContain(email);
      expect(JSON.stringify(job)).not.toContain(uid);
    },
  );

  it.concurrent(
    'deletes the account meanwhile: there is one erasure, it does not wait for the grace, and it answers the request',
    async () => {
      const { uid, chain } = await somebody();
      await ask(uid);
      await inLongGrace(chain);
      await auth.deleteUser(uid);
      const job = await completed(chain);
      expect(Number(job.input['graceUntil'])).toBeLessThan(Number(job.input['startedAt']) + HOUR_MS);
      expect((await own.doc(`requests/${requestKeyOf(uid)}`).get()).get('status')).toBe('completed');
    },
  );

  it.concurrent(
    'takes it back in time: nothing was touched, nothing is restricted any more, and it can be asked for again',
    async () => {
      const { uid, chain } = await somebody();
      await ask(uid);
      await inLongGrace(chain);
      await requestOf(uid).update({ cancelled: true });
      await eventually(
        async () => (await requestOf(uid).get()).get('status') as unknown,
        (status) => status === 'cancelled',
      );
      expect((await jobsOf(chain))[0]).toMatchObject({ status: 'cancelled' });
      await eventually(
        async () => (await own.doc(`restrictions/${uid}`).get()).exists,
        (restricted) => !restricted,
      );
      await eventually(
        async () => (await chainOf(chain)).entries.map(({ state }) => state),
        (states) => states.toSorted().join() === 'ended,erasure.cancelled,erasure.requested,givenUp,set',
      );
      expect((await auth.getUser(uid)).disabled).toBe(false);
      expect((await db.doc(`users/${uid}/activity/1`).get()).exists).toBe(true);

      await ask(uid, 'r2');
      await endGrace(chain);
      await completed(chain);
      await expect(auth.getUser(uid)).rejects.toMatchObject({ code: 'auth/user-not-found' });
      expect((await own.doc(`requests/${requestKeyOf(uid)}`).get()).get('status')).toBe('cancelled');
      expect((await own.doc(`requests/${requestKeyOf(uid, 'r2')}`).get()).get('status')).toBe('completed');
    },
  );
});
