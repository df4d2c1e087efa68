import { Timestamp, type DocumentSnapshot, type Transaction } from 'firebase-admin/firestore';
import { newJob, type JobPlan, type Runner } from '../jobs/catalog.ts';
import { chainOf, runnerOf, type JobOf } from '../jobs/define.ts';
import { enqueueJob, jobRef, jobsIn, toDocument } from '../jobs/store.ts';
import { defined } from '../platform/defined.ts';
import type { Instant } from '../platform/time.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import type { Progress } from '../systems/system.ts';
import { decideRequest, ledgerDraft, newRecord, wishesIn, type RightsRequest } from './plan.ts';
import { requestKey, type RequestType } from '../requests/request.ts';
import {
  changeRequest,
  loadRequest,
  mirror,
  personRef,
  refOfRecord,
  requestRef,
  requestsIn,
  requestsOf,
  sealedRequest,
  withoutSending,
  type RequestRecord,
  type RequestRef,
} from '../requests/store.ts';
import { everyNameOf } from '../subject/pseudonym.ts';
import { replyRunner } from './answers/steps.ts';
import { queueJobs } from './job.ts';
import { heldJobs } from './onBehalf/job.ts';
import { heldRunner } from './onBehalf/proceed.ts';
import { recordAbout } from './written.ts';

/**
 * Requests beyond those that begin in a day (budget.ts). Each is one document, `requests/{key}`
 * with the status `queued` and the time at which it begins. It has no entry in the ledger and no
 * job of its own until then. One job for each person and type waits for that time. The legal clock
 * (Art. 12(3)) runs from receipt all the same.
 */

/** The id of the one job that begins a person's queued requests of a type. */
export const queueJobId = (chain: string, type: RequestType): string => `queue_${type}_${chain}`;

const queueJob = (uid: string, chain: string, type: RequestType, dueAt: Instant, wakeAt: Instant): JobPlan =>
  queueJobs.plan({
    id: queueJobId(chain, type),
    pseudonym: chain,
    input: { uid, type },
    dueAt,
    wakeAt,
    steps: [{ id: 'begin' }],
  });

/**
 * Keeps a request until its time comes, in the transaction that counts it: its record, and the job
 * that begins it. Reads first, and returns the writing part.
 */
export const keeping =
  (context: Context, uid: string, chain: string, request: RightsRequest) =>
  async (tx: Transaction, retryAt: Instant): Promise<() => void> => {
    const own = context.clients.own();
    const ref = requestRef(own, requestKey(chain, request.requestId, context.keys));
    const decision = decideRequest(context, uid, chain, request, { queued: retryAt });
    const plan = queueJob(uid, chain, request.type, decision.dueAt, retryAt);
    const [known, job] = await tx.getAll(ref, jobRef(own, plan.id));
    return () => {
      // Recorded by another delivery of this event.
      if (known?.exists !== false) return;
      const record = { ...newRecord(chain, request, decision, context.now()), job: plan.id };
      tx.create(ref, sealedRequest(ref.id, record, context.keys));
      if (!waits(context, plan, job))
        tx.set(jobRef(own, plan.id), toDocument(newJob(plan, context.now()), context.keys));
    };
  };

/**
 * Will the stored job look at the queue when this one's time comes? Not if it is finished or
 * forged. One that is at work may have looked already: it is made anew, so that the end of its
 * present work is stale.
 */
function waits({ keys }: OwnStore, { wakeAt }: JobPlan, stored: DocumentSnapshot | undefined): boolean {
  const [job] = stored === undefined ? [] : jobsIn([stored], keys).jobs;
  if (job === undefined) return false;
  const state = job.steps['begin']?.state;
  return (state === 'pending' || state === 'waiting') && (job.wakeAt ?? Infinity) <= (wakeAt ?? 0);
}

/** The forms of the kind `request` that answers, queues and held requests have. */
export const queueForms = (context: Context) =>
  [
    replyRunner(context),
    queueJobs.runner({ begin: (job, { deadline }) => beginQueued(context, job, deadline) }),
    heldJobs.runner(heldRunner(context)),
  ] as const;

export const queueRunner = (context: Context): Runner => runnerOf(...queueForms(context));

/**
 * Begins every request that is due, under any pseudonym key, and waits for the next one. Runs twice
 * harmlessly.
 */
