import { isHeldAt } from '../../erasure/holdTasks/plan.ts';
import type { Job } from '../../jobs/types.ts';
import type { Head } from '../../ledger/chain.ts';
import type { OrderedBy } from '../../ledger/entry.ts';
import type { TaskEnds } from '../../messages/reply.ts';
import { tellBy } from '../../officerTasks/recipients.ts';
import { orderOf, type Manual, type OfficerTask, type TaskOrder } from '../../officerTasks/task.ts';
import { defined } from '../../platform/defined.ts';
import type { Instant } from '../../platform/time.ts';
import {
  canBeStopped,
  endsAccount,
  isObjectable,
  manualRecipients,
  mayObject,
  purposesWithEffect,
} from '../../policy/lookup.ts';
import { endedByObjection, marketingChannels } from '../../policy/purposes/marketing.ts';
import type { LegalBasis, Policy, PurposeId, RecipientId, RecordId } from '../../policy/schema.ts';
import type { RefusalReason } from '../../requests/reply.ts';
import { isChannel } from '../../requests/request.ts';
import type { RequestRecord } from '../../requests/store.ts';
import { recipientsToTell, taskAt, type ToldRecipient } from '../restriction/recipients.ts';
import type { ObjectionJob } from './job.ts';

/** Decisions about objections, from policy, head and record. Pure. */

/**
 * Returns the purposes that a request objects to: those of the channel that it names, else of
 * every channel.
 */
export function objectedPurposes(policy: Policy, channel: PurposeId | undefined): PurposeId[] {
  const channels = marketingChannels(policy);
  return endedByObjection(policy, channel !== undefined && channels.includes(channel) ? [channel] : channels);
}

/** Everything that an objection to direct marketing can end. */
const marketingOf = (policy: Policy): PurposeId[] => endedByObjection(policy, marketingChannels(policy));

/**
 * Returns the direct marketing that a purpose is or serves, of a request that names it without
 * saying so: a channel with its profiling, or the profiling alone. Nothing if it is none.
 */
export function marketingEndedBy(policy: Policy, purpose: PurposeId | undefined): PurposeId[] {
  if (purpose === undefined || !marketingOf(policy).includes(purpose)) return [];
  return marketingChannels(policy).includes(purpose) ? endedByObjection(policy, [purpose]) : [purpose];
}

/** True if one of these purposes is direct marketing. */
export const isMarketing = (policy: Policy, purposes: readonly PurposeId[]): boolean =>
  marketingOf(policy).some((id) => purposes.includes(id));

/**
 * True if an objection to this purpose pauses the use of data until an officer has decided (Art.
 * 18(1)(d)). The law knows that for a legitimate interest and a public task. A contract is paused
 * alike if the policy promises the objection (`rights.objectionToEveryBasis`). Nobody goes on by a
 * consent of somebody who says no.
 */
export const isPaused = (policy: Pick<Policy, 'purposes' | 'rights'>, id: PurposeId): boolean => {
  const basis = basisOf(policy, id);
  if (basis === undefined || !canBeStopped(basis)) return false;
  return basis === 'consent' || mayObject(policy, basis);
};

const basisOf = ({ purposes }: Pick<Policy, 'purposes'>, id: PurposeId): LegalBasis | undefined =>
  Object.hasOwn(purposes, id) ? purposes[id]?.legalBasis : undefined;

/**
 * True if the machine can end this purpose for a person, once an officer upholds their objection.
 * One on which the account itself rests ends with the account.
 */
export const canBeUpheld = (policy: Pick<Policy, 'purposes'>, id: PurposeId): boolean => {
  const basis = basisOf(policy, id);
  return basis !== undefined && canBeStopped(basis) && !endsAccount(policy, id);
};

/**
 * True if this reason can refuse an objection to a purpose. A legitimate interest and a public task
 * go on for a compelling ground or legal claims alone (Art. 21(1)); a consent outweighs nothing.
 */
