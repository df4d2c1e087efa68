import { isOpen } from '../../jobs/advance.ts';
import type { Context } from '../../platform/context.ts';
import type { PurposeId } from '../../policy/schema.ts';
import { mirror } from '../../requests/store.ts';
import { decide, type Decided, type Refused } from '../answers/decide.ts';
import { detailsOf, standingOf, type FoundRequest } from '../answers/find.ts';
import { restrictionOfRequest } from '../answers/paused.ts';
import { jobsOfRequest } from '../jobsOf.ts';
import { objectionJob } from './job.ts';
import { canBeUpheld, marketingEndedBy } from './plan.ts';

/** An officer upholds an objection to a purpose (Art. 21(1)): the machine ends it for good. */

/** An objection that can be upheld: the purposes that end. */
export interface PlannedUphold {
  readonly purposes: readonly PurposeId[];
}

type Planned = { readonly ok: true; readonly uphold: PlannedUphold } | Extract<Decided, { ok: false }>;

const no = (because: Refused): Planned => ({ ok: false, because });

/**
 * Plans to uphold an objection: nothing is written. Costs about 8 reads.
 *
 * @param purpose the one that the officer reads in the person's words; absent: as the request says
 */
export async function planUphold(context: Context, found: FoundRequest, purpose?: PurposeId): Promise<Planned> {
  const { policy } = context;
  const { record, ref } = found;
  if (record.type !== 'objection') return no('noObjection');
  const standing = await standingOf(context, found);
  if (standing !== 'chain') return no(standing === 'erased' ? 'erased' : 'byHand');
  const named = purpose ?? (await detailsOf(context, found)).known['purpose'];
  if (typeof named !== 'string' || !Object.hasOwn(policy.purposes, named)) return no('noPurpose');
  if (!canBeUpheld(policy, named)) return no('byHand');
  const { jobs } = await jobsOfRequest(context, ref.key, record);
  if (jobs.some(isOpen)) return no('working');
  const marketing = marketingEndedBy(policy, named);
  const purposes = marketing.length > 0 ? marketing : [named];
  const paused = await restrictionOfRequest(context, found);
  const isWider = paused !== undefined && (paused.purposes?.some((id) => !purposes.includes(id)) ?? true);
  return isWider ? no('wider') : { ok: true, uphold: { purposes } };
}

/**
 * Upholds an objection: the decision, the ledger's entry (`objection.upheld`) and the job that
 * carries it out, in one transaction. The job answers the person when the purposes have stopped.
 * The restriction ends after that answer.
 *
 * @param officer pseudonym of the deciding officer
 */
export async function uphold(
  context: Context,
  found: FoundRequest,
  { purposes }: PlannedUphold,
  officer?: string,
): Promise<Decided> {
  const { ref, record } = found;
  const at = context.now();
  const order = { chain: record.pseudonym, purposes, at, dueAt: record.dueAt.toMillis() };
  const job = objectionJob(ref, order);
  const decided = await decide(context, found, {
    state: 'upheld',
    at,
    by: { actor: 'officer', officer },
    job,
    change: ({ status, answer }) => {
      if (status !== 'waiting') return { refused: status === 'queued' ? 'queued' : 'working' };
      return { status: 'in_progress', job: job.id, answer: { ...answer, upheldAt: at } };
    },
  });
  if (decided.ok) await mirror(context, ref, decided.record);
  return decided;
}
