import {
  FieldValue,
  Timestamp,
  type DocumentData,
  type DocumentReference,
  type DocumentSnapshot,
  type Firestore,
  type Query,
} from 'firebase-admin/firestore';
import type { Context, OwnStore } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { isSealed, sealed, withoutSeal } from '../crypto/seal.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import type { Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import { millisOf } from '../platform/firestore.ts';
import { isUid } from '../subject/identity.ts';
import { pauseOf, type Timed } from './clock.ts';
import { statementOf, withoutWords, wordless, type KnownDetails } from './details.ts';
import type { OnBehalf } from './onBehalf.ts';
import { isSame, type Reply, type ReplyEnd, type ReplyName } from './reply.ts';
import {
  givenUp,
  type Entered,
  isFinal,
  type Mirrored,
  type MissingPart,
  requestHash,
  requestKey,
  type RequestStatus,
  type RequestType,
  SENDING_CANCELLED,
  type Transmission,
} from './request.ts';

/** Names a request: in `requests` by its key, at the person by uid and id. */
export interface RequestRef {
  readonly key: string;
  readonly uid: string;
  readonly requestId: string;
}

/** The request that the input of a job names. */
export const refIn = ({ request, uid, requestId }: JobRequest): RequestRef => ({ key: request, uid, requestId });
type JobRequest = Omit<RequestRef, 'key'> & { readonly request: string };
export const refOf = (uid: string, chain: string, requestId: string, keys: PseudonymKeys): RequestRef =>
  refIn({ uid, requestId, request: requestKey(chain, requestId, keys) });

/**
 * `requests/{pseudonym}_{hash of the id}`: the truth about a request. It outlives the person's
 * account, so it holds neither their uid nor the id that the app chose.
 */
export interface RequestRecord extends Timed {
  readonly pseudonym: string;
  readonly type: string;
  readonly status: RequestStatus;
  readonly channel: string;
  readonly waitingFor?: string;
  readonly clamped?: boolean;
  /** The job that answers it; of one that is queued, the job that begins it. */
  readonly job?: string;
  /**
   * Since when it is answered. Absent if it was refused, is queued, or was taken back before it
   * began.
   */
  readonly begunAt?: Timestamp;
  readonly completedAt?: Timestamp;
  /** The event that took it back. */
  readonly cancelledBy?: string;
  /**
   * An export that was answered, and that the person took back afterwards: nothing of its archive
   * is given out any more.
   */
  readonly withdrawnAt?: Timestamp;
  readonly reason?: string;
  /** When one that is queued begins. */
  readonly retryAt?: Timestamp;
  readonly answer?: Readonly<Record<string, unknown>>;
  /** The parts that a completed export lacks for good. */
  readonly missing?: readonly MissingPart[];
  readonly transmission?: Transmission;
  /** The last words of an officer to the person about it. */
  readonly reply?: Reply;
  /** The last day on which somebody was told that it is due (rights/due.ts). */
  readonly escalatedOn?: string;
  /** Of one that did not come through the app. */
  readonly entered?: Entered;
  /** Of one that somebody else made for the person. */
  readonly onBehalf?: OnBehalf;
  /** Of one that an officer entered: the person's words, until it closes, and choices. */
  readonly details?: KnownDetails;
  /** The name among `subjects` of a person without an account (subject/addresses.ts). */
  readonly subjectKey?: string;
}

const pathOf = (key: string): string => `requests/${key}`;

/** A request of which a field may be undefined. */
type Unsealed = { readonly [Field in keyof RequestRecord]: RequestRecord[Field] | undefined };

/**
 * A request as its document: whole, and sealed. A field that is undefined is left out; of one that
 * is closed, the person's own words are, once the person is told.
 */
export const sealedRequest = (key: string, record: Unsealed, keys: PseudonymKeys): DocumentData =>
  sealed(
    pathOf(key),
    defined({ ...record, ...(isFinal(record.status) && !hasWordsToMove(record) ? wordless(record) : {}) }),
    keys,
  );

