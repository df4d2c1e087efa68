import type { Instant } from '../platform/time.ts';
import { nameIn } from '../policy/lookup.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { remediesOf } from './reply.ts';
import { dayInWords, letter, type NoticeText } from './send.ts';

/** The end of a restriction, as the person is told of it. */
interface LiftNotice {
  readonly since: Instant;
  /** From when on the data are used again. */
  readonly from: Instant;
  /** Undefined: the whole person was restricted. */
  readonly purposes?: readonly PurposeId[] | undefined;
  /** The purposes among them that something else still stops. */
  readonly still?: readonly PurposeId[];
  /** The officer's own words, in the language of the letter. */
  readonly words?: string | undefined;
  readonly country?: string | undefined;
}

/**
 * Writes that a restriction ends, before it does (Art. 18(3)), in easy words (Art. 12(1)): many of
 * its readers live with a cognitive disability, or are children. Pure.
 */
export function liftText(policy: Policy, notice: LiftNotice, language: Language): NoticeText {
  const { messages, replies } = textsIn(language);
  const { restriction: say } = messages;
  const { since, from, purposes, still = [], words, country } = notice;
  const list = (ids: readonly PurposeId[]): string[] => ids.map((id) => `- ${nameIn(policy.purposes, id, language)}`);
  const again = (purposes ?? Object.keys(policy.purposes)).filter((id) => !still.includes(id));
  const isUsed = again.length > 0;
  // Of everything no list is needed, unless something of it is still stopped.
  const about = isUsed && still.length > 0 ? again : purposes;
  return letter(policy, isUsed ? say.subject : say.endsSubject, [
    replies.hello,
    '',
    say.paused(dayInWords(policy, since, language)),
    (isUsed ? say.again : say.ends)(dayInWords(policy, from, language)),
    ...(about === undefined ? [say.everything] : ['', say.about, ...list(about)]),
    ...(isUsed && still.length > 0 ? ['', say.still, ...list(still)] : []),
    ...(words === undefined ? [] : ['', replies.officersWords, words]),
    '',
    ...remediesOf(policy, { country }, language),
  ]);
}
