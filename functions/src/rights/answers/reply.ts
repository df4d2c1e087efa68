import { Timestamp } from 'firebase-admin/firestore';
import { sha256Hex } from '../../crypto/hash.ts';
import { isOpen } from '../../jobs/advance.ts';
import type { JobPlan } from '../../jobs/catalog.ts';
import { replyText, type Told } from '../../messages/reply.ts';
import { mailOf } from '../../messages/mail.ts';
import type { NoticeText } from '../../messages/texts.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import type { Instant } from '../../platform/time.ts';
import { noticeLanguage } from '../../policy/notices.ts';
import type { Period } from '../../policy/schema.ts';
import { partsOf } from '../../requests/answered.ts';
import { extended } from '../../requests/clock.ts';
import type { Reply } from '../../requests/reply.ts';
import { isExport, isFinal, type RequestType } from '../../requests/request.ts';
import { withoutSending, type RequestRecord } from '../../requests/store.ts';
import { localeOf } from '../../subject/locale.ts';
import type { Language } from '../../texts/languages.ts';
import { jobsOfRequest } from '../jobsOf.ts';
import { decide, type Decided, type Refused } from './decide.ts';
import { addressOfPerson, detailsOf, type FoundRequest } from './find.ts';
import { replyJobs } from './job.ts';

/** An officer's order: the decision itself, but an extension says by how much. */
export type Order =
  Exclude<Told, { kind: 'extended' }> | (Omit<Extract<Told, { kind: 'extended' }>, 'until'> & { readonly by: Period });

/** The order with its words. */
export interface Letter {
  readonly order: Order;
  /** The officer's own words, in the language of the letter. */
  readonly words?: string | undefined;
  /** Absent: as the app's document of the person says, else the policy's main one. */
  readonly language?: Language | undefined;
  /** ISO 3166-1 alpha-2 code of the person's country, which decides about the authority. */
  readonly country?: string | undefined;
}

/** A reply before it is sent: the exact words, and the ways on which the person gets them. */
export interface PlannedReply extends NoticeText {
  readonly order: Order;
  readonly language: Language;
  /** True if an e-mail goes to the address that Auth verified. */
  readonly mail: boolean;
}

export type Planned = { readonly ok: true; readonly reply: PlannedReply } | Extract<Decided, { ok: false }>;

/** Plans a reply: nothing is written. Costs a few reads, and a call to Auth. */
export async function planReply(context: Context, found: FoundRequest, letter: Letter): Promise<Planned> {
  const { record, ref } = found;
  const { policy } = context;
  const { order, words } = letter;
  const refused = (await isWorkedOn(context, found, order)) ? 'working' : undefined;
  const change = changeOf(context, order, record, context.now());
  if (refused !== undefined || 'refused' in change)
    return { ok: false, because: refused ?? ('refused' in change ? change.refused : 'changed') };
  const locale = ref.uid === '' ? undefined : await localeOf(context, ref.uid);
  const language = letter.language ?? noticeLanguage(policy, locale).language;
  const told = toldOf(order, { ...record, ...change });
  const type = record.type as RequestType;
  const country = letter.country ?? (await countryOf(context, found));
  const text = replyText(policy, { told, type, receivedAt: record.receivedAt.toMillis(), words, country }, language);
  const hasMail = (await mailOf(context)) !== null;
  const to = hasMail ? await addressOfPerson(context, { ...record, uid: ref.uid }) : undefined;
  return { ok: true, reply: { ...text, order, language, mail: to !== undefined } };
}

/**
 * Carries out a planned reply: the decision, the ledger's entry and the job that tells the person,
 * in one transaction. An answer and a refusal end the request.
 *
 * @param officer pseudonym of the deciding officer
 */
export async function sendReply(
  context: Context,
  found: FoundRequest,
  planned: PlannedReply,
  officer?: string,
): Promise<Decided> {
  const { order, language, subject, text } = planned;
  if (await isWorkedOn(context, found, order)) return { ok: false, because: 'working' };
  const at = context.now();
  const reply: Reply = {
    kind: order.kind,
    at: Timestamp.fromMillis(at),
    language,
    sha256: sha256Hex(text),
    ...defined({ by: officer }),
    words: { subject, text },
  };
  const dueAt = found.record.dueAt.toMillis();
  return decide(context, found, {
    state: order.kind,
    at,
    officer,
    job: replyJob(found, order.kind, at),
    change: (record) => {
      // The text names the end of an extension.
      if (order.kind === 'extended' && record.dueAt.toMillis() !== dueAt) return { refused: 'changed' };
      const change = changeOf(context, order, record, at);
      return 'refused' in change ? change : { ...change, reply };
    },
  });
}

/** The country that the person named in the request. */
async function countryOf(context: Context, found: FoundRequest): Promise<string | undefined> {
  const { country } = (await detailsOf(context, found)).known;
  return typeof country === 'string' ? country : undefined;
}

/** Does a job answer it that a decision cannot stop? */
async function isWorkedOn(context: Context, { ref, record }: FoundRequest, { kind }: Order): Promise<boolean> {
  // An extension changes no job; a refused export is stopped.
  if (kind === 'extended' || (kind === 'refused' && isExport(record.type))) return false;
  if (record.status === 'queued') return false;
  const { jobs } = await jobsOfRequest(context, ref.key, record);
  return jobs.some((job) => isOpen(job));
}

/** The changed fields of the record. Pure. */
function changeOf(
  { policy }: Pick<Context, 'policy'>,
  order: Order,
  record: RequestRecord,
  now: Instant,
): Partial<RequestRecord> | { readonly refused: Refused } {
  const completedAt = Timestamp.fromMillis(now);
  if (isFinal(record.status)) return { refused: 'final' };
  switch (order.kind) {
    case 'extended':
      return extended(record, { by: order.by, reason: order.reason, now }, policy);
    case 'answered':
      if (record.status === 'queued') return { refused: 'queued' };
      // An export is answered by its archive, and by every part that an officer adds.
      if (partsOf(record).length > 0) return { refused: 'parts' };
      return { status: 'completed', reason: order.result, completedAt };
    case 'refused':
      return { status: 'refused', reason: order.reason, completedAt, ...withoutSending(record, 'refused') };
  }
}

/** The decision in the words of the letter. */
const toldOf = (order: Order, { dueAt }: Pick<RequestRecord, 'dueAt'>): Told =>
  order.kind === 'extended' ? { kind: 'extended', reason: order.reason, until: dueAt.toMillis() } : order;

/** Plans the job that tells the person: one for the extension, one for the end. */
const replyJob = ({ ref, record }: FoundRequest, kind: Reply['kind'], at: Instant): JobPlan =>
  replyJobs.plan({
    id: `reply_${kind}_${ref.key}`,
    pseudonym: record.pseudonym,
    input: {
      uid: ref.uid,
      subjectKey: record.subjectKey,
      requestId: ref.requestId,
      request: ref.key,
      kind,
      at,
    },
    dueAt: record.dueAt.toMillis(),
    steps: [{ id: 'stop' }, { id: 'document', after: ['stop'] }, { id: 'mail', after: ['document'] }],
  });
