import { FieldValue, Timestamp, type DocumentData, type DocumentSnapshot } from 'firebase-admin/firestore';
import { sha256Hex } from '../../crypto/hash.ts';
import { answerText, sendAnswer } from '../../messages/contact.ts';
import { canMail } from '../../messages/mail.ts';
import type { NoticeText } from '../../messages/send.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { ComplianceError, PermanentError } from '../../platform/errors.ts';
import { documentsOf, millisOf } from '../../platform/firestore.ts';
import type { Instant } from '../../platform/time.ts';
import { answerBy } from '../../policy/calendar.ts';
import { contactCollection } from '../../policy/contract.ts';
import { replyAddress } from '../../subject/emails.ts';
import type { Language } from '../../texts/languages.ts';
import { daysLeft } from '../due.ts';
import { changeState, stateIn, stateRefs, type ContactState, type KnownAnswer } from './state.ts';

/** Messages of the contact form, as officers read, answer and close them. */

/** A message as an officer sees it. Its texts are the sender's own: they can hold anything. */
export interface ContactMessage {
  readonly id: string;
  readonly receivedAt: Instant;
  /** Any message can be a request: its month runs from receipt (Art. 12(3)). */
  readonly dueAt: Instant;
  readonly daysLeft: number;
  /** Too many came at once, from one address, account or everybody. */
  readonly held: boolean;
  readonly closedAt?: Instant;
  /** When the last answer left. */
  readonly answeredAt?: Instant;
  /** The account that sent it; absent: none, or nobody signed in. */
  readonly uid?: string;
  readonly texts: Readonly<Record<string, string>>;
}

const TEXTS = ['firstName', 'lastName', 'email', 'phone', 'company', 'profession', 'postalCode', 'message'] as const;

/** Messages that are read at a time, and those that are listed at once. */
const PAGE = 100;

const collectionOf = ({ policy }: Pick<Context, 'policy'>): string => {
  const collection = contactCollection(policy);
  if (collection !== null) return collection;
  throw new PermanentError('policy.path', 'the policy has no contact form: it has no record contactRequests');
};

const rowOf = (context: Context, id: string) => context.clients.app().collection(collectionOf(context)).doc(id);

const leftAt = (state: ContactState | null): Instant | undefined =>
  state?.answers.reduce<Instant | undefined>((last, { at }) => at?.toMillis() ?? last, undefined);

function messageIn(context: Context, row: DocumentSnapshot, state: ContactState | null): ContactMessage {
  const data: DocumentData = row.data() ?? {};
  const now = context.now();
  const receivedAt = millisOf(data['createdAt']) ?? now;
  const dueAt = answerBy(context.policy, receivedAt);
  const uid: unknown = data['uid'];
  const texts = TEXTS.flatMap((name) => {
    const value: unknown = data[name];
    return typeof value === 'string' && value !== '' ? [[name, value] as const] : [];
  });
  return {
    ...{ id: row.id, receivedAt, dueAt, daysLeft: daysLeft(dueAt, now), held: data['heldForReview'] === true },
    ...defined({ closedAt: millisOf(data['closedAt']), answeredAt: leftAt(state) }),
    ...(typeof uid === 'string' ? { uid } : {}),
    texts: Object.fromEntries(texts),
  };
}

async function stateOf(context: Context, id: string): Promise<ContactState | null> {
  const documents = await context.clients.own().getAll(...stateRefs(context, collectionOf(context), id));
  const known = documents.find(({ exists }) => exists);
  return known === undefined ? null : stateIn(known, context);
}

/**
 * Lists the messages that nobody has closed, the oldest first. Costs a read for each message of the
 * form, and one more for each of those that are listed.
 *
 * @param most as many are listed
 * @returns them, and how many more are open
 * @throws PermanentError `policy.path` if the policy has no contact form
 */
export async function listContacts(
  context: Context,
  most = PAGE,
): Promise<{ readonly messages: readonly ContactMessage[]; readonly more: number }> {
  const rows = context.clients.app().collection(collectionOf(context)).orderBy('createdAt');
  const messages: ContactMessage[] = [];
  let more = 0;
  for await (const row of documentsOf(rows, PAGE)) {
    if (millisOf(row.get('closedAt')) !== undefined) continue;
    if (messages.length >= most) more += 1;
    else messages.push(messageIn(context, row, await stateOf(context, row.id)));
  }
  return { messages, more };
}

/** Names a message in messages and logs: a client has chosen its id. The oldest key stays. */
const nameOf = (context: Context, id: string): string => stateRefs(context, collectionOf(context), id)[0]?.id ?? '';

/** An officer's answer to a message. */
export interface AnswerOrder {
  readonly id: string;
  readonly answer: string;
  readonly language: Language;
  /** `preview`: nothing is sent or noted. `printed`: the officer gives it by letter or by hand. */
  readonly how: 'preview' | 'mail' | 'printed';
  /** The pseudonym of the officer, if they were named. */
  readonly officer?: string | undefined;
}

/** The result: the text that the person reads, and its way. */
export type Answered =
  | {
      readonly ok: true;
      readonly how: AnswerOrder['how'];
      readonly to: string | null;
      readonly text: NoticeText;
      /** It had left before: nothing was sent now. */
      readonly before: boolean;
    }
  | { readonly ok: false; readonly because: 'unknown' | 'noAddress' | 'noMail' | 'refused' };

