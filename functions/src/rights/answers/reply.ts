import { Timestamp } from 'firebase-admin/firestore';
import { sha256Hex } from '../../crypto/hash.ts';
import { stopRefused, unstoppable } from '../../erasure/grace.ts';
import { isOpen } from '../../jobs/advance.ts';
import type { StatedRestriction } from '../../ledger/restriction/stated.ts';
import { replyText, type Told } from '../../messages/reply.ts';
import { canMail } from '../../messages/mail.ts';
import type { NoticeText } from '../../messages/send.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import type { Instant } from '../../platform/time.ts';
import { noticeLanguage } from '../../policy/notices.ts';
import type { Period, Policy } from '../../policy/schema.ts';
import { partsOf } from '../../requests/answered.ts';
import { extended } from '../../requests/clock.ts';
import { statementOf } from '../../requests/details.ts';
import type { Reply } from '../../requests/reply.ts';
import { isExport, isFinal, type RequestType } from '../../requests/request.ts';
import { personRef, withoutSending, type RequestRecord } from '../../requests/store.ts';
import { isUid } from '../../subject/identity.ts';
import { countryOfProfile, localeOf } from '../../subject/locale.ts';
import type { Language } from '../../texts/languages.ts';
import { jobsOfRequest } from '../jobsOf.ts';
import { isOnlyAskingOthers } from '../objection/job.ts';
import { isCarriedOut } from '../objection/plan.ts';
import { pausedBy } from '../restriction/plan.ts';
import { decide, type Decided, type Refused } from './decide.ts';
import { ensureCarried, recipientsTold } from './correction.ts';
import { pauseEnds, purposeOf, unstopped, untrue, type PauseEnds } from './objection.ts';
import { addressOfPerson, detailsOf, standingOf, type FoundRequest } from './find.ts';
import { replyJob } from './job.ts';
import { pausedAt, restrictionOfRequest } from './paused.ts';

/** An officer's order: the decision itself, but an extension says by how much. */
export type Order =
  | Exclude<Told, { kind: 'extended' } | { result: 'objected' | 'upheld' }>
  | (Omit<Extract<Told, { kind: 'extended' }>, 'until'> & { readonly by: Period });

/** The order with its words. */
export interface Letter {
  readonly order: Order;
  /** The officer's own words, in the language of the letter. */
  readonly words?: string | undefined;
  /** Absent: as the app's document of the person says, else the policy's main one. */
  readonly language?: Language | undefined;
  /**
   * ISO 3166-1 alpha-2 code of the person's country, which decides about the authority; absent: as
   * the request says, else the profile.
   */
  readonly country?: string | undefined;
}

/** A reply before it is sent: the exact words, and the ways on which the person gets them. */
export interface PlannedReply extends NoticeText {
  readonly order: Order;
  readonly language: Language;
  /** True if the app shows it: the person has a document of the request. */
  readonly app: boolean;
  /** True if an e-mail goes to the address that Auth verified. */
  readonly mail: boolean;
  /** True if it ends an erasure of which nothing was deleted yet. */
  readonly stopsErasure: boolean;
  /** True if it names recipients that are told of a correction. */
  readonly namesRecipients: boolean;
  /** The end of the pause of a refused objection, as the letter says. */
  readonly pause?: PauseEnds | undefined;
}

export type Planned = { readonly ok: true; readonly reply: PlannedReply } | Extract<Decided, { ok: false }>;

