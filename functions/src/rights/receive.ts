import { Timestamp } from 'firebase-admin/firestore';
import { ANSWERED, hearNo } from '../consent/told.ts';
import { answerBy } from '../policy/calendar.ts';
import { contract } from '../policy/contract.ts';
import type { Say } from '../policy/regimes.ts';
import { addJob, createJob, enqueueJob } from '../jobs/store.ts';
import { erasureOf } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import { record, unlessErased } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { createIfAbsent } from '../platform/firestore.ts';
import { eventKey, reject, type Issue } from '../platform/intake.ts';
import { isUid } from '../subject/identity.ts';
import { namesOfChain, pseudonymOf } from '../subject/pseudonym.ts';
import { admit } from './budget.ts';
import { decideRequest, ledgerDraft, newRecord, readRequest, type RightsRequest } from './plan.ts';
import { recordUnder } from '../requests/find.ts';
import { isExport, isFinal, requestKey } from '../requests/request.ts';
import { takeBackJob } from '../erasure/plan.ts';
import { isCarriedOut } from './objection/plan.ts';
import { discardExport } from './jobsOf.ts';
import { hear } from './onBehalf/say.ts';
import { endQueued, forget, keeping, neverBegan } from './queue.ts';
import { endPause } from './restriction/lift.ts';
import { nameOfRequest } from './restriction/plan.ts';
import {
  changeRequest,
  loadRequest,
  mirror,
  personRef,
  refOf,
  requestRef,
  sealedRequest,
  withdrawRequest,
  withoutSending,
  type RequestRecord,
  type RequestRef,
} from '../requests/store.ts';

/**
 * One delivery of an event about `users/{uid}/privacyRequests/{requestId}`, without the SDK's
 * wrapping.
 */
export interface RequestEvent {
  readonly id: string;
  readonly uid: string;
  readonly requestId: string;
  /** The document, as the event has it. */
  readonly data: unknown;
  /** When the server wrote it, epoch milliseconds. */
  readonly time: number;
}

const refuse = (context: Context, { uid }: RequestEvent, issues: readonly Issue[]): Promise<void> =>
  reject(context, { template: contract.privacyRequests, pseudonym: pseudonymOf(uid, context.keys), issues });

/** Notes that there was a flood, once a day; nothing else is written about it. */
const noteFlood = (context: Context, event: RequestEvent): Promise<void> =>
  refuse(context, event, [{ code: 'over_budget', field: 'type' }]);

/**
 * Is this update of a request its cancellation? (Not the backend's own status, not a second time.)
 */
export const isCancellation = (
  before: { cancelled?: unknown } | undefined,
  after: { cancelled?: unknown } | undefined,
): boolean => after?.cancelled === true && before?.cancelled !== true;

/**
 * A person asked for a right of theirs. One transaction records it in the ledger and in `requests`
 * and makes its job; then the job is enqueued and the person sees the status. Every delivery of the
 * event ends in the same state. A request beyond those that begin in a day is kept and waits
 * (queue.ts). A repetition of an open one is refused (budget.ts).
 */
export async function onPrivacyRequestCreated(context: Context, event: RequestEvent): Promise<void> {
  const checked = isUid(event.uid) ? readRequest(event.requestId, event.data, event.time) : badUid;
  if (!checked.ok) return refuse(context, event, checked.issues);
  const { request } = checked;
  const own = context.clients.own();

  const latest = await latestHead(context, event.uid);
  const chains = openChains(context, event.uid, latest);
  const known = await chainOfRequest(context, chains, request.requestId);
  // Recorded before: the first delivery may have died before the person saw it.
  if (known !== null) return showAndStart(context, event, known, request);
  // For a person whose erasure has begun, or a new user of the uid, the ledger decides.
  const mayWait = chains.length > 0 && latest.head.erasing === undefined;
  const admission = { uid: event.uid, chains, request };
  const keep = mayWait ? { keep: keeping(context, event.uid, latest.chain, request) } : {};
  const isTakenBack = async (): Promise<boolean> =>
    (await personRef(context.clients.app(), event).get()).get('cancelled') === true;
  // It may have been taken back before this event came. That event tells of it, or came to nothing.
  // One that was queued has left no record, so it must not be kept again.
  if (await isTakenBack()) {
    await admit(context, { ...admission, cancelled: true });
    return;
  }
  const ruling = await admit(context, { ...admission, ...keep });
  if (ruling === 'flood') return noteFlood(context, event);
  if (ruling === 'queued' && mayWait) {
    // Taken back before it was kept: its event may have found nothing.
    if (await isTakenBack()) return endQueued(context, refOf(event.uid, latest.chain, request.requestId, context.keys));
    return showAndStart(context, event, latest.chain, request);
  }
  const refused = ruling === 'already_open' ? { refused: ruling } : undefined;
  // Taken back while it was counted.
  if (await isTakenBack()) {
    await admit(context, { ...admission, cancelled: true });
    return;
  }

  const outcome = await record(
    context,
    event.uid,
    event.id,
    unlessErased(() => ledgerDraft(request, refused ? 'refused' : 'requested', request.receivedAt, context.now())),
    {
      at: event.time,
      also: (tx, { chain }) => {
        const decision = decideRequest(context, event.uid, chain, request, refused);
        const key = requestKey(chain, request.requestId, context.keys);
        tx.create(
          requestRef(own, key),
          sealedRequest(key, newRecord(chain, request, decision, context.now()), context.keys),
        );
        if (decision.job) addJob(tx, context, decision.job);
      },
    },
  );
  if (!outcome.recorded && outcome.because === 'late')
    return refuse(context, event, [{ code: 'erased', field: '(subject)' }]);
  await showAndStart(context, event, outcome.chain, request);
}