/** The longest answer, in characters; and the most answers to one message. */
const LONGEST = 20_000;
const MOST_ANSWERS = 20;

/**
 * Answers a message. The state notes the answer before it is sent: a call that dies is made again,
 * and the same text leaves once. Another text is another answer.
 *
 * @throws ComplianceError `contact.text` for an answer that is empty or too long, `contact.answers`
 *   if there were too many. `seal.broken` if the state is not as the backend wrote it.
 *   PermanentError `policy.path` if the policy has no contact form
 */
export async function answerContact(context: Context, order: AnswerOrder): Promise<Answered> {
  const { id, how, language } = order;
  const answer = order.answer.trim();
  if (answer === '' || answer.length > LONGEST)
    throw new ComplianceError('contact.text', `an answer has 1 to ${LONGEST} characters`);
  const row = isId(id) ? await rowOf(context, id).get() : undefined;
  if (row?.exists !== true) return { ok: false, because: 'unknown' };
  const { receivedAt, texts } = messageIn(context, row, null);
  const text = answerText(context.policy, receivedAt, answer, language);
  const to = replyAddress(texts['email']);
  if (how === 'preview') return { ok: true, how, to, text, before: false };
  if (how === 'mail' && to === null) return { ok: false, because: 'noAddress' };
  if (how === 'mail' && !canMail(context)) return { ok: false, because: 'noMail' };

  const hash = sha256Hex(text.text);
  const known = await begin(context, order, hash);
  const before = known.at !== undefined;
  if (!before && how === 'mail' && to !== null) {
    const message = { id: `contact_${nameOf(context, id)}_${hash}`, to, since: known.since.toMillis(), ...text };
    const result = await sendAnswer(context, message);
    if (result !== 'sent') return { ok: false, because: result === 'refused' ? 'refused' : 'noMail' };
  }
  if (!before) await end(context, id, hash, how);
  return { ok: true, how, to: how === 'mail' ? to : null, text, before };
}

/** Notes an answer before it leaves; returns it as it is known. Runs twice harmlessly. */
async function begin(context: Context, { id, how, officer }: AnswerOrder, text: string): Promise<KnownAnswer> {
  const by = how === 'mail' ? 'mail' : 'printed';
  const now = Timestamp.fromMillis(context.now());
  const started: KnownAnswer = { text, by, since: now, ...defined({ officer }) };
  const isIt = (one: KnownAnswer): boolean => one.text === text && one.by === by;
  const state = await changeState(context, collectionOf(context), id, (known) => {
    const { startedAt = now, answers = [], ...rest } = known ?? {};
    if (answers.some(isIt)) return null;
    if (answers.length >= MOST_ANSWERS)
      throw new ComplianceError('contact.answers', `a message can have ${MOST_ANSWERS} answers`);
    return { ...rest, startedAt, answers: [...answers, started] };
  });
  return state?.answers.find(isIt) ?? started;
}

/** Notes that an answer has left. */
async function end(context: Context, id: string, text: string, by: AnswerOrder['how']): Promise<void> {
  const at = Timestamp.fromMillis(context.now());
  await changeState(context, collectionOf(context), id, (known) => {
    if (known === null) return null;
    const answers = known.answers.map((one) => (one.text === text && one.by === by ? { ...one, at } : one));
    return { ...known, answers };
  });
}

/** The result of a closing. */
export type Closed =
  | { readonly ok: true; readonly changed: boolean; readonly closedAt: Instant }
  | { readonly ok: false; readonly because: 'unknown' };

/**
 * Closes a message: its row gets `closedAt`, from which its period counts in the policy, and is no
 * longer held. One that is closed keeps its first time. Runs twice harmlessly: the row comes first,
 * then the state.
 *
 * @param officer pseudonym of the officer, if one was named
 */
export async function closeContact(context: Context, id: string, officer?: string): Promise<Closed> {
  if (!isId(id)) return { ok: false, because: 'unknown' };
  const ref = rowOf(context, id);
  const now = context.now();
  const closed = await context.clients.app().runTransaction(async (tx) => {
    const row = await tx.get(ref);
    if (!row.exists) return null;
    const known = millisOf(row.get('closedAt'));
    if (known === undefined)
      tx.update(ref, { closedAt: Timestamp.fromMillis(now), heldForReview: FieldValue.delete() });
    return { changed: known === undefined, closedAt: known ?? now };
  });
  if (closed === null) return { ok: false, because: 'unknown' };
  const closedAt = Timestamp.fromMillis(closed.closedAt);
  await changeState(context, collectionOf(context), id, (known) => {
    if (known?.closedAt !== undefined) return null;
    const { startedAt = closedAt, answers = [] } = known ?? {};
    return { startedAt, answers, closedAt, ...defined({ closedBy: officer }) };
  });
  return { ok: true, ...closed };
}

/** A client chooses the id of its row, of any form that Firestore takes. */
const isId = (id: string): boolean =>
  id !== '' && !id.includes('/') && id !== '.' && id !== '..' && !/^__.*__$/.test(id);