/**
 * Is it a refused correction of which the person is not told yet? Then their own words still have
 * to move beside their data (Art. 16).
 */
const hasWordsToMove = ({ type, status, reply }: Pick<Unsealed, 'type' | 'status' | 'reply'>): boolean =>
  type === 'rectification' && status === 'refused' && reply?.words !== undefined;

/**
 * The request of a document.
 *
 * @throws PermanentError `seal.broken` if the backend did not write it so: an officer looks
 */
export function requestIn(key: string, data: DocumentData, keys: PseudonymKeys): RequestRecord {
  if (isSealed(pathOf(key), data, keys)) return withoutSeal(data) as RequestRecord;
  throw new PermanentError('seal.broken', 'a request is not as the backend wrote it: compliance due names it');
}

/** A request with its key. */
interface KeyedRequest {
  readonly key: string;
  readonly record: RequestRecord;
}

/** The requests among documents, and apart from them the keys of those with a broken seal. */
export function requestsIn(
  documents: readonly DocumentSnapshot[],
  keys: PseudonymKeys,
): { readonly requests: readonly KeyedRequest[]; readonly forged: readonly string[] } {
  const requests: KeyedRequest[] = [];
  const forged: string[] = [];
  for (const document of documents) {
    const { id: key } = document;
    const data = document.data();
    if (data === undefined) continue;
    if (isSealed(pathOf(key), data, keys)) requests.push({ key, record: withoutSeal(data) as RequestRecord });
    else forged.push(key);
  }
  return { requests, forged };
}

export const requestRef = (own: Firestore, key: string): DocumentReference => own.collection('requests').doc(key);

/**
 * The query for a person's requests; of one type, if it is given.
 *
 * @param chain its name, or its names under every key of the pseudonyms
 */
export const requestsOf = (own: Firestore, chain: string | readonly string[], type?: RequestType): Query => {
  const requests = own.collection('requests');
  const all =
    typeof chain === 'string' ? requests.where('pseudonym', '==', chain) : requests.where('pseudonym', 'in', chain);
  return type === undefined ? all : all.where('type', '==', type);
};

/**
 * Loads a request, or null if there is none.
 *
 * @throws PermanentError `seal.broken`
 */
export async function loadRequest({ clients, keys }: OwnStore, key: string): Promise<RequestRecord | null> {
  const data = (await requestRef(clients.own(), key).get()).data();
  return data === undefined ? null : requestIn(key, data, keys);
}

/**
 * Changes a request in one transaction, also one that has ended. The change answers null if it does
 * not apply.
 *
 * @returns the record as it is now, and whether this call changed it; null if there is none.
 * @throws PermanentError `seal.broken`
 */
export async function changeAnyRequest(
  { clients, keys }: OwnStore,
  key: string,
  change: (record: RequestRecord) => Partial<RequestRecord> | null,
): Promise<{ record: RequestRecord; changed: boolean } | null> {
  const own = clients.own();
  const ref = requestRef(own, key);
  return own.runTransaction(async (tx) => {
    const data = (await tx.get(ref)).data();
    if (data === undefined) return null;
    const record = requestIn(key, data, keys);
    const fields = change(record);
    if (fields === null) return { record, changed: false };
    const changed = { ...record, ...fields };
    tx.set(ref, sealedRequest(key, changed, keys));
    return { record: changed, changed: true };
  });
}

/** The same of a request that is not final: a final one stays as it is. */
export const changeRequest: typeof changeAnyRequest = (store, key, change) =>
  changeAnyRequest(store, key, (record) => (isFinal(record.status) ? null : change(record)));

/**
 * Takes an export back that is completed: it stays completed, and says since when nothing of it is
 * given out. In one transaction.
 *
 * @param by the event that took it back: delivered again, it changes nothing
 * @returns the record as it is now; null if it is no such request
 */
