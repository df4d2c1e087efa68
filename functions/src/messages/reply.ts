import type { OfficerTask } from '../officerTasks/task.ts';
import { html, htmlPage } from '../platform/html.ts';
import type { Instant } from '../platform/time.ts';
import { authorityOf } from '../policy/authorities.ts';
import { isConsentPurpose, nameIn } from '../policy/lookup.ts';
import type { Regime } from '../policy/regimes.ts';
import type { Policy, PurposeId, RecipientId } from '../policy/schema.ts';
import type { ExtensionReason } from '../requests/clock.ts';
import type { RefusalReason } from '../requests/reply.ts';
import type { RequestType } from '../requests/request.ts';
import { saying, textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { aboutPurpose } from './objection.ts';
import { dayInWords, letter, type NoticeText } from './send.ts';

/** An officer's decision about a request, as the person is told. */
export type Told =
  | { readonly kind: 'extended'; readonly reason: ExtensionReason; readonly until: Instant }
  | {
      readonly kind: 'answered';
      readonly result: 'done' | 'partly';
      /** Of a restriction: the purposes that it stops; absent: all. */
      readonly purposes?: readonly PurposeId[];
    }
  /**
   * An objection that was carried out: to direct marketing, or one that was upheld. `byHand`:
   * messages that an officer still has to stop. `saidYes`: the person said yes since. `open`: tasks
   * at recipients yet to be told. `ends`: only of the last answer, after the last task.
   */
  | {
      readonly kind: 'answered';
      readonly result: 'objected' | 'upheld';
      readonly purposes: readonly PurposeId[];
      readonly byHand?: { readonly purposes: readonly PurposeId[]; readonly by: Instant };
      readonly saidYes?: readonly PurposeId[];
      readonly open: readonly Pick<OfficerTask, 'for' | 'by'>[];
      readonly ends?: TaskEnds;
    }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

/** The ends of an objection's tasks but those that are done. */
export interface TaskEnds {
  /** Recipients that said no, or that cannot be told. */
  readonly refused: readonly RecipientId[];
  /** Recipients that did not answer in time. */
  readonly unknown: readonly RecipientId[];
  /** Messages that no officer has stopped. */
  readonly left: readonly PurposeId[];
}

/** How far the recipients of a restriction are. */
export interface Paused extends Pick<TaskEnds, 'refused' | 'unknown'> {
  /** Recipients yet to be told, and by when. */
  readonly open: readonly { readonly recipient: RecipientId; readonly by: Instant }[];
}

/** An officer's reply to a request, before it is in words. */
export interface ReplyOrder {
  readonly told: Told;
  readonly type: RequestType;
  readonly receivedAt: Instant;
  /** By which power somebody else asked for the person; absent: they asked themselves. */
  readonly askedBy?: Regime | undefined;
  /** The purpose that an objection names. */
  readonly purpose?: PurposeId | undefined;
  /** The officer's own words, in the language of the letter. */
  readonly words?: string | undefined;
  /** ISO 3166-1 alpha-2 code of the person's country, which decides about the authority. */
  readonly country?: string | undefined;
  /** Names of the recipients of a correction: told, still to be told, and those that said no. */
  readonly recipients?: Readonly<Record<'told' | 'asked' | 'refused', readonly string[]>> | undefined;
  /** Of a restriction: the companies yet to be told, and those that have not stopped. */
  readonly paused?: Paused | undefined;
  /** True if the person's own words stay beside the data. */
  readonly keepsWords?: boolean;
  /** Of a refused objection: from when on the data are used again (Art. 18(3)). */
  readonly usedAgain?: Instant | undefined;
  /** True if another restriction still stops their use on that day. */
  readonly isStillStopped?: boolean | undefined;
}

/**
 * Writes an officer's reply in easy words (Art. 12(1)): many of its readers live with a cognitive
 * disability, or are children. It has the decision, the reason, and the means against it: the
 * controller, the authority and a court (Art. 12(3) and (4), 77, 79). Pure.
 */
export function replyText(policy: Policy, order: ReplyOrder, language: Language): NoticeText {
  const { replies, onBehalf } = textsIn(language);
  const { words, askedBy } = order;
  const { subject, yourWords } =
    askedBy === undefined ? { subject: replies.subject, yourWords: replies.refused.yourWords } : onBehalf.reply;
  return letter(policy, subject[order.told.kind], [
    replies.hello,
    '',
    ...decisionOf(policy, order, language),
    ...recipientsIn(order, language),
    ...(order.keepsWords === true ? ['', yourWords] : []),
    ...(words === undefined ? [] : ['', replies.officersWords, words]),
    '',
    ...remediesOf(policy, order, language),
  ]);
}

/** The words to somebody who asked themselves, or for whom somebody else did. */
function wordsOf({ askedBy, type, receivedAt }: ReplyOrder, policy: Policy, language: Language) {
  const { replies, rights, onBehalf } = textsIn(language);
  const { answered, refused, extended, objected } = replies;
  const [day, what] = [dayInWords(policy, receivedAt, language), rights.requested[type].easyName];
  const own = {
    asked: replies.asked(day, what),
    done: answered.done,
    partly: answered.partly,
    stopped: answered.doneOf.objection,
    saidYes: objected.saidYes,
    cannot: refused.cannot,
    number: extended.reason.number,
    reason: refused.reason,
  };
  if (askedBy === undefined) return own;
  const { reply, who } = onBehalf;
  return {
    ...reply,
    asked: reply.asked(day, who[askedBy], what),
    reason: { ...refused.reason, ...reply.reason },
  };
}

function decisionOf(policy: Policy, order: ReplyOrder, language: Language): string[] {
  const { told, type, purpose, usedAgain, isStillStopped } = order;
  const { replies } = textsIn(language);
  const say = wordsOf(order, policy, language);
  const isStopped = told.kind === 'answered' && told.result === 'upheld';
  const asked = [say.asked, ...aboutPurpose(policy, purpose, language, isStopped)];
  switch (told.kind) {
    case 'extended':
      return [
        ...asked,
        { ...replies.extended.reason, number: say.number }[told.reason],
        replies.extended.until(dayInWords(policy, told.until, language)),
        ...offerOf(told, type, language),
      ];
    case 'answered': {
      if (told.result === 'objected' || told.result === 'upheld')
        return [...asked, ...objectedIn(policy, told, say, language)];
      const { doneOf, pausedFor } = replies.answered;
      const things = told.purposes?.map((id) => `- ${nameIn(policy.purposes, id, language)}`);
      const elsewhere = pausedIn(policy, order, language);
      if (things !== undefined && told.result === 'done') return [...asked, pausedFor, ...things, ...elsewhere];
      const ofType: Readonly<Record<string, string | undefined>> = { ...doneOf, objection: say.stopped };
      const done = told.result === 'partly' ? say.partly : (ofType[type] ?? say.done);
      return [...asked, done, ...elsewhere, ...offerOf(told, type, language)];
    }
    case 'refused': {
      const again = isStillStopped === true ? replies.refused.pauseEnds : replies.refused.usedAgain;
      return [
        ...asked,
        say.cannot,
        say.reason[told.reason],
        ...(usedAgain === undefined ? [] : [again(dayInWords(policy, usedAgain, language))]),
      ];
    }
  }
}

/** The recipients of a correction, by name (Art. 19). */
function recipientsIn({ told: { kind }, recipients }: ReplyOrder, language: Language): string[] {
  if (kind !== 'answered' || recipients === undefined) return [];
  const { corrected } = textsIn(language).replies;
  const list = (title: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : ['', title, ...names.map((name) => `- ${name}`)];
  const { told, asked, refused } = recipients;
  return [...list(corrected.told, told), ...list(corrected.asked, asked), ...list(corrected.refused, refused)];
}

/** While the accuracy of data is looked into, their use can be paused if the person asks for it. */
const offerOf = (told: Told, type: RequestType, language: Language): string[] =>
  type === 'rectification' && !(told.kind === 'answered' && told.result === 'done')
    ? ['', textsIn(language).replies.offer]
    : [];

const named = (policy: Policy, recipients: readonly RecipientId[]): string =>
  recipients.map((id) => policy.recipients[id]?.name ?? id).join(', ');

/** Names the companies that said no, and those of which nobody knows. */
function notStopped(
  policy: Policy,
  { refused, unknown }: Pick<TaskEnds, 'refused' | 'unknown'>,
  language: Language,
): string[] {
  const { objected } = textsIn(language).replies;
  return [
    ...(refused.length === 0 ? [] : [objected.refused(named(policy, refused))]),
    ...(unknown.length === 0 ? [] : [objected.unknown(named(policy, unknown))]),
  ];
}

/** Names the companies that may still use data whose use is paused here (Art. 18, 19). */
function pausedIn(policy: Policy, { paused }: ReplyOrder, language: Language): string[] {
  if (paused === undefined) return [];
  const { open } = paused;
  const last = Math.max(...open.map(({ by }) => by));
  const companies = named(
    policy,
    open.map(({ recipient }) => recipient),
  );
  const { telling } = textsIn(language).replies.paused;
  return [
    ...(open.length === 0 ? [] : [telling(companies, dayInWords(policy, last, language))]),
    ...notStopped(policy, paused, language),
  ];
}

/**
 * Lists the purposes that have stopped, and those yet to be stopped; the companies yet to be told,
 * or that have not stopped; the purposes that go on.
 */
function objectedIn(
  policy: Policy,
  { result, purposes, byHand, saidYes = [], open, ends }: Extract<Told, { result: 'objected' | 'upheld' }>,
  say: Readonly<Record<'stopped' | 'saidYes', string>>,
  language: Language,
): string[] {
  const { objected } = textsIn(language).replies;
  const isUpheld = result === 'upheld';
  const list = (title: string, ids: readonly PurposeId[]): string[] =>
    ids.length === 0 ? [] : [title, ...ids.map((id) => `- ${nameIn(policy.purposes, id, language)}`)];
  const companies = open.flatMap(({ for: part }) => ('recipient' in part ? [part.recipient] : []));
  const last = Math.max(...open.map(({ by }) => by));
  const telling =
    companies.length === 0 ? [] : [objected.telling(named(policy, companies), dayInWords(policy, last, language))];
  const stopping =
    byHand === undefined ? [] : list(objected.byHand(dayInWords(policy, byHand.by, language)), byHand.purposes);
  const { refused = [], unknown = [], left = [] } = ends ?? {};
  const isOver = purposes.length === 0 && byHand === undefined && left.length === 0;
  // Nobody can say yes in the app to something that it never asks.
  const isAsked = !isUpheld || purposes.some((id) => isConsentPurpose(policy, id));
  return [
    ...list(isUpheld ? say.stopped : objected.stopped, purposes),
    ...stopping,
    ...telling,
    ...list(objected.left, left),
    ...notStopped(policy, { refused, unknown }, language),
    ...list(say.saidYes, saidYes),
    ...(isOver ? [objected.no] : isAsked ? [objected.again] : []),
  ];
}

/** The authority of the person's country, else the one that the policy names, with its address. */
export function remediesOf(
  { controller }: Policy,
  { country }: Pick<ReplyOrder, 'country'>,
  language: Language,
): string[] {
  const { title, write, complain, court, law } = textsIn(language).replies.remedies;
  const { name, url, address } =
    country === undefined || country === controller.country
      ? controller.supervisoryAuthority
      : { address: undefined, ...(authorityOf(country) ?? controller.supervisoryAuthority) };
  const authority = [name, ...(address === undefined ? [] : [address]), url].map((line) => `   ${line}`);
  return [
    title,
    `1. ${write(controller.dataProtectionOfficer ?? controller.email)}`,
    `2. ${complain}`,
    ...authority,
    `3. ${court}`,
    law,
  ];
}

/** Makes the page of a reply, to print and send by post: this person gets no e-mail. */
export function replyPage({ subject, text }: NoticeText, language: Language): string {
  const say = saying(language);
  const lines = html`<h1>${say(subject)}</h1>
    <pre>${text}</pre>`;
  return htmlPage(language, subject, lines);
}
