import { listIn } from '../../texts/index.ts';
import { languagesOf, nameOfLanguage } from '../../texts/languages.ts';
import { consentPurposes } from '../lookup.ts';
import { versionsOf } from '../versions/inForce.ts';
import { finding, quote, unknown, type Check } from './problem.ts';

/**
 * Notices: they tell the purpose of a consent (Art. 4(11), 13), and a change before its day.
 * ../noticeLock.ts checks that published texts and facts stay as they are.
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
  return finding(
    `notices.${policy.version}`,
    stray.length === 0 ? undefined : `the policy has no purpose ${quote(stray)}: correct the name, or do not ask`,
  );
};

const noticeFromTheFuture: Check = (policy) =>
  Object.keys(policy.notices)
    .filter((version) => version > policy.version)
    .map((version) => ({
      path: `notices.${version}`,
      message: `the version ${version} is later than the policy's own, ${policy.version}: raise the policy's version when its texts are published, not before`,
    }));

/** A change is of a version, and of none that is the first or in the future. */
const strayChange: Check = (policy) => {
  const all = versionsOf({ ...policy, changes: {} });
  return Object.keys(policy.changes ?? {})
    .filter((version) => !all.includes(version) || version === all[0])
    .map((version) => ({
      path: `changes.${version}`,
      message:
        version === all[0]
          ? `${version} is the first version: nothing changed before it`
          : `there is no version ${version}: correct the date, or write its notices`,
    }));
};

/** People are told before it takes effect (Art. 13(3), 14(4)); new words alone need no time. */
const changeAnnouncedLate: Check = ({ changes = {} }) =>
  Object.entries(changes)
    .filter(
      ([version, { announced, kind }]) =>
        announced !== undefined && (kind === 'wording' ? announced > version : announced >= version),
    )
    .map(([version, { announced = '' }]) => ({
      path: `changes.${version}.announced`,
      message: `people are told on ${announced} of a change that is in force from ${version}: tell them before it takes effect, or move its day (Art. 13(3))`,
    }));

export const noticeChecks: Record<string, Check> = {
  'notice-missing': noticeMissing,
  'notice-for-nothing': noticeForNothing,
  'notice-from-the-future': noticeFromTheFuture,
  'stray-change': strayChange,
  'change-announced-late': changeAnnouncedLate,
};
