import { listIn } from '../../texts/index.ts';
import { languagesOf, nameOfLanguage } from '../../texts/languages.ts';
import { consentPurposes } from '../lookup.ts';
import { quote, unknown, type Check } from './problem.ts';

/**
 * Notices: a person who is asked for a consent is told the purpose (Art. 4(11), 13).
 * ../noticeLock.ts checks that published texts stay as they are.
 */

const noticeMissing: Check = (policy) => {
  const current = policy.notices[policy.version] ?? {};
  const languages = listIn('en', 'conjunction', languagesOf(policy).map(nameOfLanguage));
  return consentPurposes(policy)
    .filter((purpose) => !Object.hasOwn(current, purpose))
    .map((purpose) => ({
      path: `notices.${policy.version}.${purpose}`,
      message: `a consent is asked for '${purpose}', and the version ${policy.version} has no text to ask with: write it, in ${languages}`,
    }));
};

/** Of the current version: purposes of older ones may be gone. */
const noticeForNothing: Check = (policy) => {
  const stray = unknown(Object.keys(policy.notices[policy.version] ?? {}), policy.purposes);
  return stray.length === 0
    ? []
    : [
        {
          path: `notices.${policy.version}`,
          message: `the policy has no purpose ${quote(stray)}: correct the name, or do not ask`,
        },
      ];
};

const noticeFromTheFuture: Check = (policy) =>
  Object.keys(policy.notices)
    .filter((version) => version > policy.version)
    .map((version) => ({
      path: `notices.${version}`,
      message: `the version ${version} is later than the policy's own, ${policy.version}: raise the policy's version when its texts are published, not before`,
    }));

export const noticeChecks: Record<string, Check> = {
  'notice-missing': noticeMissing,
  'notice-for-nothing': noticeForNothing,
  'notice-from-the-future': noticeFromTheFuture,
};