export function mayRefuse(policy: Pick<Policy, 'purposes'>, id: PurposeId, reason: RefusalReason): boolean {
  const basis = basisOf(policy, id);
  if (basis === 'consent') return reason !== 'compellingGround' && reason !== 'legalClaims';
  if (basis === undefined || !isObjectable(basis)) return true;
  return reason !== 'lawKeeps' && reason !== 'othersRights';
}

/** Was this request carried out? Then only a new yes of the person takes it back. */
export const isCarriedOut = ({ answer }: Pick<RequestRecord, 'answer'>): boolean =>
  answer?.['objectedAt'] !== undefined;

/** Returns the actor of the ledger's entries: an officer entered a letter, a call or a visit. */
export function objectedBy(record: Pick<RequestRecord, 'channel' | 'entered' | 'onBehalf'>): OrderedBy {
  if (record.onBehalf !== undefined) return { actor: 'holder', ...defined({ holder: record.onBehalf.holder }) };
  return isChannel(record.channel)
    ? { actor: 'officer', ...defined({ officer: record.entered?.by }) }
    : { actor: 'subject' };
}

/**
 * The ways on which a page, or the other company, tells the person at once; the page of a link does
 * not if they chose one purpose there.
 */
const TOLD_AT_ONCE: readonly string[] = ['link', 'message', 'brevo'];

/** True if an officer upheld it: it was about no direct marketing that ends at once. */
const isUpheld = ({ answer }: Pick<RequestRecord, 'answer'>): boolean => answer?.['upheldAt'] !== undefined;

/** Was the person told already? Then no message follows. */
export const isToldAlready = (record: Pick<RequestRecord, 'channel' | 'answer' | 'details'>): boolean =>
  TOLD_AT_ONCE.includes(record.channel) && !isUpheld(record) && record.details?.['purpose'] === undefined;

/**
 * Returns those of the purposes that the person still objects to: a later yes ends it for the
 * others. Somebody without an account has none to give.
 *
 * @param head of the person; absent: they have no account
 */
export const stillObjected = (
  purposes: readonly PurposeId[],
  head: Pick<Head, 'current'> | undefined,
): readonly PurposeId[] => purposes.filter((id) => head === undefined || head.current[id] === 'objected');

/** The result of an objection, by purpose. */
export interface Stopped {
  readonly stopped: readonly PurposeId[];
  /** Messages of a system that only an officer can stop; absent: none. */
  readonly byHand?: { readonly purposes: readonly PurposeId[]; readonly by: Instant };
}

/**
 * Sorts the objected purposes: those that have stopped, and those with messages that go on until an
 * officer has done their task about a record. No `done` is taken from a task that ended otherwise.
 */
export function stoppedBy(policy: Policy, objected: readonly PurposeId[], tasks: readonly OfficerTask[]): Stopped {
  const left = tasks.flatMap(({ for: part, status, by }) =>
    'record' in part && status !== 'done' ? [{ record: part.record, by }] : [],
  );
  const purposes = carriedBy(
    policy,
    objected,
    left.map(({ record }) => record),
  );
  if (purposes.length === 0) return { stopped: objected };
  const by = Math.max(...left.map((one) => one.by));
  return { stopped: objected.filter((id) => !purposes.includes(id)), byHand: { purposes, by } };
}

/**
 * Returns the ends of the tasks that were not done, for the last answer; undefined: all were done,
 * or not needed. A record's task that nobody confirmed leaves its messages unsure.
 */
export function endsOf(
  policy: Policy,
  objected: readonly PurposeId[],
  tasks: readonly OfficerTask[],
): TaskEnds | undefined {
  const over = tasks.filter(({ status }) => status !== 'open' && status !== 'done' && status !== 'notNeeded');
  if (over.length === 0) return undefined;
  const recipientsThat = (isUnknown: boolean): RecipientId[] =>
    over.flatMap(({ for: part, status }) =>
      'recipient' in part && (status === 'unconfirmed') === isUnknown ? [part.recipient] : [],
    );
  const { byHand } = stoppedBy(policy, objected, over);
  return { refused: recipientsThat(false), unknown: recipientsThat(true), left: byHand?.purposes ?? [] };
}

