import { isObjectable, mayObject } from '../policy/lookup.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { textsIn } from '../texts/index.ts';
import { inLanguage, type Language } from '../texts/languages.ts';

/**
 * Says to which purpose somebody objected, and the interest behind it (Art. 13(1)(d), 21(1)). Of a
 * purpose with a consent: that a withdrawal does it. Of another basis, if the policy promises so:
 * that the request counts all the same. Nothing, if the policy has no such purpose. Pure.
 *
 * @param isStopped it was upheld: there is nothing left to withdraw
 */
export function aboutPurpose(
  policy: Policy,
  id: PurposeId | undefined,
  language: Language,
  isStopped = false,
): string[] {
  const purpose = id !== undefined && Object.hasOwn(policy.purposes, id) ? policy.purposes[id] : undefined;
  if (purpose === undefined) return [];
  const { about } = textsIn(language).replies;
  const { name, legalBasis, consent, interest } = purpose;
  return [
    about.purpose(inLanguage(name, language)),
    ...(interest === undefined ? [] : [about.interest(inLanguage(interest, language))]),
    ...(mayObject(policy, legalBasis) && !isObjectable(legalBasis) ? [about.otherBasis] : []),
    ...(consent && !isStopped ? [about.withdrawal] : []),
  ];
}
