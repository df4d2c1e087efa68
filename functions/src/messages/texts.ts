import { nameIn } from '../policy/lookup.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';

export interface NoticeText {
  readonly subject: string;
  readonly text: string;
}

/**
 * The message to a person that is asked again for consents. It is about the person's own rights and
 * answers (GDPR Art. 6(1)(c) with Art. 7 and 12), not marketing: it names the consents that ended
 * and how to answer, and offers nothing. It is in easy words (Art. 12(1)): many readers live with a
 * cognitive disability, or are children.
 */
export function reconsentText(policy: Policy, purposes: readonly PurposeId[], language: Language): NoticeText {
  const { name, email, address } = policy.controller;
  const things = purposes.flatMap((id) =>
    Object.hasOwn(policy.purposes, id) ? [`- ${nameIn(policy.purposes, id, language)}`] : [],
  );
  const lines = textsIn(language).messages.reconsent;
  return {
    subject: lines.subject(name),
    text: [...lines.before, '', ...things, '', ...lines.after(email), '', name, address, ''].join('\n'),
  };
}
