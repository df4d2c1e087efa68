import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { dayInWords, letter, sendNotice, type Addressed, type NoticeText } from './send.ts';

/** The message to the owner of an unused account. */
export interface InactivityNotice extends Addressed {
  /** When the account ends, in epoch milliseconds. */
  readonly until: number;
}

/**
 * Tells a person that their account will end, and how to keep it (CNIL, practical guide on
 * retention periods: a notice before an unused account ends).
 *
 * @returns `refused` if Brevo does not write to this address, `noSender` if no sender is set
 */
export const tellInactive = (context: Context, notice: InactivityNotice) =>
  sendNotice(context, notice, 'a notice of inactivity', inactivityText);

/**
 * The message, in easy words (Art. 12(1)): many of its readers live with a cognitive disability, or
 * are children.
 */
export function inactivityText(
  policy: Policy,
  { until }: Pick<InactivityNotice, 'until'>,
  language: Language,
): NoticeText {
  const { subject, lines, question } = textsIn(language).messages.inactivity;
  const day = dayInWords(policy, until, language);
  return letter(policy, subject, [...lines(day), '', question, policy.controller.email]);
}
