import type { Context } from '../platform/context.ts';
import { subscriptionsRecord } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';
import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { dayInWords, letter, sendNotice, type Addressed, type NoticeText } from './send.ts';

/** The message to a person about their erasure. */
export interface ErasureNotice extends Addressed {
  /**
   * `asked`: it can still be taken back. `askedFor`: the same, and somebody else asked for the
   * person. `withdrawn`: the same, by a new yes to the service. `begun`: it cannot. `waiting`: for
   * officers and others.
   */
  readonly what: 'asked' | 'askedFor' | 'withdrawn' | 'begun' | 'waiting';
  /** `waiting`: how many things are open. */
  readonly open?: number;
  /**
   * `asked`, `askedFor`, `withdrawn`: until when it can be taken back. `begun`: by when everything
   * is done. `waiting`: until when. Epoch milliseconds.
   */
  readonly until: number;
  /** `begun`, `waiting`: the person left an address for the last answer, which is still to come. */
  readonly lastAnswer?: boolean;
}

/**
 * Tells a person how their erasure goes (GDPR Art. 12(3)), before the contact and the log of
 * e-mails are deleted. An address to which Brevo refuses to write holds up no erasure.
 *
 * @returns false if no sender is set, or the message is refused: the app shows it
 */
export const tellErasure = async (context: Context, notice: ErasureNotice): Promise<boolean> =>
  (await sendNotice(context, notice, 'a message about an erasure', erasureText)) === 'sent';

/**
 * The message, in easy words (Art. 12(1)): many of its readers live with a cognitive disability, or
 * are children.
 */
export function erasureText(
  policy: Policy,
  { what, until, open = 0, lastAnswer = false }: Pick<ErasureNotice, 'what' | 'until' | 'open' | 'lastAnswer'>,
  language: Language,
): NoticeText {
  const { email, supervisoryAuthority } = policy.controller;
  const day = dayInWords(policy, until, language);
  const { after, ...texts } = textsIn(language).messages.erasure;
  const text = texts[what];
  const lines = text.lines(day, open, lastAnswer, subscriptionsRecord(policy) !== undefined);
  return letter(policy, text.subject, [...lines, '', ...after(email, supervisoryAuthority.url)]);
}

/** The outcome of an erasure, as far as a claimed address may learn of it. */
interface LastAnswer {
  /** Ids of recipients that an officer asked, by how that ended. */
  readonly confirmed: readonly string[];
  readonly unconfirmed: readonly string[];
  readonly refused: readonly string[];
  readonly later: readonly string[];
  /** Nobody could confirm the end of something else. */
  readonly isRestOpen: boolean;
  /** When the certificate was signed, in epoch milliseconds. */
  readonly certifiedAt: number;
}

/**
 * The last answer to an erasure, in easy words (Art. 12(1), 19). Its reader may be a stranger: it
 * names nobody, no account, and only companies that every erasure asks. Pure.
 */
export function lastAnswerText(policy: Policy, outcome: LastAnswer, language: Language): NoticeText {
  const { email, supervisoryAuthority } = policy.controller;
  const { ended, after } = textsIn(language).messages.erasure;
  const named = (ids: readonly string[]): string[] => ids.map((id) => `- ${policy.recipients[id]?.name ?? id}`);
  const { confirmed, unconfirmed, refused, later } = outcome;
  const isOpen = unconfirmed.length > 0 || refused.length > 0;
  return letter(policy, ended.subject, [
    ...ended.hello,
    ...(confirmed.length > 0 && !isOpen ? [ended.confirmed] : []),
    ...(unconfirmed.length === 0 ? [] : ['', ended.unconfirmed, ...named(unconfirmed)]),
    ...(refused.length === 0 ? [] : ['', ended.refused, ...named(refused)]),
    ...(isOpen ? [ended.askThem] : []),
    ...(later.length === 0 ? [] : ['', ended.later, ...named(later)]),
    ...(outcome.isRestOpen ? ['', ended.rest] : []),
    '',
    ...ended.more(dayInWords(policy, outcome.certifiedAt, language)),
    '',
    ...after(email, supervisoryAuthority.url),
  ]);
}
