import type { Problem } from './checks/problem.ts';
import { isPublished, noticeHash } from './notices.ts';
import { LANGUAGES } from '../texts/languages.ts';
import type { Policy, Text } from './schema.ts';

/**
 * The hashes of every text, by version, purpose and language (docs/notices.lock.json). Consents
 * name the text that the person saw by its hash: a text that changed after the day of its version,
 * or is gone, proves nothing any more. Until that day nobody can have agreed to it, and it is a
 * draft: its hash follows the text.
 */
export type NoticeLock = Readonly<Record<string, Readonly<Record<string, Text>>>>;

/** The lock's path from the root of the repository. */
export const LOCK_FILE = 'docs/notices.lock.json';

type Published = Pick<Policy, 'controller' | 'notices'>;

/**
 * Every published text of the lock that the policy no longer has as it was. A text that is new is
 * no problem: `lockNotices` adds it.
 *
 * @param now in epoch milliseconds: which versions are published
 */
export function lockProblems(policy: Published, lock: NoticeLock, now: number): Problem[] {
  const { notices } = policy;
  const published = Object.entries(lock).filter(([version]) => isPublished(policy, version, now));
  return published.flatMap(([version, purposes]) =>
    Object.entries(purposes).flatMap(([purpose, hashes]) =>
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
    ),
  );
}

/**
 * Returns the lock with the policy's texts as they are; its published texts stay unchanged.
 * Deterministic: everything is sorted, and the same on the day of a version as before it.
 */
export function lockNotices(policy: Published, lock: NoticeLock, now: number): NoticeLock {
  const { notices } = policy;
  const kept = Object.fromEntries(Object.entries(lock).filter(([version]) => isPublished(policy, version, now)));
  return sorted({ ...notices, ...kept }, (version) =>
    sorted({ ...notices[version], ...kept[version] }, (purpose): Text => {
      const texts: Text = notices[version]?.[purpose] ?? {};
      const hashes: Text = kept[version]?.[purpose] ?? {};
      return Object.fromEntries(
        LANGUAGES.flatMap((language) => {
          const text = texts[language];
          const hash = hashes[language] ?? (text === undefined ? undefined : noticeHash(text));
          return hash === undefined ? [] : [[language, hash] as const];
        }),
      );
    }),
  );
}

const sorted = <T>(parts: object, of: (name: string) => T): Record<string, T> =>
  Object.fromEntries(
    Object.keys(parts)
      .sort()
      .map((name) => [name, of(name)]),
  );

/**
 * Reads the lock from its file; an absent file is an empty lock. @throws SyntaxError if it is not
 * JSON
 */
export const readLock = (file: string | undefined): NoticeLock =>
  file === undefined ? {} : (JSON.parse(file) as NoticeLock);

export const printLock = (lock: NoticeLock): string => `${JSON.stringify(lock, null, 2)}\n`;
