import { walk } from '../jobs/eachRecord.ts';
import type { Job, Run } from '../jobs/types.ts';
import { holdableErased } from '../ledger/held/addresses.ts';
import { holdsOn } from '../ledger/holds.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import { needsAddress } from '../requests/needsAddress.ts';
import { forgetAddress } from '../subject/addresses.ts';
import { releaseHolder } from '../subject/guardians.ts';
import type { Hold } from '../subject/hold.ts';
import { uidAlone } from '../subject/identity.ts';
import { forgetKnown } from '../subject/known.ts';
import { statements } from '../subject/statements.ts';
import { isHeld } from '../systems/outcomes.ts';
import { visitPerson } from '../systems/person.ts';
import type { Change, NamedRecord, Progress } from '../systems/system.ts';
import { accountOf, assertUidFree, forgetIdentity, isUidFree } from './identity.ts';
import { openErasuresOf } from './holdTasks/wake.ts';
import { untilOver, untilTold } from './holdTasks/whileHeld.ts';
import { recordsToForget } from './plan.ts';

/** Did officers have something to do? Then a new account may have got the uid meanwhile. */
const hasWaited = (job: Job): boolean => (job.steps[OFFICERS_STEP]?.outcomes.length ?? 0) > 0;

/** True for what leads to the identity, which the sheets are made from: it goes last. */
const isIdentity = ({ record }: NamedRecord): boolean => record.path.startsWith('subjects/');

/** The record of guardianships as data of the protected person, or of the holder. */
const guardianshipsAs = (policy: Policy, who: 'child' | 'holder'): NamedRecord[] =>
  recordsToForget(policy).filter(
    ({ record: { path, subject } }) => path === 'guardianships/{id}' && 'field' in subject && subject.field === who,
  );

/** The holds that keep any of these records. */
const keeping = (holds: readonly Hold[], records: readonly NamedRecord[]): Hold[] =>
  holds.filter(({ record }) => record === undefined || records.some(({ id }) => id === record));

/**
 * The legal holds on the others in the person's guardianships: the same rows are theirs as well.
 * Costs 2 queries, and the holds of each of them.
 */
async function holdsOfOthers(context: Context, uid: string): Promise<Hold[]> {
  const found: Hold[] = [];
  for (const [who, other] of [['child', 'holder'] as const, ['holder', 'child'] as const]) {
    const { docs } = await statements(context.clients.own(), 'guardianships').where(who, '==', uid).get();
    const others = new Set(docs.map((row): unknown => row.get(other)).filter((one) => typeof one === 'string'));
    for (const one of others)
      for (const hold of keeping(await holdsOn(context, one), guardianshipsAs(context.policy, other)))
        found.push(...guardianshipsAs(context.policy, who).map(({ id }) => ({ ...hold, record: id })));
  }
  return found;
}

/** The legal holds that run on the person now. The tombstone has their addresses. */
async function holdsNow(context: Context, job: Job): Promise<Hold[]> {
  const { uid, key, pseudonym } = accountOf(job);
  const erased = await holdableErased(context, [pseudonym], { uid, emails: [] });
  if (uid === '') return holdsOn(context, { ...erased, keys: [...(erased.keys ?? []), key] });
  return [...(await holdsOn(context, erased)), ...(await holdsOfOthers(context, uid))];
}

/**
 * Ends the backend's own rows of a person by uid, if nobody else has the uid. Rows that a legal
 * hold names stay, and are settled as held.
 *
 * @param holds those that run on the person
 */
function endOwnRows(
  context: Context,
  job: Job,
  records: readonly NamedRecord[],
  { holds, ...run }: Pick<Run, 'cursor' | 'deadline'> & { readonly holds: readonly Hold[] },
): Promise<Progress> {
  const { uid, accountCreatedAt, deletedAt, pseudonym } = accountOf(job);
  const subject = uidAlone({ uid, pseudonym, accountCreatedAt });
  const change: Change = { kind: 'erase', accountDeletedAt: deletedAt };
  const { apply } = visitPerson(context, { subject, handles: [], holds }, change, run.deadline);
  return walk(records, apply, { ...run, now: context.now });
}

/** Releases the people whom the person held a power over, unless a hold keeps those rows. */
async function releasePowers(context: Context, job: Job, holds: readonly Hold[]): Promise<void> {
  const { uid, deletedAt } = accountOf(job);
  if (keeping(holds, guardianshipsAs(context.policy, 'holder')).length > 0) return;
  await releaseHolder(context, uid, deletedAt);
}

/**
 * Ends the rows of the backend's own by uid before the wait for officers, but for the identity.
 * Those that a legal hold names are left to `forget`, which waits for its end.
 */
export async function forgetRows(context: Context, job: Job, run: Pick<Run, 'cursor' | 'deadline'>): Promise<Progress> {
  const account = accountOf(job);
  if (account.uid === '' || !(await isUidFree(context, account))) return { settled: [] };
  const holds = await holdsNow(context, job);
  await releasePowers(context, job, holds);
  const records = recordsToForget(context.policy).filter((named) => !isIdentity(named));
  return endOwnRows(context, job, records, { ...run, holds });
}

/**
 * Forgets the person by uid last: that led to everything else. Needs the uid only, so that doing it
 * again after a crash collects nothing anew. While a legal hold keeps any of it, waits for its end;
 * the recipients of the hold hear of that first.
 */
export async function forget(context: Context, job: Job, run: Run): Promise<Progress> {
  const account = accountOf(job);
  const { uid, key, accountCreatedAt } = account;
  const holds = await holdsNow(context, job);
  const wasHeld = job.steps['forget']?.outcomes.some(isHeld) === true;
  const told = wasHeld && holds.length === 0 ? await untilTold(context, job) : undefined;
  if (told !== undefined) return told;
  const records = recordsToForget(context.policy);
  const identity = records.filter(isIdentity);
  const kept = keeping(holds, identity);
  const isAnothers = uid !== '' && hasWaited(job) && !(await isUidFree(context, account));
  if (uid === '' || isAnothers) {
    if (kept.length > 0) return untilOver(context, kept);
    await forgetIdentity(context, job);
    // The other rows went before the wait. The rest is of whoever has the uid now.
    if (isAnothers) await forgetKnown(context, { uid, accountCreatedAt });
    // They may have asked anew while officers worked: a night forgets it later (rights/ways).
    else if (!(await needsAddress(context, key, job.id))) await forgetAddress(context.clients.own(), key);
    return { settled: [] };
  }
  await assertUidFree(context, account);
  await releasePowers(context, job, holds);
  const others = records.filter((named) => !isIdentity(named));
  // The identity comes last, so that a cursor means the same record either way.
  const isShared = await isErasedTwice(context, job, uid);
  const progress = await endOwnRows(context, job, isShared ? others : [...others, ...identity], { ...run, holds });
  if (!('settled' in progress)) return progress;
  // From the beginning, when the holds may have ended: kept rows then end by themselves.
  if (progress.settled.some(isHeld)) return { ...untilOver(context, holds), cursor: {}, soFar: progress.settled };
  if (isShared) {
    if (kept.length > 0) return { ...untilOver(context, kept), cursor: {} };
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
  const open = await openErasuresOf(context, { uid });
  return open.some(({ id: other, steps }) => other !== id && (OFFICERS_STEP in steps || 'replay' in steps));
}
