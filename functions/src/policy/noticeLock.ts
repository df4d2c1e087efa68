import type { Problem } from './checks/problem.ts';
import { noticeHash } from './notices.ts';
import { LANGUAGES } from '../texts/index.ts';
import type { Policy, Text } from './schema.ts';

/**
 * The hashes of every text that was published, by version, purpose and language (docs/notices.lock.json). Consents name the text that the
 * person saw by its hash: a text that changed afterwards, or is gone, proves nothing any more.
 */
export type NoticeLock = Readonly<Record<string, Readonly<Record<string, Text>>>>;

/** Where the lock is, from the root of the repository. */
export const LOCK_FILE = 'docs/notices.lock.json';

/** Every text of the lock that the policy no longer has as it was. A text that is new is no problem: `lockNotices` adds it. */
export function lockProblems({ notices }: Pick<Policy, 'notices'>, lock: NoticeLock): Problem[] {
  return Object.entries(lock).flatMap(([version, purposes]) =>
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

/** The lock with the policy's new texts; what it holds already stays as it is. Deterministic: everything is sorted. */
export function lockNotices({ notices }: Pick<Policy, 'notices'>, lock: NoticeLock): NoticeLock {
  const sorted = <T>(parts: Record<string, T>): [string, T][] =>
    Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted({ ...lock, ...notices }).map(([version]) => {
      const purposes = { ...lock[version], ...notices[version] };
      const locked = sorted(purposes).map(([purpose]): [string, Text] => {
        const texts: Text = notices[version]?.[purpose] ?? {};
        const hashes = LANGUAGES.flatMap((language) => {
          const text = texts[language];
          const hash = lock[version]?.[purpose]?.[language] ?? (text === undefined ? undefined : noticeHash(text));
          return hash === undefined ? [] : [[language, hash] as const];
        });
        return [purpose, Object.fromEntries(hashes)];
      });
      return [version, Object.fromEntries(locked)];
    }),
  );
}

/** The lock from its file; an absent file is an empty lock. @throws SyntaxError where it is not JSON */
export const readLock = (file: string | undefined): NoticeLock =>
  file === undefined ? {} : (JSON.parse(file) as NoticeLock);

export const printLock = (lock: NoticeLock): string => `${JSON.stringify(lock, null, 2)}\n`;
