import type { IndexFile } from '../../functions/src/policy/indexes.ts';

/**
 * Remembers the indexes that we have put into an app's files: JSON has no marks, so that nothing
 * else tells ours from the app's. One that no query of ours needs any more is named.
 */

/** The indexes that we have put into each file, by its path from the root of the repository. */
export type MergedIndexes = Readonly<Record<string, readonly string[]>>;

/** The file of this repository that remembers them. */
export const MERGED_INDEXES = 'firestore.merged.json';

/**
 * Describes each index of a file in a line, the same index always in the same words. A field has
 * its ordinary indexes by itself: those are not among them.
 */
export function linesOf({ indexes = [], fieldOverrides = [] }: Partial<IndexFile>): string[] {
  return [
    ...indexes.map(({ collectionGroup, queryScope, fields }) => {
      const parts = fields.map(({ fieldPath, order = 'CONTAINS' }) => `${fieldPath} ${order}`);
      return `${collectionGroup} (${parts.join(', ')}) ${queryScope}`;
    }),
    ...fieldOverrides.flatMap(({ collectionGroup, fieldPath, indexes: entries }) =>
      entries
        .filter(({ queryScope }) => queryScope === 'COLLECTION_GROUP')
        .map(({ order = 'CONTAINS', queryScope }) => `${collectionGroup} (${fieldPath} ${order}) ${queryScope}`),
    ),
  ];
}

/**
 * Decides about a merged file. Pure.
 *
 * @param app the app's file before the merge
 * @param ours the indexes that our queries need
 * @param before the lines that we had put into it until now
 * @returns the lines that are ours in the merged file, and those among them that nothing of ours
 * needs
 */
export function mergedLines(
  app: Partial<IndexFile>,
  ours: IndexFile,
  before: readonly string[],
): { readonly merged: readonly string[]; readonly idle: readonly string[] } {
  const [there, needed] = [new Set(linesOf(app)), new Set(linesOf(ours))];
  const kept = before.filter((line) => there.has(line));
  const added = [...needed].filter((line) => !there.has(line));
  return { merged: [...new Set([...kept, ...added])].sort(), idle: kept.filter((line) => !needed.has(line)) };
}

/** Reads the file that remembers. @throws SyntaxError if it is not of that form */
export function readMerged(text: string | undefined): MergedIndexes {
  if (text === undefined) return {};
  const stored: unknown = JSON.parse(text);
  const isLines = (value: unknown): boolean => Array.isArray(value) && value.every((line) => typeof line === 'string');
  if (typeof stored !== 'object' || stored === null || !Object.values(stored).every(isLines))
    throw new SyntaxError(`${MERGED_INDEXES} is not as npm run generate writes it: restore it from git`);
  return stored as MergedIndexes;
}
