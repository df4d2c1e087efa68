import { changeJob, createJob } from '../jobs/store.ts';
import type { JobPlan } from '../jobs/catalog.ts';
import { chainOf, type JobOf } from '../jobs/define.ts';
import type { Job, Run } from '../jobs/types.ts';
import { endsOfRetained, readingBack, walk } from '../jobs/eachRecord.ts';
import { DAY_MS, utcDay, type Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { answerBy } from '../policy/calendar.ts';
import { recordOf } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';
import { holdableErased } from '../ledger/held/addresses.ts';
import { holdsByName } from '../ledger/held/byName.ts';
import { holdsOn } from '../ledger/holds.ts';
import { emailHash } from '../subject/emails.ts';
import { holdableOf } from '../subject/hold.ts';
import { uidAlone } from '../subject/identity.ts';
import { isHeld } from '../systems/outcomes.ts';
import { visitPerson } from '../systems/person.ts';
import type { Change, Outcome, Progress } from '../systems/system.ts';
import { inLanguages } from '../texts/index.ts';
import { accountOf, assertUidFree, type Identity } from './identity.ts';
import { retainedJobs } from './job.ts';

/**
 * Systems with rows that are found by the uid: it has to be known until they end. Elsewhere the id
 * of the other system is enough.
 */
const BY_UID: ReadonlySet<string> = new Set(['firestore', 'storage', 'auth']);

/**
 * Plans the jobs that end rows that a ground keeps now, one for each day: they sleep until then,
 * and cost nothing. Rows of several times of a day end at the last of them. Rows under the
 * pseudonym in the backend's own database end by time alone, with the retention. Pure.
 *
 * @param addressHashes of every address by which a legal hold can name the person
 */
export function followUps(
  policy: Policy,
  job: Job,
  outcomes: readonly Outcome[],
  { handles: all }: Pick<Identity, 'handles'>,
  addressHashes: readonly string[] = [],
): JobPlan[] {
  const byDay = new Map<string, { readonly until: Instant; readonly records: Set<string> }>();
  for (const outcome of outcomes) {
    if (outcome.outcome !== 'retained' || outcome.until === null || outcome.held === true || !('record' in outcome))
      continue;
    if (recordOf(policy, outcome.record).database === 'compliance') continue;
    // The id of a job names the day: a second job of a day would never be made.
    const day = utcDay(outcome.until);
    const { until, records } = byDay.get(day) ?? { until: outcome.until, records: new Set<string>() };
    byDay.set(day, { until: Math.max(until, outcome.until), records: records.add(outcome.record) });
  }
  const { uid, accountCreatedAt, deletedAt, pseudonym } = accountOf(job);
  return [...byDay].map(([day, { until, records }]) => {
    const systems = new Set([...records].map((id) => recordOf(policy, id).system));
    const needsUid = [...systems].some((system) => BY_UID.has(system));
    const handles = all.filter(({ system }) => systems.has(system));
    return retainedJobs.plan({
      id: `${job.id}_until_${day}`,
      pseudonym,
      input: {
        uid: needsUid ? uid : '',
        accountCreatedAt,
        deletedAt,
        until,
        records: [...records],
        handles: handles.map(({ system, id }) => ({ system, id })),
        ...(addressHashes.length > 0 && { addressHashes: [...addressHashes] }),
        of: job.id,
      },
      dueAt: answerBy(policy, until),
      wakeAt: until,
      steps: [{ id: 'ended' }],
    });
  });
}

export async function planFollowUps(
  context: Context,
  job: Job,
  outcomes: readonly Outcome[],
  identity: Identity,
): Promise<void> {
  const hashes = holdableOf(identity.subject).emails.map((email) => emailHash(email, context.keys));
  for (const plan of followUps(context.policy, job, outcomes, identity, hashes)) await createJob(context, plan);
}

/**
 * Ends retained rows, when their time has come; those that no interface can end are named to an
 * officer. Waits for rows that stay longer: a hold runs, or the policy's period grew meanwhile.
 * Reads the list of all holds.
 */
export async function endRetained(context: Context, job: JobOf<typeof retainedJobs>, run: Run): Promise<Progress> {
  const { until, records, handles, uid, deletedAt, accountCreatedAt, addressHashes } = job.input;
  if (context.now() < until) return { wait: until, why: KEPT };
  const chain = chainOf(job);
  const subject = uidAlone({ uid, pseudonym: chain, accountCreatedAt });
  // Years later somebody else can have the uid.
  await assertUidFree(context, subject);
  // A hold that was set since then keeps the rows that are still there, by the uid or by the name
  // that follows from it. So does one on an address that was theirs.
  const known = await holdableErased(context, [chain], { uid, emails: [] }, addressHashes);
  const holds = [...(await holdsOn(context, known)), ...(await holdsByName(context, chain, records))];
  const change: Change = { kind: 'erase', accountDeletedAt: deletedAt };
  const actions = visitPerson(context, { subject, handles, holds }, change, run.deadline);
  const named = records.map((id) => ({ id, record: recordOf(context.policy, id) }));
  // The address that found these rows was forgotten with the person.
  const byAddress = named.filter(({ record }) => 'field' in record.subject && record.subject.email !== undefined);
  const progress = await walk(named, readingBack(actions), { ...run, now: context.now });
  if (!('settled' in progress)) return progress;
  const by = answerBy(context.policy, context.now());
  const what = inLanguages(context.policy, ({ officer }) => officer.notFoundAnyMore);
  const settled = [
    ...progress.settled,
    ...byAddress.map(({ id }): Outcome => ({ record: id, count: 0, outcome: 'manual', what, by })),
  ];
  tellOfficers(context, job, settled);
  return (await waitForRest(context, job, settled)) ?? { settled };
}

const KEPT = 'kept on its ground until then';

/**
 * Returns the wait for rows that stay: at most a day for a legal hold, else until their ground is
 * over. Then all of them are walked again, from the first. Undefined if nothing stays.
 */
async function waitForRest(context: Context, job: Job, outcomes: readonly Outcome[]): Promise<Progress | undefined> {
  const stay = outcomes.filter((outcome) => outcome.outcome === 'retained');
  const held = stay.some(isHeld);
  const ends = endsOfRetained(stay);
  if (held) ends.push(context.now() + DAY_MS);
  if (ends.length === 0) return undefined;
  const wait = Math.min(...ends);
  // Nothing is late that may not end yet. A hold stops no clock.
  const dueAt = answerBy(context.policy, wait);
  if (!held) await changeJob(context, job.id, (one) => (one.dueAt < dueAt ? { ...one, dueAt } : null));
  return { wait, why: held ? 'a legal hold runs on this person' : KEPT, soFar: outcomes, cursor: {} };
}

/** Says once that an officer has to end the rest: a walk that comes again tells only news. */
function tellOfficers(context: Context, job: Job, outcomes: readonly Outcome[]): void {
  const tasksIn = (all: readonly Outcome[]): string =>
    JSON.stringify(all.flatMap((one) => (one.outcome === 'manual' ? [one.what] : [])));
  const before = Object.values(job.steps).flatMap((step) => [...step.outcomes]);
  if (tasksIn(outcomes) === tasksIn([]) || tasksIn(outcomes) === tasksIn(before)) return;
  context.log.error('a retention after an erasure is over: an officer has to end the rest', { job: job.id });
}