export async function withdrawRequest(
  store: OwnStore,
  key: string,
  by: string,
  at: Instant,
): Promise<RequestRecord | null> {
  const outcome = await changeAnyRequest(store, key, (record) =>
    record.status === 'completed' && record.withdrawnAt === undefined
      ? {
          withdrawnAt: Timestamp.fromMillis(at),
          cancelledBy: by,
          ...withoutSending(record, SENDING_CANCELLED),
        }
      : null,
  );
  return outcome?.record.withdrawnAt === undefined ? null : outcome.record;
}

/** The person's own document of a request. */
export const personRef = (
  app: Firestore,
  { uid, requestId }: Pick<RequestRef, 'uid' | 'requestId'>,
): DocumentReference => app.doc(`users/${uid}/privacyRequests/${requestId}`);

/**
 * Finds a request's id by its record: among the person's own documents of that moment, the one with
 * the record's hash. Costs 1 read, with a time that a server wrote one for each of their requests.
 *
 * @returns if their document is gone, a ref whose id is the hash, and no document's
 */
export async function refOfRecord(
  context: Pick<Context, 'clients' | 'keys'>,
  uid: string,
  key: string,
  { pseudonym, receivedAt, clamped }: Pick<RequestRecord, 'pseudonym' | 'receivedAt' | 'clamped'>,
): Promise<RequestRef> {
  const hash = key.slice(pseudonym.length + 1);
  // A person without an account asked in another way, and has no document of their own.
  if (!isUid(uid)) return { key, uid, requestId: hash };
  const all = context.clients.app().collection(`users/${uid}/privacyRequests`);
  // The record has whole milliseconds, and the document microseconds.
  const next = Timestamp.fromMillis(receivedAt.toMillis() + 1);
  const query = clamped ? all : all.where('createdAt', '>=', receivedAt).where('createdAt', '<', next);
  const found = await query.select().get();
  const own = found.docs.find(({ id }) => requestHash(pseudonym, id, context.keys) === hash);
  return { key, uid, requestId: own?.id ?? hash };
}

/**
 * Writes the person's part of a request onto their own document: `status, dueAt`, and the other
 * fields of `MIRRORED` if there are any. Guarded: a final status is never taken back, and nothing
 * becomes `queued` again, whichever of two mirrors comes last. Nothing is written if nothing
 * changed (the update's own event ends there), and a document that is gone stays gone.
 */
export async function mirror(
  { clients }: { readonly clients: Pick<Context['clients'], 'app'> },
  ref: RequestRef,
  record: RequestRecord,
): Promise<void> {
  // A person without an account asked in another way, and has no document of their own.
  if (!isUid(ref.uid)) return;
  const document = personRef(clients.app(), ref);
  const { status, dueAt, completedAt, reason, retryAt, transmission, missing, withdrawnAt } = record;
  const reply = replyIn(record);
  const pausedAt = isFinal(status) ? undefined : pauseOf(record)?.from;
  await clients.app().runTransaction(async (tx) => {
    const snapshot = await tx.get(document);
    if (!snapshot.exists) return;
    const shown: unknown = snapshot.get('status');
    // The person's words go when it closes; choices stay for the period of the document.
    const details = isFinal(status) ? withoutWords(snapshot.get('details')) : undefined;
    const said = { ...record.details, ...(snapshot.get('details') as object | undefined) };
    const statement = hasWordsToMove(record) ? statementOf(said) : undefined;
    const same =
      details === undefined &&
      shown === status &&
      millisOf(snapshot.get('dueAt')) === dueAt.toMillis() &&
      millisOf(snapshot.get('pausedAt')) === pausedAt?.toMillis() &&
      (reply === undefined || millisOf(snapshot.get('reply.at')) === reply.at.toMillis()) &&
      snapshot.get('reason') === reason &&
      snapshot.get('transmission.state') === transmission?.state &&
      snapshot.get('transmission.reason') === transmission?.reason &&
      (withdrawnAt === undefined || snapshot.get('withdrawnAt') !== undefined);
    if (status === 'queued' && shown !== undefined && shown !== 'queued') return;
    if (same || (isFinal(shown) && !isFinal(status))) return;
    if (isOver(snapshot.get('transmission.state')) && !isOver(transmission?.state)) return;
    tx.update(document, {
      status,
      dueAt,
      completedAt: completedAt ?? FieldValue.delete(),
      reason: reason ?? FieldValue.delete(),
      retryAt: (status === 'queued' ? retryAt : undefined) ?? FieldValue.delete(),
      transmission: transmission ?? FieldValue.delete(),
      pausedAt: pausedAt ?? FieldValue.delete(),
      ...defined({ missing, withdrawnAt, reply, details, statement } satisfies Mirrored),
    } satisfies Mirrored);
  });
}

