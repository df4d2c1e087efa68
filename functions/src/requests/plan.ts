import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import { sha256Hex } from '../evidence/hash.ts';
import type { JobPlan } from '../jobs/catalog.ts';
import type { Draft } from '../ledger/chain.ts';
import type { Instant } from '../platform/clock.ts';
import type { Issue } from '../platform/intake.ts';
import { addPeriod } from '../policy/calendar.ts';
import type { Policy } from '../policy/schema.ts';
import { transmissionTo } from '../policy/transmission.ts';

/** Rights of Art. 15 to 21, as a person asks for them. */
export const requestTypes = ['access', 'portability', 'erasure', 'rectification', 'restriction', 'objection'] as const;
export type RequestType = (typeof requestTypes)[number];

/** `queued`: more than a person asks for in a day; it is kept, and begins by itself (queue.ts). */
export type RequestStatus = 'received' | 'queued' | 'in_progress' | 'waiting' | 'completed' | 'refused' | 'cancelled';

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
  transmission: z.unknown().optional(),
  withdrawnAt: z.unknown().optional(),
});

/** The member of a request's `details` that says where the archive is to be sent (Art. 20(2)). */
export const TRANSMIT_TO = 'transmitTo';

/** Event times can come in whole seconds: what lies this close behind one is not the future. In milliseconds. */
const PRECISION_MS = 1000;

/** What the person's document says, checked. */
export interface RightsRequest {
  readonly requestId: string;
  readonly type: RequestType;
  readonly receivedAt: Instant;
  /** The document's time lay after the event's and was taken as that one. */
  readonly clamped?: true;
  /** Where the archive is to be sent, as the person gave it; whoever has it may be able to write there, so it is kept nowhere else. */
  readonly transmitTo?: unknown;
}

/**
 * What becomes of the sending to another controller (Art. 20(2)), as the person sees it; it never names the address. `pending`: it will be tried.
 * `sending`: it is being tried. `sent`: the other side took every archive. `refused`: nothing was sent, and `reason` says why. `failed`: it was tried,
 * and whether the other side has something is not known.
 */
export interface Transmission {
  readonly state: 'pending' | 'sending' | 'sent' | 'refused' | 'failed';
  /** Of the policy's list; absent where the address is of no host on it. */
  readonly host?: string;
  readonly reason?: string;
  readonly at?: Timestamp;
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
  const { type, createdAt, details } = parsed.data;
  const transmitTo = details?.[TRANSMIT_TO];
  const claimed = createdAt.toMillis();
  const times = claimed > time + PRECISION_MS ? { receivedAt: time, clamped: true as const } : { receivedAt: claimed };
  return {
    ok: true,
    request: {
      requestId: id,
      type,
      ...times,
      ...(transmitTo === undefined || transmitTo === null ? {} : { transmitTo }),
    },
  };
}

/** Why a request is refused (Art. 12(5)): one of its type is open, which answers it already. */
export type RequestRefusal = 'already_open';

/**
 * Why a request does not begin now. `queued`: when it does; null: never, it was taken back before
 * that.
 */
export type NotNow = { readonly refused: RequestRefusal } | { readonly queued: Instant | null };

/**
 * Decides a request: a job that answers it, an officer who does, a time at which it begins,
 * or a refusal.
 */
export interface RequestDecision {
  readonly status: 'queued' | 'in_progress' | 'waiting' | 'refused';
  /** Art. 12(3): a calendar month from receipt, also of one that is queued. */
  readonly dueAt: Instant;
  readonly waitingFor?: 'officer';
  readonly job?: JobPlan;
  readonly reason?: RequestRefusal;
  /** When one that is queued begins. */
  readonly retryAt?: Instant;
  readonly transmission?: Transmission;
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
 * @param notNow why nothing begins now
 */
export function decideRequest(
  policy: Policy,
  uid: string,
  chain: string,
  request: RightsRequest,
  notNow?: NotNow,
): RequestDecision {
  const dueAt = addPeriod(request.receivedAt, policy.rights.answerWithin.period, policy.controller.timeZone);
  if (notNow !== undefined && 'refused' in notNow) return { status: 'refused', dueAt, reason: notNow.refused };
  const transmission = transmissionOf(policy, request);
  const sending = transmission === undefined ? {} : { transmission };
  if (notNow !== undefined) {
    const { queued } = notNow;
    return { status: 'queued', dueAt, ...(queued === null ? {} : { retryAt: queued }), ...sending };
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
  const input = { uid, requestId: request.requestId, request: requestKey(chain, request.requestId) };
  const isSent = transmission?.state === 'pending';
  const job: JobPlan = {
    id: exportJobId(chain, request.requestId),
    kind: 'export',
    pseudonym: chain,
    input: { ...input, product: request.type, ...(transmission === undefined ? {} : { transmission: true }) },
    dueAt,
    steps: [
      { id: 'archive' },
      ...(isSent ? [{ id: 'transmit', after: ['archive'] }] : []),
      { id: 'told', after: [isSent ? 'transmit' : 'archive'] },
      { id: 'clean', after: ['archive'] },
    ],
  };
  return { status: 'in_progress', dueAt, job, ...sending };
}

/** What a transmission is when its request ends for a reason of its own: what was on its way may have arrived. */
export function givenUp(transmission: Transmission, reason: string): Transmission {
  if (transmission.state !== 'pending' && transmission.state !== 'sending') return transmission;
  return { ...transmission, state: transmission.state === 'pending' ? 'refused' : 'failed', reason };
}

/**
 * Whether the archive is sent to where the person asks; undefined if they do not ask, or ask for no
 * archive. An address that may not be used changes nothing else.
 */
function transmissionOf(policy: Policy, { type, transmitTo }: RightsRequest): Transmission | undefined {
  if (transmitTo === undefined || !isExport(type)) return undefined;
  // Art. 20(2) is about what Art. 20(1) gives; an access has other people's words about the person as well.
  if (type !== 'portability') return { state: 'refused', reason: 'notPortability' };
  const checked = transmissionTo(policy, transmitTo);
  return checked.ok ? { state: 'pending', host: checked.host } : { state: 'refused', reason: checked.because };
}

/**
 * The job that removes what an export that was taken back has left in the bucket, published or not;
 * it waits for an attempt that is still writing.
 */
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
