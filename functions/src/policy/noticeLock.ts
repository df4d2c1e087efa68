import { hasBegun } from './calendar.ts';
import type { Problem } from './checks/problem.ts';
import { noticeHash } from './notices.ts';
import { LANGUAGES } from '../texts/languages.ts';
import type { Policy, Text } from './schema.ts';
import { differenceOf, isWrittenAs, printDifference, printFact, type Difference } from './versions/difference.ts';
import { factsOf, KINDS } from './versions/facts.ts';
import { versionsOf } from './versions/inForce.ts';
import { LOCK_FILE, type LockedVersion, type NoticeLock } from './versions/lockFile.ts';

/** Compares a policy with its lock (versions/lockFile.ts), and locks what people are told. */

const isFrozen = ({ controller }: Policy, { since }: LockedVersion, now: number): boolean =>
  since !== undefined && hasBegun(since, controller.timeZone, now);

/** The day from which a version stays as it is; undefined of a draft. */
function frozenSince({ changes = {} }: Policy, version: string): string | undefined {
  const change = changes[version];
  return change === undefined ? version : change.announced;
}

/**
 * Every part of the lock that the policy no longer has as people were told. A text that is new is
 * no problem: `lockNotices` adds it. And every change that is not written as it is computed.
 *
 * @param now in epoch milliseconds: which versions people were told
 */
export function lockProblems(policy: Policy, lock: NoticeLock, now: number): Problem[] {
  const frozen = Object.entries(lock).filter(([, locked]) => isFrozen(policy, locked, now));
  return [
    ...frozen.flatMap(([version, { texts }]) => textProblems(policy, version, texts)),
    ...frozen.flatMap(([version, locked]) => factProblems(policy, version, locked)),
    ...versionsOf(policy).flatMap((version) => changeProblems(policy, lock, version)),
  ];
}

const textProblems = ({ notices }: Policy, version: string, texts: LockedVersion['texts']): Problem[] =>
  Object.entries(texts).flatMap(([purpose, hashes]) =>
    Object.entries(hashes).flatMap(([language, hash]) => {
      const text = notices[version]?.[purpose]?.[language as keyof Text];
      if (text !== undefined && noticeHash(text) === hash) return [];
      const what = text === undefined ? 'is gone' : 'has changed';
      return [
        {
          code: 'published-notice',
          path: `notices.${version}.${purpose}.${language}`,
          message: `people were asked with this text, and it ${what}: put it back as it was, and publish the new text under a new version`,
        },
      ];
    }),
  );

/** A version that people were told: the policy's facts are still those. */
function factProblems(policy: Policy, version: string, { since, facts }: LockedVersion): Problem[] {
  const now = frozenSince(policy, version);
  const moved =
    now === since
      ? []
      : [
          {
            code: 'published-facts',
            path: `changes.${version}.announced`,
            message: `people are told of this version since ${since ?? 'its day'}, and the file says ${now ?? 'that nobody is'}: put the day back`,
          },
        ];
  if (version !== policy.version || facts === undefined) return moved;
  return moved.concat(
    differenceOf(facts, factsOf(policy)).changed.map((fact) => ({
      code: 'published-facts',
      path: fact.path,
      message: `people were told otherwise under ${version} (${printFact(fact)}): put it back, or raise the version and describe the change`,
    })),
  );
}

/** Every version that the policy or the lock has, the oldest first. */
const allVersions = (policy: Policy, lock: NoticeLock): string[] =>
  [...new Set([...versionsOf(policy), ...Object.keys(lock)])].sort();

/** True of a version that has none before it. */
export const isFirst = (policy: Policy, lock: NoticeLock, version: string): boolean =>
  allVersions(policy, lock)[0] === version;

/** Returns the difference of a version from the one before it; null if it cannot be computed. */
export function differenceFromBefore(
  policy: Policy,
  lock: NoticeLock,
  version: string,
): { readonly before: string; readonly difference: Difference } | null {
  const before = allVersions(policy, lock).findLast((one) => one < version);
  const after = version === policy.version ? factsOf(policy) : lock[version]?.facts;
  const facts = before === undefined ? undefined : lock[before]?.facts;
  if (before === undefined || after === undefined || facts === undefined) return null;
  return { before, difference: differenceOf(facts, after) };
}