/** Plans a reply: nothing is written. Costs a few reads, and a call to Auth. */
export async function planReply(context: Context, found: FoundRequest, letter: Letter): Promise<Planned> {
  const { record, ref } = found;
  const { policy } = context;
  const { order, words } = letter;
  const facts = await factsOf(context, found, order);
  if ('refused' in facts) return { ok: false, because: facts.refused };
  const { isInChain, change, carried, purpose, pause } = facts;
  const locale = isInChain ? await localeOf(context, ref.uid) : undefined;
  const language = letter.language ?? noticeLanguage(policy, locale).language;
  const told = toldOf(policy, order, { ...record, ...change }, carried);
  const paused = carried === null ? undefined : await pausedAt(context, found, carried);
  const type = record.type as RequestType;
  const country = letter.country ?? (await countryOf(context, found));
  // Without a chain of theirs nothing is carried, and nobody is named.
  const recipients = isInChain && order.kind === 'answered' ? await recipientsTold(context, found) : undefined;
  const app = isInChain && (await personRef(context.clients.app(), ref).get()).exists;
  const isRefusedCorrection = order.kind === 'refused' && type === 'rectification';
  const keepsWords = app && isRefusedCorrection && (await hasStatement(context, found));
  const receivedAt = record.receivedAt.toMillis();
  const askedBy = record.onBehalf?.regime;
  const said = { told, type, receivedAt, words, country, recipients, paused, keepsWords, purpose, askedBy, ...pause };
  const text = replyText(policy, said, language);
  const to = canMail(context) ? await addressOfPerson(context, { ...record, uid: ref.uid }) : undefined;
  return {
    ok: true,
    reply: {
      ...text,
      ...{ app, mail: to !== undefined, order, language, stopsErasure: facts.stopsErasure, pause },
      namesRecipients: recipients !== undefined,
    },
  };
}

/**
 * Carries out a planned reply: the decision, the ledger's entry and the job that tells the person,
 * in one transaction. An answer and a refusal end the request. Before a refusal the erasure ends
 * that the request began; after a crash between the two the officer sends it again.
 *
 * @param officer pseudonym of the deciding officer
 */
export async function sendReply(
  context: Context,
  found: FoundRequest,
  planned: PlannedReply,
  officer?: string,
): Promise<Decided> {
  const { order, language, subject, text, pause } = planned;
  const { ref, record } = found;
  const facts = await factsOf(context, found, order);
  if ('refused' in facts) return { ok: false, because: facts.refused };
  // Another restriction has begun or ended since, so that the letter would not be true.
  if (facts.pause?.isStillStopped !== pause?.isStillStopped) return { ok: false, because: 'changed' };
  if (isRefusedErasure(record, order) && !(await stopRefused(context, ref, officer)))
    return { ok: false, because: 'begun' };
  // An erasure has begun since, so that the letter would name them in vain.
  if (planned.namesRecipients && !(await ensureCarried(context, found))) return { ok: false, because: 'changed' };
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
    by: { actor: 'officer', officer },
    job: replyJob(found, order.kind, at, { usedAgain: pause?.usedAgain }),
    change: (record) => {
      // The text names the end of an extension.
      if (order.kind === 'extended' && record.dueAt.toMillis() !== dueAt) return { refused: 'changed' };
      // One that was queued has begun meanwhile: its erasure was not stopped.
      if (isRefusedErasure(record, order) && !isRefusedErasure(found.record, order)) return { refused: 'changed' };
      const change = changeOf(context, order, record, at);
      return 'refused' in change ? change : { ...change, reply };
    },
  });
}

/** The facts that a reply tells, as they are now; or why it would not be true or lawful. */
async function factsOf(context: Context, found: FoundRequest, order: Order) {
  const standing = await standingOf(context, found);
  if (standing === 'erased') return { refused: standing };
  const work = await workOn(context, found, order);
  if ('refused' in work) return work;
  const change = changeOf(context, order, found.record, context.now());
  if ('refused' in change) return change;
  const isInChain = standing === 'chain';
  const isOfRestriction = isInChain && found.record.type === 'restriction' && order.kind === 'answered';
  const carried = isOfRestriction ? await restrictionOfRequest(context, found) : null;
  if (carried === undefined) return { refused: 'notCarriedOut' as const };
  const purpose = await purposeOf(context, found);
  const refused =
    (await unstopped(context, found, order)) ?? (isInChain ? await untrue(context, found, order, purpose) : undefined);
  if (refused !== undefined) return { refused };
  const pause = isInChain ? await pauseEnds(context, found, order) : undefined;
  return { ...work, change, isInChain, carried, purpose, pause };
}

