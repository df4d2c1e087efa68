import { Timestamp } from 'firebase-admin/firestore';
import { cancel } from '../jobs/advance.ts';
import { newJob } from '../jobs/catalog.ts';
import { changeJob, createJob, enqueueJob, jobRef, toDocument } from '../jobs/store.ts';
import { latestHead, record } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { eventKey, reject, type Issue } from '../platform/intake.ts';
import { isUid } from '../subject/identity.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import {
  decideRequest,
  discardJob,
  isFinal,
  ledgerDraft,
  readRequest,
  requestKey,
  type RequestDecision,
  type RightsRequest,
} from './plan.ts';
import { changeRequest, loadRequest, mirror, newRecord, refOf, requestRef, type RequestRecord } from './store.ts';

/** One delivery of an event about `users/{uid}/privacyRequests/{requestId}`, without the SDK's wrapping. */
export interface RequestEvent {
  readonly id: string;
  readonly uid: string;
  readonly requestId: string;
  /** The document, as the event has it. */
  readonly data: unknown;
  /** When the server wrote it, epoch milliseconds. */
  readonly time: number;
}

const TEMPLATE = 'users/{uid}/privacyRequests/{id}';

const refuse = (context: Context, event: RequestEvent, issues: readonly Issue[]): Promise<void> =>
  reject(context, { id: event.id, template: TEMPLATE, pseudonym: pseudonymOf(event.uid, context.keys), issues });

/** Is this update of a request its cancellation? (Not the backend's own status, not a second time.) */
export const isCancellation = (
  before: { cancelled?: unknown } | undefined,
  after: { cancelled?: unknown } | undefined,
): boolean => after?.cancelled === true && before?.cancelled !== true;

/**
 * A person asked for a right of theirs. One transaction records it in the ledger and in `requests` and makes its job; then the job is enqueued
 * and the person sees the status. Every delivery of the event ends in the same state.
 */
export async function onPrivacyRequestCreated(context: Context, event: RequestEvent): Promise<void> {
  const checked = isUid(event.uid) ? readRequest(event.requestId, event.data, event.time) : badUid;
  if (!checked.ok) return refuse(context, event, checked.issues);
  const { request } = checked;
  const own = context.clients.own();

  const outcome = await record(
    context,
    event.uid,
    event.id,
    (head) => (head.erasing ? 'late' : ledgerDraft(request, 'requested', request.receivedAt, context.now())),
    (tx, { chain }) => {
      const decision = decideRequest(context.policy, event.uid, chain, request);
      tx.create(requestRef(own, requestKey(chain, request.requestId)), newRecord(chain, request, decision));
      if (decision.job) tx.create(jobRef(own, decision.job.id), toDocument(newJob(decision.job, context.now())));
    },
  );
  if (!outcome.recorded && outcome.because === 'late') {
    return refuse(context, event, [{ code: 'erased', field: '(subject)' }]);
  }

  const decision = decideRequest(context.policy, event.uid, outcome.chain, request);
  await showAndStart(context, event, outcome.chain, request, decision);
}

const badUid = { ok: false, issues: [{ code: 'invalid_format', field: '(uid)' }] } as const;

/** The first delivery may have died between its commit and these: they are done again, and are harmless. */
async function showAndStart(
  context: Context,
  event: RequestEvent,
  chain: string,
  request: RightsRequest,
  decision: RequestDecision,
): Promise<void> {
  const ref = refOf(event.uid, chain, request.requestId);
  const known = await loadRequest(context.clients.own(), ref.key);
  if (known === null) return;
  if (decision.job && !isFinal(known.status)) await enqueueJob(context, decision.job);
  await mirror(context, ref, known);
}

/**
 * The person took a request back. What is not finished is stopped: the request is cancelled, its job too, and a job removes what an export
 * has written so far. A cancellation that overtakes its request is recorded first, and the request then finds itself cancelled.
 */
export async function onPrivacyRequestCancelled(context: Context, event: RequestEvent): Promise<void> {
  const checked = isUid(event.uid) ? readRequest(event.requestId, event.data, event.time) : badUid;
  if (!checked.ok) return refuse(context, event, checked.issues);
  const { request } = checked;
  const { chain, head } = await latestHead(context, event.uid);
  if (head.erasing ?? head.closed) return refuse(context, event, [{ code: 'erased', field: '(subject)' }]);

  const now = context.now();
  const ref = refOf(event.uid, chain, request.requestId);
  const current = await cancelRecord(context, event, chain, request);
  // Only the event that cancelled it goes on; delivered again, it does all of this again.
  if (current.status !== 'cancelled' || current.cancelledBy !== eventKey(event.id)) return;

  await record(context, event.uid, event.id, () => ledgerDraft(request, 'cancelled', event.time, now));
  const { job } = decideRequest(context.policy, event.uid, chain, request);
  if (job) {
    const stopped = await changeJob(context.clients.own(), job.id, (current) => cancel(current, now));
    if (stopped !== null) await createJob(context, discardJob(event.uid, chain, request.requestId, job.dueAt));
  }
  await mirror(context, ref, current);
}

/** Marks the request cancelled, whether it was recorded before or not; answers it as it is now. */
async function cancelRecord(
  context: Context,
  event: RequestEvent,
  chain: string,
  request: RightsRequest,
): Promise<RequestRecord> {
  const own = context.clients.own();
  const key = requestKey(chain, request.requestId);
  const cancelled = {
    status: 'cancelled',
    cancelledBy: eventKey(event.id),
    completedAt: Timestamp.fromMillis(context.now()),
  } as const;
  const outcome = await changeRequest(own, key, () => cancelled);
  if (outcome !== null) return outcome.record;
  const early = {
    ...newRecord(chain, request, decideRequest(context.policy, event.uid, chain, request)),
    ...cancelled,
  };
  await requestRef(own, key).create(early);
  return early;
}

/** A person's requests as officers see them, oldest first. */
export async function listRequests(context: Context, chain: string): Promise<RequestRecord[]> {
  const found = await context.clients.own().collection('requests').where('pseudonym', '==', chain).get();
  const records = found.docs.map((document) => document.data() as RequestRecord);
  return records.sort((a, b) => a.receivedAt.toMillis() - b.receivedAt.toMillis());
}