/**
 * Returns the names under which requests of the uid's present user can stand: that of today first,
 * under which the next entry is written. None if the last chain was closed: the next entry may be
 * another person's.
 */
function openChains(
  { keys }: Context,
  uid: string,
  { chain, head }: Awaited<ReturnType<typeof latestHead>>,
): readonly string[] {
  return head.closed ? [] : namesOfChain(uid, chain, keys);
}

/** The chain that a request is recorded under, if it is. */
async function chainOfRequest(context: Context, chains: readonly string[], requestId: string): Promise<string | null> {
  const found = await recordUnder(context, chains, (chain) => requestKey(chain, requestId, context.keys));
  return found?.chain ?? null;
}

const badUid = { ok: false, issues: [{ code: 'invalid_format', field: '(uid)' }] } as const;

/**
 * The first delivery may have died between its commit and these: they are done again, and are
 * harmless.
 */
async function showAndStart(
  context: Context,
  event: RequestEvent,
  chain: string,
  request: RightsRequest,
): Promise<void> {
  const ref = refOf(event.uid, chain, request.requestId, context.keys);
  const known = await loadRequest(context, ref.key);
  if (known === null) return;
  const { job } = decideRequest(context, event.uid, chain, request);
  if (job && known.job === job.id && !isFinal(known.status)) await enqueueJob(context, job);
  await mirror(context, ref, known);
}

/**
 * The person took a request back. An unfinished request is cancelled, and so is its job; another
 * job removes everything that an export has written so far. An export that was answered is given
 * out no more, and the same job removes its archive. A cancellation that overtakes its request is
 * recorded first, and the request then finds itself cancelled. The pause that an objection brought
 * ends. A request that never began leaves no entry in the ledger and no job. A queued one leaves no
 * record either.
 */
export async function onPrivacyRequestCancelled(context: Context, event: RequestEvent): Promise<void> {
  const checked = isUid(event.uid) ? readRequest(event.requestId, event.data, event.time) : badUid;
  if (!checked.ok) return refuse(context, event, checked.issues);
  const { request } = checked;
  const latest = await latestHead(context, event.uid);
  if (erasureOf(latest.head)) return refuse(context, event, [{ code: 'erased', field: '(subject)' }]);

  const chains = openChains(context, event.uid, latest);
  const chain = (await chainOfRequest(context, chains, request.requestId)) ?? latest.chain;
  const ref = refOf(event.uid, chain, request.requestId, context.keys);
  const current = await cancelRecord(context, event, chain, chains, request);
  if (current === 'ended') return;
  // Never recorded, and never will be: there is nothing to take back.
  if (current === null) return noteFlood(context, event);
  if (!isFinal(current.status)) {
    // An objection that was carried out ends with a yes.
    if (request.type === 'objection') return;
    // Only the erasure knows whether it can still be taken back; it says so to the person.
    const dueAt = current.dueAt.toMillis();
    await createJob(context, takeBackJob(ref, chain, event.time, dueAt));
    return;
  }
  if (isExport(request.type) && current.status === 'completed') return withdraw(context, event, ref, chain, request);
  // Only the event that cancelled it goes on; delivered again, it does all of this again.
  if (current.status !== 'cancelled') return;
  if (current.cancelledBy !== eventKey(event.id) && !neverBegan(current)) return;
  if (current.begunAt !== undefined) {
    await recordEnd(context, event, request, 'cancelled');
    if (isExport(request.type)) await discardExport(context, ref, chain, answerBy(context.policy, request.receivedAt));
    if (request.type === 'objection')
      await endPause(context, { uid: event.uid, name: nameOfRequest(ref.key, context.keys) });
  }
  await mirror(context, ref, current);
  await forget(context, ref, current);
}

