import { cancel } from '../jobs/advance.ts';
import { noted, ordered, type Ordered } from '../jobs/officer.ts';
import { changeJob, loadJob } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import type { Actor } from '../ledger/entry.ts';
import { isBroken } from '../ledger/broken.ts';
import { recordGivenUp } from '../ledger/erasure.ts';
import type { Ending } from '../ledger/restrain.ts';
import { dropTasks } from '../officerTasks/store.ts';
import type { Instant } from '../platform/time.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import { endOfErasureEverywhere } from '../rectification/restricted.ts';
import { needsAddress } from '../requests/needsAddress.ts';
import { giveUpSending } from '../requests/transmission.ts';
import { forgetAddress } from '../subject/addresses.ts';
import { isAddressKey } from '../subject/emails.ts';
import { isUid } from '../subject/identity.ts';
import { forgetAnswerTo } from './answerTo.ts';
import { accountOf, forgetIdentity } from './identity.ts';

/**
 * Forgets the identity that an erasure had collected, if it is given up: the person and, of one
 * without an account, the address that they had proven. An account's own erasure ends the servers'
 * knowledge of it; nobody else's would end this. An address that an open request needs stays until
 * a night after its answer. The address for the last answer goes, also if only that answer is given
 * up. Runs twice harmlessly.
 *
 * @param job as it was before it was cancelled, which takes its input
 */
export async function forgetGivenUp(store: OwnStore & Pick<Context, 'now'>, job: Job): Promise<void> {
  const own = store.clients.own();
  if (job.kind !== 'erasure') return;
  const { lastAnswer, begin } = job.steps;
  if (lastAnswer !== undefined || begin !== undefined)
    await forgetAnswerTo(store, lastAnswer === undefined ? job.id : String(job.input['of']));
  if (!saysWhom(job)) return;
  const { uid, key } = accountOf(job);
  await forgetIdentity(store, job);
  if (uid !== '' || !isAddressKey(key)) return;
  if (!(await needsAddress(store, key))) await forgetAddress(own, key);
}

/** One that does not is given up because of that. */
function saysWhom(job: Job): boolean {
  try {
    return accountOf(job).key !== '';
  } catch {
    return false;
  }
}

/** The person that gives a job up, and when. */
export interface GivingUp {
  readonly by: Actor;
  /** The pseudonym of the officer, if one was named. */
  readonly officer?: string | undefined;
  readonly now: Instant;
}

/** A change that notes on a job that it cancels by whom. */
const givenUpBy =
  ({ by, officer, now }: GivingUp, change: (job: Job) => Job | null) =>
  (job: Job): Job | null => {
    const next = change(job);
    if (next?.status !== 'cancelled') return next;
    const cancelled = noted(next, { order: 'cancelled', at: now, officer });
    return next.kind === 'erasure' ? { ...cancelled, givenUpBy: by } : cancelled;
  };

/**
 * Changes a job. If the change gives the erasure of a person up, the job says by whom. Their chain
 * says so in the same transaction: an older version of the job, put back, begins nothing.
 *
 * @throws ForgedJobError; ComplianceError `seal.broken` if somebody else wrote the chain. Then
 *   nothing could record it, and the job stays as it is
 */
export const changeOrGiveUp = (
  store: OwnStore,
  id: string,
  by: GivingUp,
  change: (job: Job) => Job | null,
): ReturnType<typeof changeJob> =>
  changeJob(store, id, givenUpBy(by, change), async (tx, before, after) => {
    const { pseudonym, createdAt, steps } = before;
    const isGivenUp = after.status === 'cancelled' && before.kind === 'erasure' && steps['begin'] !== undefined;
    if (!isGivenUp || pseudonym === undefined) return;
    const hasAccount = before.input['uid'] !== '';
    await recordGivenUp(tx, store, pseudonym, { job: id, createdAt }, { ...by, at: by.now, hasAccount }).catch(
      saysWhatToDo,
    );
  });

/** Throws an error again; of a chain that somebody else wrote, with the way out. */
function saysWhatToDo(error: unknown): never {
  if (!isBroken(error)) throw error;
  throw new ComplianceError(
    error.code,
    "the erasure is not given up, since the person's chain cannot record it: its head is not as the backend wrote it. " +
      'Steps that ask the chain stop meanwhile, the beginning too. Put the head back from a backup of compliance or its ' +
      'point-in-time recovery (compliance ledger verify names the chain), and give the erasure up then',
  );
}

/**
 * Ends the sending of an archive with its job: the person would read for ever that it is on its
 * way. A job that is finished does not know the request any more, so this comes first.
 */
async function endItsSending(store: Ending, { status, steps, input }: Job): Promise<void> {
  const { uid, requestId, request: key } = input;
  const isOver = status === 'completed' || status === 'cancelled' || steps['transmit']?.state === 'done';
  if (isOver || steps['transmit'] === undefined) return;
  if (typeof uid !== 'string' || typeof requestId !== 'string' || typeof key !== 'string') return;
  await giveUpSending(store, { uid, requestId, key });
}

/**
 * Gives any job up. The record of its work stays, its knowledge of a person goes, and so do the
 * sheets of officers' tasks and the restriction that an erasure had brought. If this dies in
 * between, given up again it closes the tasks, and servers can withdraw the restriction.
 */
export async function giveUp(store: Ending, id: string, by: GivingUp): Promise<Ordered> {
  const before = await loadJob(store, id);
  if (before !== null) await endItsSending(store, before);
  const outcome = ordered(await changeOrGiveUp(store, id, by, (job) => cancel(job, by.now)));
  if (before === null || (!outcome.ok && before.status !== 'cancelled')) return outcome;
  const { kind, input } = before;
  const { uid } = input;
  const atThatTime = { ...store, now: () => by.now };
  if (kind === 'erasure' && typeof uid === 'string' && isUid(uid)) await endOfErasureEverywhere(atThatTime, uid, id);
  await dropTasks(store, id, by.now);
  await forgetGivenUp(atThatTime, before);
  return outcome;
}
