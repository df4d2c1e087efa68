import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import type { ReplyAddress } from '../subject/emails.ts';
import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { dayInWords, letter, sendOnce, type NoticeText } from './send.ts';

/** An officer's answer on its way. */
export interface ContactAnswer extends NoticeText {
  /** The same id is the same answer: it is sent once. */
  readonly id: string;
  readonly to: ReplyAddress;
  /** Since when an attempt that died may have sent it. */
  readonly since: number;
}

/**
 * Sends an officer's answer to a message of the contact form.
 *
 * @returns `refused` if Brevo does not write to the address, `noSender` if no sender is set
 */
export const sendAnswer = (context: Context, answer: ContactAnswer) =>
  sendOnce(context, answer, 'an answer to a message of the contact form');

/**
 * The whole text around an officer's answer. Nothing of the message is in it, and nobody's name is
 * in the subject. Pure.
 *
 * @param receivedAt when the message came, in epoch milliseconds
 */
export function answerText(policy: Policy, receivedAt: number, answer: string, language: Language): NoticeText {
  const { subject, before, question } = textsIn(language).contact;
  const first = before(dayInWords(policy, receivedAt, language));
  return letter(policy, subject, [...first, '', answer, '', question, policy.controller.email]);
}
