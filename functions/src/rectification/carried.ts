import { jobsIn } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import type { OwnStore } from '../platform/context.ts';
import { recipientsOfSystem } from '../policy/lookup.ts';
import { mirrors, type Mirror } from './mirrors.ts';
import type { Policy, RecipientId } from '../policy/schema.ts';
import type { Outcome } from '../systems/system.ts';

/** How far the recipients of a person's values are with the correction of a request (Art. 19). */
export interface Carried {
  /** They have the right values now, or said that they do. */
  readonly told: readonly RecipientId[];
  /** They are being told, or an officer has to look there. */
  readonly asked: readonly RecipientId[];
  /** They were asked, and did not correct: they said no, or an officer has noted why not. */
  readonly refused: readonly RecipientId[];
  /** How often it was begun to tell them. */
  readonly rounds: number;
}

/**
 * Looks how far the correction of a request is, by its newest jobs. Those that have nothing of the
 * person are in no list. Costs a read for each job of it, 1 if there is none.
 */
export async function carriedOf(
  { clients, keys, policy }: OwnStore & { readonly policy: Policy },
  request: string,
): Promise<Carried> {
  const found = await clients.own().collection('jobs').where('input.request', '==', request).get();
  const jobs = jobsIn(found.docs, keys).jobs.filter(({ kind }) => kind === 'rectify');
  return carriedBy(policy, jobs);
}

/** The same of jobs that were read. Pure. Without a job, each recipient of a value is asked. */
function carriedBy(policy: Policy, jobs: readonly Job[]): Carried {
  const none = (): Set<RecipientId> => new Set();
  const by = { told: none(), asked: none(), refused: none(), nothing: none() };
  for (const mirror of mirrors(policy)) {
    const states = jobs.filter((job) => isOf(job, mirror)).sort((a, b) => roundOf(b) - roundOf(a));
    const state = states[0] === undefined ? 'asked' : stateOf(states[0]);
    for (const id of recipientsOf(policy, mirror)) by[state].add(id);
  }
  const { told, asked, refused } = by;
  // One that has two records is told when both are right.
  return {
    told: [...told].filter((id) => !asked.has(id) && !refused.has(id)),
    asked: [...asked],
    refused: [...refused].filter((id) => !asked.has(id)),
    rounds: 1 + Math.max(-1, ...jobs.map(roundOf)),
  };
}

const roundOf = ({ input: { round } }: Job): number => (typeof round === 'number' ? round : 0);

const isOf = ({ input }: Job, { of }: Mirror): boolean =>
  'record' in of ? input['record'] === of.record : input['recipient'] === of.recipient;

/** The recipients of a mirror: of a record, those that its system reaches for its purposes. */
function recipientsOf(policy: Policy, { of }: Mirror): RecipientId[] {
  if ('recipient' in of) return [of.recipient];
  const record = policy.records[of.record];
  if (record === undefined) return [];
  return recipientsOfSystem(policy, record.system).flatMap(({ id, recipient }) =>
    recipient.purposes.some((purpose) => record.purposes.includes(purpose)) ? [id] : [],
  );
}

function stateOf({ status, steps }: Job): 'told' | 'asked' | 'refused' | 'nothing' {
  const [carried, byOfficers] = [steps['carry']?.outcomes ?? [], steps[OFFICERS_STEP]?.outcomes ?? []];
  // An officer does the rest of a system's work: their word counts.
  const outcomes = [...carried.filter(({ outcome }) => outcome !== 'manual'), ...byOfficers];
  if (status !== 'completed' || outcomes.some(isOpen)) return 'asked';
  if (outcomes.some(isNo)) return 'refused';
  return outcomes.some(({ outcome, count }) => outcome === 'done' && count > 0) ? 'told' : 'nothing';
}

/** An officer has to look, or nobody confirmed it. */
const isOpen = ({ outcome }: Outcome): boolean => outcome === 'manual' || outcome === 'unconfirmed';

/** The other side said no, or an officer noted why it cannot be told (Art. 19). */
const isNo = ({ outcome }: Outcome): boolean =>
  outcome === 'refused' || outcome === 'impossible' || outcome === 'disproportionate';
