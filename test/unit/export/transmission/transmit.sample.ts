import { Timestamp } from 'firebase-admin/firestore';
import type { Parcel, Sent } from '../../../../functions/src/export/transmission/send.ts';
import { transmit } from '../../../../functions/src/export/transmission/transmit.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import { onPrivacyRequestCreated } from '../../../../functions/src/rights/receive.ts';
import { finishRequest, refOf } from '../../../../functions/src/requests/store.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import type { Cursor, Progress } from '../../../../functions/src/systems/system.ts';
import { testContext } from '../../requests/helpers.ts';
import { memoryStore } from '../helpers.ts';
import { HOST } from './otherController.ts';

export const NOW = Date.parse('2026-06-01T00:00:00Z');
export const ADDRESS = `https://${HOST}/up?token=s3cret`;
const source = { kind: 'ownChoice', reference: { en: 'a test', fr: 'un test' } } as const;

/** The policy, with the hosts to which an archive may be sent. */
export function policyFor(hosts: string[]) {
  const { policy } = testContext(NOW);
  return { ...policy, rights: { ...policy.rights, transmission: { hosts, source } } };
}
const contextNow = () => ({ ...testContext(NOW), policy: policyFor([HOST]) });

export let context = contextNow();
/** The archives that were sent to the other side. */
export let parcels: Parcel[] = [];

/** Begins again with empty databases. Each test file calls it before each test. */
export function fresh(): void {
  context = contextNow();
  parcels = [];
}

export const ref = () => refOf('ada', pseudonymOf('ada', context.keys), 'r1', context.keys);
export const record = async () => (await context.own.doc(`requests/${ref().key}`).get()).data();
export const shown = async () => (await context.app.doc('users/ada/privacyRequests/r1').get()).data();
export const entries = async (): Promise<unknown[]> => {
  const all = await context.own
    .collection(`ledger/${pseudonymOf('ada', context.keys)}/entries`)
    .orderBy('seq')
    .get();
  return all.docs.map((entry): unknown[] => [entry.get('state'), entry.get('system') ?? null]);
};

export async function ask(details: object, type = 'portability'): Promise<void> {
  const data = { type, createdAt: Timestamp.fromMillis(NOW), details };
  await context.app.doc('users/ada/privacyRequests/r1').set(data);
  await onPrivacyRequestCreated(context, { id: 'e1', uid: 'ada', requestId: 'r1', data, time: NOW });
}

export async function jobNow(): Promise<Job> {
  const id = (await record())?.['job'] as string;
  const job = await loadJob(context, id);
  if (job === null) throw new Error('no job');
  return job;
}

export const part = (n: number) => ({ object: `${n}.zip`, bytes: 3, sha256: 'abc' });
export const publish = (parts = [part(1)], open: string[] = []) =>
  finishRequest(context, ref(), {
    status: open.length > 0 ? 'waiting' : 'in_progress',
    answer: { parts, counts: {}, missing: open, open },
  });

/** Asks as the person does, and publishes the archive. */
export async function askAndPublish(...archive: Parameters<typeof publish>): Promise<void> {
  await ask({ transmitTo: ADDRESS });
  await publish(...archive);
}

/** Runs the step once; the other side gives this answer. */
export async function run(
  answer: Sent | (() => Promise<Sent>),
  { cursor, attempts = 1, isThere = true }: { cursor?: Cursor; attempts?: number; isThere?: boolean } = {},
): Promise<Progress> {
  const job = await jobNow();
  const begun = { state: 'running', after: [], attempts, outcomes: [] } as const;
  const archive = { state: 'done', after: [], attempts: 0, outcomes: [], finishedAt: NOW } as const;
  return transmit(
    {
      context,
      store: memoryStore(),
      send: async (parcel) => {
        parcels.push(parcel);
        return typeof answer === 'function' ? answer() : answer;
      },
      ref: ref(),
      isThere: async () => isThere,
    },
    { ...job, steps: { ...job.steps, archive, transmit: begun } },
    cursor,
  );
}
export const ok: Sent = { ok: true, status: 201 };
export const down = { ok: false, because: 'unavailable', again: true, reached: true } as const satisfies Sent;
