import { randomBytes } from 'node:crypto';
import functionsTest from 'firebase-functions-test';
import { Timestamp, type DocumentSnapshot, type Firestore } from 'firebase-admin/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import { suiteParameters } from '../../emulator/parameters.ts';
import type { Head } from '../../functions/src/ledger/chain.ts';
import { loadJob } from '../../functions/src/jobs/store.ts';
import { isSealed } from '../../functions/src/platform/seal.ts';
import { requestKey } from '../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { writeSealed } from '../kit/seal.ts';
import { stated } from '../kit/statements.ts';

/**
 * Takes each exported function through Firebase's own test kit, in this process: its trigger, its
 * parameters, and a good and a bad input. The project is one where nothing is deployed, so that no
 * function runs but the one that a test calls.
 *
 * The kit's `wrap` knows documents and accounts. It takes callables, schedules and tasks for
 * functions of the first generation (firebase-functions issue 1886): those are called by `run`.
 */

const PROJECT = 'demo-functions';
const { params, secrets } = suiteParameters({
  project: PROJECT,
  stripeUrl: process.env['STRIPE_STANDIN_URL'] ?? '',
  brevoUrl: process.env['BREVO_STANDIN_URL'] ?? '',
  marketingList: Number(process.env['BREVO_MARKETING_LIST'] ?? 1),
  waits: 'real',
});
Object.assign(process.env, params, secrets);
const kit = functionsTest({ projectId: PROJECT, storageBucket: params['EXPORT_BUCKET'] ?? '' });
const functions = await import('../../functions/src/index.ts');
const { contextOf } = await import('../../functions/src/compose.ts');
const { deployment } = await import('../../functions/src/deployment.generated.ts');
const context = await contextOf(deployment);
const [app, own]: Firestore[] = [context.clients.app(), context.clients.own()];
const auth = await context.clients.auth();
afterAll(() => kit.cleanup());

type Name = keyof typeof functions;
type Wrapped = (event: object) => Promise<unknown>;
const wrapped = (name: Name): Wrapped => kit.wrap(functions[name] as never);
/** Calls a function as the platform does, without the kit's wrapping. */
const run = (name: Name, input: object): Promise<unknown> =>
  (functions[name] as unknown as { run: (input: object) => Promise<unknown> }).run(input);

const fresh = (): string => `f${randomBytes(9).toString('hex')}`;
const chain = (uid: string): string => pseudonymOf(uid, context.keys);
const headOf = async (uid: string): Promise<Partial<Head>> =>
  (await own?.doc(`ledger/${chain(uid)}`).get())?.data() ?? {};
const rejected = async (id: string) => (await own?.doc(`rejectedEvents/${id}`).get())?.data();

/** Writes a document and answers it as an event has it. */
async function written(db: Firestore | undefined, path: string, data: object): Promise<DocumentSnapshot> {
  if (db === undefined) throw new Error('no database');
  await db.doc(path).set(data);
  return db.doc(path).get();
}
/** Writes a statement about a person with its seal. */
const statedAt = (path: string, data: object): Promise<DocumentSnapshot> =>
  written(own, path, stated({ own: context.clients.own(), keys: context.keys }, path, data));
/** An event of a written document; without `before`, the document is new. */
function change(path: string, after: DocumentSnapshot, before?: DocumentSnapshot): { data: object; id: string } {
  const nothing = kit.firestore.makeDocumentSnapshot({}, path) as unknown as DocumentSnapshot;
  return { id: fresh(), data: kit.makeChange((before ?? nothing) as never, after as never) };
}

const consent = (granted: unknown) => ({
  granted,
  policyVersion: '2025-06-15',
  source: 'app',
  updatedAt: Timestamp.now(),
});
async function consentOf(uid: string, granted: unknown = true, purpose = 'analytics'): Promise<string> {
  const path = `users/${uid}/consents/${purpose}`;
  const event = change(path, await written(app, path, consent(granted)));
  await wrapped('consentWritten')({ ...event, params: { uid, purpose } });
  return event.id;
}
async function requestOf(uid: string, data: object): Promise<string> {
  const snapshot = await written(app, `users/${uid}/privacyRequests/r1`, { createdAt: Timestamp.now(), ...data });
  const id = fresh();
  await wrapped('privacyRequestCreated')({ id, data: snapshot, params: { uid, id: 'r1' } });
  return id;
}
const requestRecord = async (uid: string) =>
  (await own?.doc(`requests/${requestKey(chain(uid), 'r1', context.keys)}`).get())?.data();

