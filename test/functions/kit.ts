import { randomBytes } from 'node:crypto';
import functionsTest from 'firebase-functions-test';
import { Timestamp, type DocumentSnapshot, type Firestore } from 'firebase-admin/firestore';
import { expect } from 'vitest';
import { suiteParameters } from '../../emulator/parameters.ts';
import type { Head } from '../../functions/src/ledger/chain.ts';
import { loadJob } from '../../functions/src/jobs/store.ts';
import { requestKey } from '../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { stated, storedPower } from '../kit/sealed/statements.ts';

/**
 * Firebase's own test kit, in this process, with the trigger and the parameters of each exported
 * function. The project is one in which nothing is deployed, so that no function runs but the one
 * that a test calls.
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
export const kit = functionsTest({ projectId: PROJECT, storageBucket: params['EXPORT_BUCKET'] ?? '' });
export const functions = await import('../../functions/src/index.ts');
const { contextOf } = await import('../../functions/src/compose.ts');
const { deployment } = await import('../../functions/src/deployment.generated.ts');
export const context = await contextOf(deployment);
export const [app, own]: Firestore[] = [context.clients.app(), context.clients.own()];
const auth = await context.clients.auth();

export type Name = keyof typeof functions;
/** A good and a bad input of a function. */
export interface Case {
  readonly good: () => Promise<void>;
  readonly bad: () => Promise<void>;
}
type Wrapped = (event: object) => Promise<unknown>;
export const wrapped = (name: Name): Wrapped => kit.wrap(functions[name] as never);
/** Calls a function as the platform does, without the kit's wrapping. */
export const run = (name: Name, input: object): Promise<unknown> =>
  (functions[name] as unknown as { run: (input: object) => Promise<unknown> }).run(input);

export const fresh = (): string => `f${randomBytes(9).toString('hex')}`;
export const chain = (uid: string): string => pseudonymOf(uid, context.keys);
export const headOf = async (uid: string): Promise<Partial<Head>> =>
  (await own?.doc(`ledger/${chain(uid)}`).get())?.data() ?? {};
/** The rejected event of a person; undefined: there is none. */
export const rejected = async (uid: string) =>
  (await own?.collection('rejectedEvents').get())?.docs
    .map((one) => one.data())
    .find(({ path }) => String(path).includes(chain(uid)));

/** Writes a document and answers it as an event has it. */
export async function written(db: Firestore | undefined, path: string, data: object): Promise<DocumentSnapshot> {
  if (db === undefined) throw new Error('no database');
  await db.doc(path).set(data);
  return db.doc(path).get();
}
/** Writes a statement about a person with its seal. */
export const statedAt = (path: string, data: object): Promise<DocumentSnapshot> =>
  written(own, path, stated({ own: context.clients.own(), keys: context.keys }, path, data));
/** An event of a written document; without `before`, the document is new. */
export function change(path: string, after: DocumentSnapshot, before?: DocumentSnapshot): { data: object; id: string } {
  const nothing = kit.firestore.makeDocumentSnapshot({}, path) as unknown as DocumentSnapshot;
  return { id: fresh(), data: kit.makeChange((before ?? nothing) as never, after as never) };
}

const consent = (granted: unknown) => ({
  granted,
  policyVersion: '2025-06-15',
  source: 'app',
  updatedAt: Timestamp.now(),
});
export async function consentOf(uid: string, granted: unknown = true, purpose = 'analytics'): Promise<void> {
  const path = `users/${uid}/consents/${purpose}`;
  const event = change(path, await written(app, path, consent(granted)));
  await wrapped('consentWritten')({ ...event, params: { uid, purpose } });
}
export async function requestOf(uid: string, data: object): Promise<void> {
  const snapshot = await written(app, `users/${uid}/privacyRequests/r1`, { createdAt: Timestamp.now(), ...data });
  await wrapped('privacyRequestCreated')({ id: fresh(), data: snapshot, params: { uid, id: 'r1' } });
}
export const requestRecord = async (uid: string) =>
  (await own?.doc(`requests/${requestKey(chain(uid), 'r1', context.keys)}`).get())?.data();