/**
 * Lists the facts that nobody could compare, a line for each version. It did not record them, or
 * the one before it did not, or this code does not know them.
 */
export function lockNotes(policy: Policy, lock: NoticeLock): string[] {
  const line = (version: string, { notRecorded }: Difference, remedy: string): string[] =>
    notRecorded.length === 0
      ? []
      : [`${LOCK_FILE}: the facts of ${version} do not record ${notRecorded.join(', ')}: ${remedy}`];
  const own = lock[policy.version]?.facts;
  return [
    ...versionsOf(policy).flatMap((version) => {
      const computed = differenceFromBefore(policy, lock, version);
      if (computed === null)
        return isFirst(policy, lock, version)
          ? []
          : [`${LOCK_FILE} has no facts of the version before ${version}: nobody computes what changed`];
      const { before, difference } = computed;
      return line(before, difference, `say yourself if ${version} changes one of them`);
    }),
    ...(own === undefined
      ? []
      : line(policy.version, differenceOf(own, factsOf(policy)), 'raise the version if you change one of them')),
    ...Object.entries(lock).flatMap(([version, { facts }]) => {
      const unknown = (facts?.kinds ?? []).filter((kind) => !KINDS.includes(kind));
      return unknown.length === 0
        ? []
        : [
            `${LOCK_FILE}: ${version} records ${unknown.join(', ')}, which this code does not know or compare: use the newer code that wrote it`,
          ];
    }),
  ];
}

/** The written change of a version is the computed one: nobody chooses its kind. */
function changeProblems(policy: Policy, lock: NoticeLock, version: string): Problem[] {
  const computed = differenceFromBefore(policy, lock, version);
  if (computed === null) return [];
  const path = `changes.${version}`;
  const { before, difference } = computed;
  const written = policy.changes?.[version];
  const right = printDifference(difference);
  if (written === undefined)
    return [
      {
        code: 'change-missing',
        path,
        message: `nothing says what changed since ${before}: write it, with ${right} (compliance policy diff)`,
      },
    ];
  return isWrittenAs(written, difference)
    ? []
    : [
        {
          code: 'change-differs',
          path,
          message: `it is not the difference from ${before}: write ${right} (compliance policy diff)`,
        },
      ];
}

/**
 * Returns the lock with the policy's texts and facts as they are; those that people were told stay
 * unchanged. Deterministic: everything is sorted, and the same on the day of a version as before
 * it.
 */
export function lockNotices(policy: Policy, lock: NoticeLock, now: number): NoticeLock {
  const { notices } = policy;
  const kept = Object.fromEntries(Object.entries(lock).filter(([, locked]) => isFrozen(policy, locked, now)));
  return sorted({ ...notices, [policy.version]: {}, ...kept }, (version): LockedVersion => {
    const since = kept[version]?.since ?? frozenSince(policy, version);
    const facts = kept[version]?.facts ?? (version === policy.version ? factsOf(policy) : lock[version]?.facts);
    const texts = sorted({ ...notices[version], ...kept[version]?.texts }, (purpose): Text => {
      const written: Text = notices[version]?.[purpose] ?? {};
      const hashes: Text = kept[version]?.texts[purpose] ?? {};
      return Object.fromEntries(
        LANGUAGES.flatMap((language) => {
          const text = written[language];
          const hash = hashes[language] ?? (text === undefined ? undefined : noticeHash(text));
          return hash === undefined ? [] : [[language, hash] as const];
        }),
      );
    });
    return { ...(since === undefined ? {} : { since }), texts, ...(facts === undefined ? {} : { facts }) };
  });
}

const sorted = <T>(parts: object, of: (name: string) => T): Record<string, T> =>
  Object.fromEntries(
    Object.keys(parts)
      .sort()
      .map((name) => [name, of(name)]),
  );
