import { isLanguage, nameOfLanguage, type Language } from '../../texts/languages.ts';
import type { Check, Finding } from './problem.ts';

/** True if a part of a policy is a text: each of its members is a language. */
const isText = (part: object): boolean => {
  const members = Object.keys(part);
  return members.length > 0 && members.every(isLanguage);
};

function textsMissing(part: unknown, path: string, languages: readonly Language[]): Finding[] {
  if (typeof part !== 'object' || part === null) return [];
  if (isText(part))
    return languages
      .filter((language) => !Object.hasOwn(part, language))
      .map((language) => ({
        path: `${path}.${language}`,
        message: `this text is not there in ${nameOfLanguage(language)}: write it in ${nameOfLanguage(language)} too`,
      }));
  return Object.entries(part).flatMap(([name, member]) =>
    textsMissing(member, path === '' ? name : `${path}.${name}`, languages),
  );
}

/**
 * Each text of the policy is there in each of its languages. Notices of older versions stay as they
 * were published.
 */
const textMissing: Check = ({ notices, ...policy }) => {
  const { [policy.version]: current = {} } = notices;
  return textsMissing({ ...policy, notices: { [policy.version]: current } }, '', policy.languages);
};

export const languageChecks: Record<string, Check> = { 'text-missing': textMissing };
