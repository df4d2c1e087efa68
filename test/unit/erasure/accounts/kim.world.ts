import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach } from 'vitest';
import { startErasure } from '../../../../functions/src/erasure/start.ts';
import type { Start } from '../../../../functions/src/erasure/starts/standing.ts';
import { erasureRunner } from '../../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../../functions/src/consent/reconcile.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { requestKey } from '../../../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { changeKey as newKey } from '../../../kit/sealed/newKey.ts';
import { writeSealed } from '../../../kit/sealed/seal.ts';
import { NOW, officersWorld, smallPolicy } from '../../officerTasks/erasure.sample.ts';

/** Kim has no account any more, and an erasure that asks no recipient; all in memory. */

export { NOW };
export const CREATED = 1_700_000_000;
export let context: Awaited<ReturnType<typeof officersWorld>>['context'];

export function eachWithKim(): void {
  beforeEach(async () => {
    ({ context } = await officersWorld({ ...smallPolicy(), recipients: {} }));
  });
}

/** The name of kim's chain under the key of today. */
export const chain = (): string => pseudonymOf('kim', context.keys);

export const changeKey = (): void => newKey(context);

/** Records a request under a name of a chain, and returns its key. */
export async function asked(type: string, name = chain(), receivedAt = NOW - 1000): Promise<string> {
  const key = requestKey(name, `${type} of kim at ${receivedAt}`, context.keys);
  const at = Timestamp.fromMillis(receivedAt);
  const record = { pseudonym: name, type, status: 'in_progress', channel: 'app', receivedAt: at, dueAt: at };
  await writeSealed(context.own.doc(`requests/${key}`), record, context.keys);
  return key;
}

/** Starts the erasure of a deleted account under the key of today, and returns its job. */
export async function started(accountCreatedAt: number | null = CREATED, more: Partial<Start> = {}): Promise<string> {
  const deleted = { by: 'accountDeleted', id: 'deleted:1', at: NOW, from: NOW, requested: true } as const;
  const erasee = { uid: 'kim', pseudonym: chain(), accountCreatedAt };
  const { job } = await startErasure(context, erasee, { ...deleted, ...more });
  if (job === null) throw new Error('no erasure');
  return job;
}

/** Runs an erasure until it is over. */
export async function runToEnd(job: string): Promise<void> {
  const isOver = async (): Promise<boolean> =>
    ['completed', 'cancelled'].includes((await loadJob(context, job))?.status ?? '');
  for (let days = 0; days < 90 && !(await isOver()); days += 1) {
    await runJob(context, { erasure: async (one) => erasureRunner(one, reconcilePerson) }, job);
    context.time.now += DAY_MS;
  }
}