/** The country that the person named in the request, else that of their profile. 1 or 2 reads. */
async function countryOf(context: Context, found: FoundRequest): Promise<string | undefined> {
  const { country } = (await detailsOf(context, found)).known;
  if (typeof country === 'string') return country;
  return isUid(found.ref.uid) ? countryOfProfile(context, found.ref.uid) : undefined;
}

/** Did the person say in their own words what is wrong, or right? That stays beside the data. */
const hasStatement = async (context: Context, found: FoundRequest): Promise<boolean> =>
  statementOf((await detailsOf(context, found)).known) !== undefined;

/** A refusal ends the erasure that a request began, while nothing was deleted (Art. 12(4), 17). */
const isRefusedErasure = ({ type, status }: RequestRecord, { kind }: Order): boolean =>
  kind === 'refused' && type === 'erasure' && status !== 'queued';

/**
 * Looks at the jobs that answer the request: does one of them go on, whatever an officer decides?
 * Would the decision end an erasure?
 */
async function workOn(
  context: Context,
  { ref, record }: FoundRequest,
  order: Order,
): Promise<{ readonly stopsErasure: boolean } | { readonly refused: Refused }> {
  const { kind } = order;
  const nothing = { stopsErasure: false };
  // An extension changes no job; a refused export is stopped.
  if (kind === 'extended' || (kind === 'refused' && isExport(record.type))) return nothing;
  if (record.status === 'queued') return nothing;
  const { jobs } = await jobsOfRequest(context, ref.key, record);
  // It was carried out, and nobody could be told: the officer's letter says so.
  const isDone = kind === 'answered' && record.reply?.kind !== 'answered';
  const open = jobs.filter((job) => isOpen(job) && !(isDone && isOnlyAskingOthers(job)));
  if (kind === 'refused' && isCarriedOut(record)) return { refused: 'working' };
  // An export whose archive is there is answered by it, and by each part that an officer adds.
  const refused = partsOf(record).length > 0 ? 'parts' : 'working';
  if (!isRefusedErasure(record, order)) return open.length > 0 ? { refused } : nothing;
  // The person has taken it back meanwhile: that answers it.
  if (open.some(({ steps }) => steps['takeBack'] !== undefined)) return { refused: 'working' };
  const why = jobs.map((job) => unstoppable(job, context.now())).find((one) => one !== undefined);
  return why === undefined ? { stopsErasure: open.length > 0 } : { refused: why };
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
      // Its answer has left, or is about to: companies alone have work for it.
      if (isCarriedOut(record)) return { refused: 'working' };
      return extended(record, { by: order.by, reason: order.reason, now }, policy);
    case 'answered':
      if (record.status === 'queued') return { refused: 'queued' };
      return { status: 'completed', reason: order.result, completedAt };
    case 'refused':
      // Art. 21(1): only an objection can be outweighed so.
      if (order.reason === 'compellingGround' && record.type !== 'objection') return { refused: 'reason' };
      return { status: 'refused', reason: order.reason, completedAt, ...withoutSending(record, 'refused') };
  }
}

/** The decision in the words of the letter. */
const toldOf = (
  policy: Policy,
  order: Order,
  { dueAt }: Pick<RequestRecord, 'dueAt'>,
  carried: StatedRestriction | null,
): Told => {
  if (order.kind === 'extended') return { kind: 'extended', reason: order.reason, until: dueAt.toMillis() };
  // With exceptions it lists the others (Art. 18(2)).
  const purposes = carried === null ? undefined : pausedBy(policy, carried);
  return order.kind === 'answered' ? { ...order, ...defined({ purposes }) } : order;
};
