import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { dayInWords, sendNotice, type Addressed } from './send.ts';
import type { NoticeText } from './texts.ts';

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
export async function tellInactive(
  context: Context,
  notice: InactivityNotice,
): Promise<'sent' | 'refused' | 'noSender'> {
  return sendNotice(context, notice, 'a notice of inactivity', (language) =>
    inactivityText(context.policy, notice.until, language),
  );
}

/**
 * The message, in easy words (Art. 12(1)): many of its readers live with a cognitive disability, or
 * are children.
 */
export function inactivityText(policy: Policy, until: number, language: Language): NoticeText {
  const { name, email, address } = policy.controller;
  const day = dayInWords(policy, until, language);
  const { subject, lines, question } = textsIn(language).messages.inactivity;
  return {
    subject: subject(name),
    text: [...lines(day), '', question, email, '', name, address, ''].join('\n'),
  };
}