/** A server says that somebody is a child, and who has parental responsibility. */
async function guard(child: string, holder: string): Promise<void> {
  await statedAt(`ageBands/${child}`, { band: 'child' });
  const path = `guardianships/${fresh()}`;
  const from = Timestamp.fromMillis(Date.now() - 60_000);
  const made = change(path, await statedAt(path, { child, holder, from }));
  await wrapped('guardianshipWritten')({ ...made, params: { id: 'g' } });
}

/** Makes an account of the Auth emulator, and the caller that a callable is given. */
async function signedIn(uid = fresh()): Promise<{ uid: string; auth: object }> {
  await auth.createUser({ uid, email: `${uid}@example.com`, emailVerified: true });
  const now = Math.floor(Date.now() / 1000);
  return { uid, auth: { uid, token: { auth_time: now, iat: now, firebase: { sign_in_provider: 'password' } } } };
}
const call = (name: Name, data: unknown, caller?: object): Promise<unknown> => {
  const rawRequest = { headers: { 'accept-language': 'en' }, socket: { remoteAddress: '127.0.0.1' } };
  return run(name, { data, rawRequest, ...(caller === undefined ? {} : { auth: caller }) });
};
/** Calls an HTTPS function with a JSON body, as Cloud Run does once IAM has let the caller in. */
const post = (name: Name, body: unknown, method = 'POST'): Promise<{ status: number; body: unknown }> =>
  new Promise((resolve) => {
    const json = (status: number) => (answer: unknown) => resolve({ status, body: answer });
    const response = { status: (code: number) => ({ json: json(code) }), on: () => undefined };
    const handle = functions[name] as unknown as (request: object, response: object) => unknown;
    handle({ method, body, headers: {}, header: () => undefined }, response);
  });
const event = (id: string, uid: string, more: object = {}) => ({
  id,
  time: new Date().toISOString(),
  data: { uid, email: `${uid}@example.com`, emailVerified: true, metadata: { creationTime: '2024-01-01T00:00:00Z' } },
  ...more,
});

/** Fires the nightly schedule, each time for another night. */
let nights = 0;
const schedule = async (scheduleTime?: string): Promise<string> => {
  const time = scheduleTime ?? new Date(Date.now() + (nights += 1) * 86_400_000).toISOString();
  await run('retentionDaily', { scheduleTime: time, jobName: 'retentionDaily' });
  return time;
};
/** The ids of jobs of a kind that have not begun. */
async function waiting(kind: string): Promise<string[]> {
  const { docs = [] } = (await own?.collection('jobs').where('kind', '==', kind).get()) ?? {};
  return docs.filter((one) => one.get('status') === 'waiting').map(({ id }) => id);
}
/** The ids of the jobs about a person. */
async function jobsOf(uid: string): Promise<string[]> {
  const { docs = [] } = (await own?.collection('jobs').where('pseudonym', '==', chain(uid)).get()) ?? {};
  return docs.map(({ id }) => id);
}
/** Runs a job that waits, by the function of its queue, and expects that it has gone on. */
async function expectTask(name: Name, jobId: string | undefined): Promise<void> {
  if (jobId === undefined || own === undefined) throw new Error('there is no job to run');
  const before = await loadJob(context, jobId);
  await run(name, { data: { jobId } });
  const after = await loadJob(context, jobId);
  const done = (job: typeof after) => Object.values(job?.steps ?? {}).filter(({ state }) => state === 'done').length;
  expect(done(after)).toBeGreaterThan(done(before));
}

