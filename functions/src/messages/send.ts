import type { Context } from '../platform/context.ts';
import { MINUTE_MS } from '../platform/time.ts';
import { noticeLanguage } from '../policy/notices.ts';
import type { Policy } from '../policy/schema.ts';
import type { ProvenEmail } from '../subject/identity.ts';
import { dateIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import type { Message } from '../systems/brevo/send.ts';
import { mailOf } from './mail.ts';

/**
 * Brevo's pages say 15 and 30 minutes for how long a second request under the same key sends
 * nothing.
 */
export const KEY_LIVES_MS = 15 * MINUTE_MS;

/** The words of a message. */
export interface NoticeText {
  readonly subject: string;
  readonly text: string;
}

/** How a message left. */
type Sent = 'sent' | 'refused' | 'noSender';

/** The addressee of a message. */
export interface Addressed {
  /** The same id is the same message: it is sent once. Names nobody. */
  readonly id: string;
  readonly to: ProvenEmail;
  /** As the app or the consent says; absent: the policy's main language. */
  readonly locale: string | undefined;
  /**
   * Since when an attempt that died may have sent it. If that is longer ago than Brevo knows its
   * key, Brevo's log is asked first.
   */
  readonly since?: number;
}

/**
 * Sends a message about a person's own rights or account, in their language.
 *
 * @param what names the message in the log, if it is refused
 * @returns `refused` if Brevo does not write to this address, `noSender` if no sender is set
 */
export async function sendNotice<Notice extends Addressed>(
  context: Context,
  notice: Notice,
  what: string,
  textOf: (policy: Policy, notice: Notice, language: Language) => NoticeText,
): Promise<Sent> {
  const { policy } = context;
  const { id, to, locale, since = Infinity } = notice;
  const { language } = noticeLanguage(policy, locale);
  return sendOnce(context, { id, to, since, ...textOf(policy, notice, language) }, what);
}

/**
 * Sends a text once: the same id is the same message.
 *
 * @param message.since as in `Addressed`
 * @returns as `sendNotice`
 */
export async function sendOnce(
  context: Context,
  { since = Infinity, ...message }: Omit<Message, 'from'> & { readonly since?: number },
  what: string,
): Promise<Sent> {
  const mail = await mailOf(context);
  if (mail === null) return 'noSender';
  const { id } = message;
  try {
    if (context.now() - since >= KEY_LIVES_MS && (await mail.wasSent(message))) return 'sent';
    await mail.send(message);
    return 'sent';
  } catch (error) {
    if (!mail.isRefused(error)) throw error;
    context.log.warn(`${what} was refused: check the sender and the address`, { id });
    return 'refused';
  }
}

/** Writes a message to a person: the controller signs with name and address. Pure. */
export const letter = (
  { controller: { name, address } }: Policy,
  subject: (name: string) => string,
  lines: readonly string[],
): NoticeText => ({ subject: subject(name), text: [...lines, '', name, address, ''].join('\n') });

/** A day as people say it, in the controller's time zone. */
export const dayInWords = ({ controller: { timeZone } }: Policy, at: number, language: Language): string =>
  dateIn(language, at, { dateStyle: 'full', timeZone });
