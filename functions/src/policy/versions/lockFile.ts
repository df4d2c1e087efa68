import * as z from 'zod';
import { language } from '../shapes/basics.ts';
import { purposeFacts } from '../shapes/change.ts';

/** The file of the lock: its form, and how it is read and written. */

/** The lock's path from the root of the repository. */
export const LOCK_FILE = 'docs/notices.lock.json';

/**
 * The facts of a policy that people are told (Art. 13, 14), without its words: facts.ts finds them.
 */
const policyFacts = z.strictObject({
  /** The kinds of facts that it records: `recipients.*.countries`, an id being `*`. */
  kinds: z.array(z.string()),
  purposes: z.record(z.string(), purposeFacts),
  /** Facts by their place: `recipients.stripe.countries`. Each is one line of text. */
  others: z.record(z.string(), z.string()),
});
export type PolicyFacts = z.infer<typeof policyFacts>;

const hashes = z.record(z.string(), z.partialRecord(language, z.string()));

const lockedVersion = z.strictObject({
  /**
   * The day from which it stays as it is: its announcement, or else its own. Absent: a draft. Its
   * texts and facts follow the policy.
   */
  since: z.iso.date().optional(),
  texts: hashes,
  /** Absent: the policy was never generated with this version as its own. */
  facts: policyFacts.optional(),
});
export type LockedVersion = z.infer<typeof lockedVersion>;

/**
 * Everything that people were told, by version (docs/notices.lock.json): the hashes of the texts,
 * by purpose and language, and the facts. Consents name the text that the person saw by its hash: a
 * text that changed since, or is gone, proves nothing any more. The facts give the difference of
 * the next version.
 */
export type NoticeLock = Readonly<Record<string, LockedVersion>>;

/**
 * Reads the lock from its file; an absent file is an empty lock. A version in the first form of a
 * lock, texts alone, is converted: its texts were frozen on its own day, and it has no facts.
 *
 * @throws SyntaxError if it is not JSON
 * @throws RangeError if a version has neither form: taken as a draft, it would be locked anew. Also
 *   if its facts do not list their kinds, as an older backend recorded them
 */
export function readLock(file: string | undefined): NoticeLock {
  if (file === undefined) return {};
  const lock: unknown = JSON.parse(file);
  const versions = z.record(z.iso.date(), z.unknown()).safeParse(lock);
  if (!versions.success) throw new RangeError(`${LOCK_FILE} has something else than versions by their date: ${REMEDY}`);
  return Object.fromEntries(
    Object.entries(versions.data).map(([version, locked]) => [version, readVersion(version, locked)]),
  );
}

function readVersion(version: string, locked: unknown): LockedVersion {
  const now = lockedVersion.safeParse(locked);
  if (now.success) return now.data;
  const first = hashes.safeParse(locked);
  if (first.success) return { since: version, texts: first.data };
  const place = now.error.issues[0]?.path.join('.') ?? '';
  if (now.error.issues.every(({ path }) => path.join('.') === 'facts.kinds'))
    throw new RangeError(
      `${LOCK_FILE}, ${version}: its facts do not list their kinds, and cannot be compared. Remove 'facts' of this version. If people were told of it: 'npm run generate' with the policy of the commit that published it, then with yours. Of a draft: 'npm run generate'`,
    );
  throw new RangeError(`${LOCK_FILE}, ${version}: ${place || 'it'} is in no known form: ${REMEDY}`);
}

const REMEDY = 'take the file from the last commit in which it was right; nothing was written';

export const printLock = (lock: NoticeLock): string => `${JSON.stringify(lock, null, 2)}\n`;
