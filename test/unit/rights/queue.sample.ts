import { Timestamp } from 'firebase-admin/firestore';
import type { Runner, Runners } from '../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { tick } from '../../../functions/src/jobs/tick.ts';
import { onPrivacyRequestCancelled, onPrivacyRequestCreated } from '../../../functions/src/rights/receive.ts';
import type { RequestType } from '../../../functions/src/requests/request.ts';
import { queueJobId, queueRunner } from '../../../functions/src/rights/queue.ts';
import { finishRequest, refOf } from '../../../functions/src/requests/store.ts';
import { context, chain, person, shown, recorded } from './helpers.ts';

export interface Told {
  readonly kind: 'create' | 'cancel';
  readonly id: string;
  readonly data: object;
  readonly time: number;
}

/**
 * Writes a request as the person does. Returns its event, which may be delivered at any time, and
 * more than once.
 */
export async function write(type: RequestType, id: string, more: object = {}): Promise<Told> {
  const data = { type, createdAt: Timestamp.fromMillis(context.time.now), ...more };
  await person(id).set(data);
  return { kind: 'create', id, data, time: context.time.now };
}
export async function takeBack(id: string): Promise<Told> {
  await person(id).update({ cancelled: true });
  return { kind: 'cancel', id, data: (await shown(id)) ?? {}, time: context.time.now };
}
export async function deliver({ kind, id, data, time }: Told): Promise<void> {
  const event = { id: `${kind}-${id}`, uid: 'u1', requestId: id, data, time };
  await (kind === 'create' ? onPrivacyRequestCreated : onPrivacyRequestCancelled)(context, event);
}

const runners = { request: async (c): Promise<Runner> => queueRunner(c) } as Runners;
export const begin = (type: RequestType) => runJob(context, runners, queueJobId(chain, type));

/** Runs the queue jobs of requests that `tick` enqueues. */
export async function tickAndRun(): Promise<void> {
  context.enqueued.length = 0;
  await tick(context);
  for (const job of context.enqueued.map((line) => line.replace(/^\w+ /, '')))
    if (job.startsWith('queue_')) await runJob(context, runners, job);
}

/** Asks and takes back again and again; delivers each event at once. */
export async function cycles(type: RequestType, count: number, name = 'c'): Promise<void> {
  for (let n = 0; n < count; n++) {
    await deliver(await write(type, `${name}${n}`));
    await deliver(await takeBack(`${name}${n}`));
    await keep(type, `${name}${n}`);
  }
}

/** Ends an erasure that has begun and is taken back, as its own job does. */
export async function keep(type: RequestType, id: string): Promise<void> {
  if (type !== 'erasure' || (await recorded(id))?.['status'] !== 'in_progress') return;
  await finishRequest(context, refOf('u1', chain, id, context.keys), { status: 'cancelled' });
}