async function beginQueued(context: Context, job: JobOf<typeof queueJobs>, deadline: Instant): Promise<Progress> {
  const { uid, type } = job.input;
  const own = context.clients.own();
  // One by one: there is rarely more than one, and a query has one `in`.
  const pages = everyNameOf(uid, chainOf(job), context.keys).map((name) =>
    requestsOf(own, name, type).where('status', 'in', ['queued', 'in_progress', 'waiting']).get(),
  );
  const found = (await Promise.all(pages)).flatMap(({ docs }) => docs);
  const records = [...requestsIn(found, context.keys).requests];
  records.sort((a, b) => a.record.receivedAt.toMillis() - b.record.receivedAt.toMillis());
  let next = Infinity;
  for (const { key, record: known } of records) {
    if (context.now() >= deadline) return { more: {} };
    const { status, retryAt, begunAt } = known;
    const beginsAt = retryAt?.toMillis() ?? 0;
    if (status === 'queued' && beginsAt > context.now()) next = Math.min(next, beginsAt);
    else if (status === 'queued') await begin(context, uid, key, known);
    // Begun by an attempt that died before the person saw it.
    else if ((begunAt?.toMillis() ?? 0) >= job.createdAt)
      await mirror(context, await refOfRecord(context, uid, key, known), known);
  }
  return next === Infinity
    ? { settled: [] }
    : { wait: next, why: 'more requests of this type than begin in a day: this one is next' };
}

/**
 * Begins one request, as if it came now: its entry, its job, its status. All in one transaction, if
 * it still is queued.
 */
async function begin(context: Context, uid: string, key: string, known: RequestRecord): Promise<void> {
  const ref = await refOfRecord(context, uid, key, known);
  const document = await personRef(context.clients.app(), ref).get();
  if (document.get('cancelled') === true) {
    // The event that says so came to nothing, or is on its way.
    return endQueued(context, ref);
  }
  const request = requestOf(ref, known, document.get('details'));
  const { status, job, waitingFor, transmission } = decideRequest(context, uid, known.pseudonym, request);
  const outcome = await recordAbout(context, ref, `begun_${ref.key}`, {
    at: request.receivedAt,
    draft: (current) =>
      // Else it was taken back, or begun, meanwhile.
      current.status === 'queued' ? ledgerDraft(request, 'requested', request.receivedAt, context.now()) : null,
    next: (current) => {
      const begunAt = Timestamp.fromMillis(context.now());
      const begun = { ...current, status, begunAt, job: job?.id, waitingFor, transmission, retryAt: undefined };
      return { record: begun, ...defined({ job }) };
    },
  });
  if (job && outcome.recorded) await enqueueJob(context, job);
  const now = await loadRequest(context, ref.key);
  if (now !== null) await mirror(context, ref, now);
}

/** Returns a request as the person made it: its details stand in their own document only. */
function requestOf(
  { requestId }: RequestRef,
  { type, receivedAt, clamped }: RequestRecord,
  details: unknown,
): RightsRequest {
  return {
    requestId,
    type: type as RequestType,
    receivedAt: receivedAt.toMillis(),
    ...(clamped === true ? { clamped } : {}),
    ...wishesIn(type as RequestType, details),
  };
}

/** Ends a request that is queued, and that its person has taken back. Runs twice harmlessly. */
export async function endQueued(context: Context, ref: RequestRef): Promise<void> {
  const outcome = await changeRequest(context, ref.key, (record) =>
    record.status === 'queued'
      ? {
          status: 'cancelled',
          completedAt: Timestamp.fromMillis(context.now()),
          ...withoutSending(record, 'cancelled'),
        }
      : null,
  );
  if (outcome === null) return;
  await mirror(context, ref, outcome.record);
  await forget(context, ref, outcome.record);
}

/**
 * Was this taken back while it was queued? Only a request that never began still has the time of
 * that.
 */
export const neverBegan = ({ status, retryAt, begunAt }: RequestRecord): boolean =>
  status === 'cancelled' && retryAt !== undefined && begunAt === undefined;

/**
 * Removes the record of a request that was taken back while it was queued: it began nothing, and
 * past the day's number nothing else bounds how many there are. Comes after the person has seen the
 * end, so that a crash before it leaves the record that says so. Their own document says
 * `cancelled` from then on, and an event that comes late goes by that.
 */
export async function forget(context: Context, ref: RequestRef, record: RequestRecord): Promise<void> {
  if (neverBegan(record)) await requestRef(context.clients.own(), ref.key).delete();
}