/**
 * An export that was answered is taken back: its archive goes, and so do a message and a sending
 * that are still to come.
 */
async function withdraw(
  context: Context,
  event: RequestEvent,
  ref: RequestRef,
  chain: string,
  request: RightsRequest,
): Promise<void> {
  const by = eventKey(event.id);
  const current = await withdrawRequest(context, ref.key, by, context.now());
  if (current?.cancelledBy !== by) return;
  await recordEnd(context, event, request, 'withdrawn');
  await discardExport(context, ref, chain, answerBy(context.policy, request.receivedAt));
  await mirror(context, ref, current);
}

const isAnswer = (data: unknown): boolean => (data as { readonly type?: unknown }).type === ANSWERED;

/**
 * The person says yes or no to a request that somebody made for them. A no to one that has begun
 * takes it back, as the person takes back their own.
 */
export async function onWord(context: Context, event: RequestEvent, say: Say): Promise<void> {
  const { id, uid, data, time } = event;
  // An answer about a consent has no request behind it.
  if (isAnswer(data))
    return say === 'disagrees' && isUid(uid) ? hearNo(context, { id, uid, data, at: time }) : undefined;
  const latest = await latestHead(context, event.uid);
  const chain = isUid(event.uid)
    ? await chainOfRequest(context, openChains(context, event.uid, latest), event.requestId)
    : null;
  // Of a person whose erasure has begun, or of nothing that is recorded: there is nothing to do.
  if (chain === null || erasureOf(latest.head)) return;
  const ref = refOf(event.uid, chain, event.requestId, context.keys);
  const known = await loadRequest(context, ref.key);
  if (known?.onBehalf === undefined) return;
  const next = await hear(context, { id: event.id, ref, say, at: event.time });
  if (next === 'takeBack') await onPrivacyRequestCancelled(context, { ...event, id: `${event.id}_back` });
}

/** Makes the entry that a person took back a request that had begun. The event makes it once. */
const recordEnd = (
  context: Context,
  event: RequestEvent,
  request: RightsRequest,
  what: 'cancelled' | 'withdrawn',
): Promise<unknown> =>
  record(context, event.uid, event.id, () => ({ record: ledgerDraft(request, what, event.time, context.now()) }), {
    at: event.time,
  });

/**
 * Marks the request cancelled, whether it was recorded before or not. Not one that has ended, an
 * erasure that has begun, or an objection to marketing that was carried out.
 *
 * @returns the request as it is now; null if it is not recorded and will not be; `ended` if an
 *   earlier delivery has ended it, and left no record
 */
async function cancelRecord(
  context: Context,
  event: RequestEvent,
  chain: string,
  chains: readonly string[],
  request: RightsRequest,
): Promise<RequestRecord | 'ended' | null> {
  const own = context.clients.own();
  const key = requestKey(chain, request.requestId, context.keys);
  const cancelled = {
    status: 'cancelled',
    cancelledBy: eventKey(event.id),
    completedAt: Timestamp.fromMillis(context.now()),
  } as const;
  const outcome = await changeRequest(context, key, (record) =>
    (request.type === 'erasure' && record.status !== 'queued') || isCarriedOut(record)
      ? null
      : { ...cancelled, ...withoutSending(record, 'cancelled') },
  );
  if (outcome !== null) return outcome.record;
  // No client can write the status (firestore.rules).
  if (isFinal((await personRef(context.clients.app(), event).get()).get('status'))) return 'ended';
  const ruling = await admit(context, { uid: event.uid, chains, request, cancelled: true });
  if (ruling === 'flood') return null;
  const decision = decideRequest(context, event.uid, chain, request, { queued: null });
  const recorded = newRecord(chain, request, decision, context.now());
  const early = { ...recorded, ...cancelled, ...withoutSending(recorded, 'cancelled') };
  // It would wait, so nothing of it can begin before its own event sees that it was taken back.
  if (ruling === 'queued') return early;
  // If it is there, its request was recorded at this moment.
  const isCreated = await createIfAbsent(requestRef(own, key), sealedRequest(key, early, context.keys));
  return isCreated ? early : cancelRecord(context, event, chain, chains, request);
}
