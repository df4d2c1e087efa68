import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import { dateIn, textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { letter, sendNotice, type Addressed, type NoticeText } from './send.ts';

type Asks = keyof ReturnType<typeof textsIn>['links']['asks'];

/** The message with a one-time link. */
export interface LinkNotice extends Addressed {
  readonly asks: Asks;
  readonly url: string;
  /** Until when the link works, in epoch milliseconds. */
  readonly until: number;
}

/**
 * Sends a one-time link to the mailbox that it is to prove. An address that is not written to holds
 * up nothing: the caller is told nothing either way.
 */
export const tellLink = (context: Context, notice: LinkNotice) =>
  sendNotice(context, notice, 'a message with a link', linkText);

/**
 * The message, in easy words (Art. 12(1)). The subject does not name the wish: others may
 * see it on a screen.
 */
function linkText(policy: Policy, { asks, url, until }: LinkNotice, language: Language): NoticeText {
  const { email, timeZone } = policy.controller;
  const { mail, asks: names } = textsIn(language).links;
  const time = dateIn(language, until, { timeStyle: 'short', timeZone });
  return letter(policy, mail.subject, [...mail.lines(names[asks].wish, url, time), '', mail.question, email]);
}