/** Returns the purposes with messages that go out through the systems of these records. */
function carriedBy(policy: Policy, purposes: readonly PurposeId[], records: readonly RecordId[]): PurposeId[] {
  const systems = records.map((id) => policy.records[id]?.system);
  const carried = purposesWithEffect(policy).filter(({ effects }) =>
    effects.some(({ change, system }) => change === 'messages' && systems.includes(system)),
  );
  return purposes.filter((id) => carried.some(({ purpose }) => purpose === id));
}

/**
 * Returns the officers' part. Of direct marketing: recipients without an interface. Of any other
 * purpose: everybody that was told of its pause, and has to hear that it never goes on. Each is to
 * delete the data that it needs for nothing else (Art. 17(1)(c)). A purpose
 * that rests on the consent alone, and that nobody ever answered, has given them nothing.
 *
 * @param of.head of the person; absent: they have no account
 * @param of.holds on the person: a recipient of held data stops their use, and deletes nothing
 */
export function recipientsToAsk(
  policy: Policy,
  purposes: readonly PurposeId[],
  of: {
    readonly at: Instant;
    readonly head?: Pick<Head, 'consents'> | undefined;
    readonly holds?: Parameters<typeof isHeldAt>[2];
  },
): Manual[] {
  const { at, head, holds = [] } = of;
  const used = purposes.filter((id) => {
    const { subject, holder } = head?.consents[id] ?? {};
    return policy.purposes[id]?.legalBasis !== 'consent' || subject !== undefined || holder !== undefined;
  });
  const isDirect = isMarketing(policy, purposes);
  const word = isDirect ? 'objected' : 'stopped';
  return (isDirect ? manualOf(policy, used) : recipientsToTell(policy, used)).map((told) => {
    const what = taskAt(policy, told, isHeldAt(policy, told.id, holds) ? `${word}AndHeld` : word);
    return { recipient: told.id, count: 1, outcome: 'manual', what, by: tellBy(policy, told.recipient, at) };
  });
}

/** The recipients without an interface that have data for these purposes. */
const manualOf = (policy: Policy, used: readonly PurposeId[]): ToldRecipient[] =>
  manualRecipients(policy).flatMap(({ id, recipient }) => {
    const purposes = recipient.purposes.filter((purpose) => used.includes(purpose));
    return purposes.length === 0 ? [] : [{ id, recipient, purposes }];
  });

/** True if the steps so far report something that an officer has to do. */
export const hasOrders = ({ steps }: Job): boolean => reported(steps).length > 0;

const reported = (steps: Job['steps']) =>
  ['silenced', 'asked']
    .flatMap((step) => steps[step]?.outcomes ?? [])
    .filter((outcome) => outcome.outcome === 'manual');

/**
 * Returns the orders of the officers' tasks, as the steps so far report them and the head still
 * needs them. Nobody is told to stop something that the person said yes to meanwhile.
 *
 * @param of.head of the person; absent: they have no account
 */
export function ordersOf(
  policy: Policy,
  job: Job & Pick<ObjectionJob, 'input'>,
  of: {
    readonly head?: Pick<Head, 'current' | 'consents'> | undefined;
    readonly holds: Parameters<typeof isHeldAt>[2];
  },
): TaskOrder[] {
  const { purposes, at } = job.input;
  const objected = stillObjected(purposes, of.head);
  const asked = recipientsToAsk(policy, objected, { at, ...of });
  return reported(job.steps).flatMap((outcome): TaskOrder[] => {
    if ('record' in outcome)
      return carriedBy(policy, objected, [outcome.record]).length === 0 ? [] : [orderOf(job, outcome)];
    const now = asked.find((one) => 'recipient' in one && one.recipient === outcome.recipient);
    return now === undefined ? [] : [orderOf(job, { ...outcome, what: now.what })];
  });
}
