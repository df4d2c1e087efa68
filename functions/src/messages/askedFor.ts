import type { Context } from '../platform/context.ts';
import { isProtecting } from '../policy/powers.ts';
import type { Regime } from '../policy/regimes.ts';
import type { Policy } from '../policy/schema.ts';
import type { RequestType } from '../requests/request.ts';
import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { dayInWords, letter, sendNotice, type Addressed, type NoticeText } from './send.ts';

/** A request that somebody made for another person. */
export interface AskedFor {
  readonly regime: Regime;
  readonly right: RequestType;
  /** When it goes on without a word of the person; absent: not before they agree. */
  readonly goesOnAt?: number | undefined;
}

/**
 * The words to the person, in easy words (Art. 12(1)): the power of the other, the wish, their
 * choice, and from when it goes on. Their own document and the e-mail say the same. Pure.
 */
export function askedForWords(
  policy: Policy,
  { regime, right, goesOnAt }: AskedFor,
  language: Language,
): { readonly title: string; readonly lines: readonly string[] } {
  const { title, asks, who, wish, atOnce, onDay, needsYes, help, later } = textsIn(language).onBehalf;
  const choice =
    goesOnAt === undefined ? needsYes : isProtecting(right) ? atOnce : onDay(dayInWords(policy, goesOnAt, language));
  const ends = right === 'erasure' ? [help, later] : [help];
  return { title: title(wish[right]), lines: [...asks(who[regime], wish[right]), '', ...choice, '', ...ends] };
}

/**
 * Writes to the person at the address that Auth verified. The app shows it in any case, so that an
 * address that Brevo refuses holds up nothing. There is no link in it.
 */
export const tellAskedFor = (context: Context, notice: Addressed & AskedFor) =>
  sendNotice(context, notice, 'a message about a request of somebody else', askedForText);

/** The e-mail. Its subject does not name the wish: others may see it on a screen. */
export function askedForText(policy: Policy, asked: AskedFor, language: Language): NoticeText {
  const { subject, hello, answer, question } = textsIn(language).onBehalf.mail;
  const { lines } = askedForWords(policy, asked, language);
  return letter(policy, subject, [hello, '', ...lines, '', answer, '', question, policy.controller.email]);
}
