import { createHash } from 'node:crypto';
import { isLanguage, type Language } from '../texts/languages.ts';
import type { Policy, PurposeId } from './schema.ts';
import { isPublished } from './versions/inForce.ts';

/** The text that a person was asked with, as the repository keeps it. */
export interface Notice {
  /** The version of the policy whose text it is, an ISO date. */
  readonly version: string;
  readonly language: Language;
  /**
   * Nobody said which language the person reads, or there is no text in it: this is the policy's
   * main one.
   */
  readonly assumed: boolean;
  readonly text: string;
  /** SHA-256 of the text as UTF-8, in lower-case hexadecimal. */
  readonly hash: string;
}

/** SHA-256 of a notice's text as UTF-8, in lower-case hexadecimal. */
export const noticeHash = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/**
 * Returns the language of a BCP 47 tag, with `-` or `_`: `fr-CA` is `fr`. If the policy has no
 * texts in it, the main one, and says so.
 */
export function noticeLanguage(
  policy: Pick<Policy, 'languages'>,
  locale: string | undefined,
): Pick<Notice, 'language' | 'assumed'> {
  const tag = /^[a-z]{2,3}(?=$|[-_])/i.exec(locale?.trim() ?? '')?.[0].toLowerCase();
  return isLanguage(tag) && policy.languages.includes(tag)
    ? { language: tag, assumed: false }
    : { language: policy.languages[0], assumed: true };
}

/**
 * The exact text of a version, in the language in which the app shows it to somebody of this
 * locale. It is in the policy's main language if there is none in that one.
 *
 * @param version the policy's version that the person saw, an ISO date, as the app declares it
 * @returns null if the repository has no text of that version for this purpose
 * @example noticeOf(policy, '2025-06-15', 'messages', 'fr-CA') // { language: 'fr', assumed: false,
 *   text: 'Pouvons-nous …', … }
 */
export function noticeOf(
  policy: Pick<Policy, 'languages' | 'notices'>,
  version: string,
  purpose: PurposeId,
  locale: string | undefined,
): Notice | null {
  const read = noticeLanguage(policy, locale);
  for (const { language, assumed } of [read, { language: policy.languages[0], assumed: true }]) {
    const text = noticeText(policy, version, purpose, language);
    // A text without a letter told nobody anything.
    if (text !== undefined && text.trim() !== '') return { version, language, assumed, text, hash: noticeHash(text) };
  }
  return null;
}

/** A yes as far as it says which text it answers. */
export interface Agreement {
  readonly purpose: PurposeId;
  /** The version and the language, as the app declared them. */
  readonly policyVersion?: string | undefined;
  readonly locale?: string | undefined;
}

/**
 * The text that a yes agrees to: of a version whose day had come when the answer was received, in
 * the controller's time zone. A yes counts only with one (Art. 4(11): informed; Art. 7(1):
 * demonstrable): nobody could show otherwise which text was agreed to. A no needs none.
 *
 * @param receivedAt by a server's clock, in epoch milliseconds: a device's clock may be wrong
 * @returns null if no such text was published by then
 */
export function publishedNotice(
  policy: Pick<Policy, 'controller' | 'languages' | 'notices' | 'changes'>,
  { purpose, policyVersion, locale }: Agreement,
  receivedAt: number,
): Notice | null {
  const notice = policyVersion === undefined ? null : noticeOf(policy, policyVersion, purpose, locale);
  return notice !== null && isPublished(policy, notice.version, receivedAt) ? notice : null;
}

/** Returns the exact text of a version in one language; undefined if the repository has none. */
export const noticeText = (
  { notices }: Pick<Policy, 'notices'>,
  version: string,
  purpose: PurposeId,
  language: string,
): string | undefined => own(own(own(notices, version), purpose), language);

/**
 * Versions and purposes come from documents that people write: only members of the policy count.
 */
function own<T>(parts: Readonly<Record<string, T>> | undefined, id: string): T | undefined {
  return parts !== undefined && Object.hasOwn(parts, id) ? parts[id] : undefined;
}
