import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod/mini';
import { startJob } from '../erasure/plan.ts';
import { exportJob } from '../export/plan.ts';
import type { JobPlan } from '../jobs/catalog.ts';
import type { Draft } from '../ledger/entry.ts';
import { PRECISION_MS, type Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import type { Issue } from '../platform/intake.ts';
import { lazily } from '../platform/shapes.ts';
import type { Context } from '../platform/context.ts';
import { answerBy } from '../policy/calendar.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { transmissionTo } from '../policy/transmission.ts';
import { readDetails } from '../requests/details.ts';
import {
  isExport,
  isFinal,
  MIRRORED,
  requestTypes,
  TRANSMIT_TO,
  type RequestType,
  type Transmission,
} from '../requests/request.ts';
import { refOf, type RequestRecord, type RequestRef } from '../requests/store.ts';
import { objectionJob, pauseJob } from './objection/job.ts';
import { isPaused, marketingEndedBy, objectedPurposes } from './objection/plan.ts';

/**
 * The id becomes part of document ids and object names: the characters that the rules allow, and
 * never `.` or `..`.
 */
const requestId = /^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/;

/** The backend's own fields, and the person's word about a request that it shows them. */
const BACKENDS = [...MIRRORED, 'askedFor', 'say'];

/** `users/{uid}/privacyRequests/{id}` as in the contract, with the backend's own fields. */
const requestDocument = lazily(() =>
  z.strictObject({
    type: z.enum(requestTypes),
    createdAt: z.custom<Timestamp>((value) => value instanceof Timestamp, { error: 'timestamp' }),
    details: z.optional(z.record(z.string(), z.unknown())),
    cancelled: z.optional(z.boolean()),
    ...Object.fromEntries(BACKENDS.map((name) => [name, z.optional(z.unknown())])),
  }),
);

/** The person's document, checked. */
export interface RightsRequest {
  readonly requestId: string;
  readonly type: RequestType;
  readonly receivedAt: Instant;
  /** The moment from which an objection counts; absent: from receipt. */
  readonly countsFrom?: Instant;
  /** The document's time lay after the event's and was taken as that one. */
  readonly clamped?: true;
  /**
   * The address for the archive, as the person gave it. Everybody who has it may be able to write
   * there, so it is kept nowhere else.
   */
  readonly transmitTo?: unknown;
  /** When an officer entered it: an erasure can be taken back from then on. */
  readonly enteredAt?: Instant;
  /** It objects to direct marketing: to one channel, or to all. */
  readonly marketing?: { readonly channel?: PurposeId };
  /** The purpose that an objection names, without saying that it is about direct marketing. */
  readonly objectsTo?: PurposeId;
  /** The name among `subjects` of a person without an account. */
  readonly subjectKey?: string;
}

/** The parts of a request's details that decide about it. A member that does not fit is none. */
export function wishesIn(
  type: RequestType,
  details: unknown,
): Pick<RightsRequest, 'transmitTo' | 'marketing' | 'objectsTo'> {
  const transmitTo = (details as Readonly<Record<string, unknown>> | null | undefined)?.[TRANSMIT_TO];
  const { marketing, purpose } = readDetails(type, details).known;
  const named = typeof purpose === 'string' ? purpose : undefined;
  return {
    ...(transmitTo === undefined || transmitTo === null ? {} : { transmitTo }),
    ...(marketing === true ? { marketing: defined({ channel: named }) } : defined({ objectsTo: named })),
  };
}

export type ReadRequest =
  { readonly ok: true; readonly request: RightsRequest } | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * Checks a request's document. Issues are codes and field names; a name that the contract does not
 * know is not repeated.
 *
 * @param time when the server wrote it, epoch milliseconds: a request cannot have been received
 * later
 */
export function readRequest(id: string, data: unknown, time: Instant): ReadRequest {
  if (!requestId.test(id)) return { ok: false, issues: [{ code: 'invalid_format', field: '(id)' }] };
  const parsed = requestDocument().safeParse(data);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ code, path }) => ({
      code,
      field: path.length > 0 ? String(path[0]) : '(document)',
    }));
    return { ok: false, issues };
  }
  const { type, createdAt, details } = parsed.data;
  const claimed = createdAt.toMillis();
  const times = claimed > time + PRECISION_MS ? { receivedAt: time, clamped: true as const } : { receivedAt: claimed };
  return { ok: true, request: { requestId: id, type, ...times, ...wishesIn(type, details) } };
}

/** Why a request is refused (Art. 12(5)): one of its type is open, which answers it already. */
export type RequestRefusal = 'already_open';

/**
 * Why a request does not begin now. `queued`: when it does; null: never, it was taken back before
 * that.
 */
export type NotNow = { readonly refused: RequestRefusal } | { readonly queued: Instant | null };

/**
 * Decides a request: a job that answers it, an officer who does, a time at which it begins, or a
 * refusal.
 */
export interface RequestDecision {
  readonly status: 'queued' | 'in_progress' | 'waiting' | 'refused';
  /** Art. 12(3): a calendar month from receipt, also of one that is queued. */
  readonly dueAt: Instant;
  readonly waitingFor?: 'officer';
  /** Answers it; of one that waits for an officer, pauses the use of data meanwhile. */
  readonly job?: JobPlan;
  readonly reason?: RequestRefusal;
  /** When one that is queued begins. */
  readonly retryAt?: Instant;
  readonly transmission?: Transmission;
}