/** States as a server that a person is a child, and names the holder of parental responsibility. */
export async function guard(child: string, holder: string): Promise<void> {
  await statedAt(`ageBands/${child}`, { band: 'child' });
  const path = `guardianships/${fresh()}`;
  const from = Timestamp.fromMillis(Date.now() - 60_000);
  const made = change(path, await statedAt(path, { child, holder, from, ...storedPower('parentalAuthority', 0) }));
  await wrapped('guardianshipWritten')({ ...made, params: { id: 'g' } });
}

/** Makes an account of the Auth emulator, and the caller that a callable is given. */
export async function signedIn(uid = fresh()): Promise<{ uid: string; auth: object }> {
  await auth.createUser({ uid, email: `${uid}@example.com`, emailVerified: true });
  const now = Math.floor(Date.now() / 1000);
  return { uid, auth: { uid, token: { auth_time: now, iat: now, firebase: { sign_in_provider: 'password' } } } };
}
export const call = (name: Name, data: unknown, caller?: object): Promise<unknown> => {
  const rawRequest = { headers: { 'accept-language': 'en' }, socket: { remoteAddress: '127.0.0.1' } };
  return run(name, { data, rawRequest, ...(caller === undefined ? {} : { auth: caller }) });
};
/** Calls an HTTPS function with a JSON body, as Cloud Run does once IAM has let the caller in. */
export const post = (
  name: Name,
  body: unknown,
  method = 'POST',
  path = '/',
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: unknown }> =>
  new Promise((resolve) => {
    const json = (status: number) => (answer: unknown) => resolve({ status, body: answer });
    const sending = (status: number) => ({ json: json(status), set: () => ({ send: json(status) }) });
    const response = { status: sending, on: () => undefined };
    const handle = functions[name] as unknown as (request: object, response: object) => unknown;
    handle({ method, path, body, headers, header: () => undefined }, response);
  });
export const event = (id: string, uid: string, more: object = {}) => ({
  id,
  time: new Date().toISOString(),
  data: { uid, email: `${uid}@example.com`, emailVerified: true, metadata: { creationTime: '2024-01-01T00:00:00Z' } },
  ...more,
});

/** Fires the nightly schedule, each time for another night. */
let nights = 0;
export const schedule = async (scheduleTime?: string): Promise<string> => {
  const time = scheduleTime ?? new Date(Date.now() + (nights += 1) * 86_400_000).toISOString();
  await run('retentionDaily', { scheduleTime: time, jobName: 'retentionDaily' });
  return time;
};
/** The ids of jobs of a kind that have not begun. */
export async function waiting(kind: string): Promise<string[]> {
  const { docs = [] } = (await own?.collection('jobs').where('kind', '==', kind).get()) ?? {};
  return docs.filter((one) => one.get('status') === 'waiting').map(({ id }) => id);
}
/** The ids of the jobs about a person. */
export async function jobsOf(uid: string): Promise<string[]> {
  const { docs = [] } = (await own?.collection('jobs').where('pseudonym', '==', chain(uid)).get()) ?? {};
  return docs.map(({ id }) => id);
}
/** Runs a job that waits, by the function of its queue, and expects that it has gone on. */
export async function expectTask(name: Name, jobId: string | undefined): Promise<void> {
  if (jobId === undefined || own === undefined) throw new Error('there is no job to run');
  const before = await loadJob(context, jobId);
  await run(name, { data: { jobId } });
  const after = await loadJob(context, jobId);
  const done = (job: typeof after) => Object.values(job?.steps ?? {}).filter(({ state }) => state === 'done').length;
  expect(done(after)).toBeGreaterThan(done(before));
}

export const expectNoTask = (name: Name): Promise<void> =>
  expect(run(name, { data: { job: 'somebody' } })).rejects.toThrow('a task without a job');
export const expectRefused = (name: Name, data: unknown, code: string, caller?: object): Promise<void> =>
  expect(call(name, data, caller)).rejects.toMatchObject({ code });
