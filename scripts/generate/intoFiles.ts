import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { checkIndexes, indexesFor, type IndexFile } from '../../functions/src/policy/indexes.ts';
import { queriesOf } from '../../functions/src/policy/queries.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { mergeIndexText, mergeRules } from './into.ts';
import { mergedLines, type MergedIndexes } from './merged.ts';

/** A file of the app's, merged. */
interface MergedFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly current: string;
  readonly fresh: string;
}

export interface MergedFiles {
  readonly files: readonly MergedFile[];
  /** Lines for people: places to check by hand. */
  readonly warnings: readonly string[];
  /** Lines for people: why nothing may be written. */
  readonly problems: readonly string[];
  /** The indexes that we have put into the files, now and before. */
  readonly indexes: MergedIndexes;
}

/**
 * Merges our rules and indexes into the app's files; writes nothing.
 *
 * @param into the files, from the root of the repository: `.json` for indexes, anything else for
 *   rules
 * @param rules our rules, of Firestore and of Storage; undefined if there are none
 * @param before the indexes that we had put into these files, or others, until now
 */
export async function mergeFiles(
  policy: Policy,
  root: string,
  into: readonly string[],
  rules: readonly (string | undefined)[],
  before: MergedIndexes,
): Promise<MergedFiles> {
  const ours = rules.filter((text) => text !== undefined);
  const files: MergedFile[] = [];
  const warnings: string[] = [];
  const problems: string[] = [];
  const indexes: Record<string, readonly string[]> = { ...before };
  for (const file of new Set(into.map((one) => resolve(root, one)))) {
    const path = relative(root, file);
    try {
      const current = await readFile(file, 'utf8');
      const merged = path.endsWith('.json')
        ? mergeOfIndexes(policy, path, current, before[path] ?? [])
        : { ...mergeRules(current, ours), unserved: [], merged: undefined };
      warnings.push(...merged.warnings.map((line) => `${path}: ${line}`));
      problems.push(...merged.unserved);
      files.push({ path, current, fresh: merged.text ?? current });
      if (merged.merged !== undefined) indexes[path] = merged.merged;
    } catch (error) {
      problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { files, warnings, problems, indexes };
}

/** An index that the app exempts is not ours to bring back: the app has a reason for it. */
function mergeOfIndexes(
  policy: Policy,
  path: string,
  current: string,
  before: readonly string[],
): ReturnType<typeof mergeIndexText> & { readonly unserved: readonly string[]; readonly merged: readonly string[] } {
  const queries = queriesOf(policy, '(default)');
  const ours = indexesFor(queries);
  const merged = mergeIndexText(current, ours);
  const lines = mergedLines(JSON.parse(current) as Partial<IndexFile>, ours, before);
  const unserved = checkIndexes(path, merged.file, queries).filter(({ code }) => code === 'query-without-index');
  const why = (message: string): string => message.replace(/: [^:]*$/, '');
  return {
    ...merged,
    merged: lines.merged,
    warnings: lines.idle.map(
      (line) =>
        `the index ${line} is of ours, and no query of ours needs it any more: remove it, unless the app uses it`,
    ),
    unserved: unserved.map(
      (one) => `${one.path}: ${why(one.message)}: take the exemption of its field out of the file`,
    ),
  };
}
