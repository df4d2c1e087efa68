import { FieldValue, Timestamp, type DocumentReference, type Firestore, type Query } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import type { Instant } from '../platform/clock.ts';
import { defined } from '../platform/defined.ts';
import { isUid } from '../subject/identity.ts';
import {
  givenUp,
  isFinal,
  requestHash,
  requestKey,
  type RequestStatus,
  type RequestType,
  type Transmission,
} from './request.ts';

/** Which request: in `requests` by its key, at the person by uid and id. */
export interface RequestRef {
  readonly key: string;
  readonly uid: string;
  readonly requestId: string;
}

export const refOf = (uid: string, chain: string, requestId: string, keys: PseudonymKeys): RequestRef => ({
  key: requestKey(chain, requestId, keys),
  uid,
  requestId,
});

/**
 * `requests/{pseudonym}_{hash of the id}`: the truth about a request. It outlives the person's
 * account, so it holds neither their uid nor the id that the app chose.
 */
export interface RequestRecord {
  readonly pseudonym: string;
  readonly type: string;
  readonly status: RequestStatus;
  readonly channel: string;
  readonly receivedAt: Timestamp;
  readonly dueAt: Timestamp;
  readonly waitingFor?: string;
  readonly clamped?: boolean;
  /** The job that answers it; of one that is queued, the job that begins it. */
  readonly job?: string;
  /**
   * Since when it is answered; absent of what was refused, is queued, or was taken back before it
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
  readonly transmission?: Transmission;
}

export const requestRef = (own: Firestore, key: string): DocumentReference => own.collection('requests').doc(key);

/** The query for a person's requests; of one type, if it is given. */
export const requestsOf = (own: Firestore, chain: string, type?: RequestType): Query => {
  const all = own.collection('requests').where('pseudonym', '==', chain);
  return type === undefined ? all : all.where('type', '==', type);
};

export async function loadRequest(own: Firestore, key: string): Promise<RequestRecord | null> {
  return ((await requestRef(own, key).get()).data() as RequestRecord | undefined) ?? null;
}

/**
 * Changes a request that is not final, in one transaction. The change answers null where it does not apply.
 *
 * @returns the record as it is now, and whether this call changed it; null where there is none.
 */
export async function changeRequest(
  own: Firestore,
  key: string,
  change: (record: RequestRecord) => Partial<RequestRecord> | null,
): Promise<{ record: RequestRecord; changed: boolean } | null> {
  const ref = requestRef(own, key);
  return own.runTransaction(async (tx) => {
    const record = (await tx.get(ref)).data() as RequestRecord | undefined;
    if (record === undefined) return null;
    const fields = isFinal(record.status) ? null : change(record);
    if (fields === null) return { record, changed: false };
    tx.update(ref, { ...fields });
    return { record: { ...record, ...fields }, changed: true };
  });
}

/**
 * Takes an export back that is completed: it stays completed, and says since when nothing of it is
 * given out. In one transaction.
 *
 * @param by the event that took it back: delivered again, it changes nothing
 * @returns the record as it is now; null if it is no such request
 */
export async function withdrawRequest(
  own: Firestore,
  key: string,
  by: string,
  at: Instant,
): Promise<RequestRecord | null> {
  const ref = requestRef(own, key);
  return own.runTransaction(async (tx) => {
    const record = (await tx.get(ref)).data() as RequestRecord | undefined;
    if (record?.status !== 'completed') return null;
    if (record.withdrawnAt !== undefined) return record;
    const fields = { withdrawnAt: Timestamp.fromMillis(at), cancelledBy: by, ...withoutSending(record, 'cancelled') };
    tx.update(ref, fields);
    return { ...record, ...fields };
  });
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
 * Writes what the person may know of a request onto their own document: `status, dueAt`, and
 * `completedAt, reason, retryAt, transmission, withdrawnAt` if there are any. Guarded: a final
 * status is never taken back, and nothing becomes `queued` again, whichever of two mirrors comes
 * last. Nothing is written if nothing changed (the update's own event ends there), and a document
 * that is gone stays gone.
 */
export async function mirror(context: Pick<Context, 'clients'>, ref: RequestRef, record: RequestRecord): Promise<void> {
  const app = context.clients.app();
  // A person without an account asked in another way, and has no document of their own.
  if (!isUid(ref.uid)) return;
  const document = personRef(app, ref);
  const { status, dueAt, completedAt, reason, retryAt, transmission, withdrawnAt } = record;
  await app.runTransaction(async (tx) => {
    const snapshot = await tx.get(document);
    if (!snapshot.exists) return;
    const shown: unknown = snapshot.get('status');
    const same =
      shown === status &&
      (reason === undefined || snapshot.get('reason') === reason) &&
      snapshot.get('transmission.state') === transmission?.state &&
      (withdrawnAt === undefined || snapshot.get('withdrawnAt') !== undefined);
    if (status === 'queued' && shown !== undefined) return;
    if (same || (isFinal(shown) && !isFinal(status))) return;
    if (isOver(snapshot.get('transmission.state')) && !isOver(transmission?.state)) return;
    tx.update(document, {
      status,
      dueAt,
      completedAt: completedAt ?? FieldValue.delete(),
      reason: reason ?? FieldValue.delete(),
      retryAt: (status === 'queued' ? retryAt : undefined) ?? FieldValue.delete(),
      transmission: transmission ?? FieldValue.delete(),
      ...defined({ withdrawnAt }),
    });
  });
}

/** What is not sent yet when a request is cancelled is not sent any more. */
export const withoutSending = (
  { transmission }: Pick<RequestRecord, 'transmission'>,
  reason: string,
): Pick<RequestRecord, 'transmission'> =>
  transmission === undefined ? {} : { transmission: givenUp(transmission, reason) };

/** A transmission that has come to its end. */
const isOver = (state: unknown): boolean => state === 'sent' || state === 'refused' || state === 'failed';

/**
 * Ends a request: completed, or cancelled by the backend, with the reason; or gives it an answer while something is still to be done (`waiting`: by
 * an officer, `in_progress`: by its job). False where it had ended before.
 */
export async function finishRequest(
  context: Pick<Context, 'clients' | 'now'>,
  ref: RequestRef,
  end: {
    status: 'completed' | 'waiting' | 'in_progress' | 'cancelled';
    reason?: string;
    answer?: RequestRecord['answer'];
  },
): Promise<boolean> {
  const now: Instant = context.now();
  const { status, reason, answer } = end;
  const outcome = await changeRequest(context.clients.own(), ref.key, (record) => ({
    status,
    ...(status === 'waiting' ? { waitingFor: 'officer' } : {}),
    ...(isFinal(status) ? { completedAt: Timestamp.fromMillis(now) } : {}),
    ...defined({ reason, answer }),
    ...(status === 'cancelled' ? withoutSending(record, reason ?? 'cancelled') : {}),
  }));
  if (outcome === null) return false;
  await mirror(context, ref, outcome.record);
  return outcome.changed;
}

/** Says why a request is as it is, without ending it. */
export async function explainRequest(
  context: Pick<Context, 'clients'>,
  ref: RequestRef,
  reason: string,
): Promise<void> {
  const outcome = await changeRequest(context.clients.own(), ref.key, () => ({ reason }));
  if (outcome !== null) await mirror(context, ref, outcome.record);
}

/**
 * Finds another erasure that the same person asks for, and that has begun: one that is queued leads
 * nothing yet.
 *
 * @param except the key of the request that is not meant
 * @returns its key
 */
export async function openErasureOf(
  context: Pick<Context, 'clients'>,
  chain: string,
  except: string,
): Promise<string | null> {
  const found = await requestsOf(context.clients.own(), chain, 'erasure').get();
  const open = found.docs.find(
    (doc) => doc.id !== except && !isFinal(doc.get('status')) && doc.get('status') !== 'queued',
  );
  return open?.id ?? null;
}

/**
 * Ends every request of an erased person that is still open: nobody is left to answer. An erasure
 * is completed, the others are cancelled.
 */
export async function finishRequestsOf(
  context: Pick<Context, 'clients' | 'now' | 'keys'>,
  chain: string,
  uid: string,
  answer: RequestRecord['answer'],
): Promise<void> {
  const found = await requestsOf(context.clients.own(), chain).get();
  for (const document of found.docs) {
    const record = document.data() as RequestRecord;
    const { type, status } = record;
    if (isFinal(status)) continue;
    const ref = await refOfRecord(context, uid, document.id, record);
    await finishRequest(
      context,
      ref,
      type === 'erasure' ? { status: 'completed', ...defined({ answer }) } : { status: 'cancelled', reason: 'erased' },
    );
  }
}
