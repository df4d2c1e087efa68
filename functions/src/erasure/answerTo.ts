import { Timestamp, type DocumentReference } from 'firebase-admin/firestore';
import { isSealed, sealed } from '../crypto/seal.ts';
import { chainOf } from '../jobs/define.ts';
import { fromDocument, jobRef } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import type { Instant } from '../platform/time.ts';
import { sendsMail } from '../policy/lookup.ts';
import { noticeLanguage } from '../policy/notices.ts';
import type { Policy } from '../policy/schema.ts';
import { readDetails } from '../requests/details.ts';
import { isFinal, isOnlyNoted } from '../requests/request.ts';
import { requestsOfAccount } from '../requests/ofAccount.ts';
import { personRef, refOfRecord, type RequestRecord } from '../requests/store.ts';
import { replyAddress, type ReplyAddress } from '../subject/emails.ts';
import { isUid } from '../subject/identity.ts';
import { localeOf } from '../subject/locale.ts';
import type { Language } from '../texts/languages.ts';
import type { ErasureJob } from './job.ts';
import { standingOf } from './starts/standing.ts';

/**
 * `lastAnswers/{erasure}`: the address that somebody left for the last answer to an erasure. The
 * identity of the person is gone when that leaves, so the address is kept apart, for one message.
 * It is sealed as an identity is, and not encrypted for officers: the job itself has to read it. It
 * proves nothing. It goes with the message, with an erasure that is given up, or by its period.
 */

/** An address for the last answer, and the language of that. */
interface AnswerTo {
  readonly to: ReplyAddress;
  readonly language: Language;
}

const refOf = ({ clients }: Pick<OwnStore, 'clients'>, erasure: string): DocumentReference =>
  clients.own().collection('lastAnswers').doc(erasure);

/**
 * Reads an address that an officer gives.
 *
 * @throws ComplianceError `officer.email` if it is none, or if the policy sends no e-mails
 */
export function answerToOf(policy: Policy, text: string): ReplyAddress {
  if (!sendsMail(policy))
    throw new ComplianceError('officer.email', 'this policy sends no e-mails, so that no last answer can leave by one');
  const address = replyAddress(text.trim());
  if (address === null)
    throw new ComplianceError('officer.email', 'this is no e-mail address to which a last answer could go');
  return address;
}

/**
 * Keeps an address for an erasure until its certificate is signed, in one transaction: 2 reads, 1
 * write. The profile of the person names the language, if there is one.
 *
 * @param which `first`: one that is kept already stays; `instead`: this one counts
 * @returns false if the certificate is signed, the erasure was given up, or there is none: nothing
 *   is kept then
 * @throws ForgedJobError
 */
export async function keepAnswerTo(
  context: Context,
  erasure: string,
  { uid, to }: { readonly uid: string; readonly to: ReplyAddress },
  which: 'first' | 'instead',
): Promise<boolean> {
  const own = context.clients.own();
  const ref = refOf(context, erasure);
  const { language } = noticeLanguage(context.policy, isUid(uid) ? await localeOf(context, uid) : undefined);
  return own.runTransaction(async (tx) => {
    const [document, kept] = await tx.getAll(jobRef(own, erasure), ref);
    const data = document?.data();
    if (data === undefined) return false;
    const job = fromDocument(erasure, data, context.keys);
    const isOver = job.status === 'completed' || job.status === 'cancelled';
    if (isOver || job.steps['certificate']?.state === 'done') return false;
    const before = answerToIn(context, ref, kept?.data(), job.createdAt);
    if (which === 'first' && before !== null && before !== 'forged') return true;
    const createdAt = Timestamp.fromMillis(context.now());
    const fields = { pseudonym: chainOf(job), to, language, createdAt, erasureCreatedAt: job.createdAt };
    tx.set(ref, sealed(ref.path, fields, context.keys));
    return true;
  });
}

function answerToIn(
  { keys }: OwnStore,
  { path }: DocumentReference,
  data: FirebaseFirestore.DocumentData | undefined,
  erasureCreatedAt: Instant,
): AnswerTo | 'forged' | null {
  if (data === undefined) return null;
  if (!isSealed(path, data, keys)) return 'forged';
  // An erasure that was given up, and begun anew under the same id, is another one.
  if (data['erasureCreatedAt'] !== erasureCreatedAt) return null;
  return { to: data['to'] as ReplyAddress, language: data['language'] as Language };
}

/**
 * Loads the address that is kept for an erasure; null if there is none, `forged` if the backend did
 * not write it so. 1 read.
 *
 * @param createdAt when the erasure's job was made
 */
export async function loadAnswerTo(
  store: OwnStore,
  { id, createdAt }: Pick<Job, 'id' | 'createdAt'>,
): Promise<AnswerTo | 'forged' | null> {
  const ref = refOf(store, id);
  return answerToIn(store, ref, (await ref.get()).data(), createdAt);
}

/**
 * True if an address for the last answer is kept. Costs 1 read, and none for an erasure that
 * neither the person nor an officer asked for: nobody could leave one.
 */
export async function hasAnswerTo(store: OwnStore, job: Job): Promise<boolean> {
  const wasAsked = standingOf(job).some(({ by }) => by === 'request' || by === 'officer');
  if (!wasAsked) return false;
  const kept = await loadAnswerTo(store, job);
  return kept !== null && kept !== 'forged';
}

/** Forgets the address. Runs twice harmlessly. */
export async function forgetAnswerTo(store: Pick<OwnStore, 'clients'>, erasure: string): Promise<void> {
  await refOf(store, erasure).delete();
}

/**
 * Notes the address that the person left in their request, before their documents go. One that an
 * officer gave with the start stays. Costs a query, and 3 reads for each of their open requests of
 * erasure.
 */
export async function noteAnswerTo(context: Context, job: ErasureJob): Promise<void> {
  const { uid, request } = job.input;
  if (request === undefined || !isUid(uid) || !sendsMail(context.policy)) return;
  const to = await addressInRequests(context, job);
  if (to !== null) await keepAnswerTo(context, job.id, { uid, to }, 'first');
}

/** The address in the requests of the account that is erased: the latest one counts. */
async function addressInRequests(context: Context, job: ErasureJob): Promise<ReplyAddress | null> {
  const { uid, accountCreatedAt } = job.input;
  const found = await requestsOfAccount(context, { uid, pseudonym: chainOf(job), accountCreatedAt }, 'erasure');
  const open = found
    .filter(({ record }) => !isFinal(record.status) && !isOnlyNoted(record))
    .sort((a, b) => b.record.receivedAt.toMillis() - a.record.receivedAt.toMillis());
  for (const { key, record } of open) {
    const details = record.details ?? (await detailsInDocument(context, uid, key, record));
    const to = replyAddress(readDetails('erasure', details).known['answerTo']);
    if (to !== null) return to;
  }
  return null;
}

/** The details of a request in the person's own document: an officer's entry has them itself. */
async function detailsInDocument(context: Context, uid: string, key: string, record: RequestRecord): Promise<unknown> {
  const ref = await refOfRecord(context, uid, key, record);
  return (await personRef(context.clients.app(), ref).get()).get('details');
}