/** An officer's reply as the person reads it; undefined once the record has its words no more. */
const replyIn = ({ reply }: RequestRecord) =>
  reply?.words && { kind: reply.kind, at: reply.at, language: reply.language, ...reply.words };

/**
 * Notes how the person was told of a reply, and removes its words: the person's own document has
 * them. In one transaction, also for a request that has ended. Nothing changes if there is another
 * reply by now.
 */
export async function endReply(store: OwnStore, key: string, name: ReplyName, end: ReplyEnd): Promise<void> {
  await changeAnyRequest(store, key, ({ reply }) =>
    reply !== undefined && isSame(reply, name) ? { reply: defined({ ...reply, words: undefined, end }) } : null,
  );
}

/** Ends the sending of a request, if it has not ended yet. */
export const withoutSending = (
  { transmission }: Pick<RequestRecord, 'transmission'>,
  reason: string,
): Pick<RequestRecord, 'transmission'> =>
  transmission === undefined ? {} : { transmission: givenUp(transmission, reason) };

/** A transmission that has come to its end. */
const isOver = (state: unknown): boolean => state === 'sent' || state === 'refused' || state === 'failed';

/**
 * Ends a request: completed, or cancelled by the backend, with the reason. Or gives it an answer
 * while something is still to be done (`waiting`: by an officer, `in_progress`: by its job). False
 * if it had ended before.
 */
export async function finishRequest(
  context: Pick<Context, 'clients' | 'keys' | 'now'>,
  ref: RequestRef,
  end: Pick<RequestRecord, 'reason' | 'answer' | 'missing'> & {
    readonly status: 'completed' | 'waiting' | 'in_progress' | 'cancelled';
    /** The job that goes on with it. */
    readonly job?: string;
  },
): Promise<boolean> {
  const now: Instant = context.now();
  const { status, reason, answer, missing, job } = end;
  const outcome = await changeRequest(context, ref.key, (record) => ({
    status,
    ...(status === 'waiting' ? { waitingFor: 'officer' } : {}),
    ...(isFinal(status) ? { completedAt: Timestamp.fromMillis(now) } : {}),
    ...defined({ reason, answer, missing, job }),
    ...(status === 'cancelled' ? withoutSending(record, reason ?? SENDING_CANCELLED) : {}),
    // Everything else of the person is gone then, also if a recipient is still to be asked.
    ...(record.type === 'erasure' ? wordless(record) : {}),
  }));
  if (outcome === null) return false;
  await mirror(context, ref, outcome.record);
  return outcome.changed;
}

/** Says why a request is as it is, without ending it. */
export async function explainRequest(
  context: Pick<Context, 'clients' | 'keys'>,
  ref: RequestRef,
  reason: string,
): Promise<void> {
  const outcome = await changeRequest(context, ref.key, () => ({ reason }));
  if (outcome !== null) await mirror(context, ref, outcome.record);
}
