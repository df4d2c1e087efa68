import { nameIn } from '../policy/lookup.ts';
import { startOfDate } from '../policy/calendar.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { textsIn } from '../texts/index.ts';
import { inLanguage, type Language } from '../texts/languages.ts';
import { dayInWords, letter, type NoticeText } from './send.ts';

/**
 * The message to a person that is asked again for consents. It is about the person's own rights and
 * answers (GDPR Art. 6(1)(c) with Art. 7 and 12), not marketing. It names the consents that ended
 * and how to answer, and offers nothing. It is in easy words (Art. 12(1)): many readers live with a
 * cognitive disability, or are children.
 */
export function reconsentText(policy: Policy, purposes: readonly PurposeId[], language: Language): NoticeText {
  const things = named(policy, purposes, language);
  const { subject, before, after } = textsIn(language).messages.reconsent;
  return letter(policy, subject, [...before, '', ...things, '', ...after(policy.controller.email)]);
}

/** The names of purposes, as far as the policy has them. */
const named = (policy: Policy, purposes: readonly PurposeId[], language: Language): string[] =>
  purposes.flatMap((id) => (Object.hasOwn(policy.purposes, id) ? [`- ${nameIn(policy.purposes, id, language)}`] : []));

/**
 * The message to a person before a version of the policy takes effect (Art. 13(3), 14(4)). It has
 * the change, its day, the consents that are asked again then, and the ways to disagree. In easy
 * words (Art. 12(1)). Pure.
 */
export function policyText(policy: Policy, version: string, language: Language): NoticeText {
  const { email, timeZone, supervisoryAuthority } = policy.controller;
  const { text = {}, endsConsents = {} } = policy.changes?.[version] ?? {};
  const day = dayInWords(policy, startOfDate(version, timeZone), language);
  const again = named(policy, Object.keys(endsConsents), language);
  const lines = textsIn(language).messages.policy;
  return letter(policy, lines.subject, [
    ...lines.before(day),
    '',
    inLanguage(text, language),
    '',
    ...(again.length === 0 ? [] : [...lines.again, ...again, '']),
    ...lines.after(email, supervisoryAuthority.url),
  ]);
}