/** A request that waits for an officer. */
export const forOfficer = (dueAt: Instant, job?: JobPlan): RequestDecision => ({
  status: 'waiting',
  dueAt,
  waitingFor: 'officer',
  ...defined({ job }),
});

/**
 * Decides a request of a person. Pure.
 *
 * @param chain the person's pseudonym, with the number of the chain if the uid was used before
 * @param notNow why nothing begins now
 */
export function decideRequest(
  { policy, keys }: Pick<Context, 'policy' | 'keys'>,
  uid: string,
  chain: string,
  request: RightsRequest,
  notNow?: NotNow,
): RequestDecision {
  const dueAt = answerBy(policy, request.receivedAt);
  if (notNow !== undefined && 'refused' in notNow) return { status: 'refused', dueAt, reason: notNow.refused };
  const transmission = transmissionOf(policy, request);
  const sending = transmission === undefined ? {} : { transmission };
  if (notNow !== undefined) {
    const { queued } = notNow;
    return { status: 'queued', dueAt, ...(queued === null ? {} : { retryAt: queued }), ...sending };
  }
  const ref = refOf(uid, chain, request.requestId, keys);
  // The erasure itself is another job: it is one for the account, however many ask for it.
  if (request.type === 'erasure')
    return { status: 'in_progress', dueAt, job: startJob(ref, chain, request.receivedAt, dueAt, request.enteredAt) };
  const objection = objectionTo(policy, ref, chain, request, dueAt);
  if (objection !== undefined) return { status: 'in_progress', dueAt, job: objection };
  if (!isExport(request.type)) return forOfficer(dueAt, pauseFor(policy, ref, chain, request, dueAt));
  const job = exportJob(ref, chain, { product: request.type, dueAt, ...defined({ transmission }) });
  return { status: 'in_progress', dueAt, job, ...sending };
}

/**
 * Plans the job of an objection to direct marketing (Art. 21(3)): at once. Undefined: it is about
 * something else, or the policy has no direct marketing, so that an officer answers.
 */
function objectionTo(
  policy: Policy,
  ref: RequestRef,
  chain: string,
  { type, marketing, objectsTo, subjectKey, receivedAt, countsFrom: at = receivedAt }: RightsRequest,
  dueAt: Instant,
): JobPlan | undefined {
  if (type !== 'objection') return undefined;
  const purposes =
    marketing === undefined ? marketingEndedBy(policy, objectsTo) : objectedPurposes(policy, marketing.channel);
  return purposes.length === 0 ? undefined : objectionJob(ref, { chain, subjectKey, purposes, at, dueAt });
}

/**
 * Plans the pause of the purpose that somebody objects to, until an officer has decided (Art.
 * 18(1)(d)). Undefined without an account: there is no uid to restrict.
 */
function pauseFor(
  policy: Policy,
  ref: RequestRef,
  chain: string,
  { type, objectsTo: purpose }: RightsRequest,
  dueAt: Instant,
): JobPlan | undefined {
  if (type !== 'objection' || ref.uid === '' || purpose === undefined || !isPaused(policy, purpose)) return undefined;
  return pauseJob(ref, { chain, purpose, dueAt });
}

/**
 * Decides whether the archive is sent to the person's address; undefined if they do not ask, or ask
 * for no archive. An address that may not be used changes nothing else.
 */
function transmissionOf(policy: Policy, { type, transmitTo }: RightsRequest): Transmission | undefined {
  if (transmitTo === undefined || !isExport(type)) return undefined;
  // Art. 20(2) covers the data of Art. 20(1); an access has other people's words about the person
  // as well.
  if (type !== 'portability') return { state: 'refused', reason: 'notPortability' };
  const checked = transmissionTo(policy, transmitTo);
  return checked.ok ? { state: 'pending', host: checked.host } : { state: 'refused', reason: checked.because };
}

/** A request as it is first recorded. */
export function newRecord(
  chain: string,
  request: RightsRequest,
  decision: RequestDecision,
  now: Instant,
): RequestRecord {
  const { status, dueAt, waitingFor, job, reason, retryAt, transmission } = decision;
  return {
    pseudonym: chain,
    type: request.type,
    status,
    channel: 'app',
    receivedAt: Timestamp.fromMillis(request.receivedAt),
    dueAt: Timestamp.fromMillis(dueAt),
    ...defined({ waitingFor, reason, transmission, job: job?.id }),
    ...(request.clamped ? { clamped: true } : {}),
    ...(retryAt === undefined ? {} : { retryAt: Timestamp.fromMillis(retryAt) }),
    ...(status === 'in_progress' || status === 'waiting' ? { begunAt: Timestamp.fromMillis(now) } : {}),
    ...(isFinal(status) ? { completedAt: Timestamp.fromMillis(now) } : {}),
  };
}

/**
 * Drafts the ledger's entry of a request: that it was made, taken back (`withdrawn`: after it was
 * answered) or refused, and when.
 */
export function ledgerDraft(
  request: RightsRequest,
  what: 'requested' | 'cancelled' | 'withdrawn' | 'refused',
  at: Instant,
  now: Instant,
): Draft {
  return {
    kind: 'request',
    state: `${request.type}.${what}`,
    actor: what === 'refused' ? 'backend' : 'subject',
    source: 'app',
    occurredAt: at,
    recordedAt: now,
    ...(request.clamped ? { clamped: true } : {}),
  };
}