/** A good and a bad input of each function. */
const cases: Readonly<Record<Name, { readonly good: () => Promise<void>; readonly bad: () => Promise<void> }>> = {
  consentWritten: {
    good: async () => {
      const uid = fresh();
      await consentOf(uid);
      expect((await headOf(uid)).current).toEqual({ analytics: 'given' });
    },
    bad: async () => {
      const uid = fresh();
      const id = await consentOf(uid, 'yes');
      expect((await rejected(id))?.['issues']).toEqual([{ code: 'invalid_type', field: 'granted' }]);
      expect((await headOf(uid)).current ?? {}).toEqual({});
    },
  },
  devicePermissionWritten: {
    good: async () => {
      const uid = fresh();
      const path = `users/${uid}/devicePermissions/phone_camera`;
      const data = { permission: 'camera', granted: true, deviceId: 'phone', updatedAt: Timestamp.now() };
      const made = change(path, await written(app, path, data));
      await wrapped('devicePermissionWritten')({ ...made, params: { uid, id: 'phone_camera' } });
      expect((await headOf(uid)).seq).toBe(1);
    },
    bad: async () => {
      const uid = fresh();
      const path = `users/${uid}/devicePermissions/phone_moon`;
      const made = change(path, await written(app, path, { permission: 'moon' }));
      await wrapped('devicePermissionWritten')({ ...made, params: { uid, id: 'phone_moon' } });
      expect(await rejected(made.id)).toBeDefined();
    },
  },
  ageBandWritten: {
    good: async () => {
      const uid = fresh();
      const path = `ageBands/${uid}`;
      const made = change(path, await statedAt(path, { band: 'child' }));
      await wrapped('ageBandWritten')({ ...made, params: { uid } });
      expect((await headOf(uid)).protection).toMatchObject({ mode: 'both', reason: 'age' });
    },
    bad: async () => {
      // A band that the backend did not write protects as the youngest one.
      const uid = fresh();
      const path = `ageBands/${uid}`;
      const made = change(path, await written(own, path, { band: 'adult' }));
      await wrapped('ageBandWritten')({ ...made, params: { uid } });
      expect((await headOf(uid)).protection).toMatchObject({ mode: 'both', reason: 'age' });
    },
  },
  guardianshipWritten: {
    good: async () => {
      const [child, holder] = [fresh(), fresh()];
      await guard(child, holder);
      expect((await headOf(child)).protection?.holders).toMatchObject([{ holder: chain(holder) }]);
    },
    bad: async () => {
      const path = `guardianships/${fresh()}`;
      const made = change(path, await written(own, path, { child: 7, holder: '' }));
      await expect(wrapped('guardianshipWritten')({ ...made, params: { id: 'g' } })).resolves.toBeUndefined();
    },
  },
  restrictionWritten: {
    good: async () => {
      const uid = fresh();
      await consentOf(uid);
      const path = `restrictions/${uid}`;
      const made = change(path, await statedAt(path, { createdAt: Timestamp.now() }));
      await expect(wrapped('restrictionWritten')({ ...made, params: { uid } })).resolves.toBeUndefined();
      expect((await headOf(uid)).current).toEqual({ analytics: 'given' });
    },
    bad: async () => {
      const path = `restrictions/${fresh()}`;
      const made = change(path, await written(own, path, {}));
      await expect(wrapped('restrictionWritten')({ ...made, params: {} })).resolves.toBeUndefined();
    },
  },
  privacyRequestCreated: {
    good: async () => {
      const { uid } = await signedIn();
      await requestOf(uid, { type: 'portability' });
      expect(await requestRecord(uid)).toMatchObject({ type: 'portability', status: 'in_progress' });
    },
    bad: async () => {
      const { uid } = await signedIn();
      const id = await requestOf(uid, { type: 'everything' });
      expect((await rejected(id))?.['issues']).toMatchObject([{ field: 'type' }]);
      expect(await requestRecord(uid)).toBeUndefined();
    },
  },
  privacyRequestUpdated: {
    good: async () => {
      const { uid } = await signedIn();
      await requestOf(uid, { type: 'portability' });
      const path = `users/${uid}/privacyRequests/r1`;
      const before = await app?.doc(path).get();
      await app?.doc(path).update({ cancelled: true });
      const after = await app?.doc(path).get();
      if (after === undefined) throw new Error('no document');
      await wrapped('privacyRequestUpdated')({ ...change(path, after, before), params: { uid, id: 'r1' } });
      expect(await requestRecord(uid)).toMatchObject({ status: 'cancelled' });
    },
    bad: async () => {
      const { uid } = await signedIn();
      await requestOf(uid, { type: 'portability' });
      const path = `users/${uid}/privacyRequests/r1`;
      const before = await app?.doc(path).get();
      const after = await written(app, path, { ...before?.data(), cancelled: 'maybe' });
      await wrapped('privacyRequestUpdated')({ ...change(path, after, before), params: { uid, id: 'r1' } });
      expect(await requestRecord(uid)).toMatchObject({ status: 'in_progress' });
    },
  },
  accountCreated: {
    good: async () => {
      const uid = fresh();
      await wrapped('accountCreated')(event(fresh(), uid));
      expect((await own?.doc(`subjects/${uid}`).get())?.get('verifiedEmails')).toEqual([`${uid}@example.com`]);
    },
    bad: async () => {
      await expect(wrapped('accountCreated')({ id: fresh(), time: new Date().toISOString() })).resolves.toBeUndefined();
    },
  },
  accountDeleted: {
    good: async () => {
      const uid = fresh();
      await wrapped('accountDeleted')(event(fresh(), uid));
      expect(await jobsOf(uid)).toMatchObject([expect.stringMatching(/^erasure_/)]);
    },
    bad: async () => {
      await expect(wrapped('accountDeleted')({ id: fresh(), time: new Date().toISOString() })).rejects.toThrow(
        'does not say which',
      );
    },
  },
  retentionDaily: {
    good: async () => {
      await schedule();
      expect(await waiting('retention')).not.toEqual([]);
    },
    bad: async () => {
      // A schedule that tells no time is one of now.
      await expect(schedule('nonsense')).resolves.toBe('nonsense');
      expect(await waiting('checkpoint')).not.toEqual([]);
    },
  },
  tick: {
    good: async () => {
      const uid = fresh();
      await wrapped('accountDeleted')(event(fresh(), uid));
      const job = own?.doc(`jobs/${(await jobsOf(uid))[0] ?? ''}`);
      if (job !== undefined) await writeSealed(job, { wakeAt: Timestamp.fromMillis(Date.now() - 1000) }, context.keys);
      await run('tick', {});
      const wakeAt = (await job?.get())?.get('wakeAt') as Timestamp;
      expect(wakeAt.toMillis()).toBeGreaterThan(Date.now());
    },
    bad: async () => {
      const [sleeping, forged] = [own?.doc(`jobs/${fresh()}`), own?.doc(`jobs/${fresh()}`)];
      const job = { kind: 'erasure', status: 'completed', wakeAt: null, steps: {}, order: [] };
      if (sleeping !== undefined) await writeSealed(sleeping, job, context.keys);
      const wakeAt = Timestamp.fromMillis(0);
      await forged?.set({ ...job, status: 'waiting', wakeAt });
      await run('tick', {});
      expect((await sleeping?.get())?.get('wakeAt')).toBeNull();
      expect((await forged?.get())?.get('wakeAt')).toEqual(wakeAt);
      await forged?.delete();
    },
  },
  erasureTask: {
    good: async () => {
      const uid = fresh();
      await wrapped('accountDeleted')(event(fresh(), uid));
      await expectTask('erasureTask', (await jobsOf(uid))[0]);
    },
    bad: () => expectNoTask('erasureTask'),
  },
  retentionTask: {
    good: async () => {
      await schedule();
      await expectTask('retentionTask', (await waiting('retention'))[0]);
    },
    bad: () => expectNoTask('retentionTask'),
  },
  exportTask: {
    good: async () => {
      const { uid } = await signedIn();
      await requestOf(uid, { type: 'portability' });
      await expectTask('exportTask', (await requestRecord(uid))?.['job'] as string);
      expect(await requestRecord(uid)).toMatchObject({ status: 'completed' });
    },
    bad: () => expectNoTask('exportTask'),
  },
  changeTask: {
    good: async () => {
      const { uid } = await signedIn();
      await consentOf(uid, true, 'messages');
      await expectTask('changeTask', (await jobsOf(uid))[0]);
    },
    bad: () => expectNoTask('changeTask'),
  },
  ledgerTask: {
    good: async () => {
      await consentOf(fresh());
      await schedule();
      await expectTask('ledgerTask', (await waiting('checkpoint'))[0]);
    },
    bad: () => expectNoTask('ledgerTask'),
  },
  contact: {
    good: async () => {
      const form = { email: `${fresh()}@example.com`, firstName: 'Ada', lastName: 'L', message: 'Bonjour' };
      const { id } = (await call('contact', form)) as { id: string };
      expect((await app?.doc(`contactRequests/${id}`).get())?.data()).toMatchObject({ message: 'Bonjour' });
    },
    bad: () => expectRefused('contact', { email: 'nobody' }, 'invalid-argument'),
  },
  contactRequestCreated: {
    good: async () => {
      const { uid } = await signedIn();
      const data = { uid, email: `${uid}@example.com`, message: 'Hello', createdAt: Timestamp.now() };
      const path = `contactRequests/${fresh()}`;
      const snapshot = await written(app, path, data);
      await wrapped('contactRequestCreated')({ id: fresh(), data: snapshot, params: { id: snapshot.id } });
      expect((await snapshot.ref.get()).get('heldForReview')).toBeUndefined();
    },
    bad: async () => {
      const params = { id: fresh() };
      const data = kit.firestore.makeDocumentSnapshot({ uid: 7 }, `contactRequests/${params.id}`);
      await expect(wrapped('contactRequestCreated')({ id: fresh(), data, params })).resolves.toBeUndefined();
    },
  },
  guardianConsent: {
    good: async () => {
      const [child, parent] = [await signedIn(), await signedIn()];
      await guard(child.uid, parent.uid);
      const answer = { child: child.uid, purpose: 'analytics', granted: true, policyVersion: '2025-06-15' };
      const form = { ...answer, source: 'app', requestId: fresh() };
      expect(await call('guardianConsent', form, parent.auth)).toEqual({ state: 'pending' });
    },
    bad: () => expectRefused('guardianConsent', { child: 'somebody' }, 'unauthenticated'),
  },
  exportLink: {
    good: async () => {
      const { uid, auth: caller } = await signedIn();
      await requestOf(uid, { type: 'portability' });
      await run('exportTask', { data: { jobId: (await requestRecord(uid))?.['job'] } });
      expect(await call('exportLink', { requestId: 'r1' }, caller)).toMatchObject({ part: 1, parts: 1 });
    },
    bad: async () => {
      const { auth: caller } = await signedIn();
      await expectRefused('exportLink', { requestId: 'none' }, 'not-found', caller);
      await expectRefused('exportLink', { requestId: 'r1' }, 'unauthenticated');
    },
  },
  consentReceipt: {
    good: async () => {
      const { uid, auth: caller } = await signedIn();
      await consentOf(uid);
      const { receipt } = (await call('consentReceipt', { format: 'json' }, caller)) as { receipt: string };
      expect(JSON.parse(receipt)).toMatchObject({ pii_principal_id: chain(uid), consent_records: [{ agreed: true }] });
    },
    bad: () => expectRefused('consentReceipt', {}, 'unauthenticated'),
  },
  serverStatements: {
    good: async () => {
      const uid = fresh();
      const answer = await post('serverStatements', { submit: 'ageBand', uid, band: 'child' });
      expect(answer).toEqual({ status: 200, body: { id: uid, changed: true } });
      const path = `ageBands/${uid}`;
      const data = (await own?.doc(path).get())?.data() ?? {};
      expect(isSealed(path, data, context.keys)).toBe(true);
    },
    bad: async () => {
      const answer = await post('serverStatements', { submit: 'ageBand', uid: 'a/b', band: 'child' });
      expect(answer).toEqual({
        status: 400,
        body: { error: { code: 'invalid', issues: [{ code: 'custom', field: 'uid' }] } },
      });
      expect((await post('serverStatements', {}, 'GET')).status).toBe(405);
    },
  },
};

const expectNoTask = (name: Name): Promise<void> =>
  expect(run(name, { data: { job: 'somebody' } })).rejects.toThrow('a task without a job');
const expectRefused = (name: Name, data: unknown, code: string, caller?: object): Promise<void> =>
  expect(call(name, data, caller)).rejects.toMatchObject({ code });

describe('each function that is deployed', () => {
  it('has a case here', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(functions).sort());
  });

  describe.each(Object.entries(cases))('%s', (_, { good, bad }) => {
    it('takes a good input', good);
    it('takes a bad input', bad);
  });
});
