import { isOpen, woken } from '../../jobs/advance.ts';
import { changeJob, jobsIn } from '../../jobs/store.ts';
import type { Job, StepState } from '../../jobs/types.ts';
import type { Context, OwnStore } from '../../platform/context.ts';
import type { JobKind } from '../../platform/queues.ts';
import { everyKeyOf } from '../../subject/addresses.ts';
import { isHeld } from '../../systems/outcomes.ts';
import type { Account } from '../identity.ts';

/** The jobs about a person that a legal hold keeps waiting: found, and woken when it ends. */

/** Finds the erasures of a person that are not finished: a finished one names no uid any more. */
export const openErasuresOf = (context: OwnStore, person: JobsPerson): Promise<Job[]> =>
  jobsOfPerson(context, person, ['erasure']);

/** A person as the input of a job names them: by the uid, or if that is empty by address keys. */
interface JobsPerson {
  readonly uid: string;
  readonly keys?: readonly string[];
}

const jobsOfPerson = (context: OwnStore, { uid, keys = [] }: JobsPerson, kinds: readonly JobKind[]): Promise<Job[]> =>
  uid === '' ? jobsAbout(context, 'input.subjectKey', keys, kinds) : jobsAbout(context, 'input.uid', [uid], kinds);

async function jobsAbout(
  { clients, keys }: OwnStore,
  field: 'input.uid' | 'input.subjectKey' | 'pseudonym',
  values: readonly string[],
  kinds: readonly JobKind[],
): Promise<Job[]> {
  if (values.length === 0) return [];
  const found = await clients.own().collection('jobs').where(field, 'in', values).get();
  return jobsIn(found.docs, keys).jobs.filter(({ kind }) => kinds.includes(kind));
}

/** The steps that wait for the end of a legal hold; another one does if it tells of held rows. */
const WAITING_FOR_HOLDS: readonly string[] = ['holds', 'ended', 'replayCheck', 'forget', 'hold', 'over'];

/**
 * Are recipients of a hold that is over still to be told so? Their jobs are woken. Costs 1 query,
 * and a read and a write for each of them; of an address under several keys 1 read more.
 */
export async function areUntold(context: Context, { uid, key }: Pick<Account, 'uid' | 'key'>): Promise<boolean> {
  const person = uid === '' ? { uid, keys: await everyKeyOf(context, key) } : { uid };
  const jobs = await jobsOfPerson(context, person, ['hold']);
  const untold = jobs.filter((job) => isOpen(job) && TELLING.some((step) => isLeft(job, step)));
  for (const { id } of untold) await wakeJob(context, id);
  return untold.length > 0;
}

/** The steps of a hold's jobs that come before all its recipients have their tasks. */
const TELLING = ['hold', 'over'] as const;

const isLeft = ({ steps }: Job, step: string): boolean => steps[step] !== undefined && steps[step].state !== 'done';

/** Wakes a job that waits for the end of a legal hold. True if it waited. */
async function wakeJob(context: Context, id: string): Promise<boolean> {
  const now = context.now();
  const changed = await changeJob(context, id, (job) => {
    const isMeant = ([id, { state, outcomes }]: [string, StepState]): boolean =>
      state === 'waiting' && (WAITING_FOR_HOLDS.includes(id) || outcomes.some(isHeld));
    const [step] = Object.entries(job.steps).find(isMeant) ?? [];
    return step === undefined || job.status === 'held' ? null : woken(job, step, now);
  });
  return changed?.applied === true;
}

/**
 * `tick` enqueues the woken jobs: those about the uid, and those about the chains that remember the
 * hold. Answers the erasures among them.
 */
export async function wakeForHold(
  context: Context,
  person: JobsPerson | undefined,
  chains: readonly string[],
): Promise<string[]> {
  const kinds = ['hold', 'erasure'] as const;
  const [byPerson, byChain] = await Promise.all([
    person === undefined ? [] : jobsOfPerson(context, person, kinds),
    jobsAbout(context, 'pseudonym', chains, kinds),
  ]);
  const erasures: string[] = [];
  for (const { id, kind } of new Map([...byPerson, ...byChain].map((job) => [job.id, job])).values())
    if ((await wakeJob(context, id)) && kind === 'erasure') erasures.push(id);
  return erasures;
}
