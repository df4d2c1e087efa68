import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { dayInWords, sendNotice, type Addressed } from './send.ts';
import type { NoticeText } from './texts.ts';

/** The message to a person about their erasure. */
export interface ErasureNotice extends Addressed {
  /**
   * `asked`: it can still be taken back. `begun`: it cannot. `waiting`: for officers and others.
   */
  readonly what: 'asked' | 'begun' | 'waiting';
  /** `waiting`: how many things are open. */
  readonly open?: number;
  /**
   * `asked`: until when it can be taken back. `begun`: by when everything is done. `waiting`: until
   * when. Epoch milliseconds.
   */
  readonly until: number;
}

/**
 * Tells a person how their erasure goes (GDPR Art. 12(3)), before the contact and the log of
 * e-mails are deleted. An address to which Brevo refuses to write holds up no erasure.
 *
 * @returns false if no sender is set, or the message is refused: the app shows it
 */
export async function tellErasure(context: Context, notice: ErasureNotice): Promise<boolean> {
  return (
    (await sendNotice(context, notice, 'a message about an erasure', (language) =>
      erasureText(context.policy, notice, language),
    )) === 'sent'
  );
}

/**
 * The message, in easy words (Art. 12(1)): many of its readers live with a cognitive disability, or
 * are children.
 */
export function erasureText(
  policy: Policy,
  { what, until, open = 0 }: Pick<ErasureNotice, 'what' | 'until' | 'open'>,
  language: Language,
): NoticeText {
  const { name, email, address, supervisoryAuthority } = policy.controller;
  const day = dayInWords(policy, until, language);
  const { after, ...texts } = textsIn(language).messages.erasure;
  const text = texts[what];
  const lines = [...text.lines(day, open), '', ...after(email, supervisoryAuthority.url), '', name, address, ''];
  return { subject: text.subject(name), text: lines.join('\n') };
}
