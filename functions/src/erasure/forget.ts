import { walk } from '../jobs/eachRecord.ts';
import type { Job, Run } from '../jobs/types.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import type { Context } from '../platform/context.ts';
import { needsAddress } from '../requests/needsAddress.ts';
import { forgetAddress } from '../subject/addresses.ts';
import { releaseHolder } from '../subject/guardians.ts';
import { uidAlone } from '../subject/identity.ts';
import { forgetKnown } from '../subject/known.ts';
import { visitPerson } from '../systems/person.ts';
import type { Change, Progress } from '../systems/system.ts';
import { accountOf, assertUidFree, forgetIdentity } from './identity.ts';
import { openJobsOf } from './holdTasks/wake.ts';
import { isIdentity, isUidFree } from './officers.ts';
import { recordsToForget } from './plan.ts';

/** Did officers have something to do? Then a new account may have got the uid meanwhile. */
const hasWaited = (job: Job): boolean => (job.steps[OFFICERS_STEP]?.outcomes.length ?? 0) > 0;

/**
 * Forgets the person by uid last: that led to everything else. Needs the uid only, so that doing it
 * again after a crash collects nothing anew.
 */
export async function forget(context: Context, job: Job, run: Run): Promise<Progress> {
  const { uid, key, accountCreatedAt, deletedAt, pseudonym } = accountOf(job);
  if (uid === '') {
    await forgetIdentity(context, job);
    // They may have asked anew while officers worked: a night forgets it later (rights/ways).
    if (!(await needsAddress(context, key, job.id))) await forgetAddress(context.clients.own(), key);
    return { settled: [] };
  }
  if (hasWaited(job) && !(await isUidFree(context, job))) {
    // The other rows went before the wait. The rest is of whoever has the uid now.
    await forgetIdentity(context, job);
    await forgetKnown(context, { uid, accountCreatedAt });
    return { settled: [] };
  }
  await assertUidFree(context, accountOf(job));
  await releaseHolder(context, uid, deletedAt);
  const subject = uidAlone({ uid, pseudonym, accountCreatedAt });
  const change: Change = { kind: 'erase', accountDeletedAt: deletedAt };
  const { apply } = visitPerson(context, { subject, handles: [] }, change, run.deadline);
  const records = recordsToForget(context.policy);
  const others = records.filter(({ record }) => !isIdentity(record.path));
  // The identity comes last, so that a cursor means the same record either way.
  const isShared = await isErasedTwice(context, job, uid);
  const all = isShared ? others : [...others, ...records.filter(({ record }) => isIdentity(record.path))];
  const progress = await walk(all, apply, { ...run, now: context.now });
  if (isShared && 'settled' in progress) {
    await forgetIdentity(context, job);
    await forgetKnown(context, { uid, accountCreatedAt });
  }
  return progress;
}

/**
 * Does another erasure go on under this uid, of somebody who had it before or since? It needs its
 * own identity, and the servers' knowledge of its account. Costs 1 query.
 */
async function isErasedTwice(context: Context, { id }: Job, uid: string): Promise<boolean> {
  const open = await openJobsOf(context, uid);
  return open.some(({ id: other, steps }) => other !== id && (OFFICERS_STEP in steps || 'replay' in steps));
}
