import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import { sha256Hex } from '../evidence/hash.ts';
import type { JobPlan } from '../jobs/catalog.ts';
import type { Draft } from '../ledger/chain.ts';
import type { Instant } from '../platform/clock.ts';
import type { Issue } from '../platform/intake.ts';
import { addPeriod } from '../policy/calendar.ts';
import type { Policy } from '../policy/schema.ts';

/** Rights of Art. 15 to 21, as a person asks for them. */
export const requestTypes = ['access', 'portability', 'erasure', 'rectification', 'restriction', 'objection'] as const;
export type RequestType = (typeof requestTypes)[number];

export type RequestStatus = 'received' | 'in_progress' | 'waiting' | 'completed' | 'refused' | 'cancelled';

/** Nothing changes any more. */
export const isFinal = (status: unknown): boolean =>
  status === 'completed' || status === 'refused' || status === 'cancelled';

/** The id becomes part of document ids and object names: the characters that the rules allow, and never `.` or `..`. */
const requestId = z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/);

/** `users/{uid}/privacyRequests/{id}` as the contract has it, with what the backend adds. */
const requestDocument = z.strictObject({
  type: z.enum(requestTypes),
  createdAt: z.custom<Timestamp>((value) => value instanceof Timestamp, { error: 'timestamp' }),
  details: z.record(z.string(), z.unknown()).optional(),
  cancelled: z.boolean().optional(),
  status: z.string().optional(),
  dueAt: z.unknown().optional(),
  completedAt: z.unknown().optional(),
  reason: z.string().optional(),
  retryAt: z.unknown().optional(),
});

/** Event times can come in whole seconds: what lies this close behind one is not the future. In milliseconds. */
const PRECISION_MS = 1000;

/** What the person's document says, checked. */
export interface RightsRequest {
  readonly requestId: string;
  readonly type: RequestType;
  readonly receivedAt: Instant;
  /** The document's time lay after the event's and was taken as that one. */
  readonly clamped?: true;
}

export type ReadRequest =
  { readonly ok: true; readonly request: RightsRequest } | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * Checks a request's document. Issues are codes and field names; a name that the contract does not know is not repeated.
 *
 * @param time when the server wrote it, epoch milliseconds: a request cannot have been received later
 */
export function readRequest(id: string, data: unknown, time: Instant): ReadRequest {
  if (!requestId.safeParse(id).success) return { ok: false, issues: [{ code: 'invalid_format', field: '(id)' }] };
  const parsed = requestDocument.safeParse(data);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ code, path }) => ({
      code,
      field: path.length > 0 ? String(path[0]) : '(document)',
    }));
    return { ok: false, issues };
  }
  const { type, createdAt } = parsed.data;
  const claimed = createdAt.toMillis();
  const times = claimed > time + PRECISION_MS ? { receivedAt: time, clamped: true as const } : { receivedAt: claimed };
  return { ok: true, request: { requestId: id, type, ...times } };
}

/** Why a request is refused (Art. 12(5)): one of its type is open, or there were too many in a day. */
export const requestRefusals = ['already_open', 'too_many'] as const;
export type RequestRefusal = (typeof requestRefusals)[number];

/** What a request comes to: a job that answers it, an officer who does, or a refusal. */
export interface RequestDecision {
  readonly status: 'in_progress' | 'waiting' | 'refused';
  /** Art. 12(3): a calendar month from receipt. */
  readonly dueAt: Instant;
  readonly waitingFor?: 'officer';
  readonly job?: JobPlan;
  readonly reason?: RequestRefusal;
  /** When a request like this one is answered again. */
  readonly retryAt?: Instant;
}

/** Which rights are answered by a job; the others wait for an officer, and are never dropped. */
const EXPORTS: ReadonlySet<RequestType> = new Set<RequestType>(['portability', 'access']);
export const isExport = (type: RequestType): boolean => EXPORTS.has(type);

/** The id of the request's record in `requests`. */
export const requestKey = (chain: string, requestId: string): string => `${chain}_${requestId}`;

/**
 * A request's id in the names of jobs, which are logged and handed to the task queue: whoever chose the id may have put a name into it. 32
 * hexadecimal digits.
 */
export const requestHash = (requestId: string): string => sha256Hex(requestId).slice(0, 32);

/** The id of the job that answers a request; the same each time, so that it is made once. */
export const exportJobOf = (chain: string, hash: string): string => `export_${chain}_${hash}`;
const exportJobId = (chain: string, requestId: string): string => exportJobOf(chain, requestHash(requestId));

const erasureJobId = (chain: string, requestId: string): string => `erase_${chain}_${requestHash(requestId)}`;

/** The job that takes an erasure back, as far as it can be (`at`: when the person took it back). */
export function takeBackJob(uid: string, chain: string, requestId: string, at: Instant, dueAt: Instant): JobPlan {
  return {
    id: `keep_${chain}_${requestHash(requestId)}`,
    kind: 'erasure',
    pseudonym: chain,
    input: { uid, requestId, request: requestKey(chain, requestId), at, of: erasureJobId(chain, requestId) },
    dueAt,
    steps: [{ id: 'takeBack' }],
  };
}

/**
 * @param chain the person's pseudonym, with the number of the chain where the uid was used before
 * @param refused why nobody answers it
 */
export function decideRequest(
  policy: Policy,
  uid: string,
  chain: string,
  request: RightsRequest,
  refused?: { readonly reason: RequestRefusal; readonly retryAt?: Instant },
): RequestDecision {
  const dueAt = addPeriod(request.receivedAt, policy.rights.answerWithin.period, policy.controller.timeZone);
  if (refused !== undefined) {
    const { reason, retryAt } = refused;
    return { status: 'refused', dueAt, reason, ...(retryAt === undefined ? {} : { retryAt }) };
  }
  if (request.type === 'erasure') {
    // The erasure itself is another job: it is one for the account, however many ask for it.
    const input = {
      uid,
      requestId: request.requestId,
      request: requestKey(chain, request.requestId),
      at: request.receivedAt,
    };
    const id = erasureJobId(chain, request.requestId);
    const job: JobPlan = { id, kind: 'erasure', pseudonym: chain, input, dueAt, steps: [{ id: 'start' }] };
    return { status: 'in_progress', dueAt, job };
  }
  if (!isExport(request.type)) return { status: 'waiting', dueAt, waitingFor: 'officer' };
  const job: JobPlan = {
    id: exportJobId(chain, request.requestId),
    kind: 'export',
    pseudonym: chain,
    input: { uid, requestId: request.requestId, request: requestKey(chain, request.requestId), product: request.type },
    dueAt,
    steps: [{ id: 'archive' }, { id: 'told', after: ['archive'] }, { id: 'clean', after: ['archive'] }],
  };
  return { status: 'in_progress', dueAt, job };
}

/** The job that removes what a cancelled export has left in the bucket; it waits for an attempt that is still writing. */
export function discardJob(uid: string, chain: string, requestId: string, dueAt: Instant): JobPlan {
  return {
    id: `discard_${chain}_${requestHash(requestId)}`,
    kind: 'export',
    pseudonym: chain,
    input: {
      uid,
      requestId,
      request: requestKey(chain, requestId),
      product: 'portability',
      of: exportJobId(chain, requestId),
    },
    dueAt,
    steps: [{ id: 'clean' }],
  };
}

/** What the ledger keeps of a request: that it was made, taken back or refused, and when. */
export function ledgerDraft(
  request: RightsRequest,
  what: 'requested' | 'cancelled' | 'refused',
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
