import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { checkIndexes, indexesFor } from '../../functions/src/policy/indexes.ts';
import { queriesOf } from '../../functions/src/policy/queries.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { mergeIndexText, mergeRules } from './into.ts';

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
}

/**
 * Merges our rules and indexes into the app's files; writes nothing.
 *
 * @param into the files, from the root of the repository: `.json` for indexes, anything else for
 *   rules
 * @param rules our rules, of Firestore and of Storage; undefined if there are none
 */
export async function mergeFiles(
  policy: Policy,
  root: string,
  into: readonly string[],
  rules: readonly (string | undefined)[],
): Promise<MergedFiles> {
  const ours = rules.filter((text) => text !== undefined);
  const files: MergedFile[] = [];
  const warnings: string[] = [];
  const problems: string[] = [];
  for (const file of new Set(into.map((one) => resolve(root, one)))) {
    const path = relative(root, file);
    try {
      const current = await readFile(file, 'utf8');
      const merged = path.endsWith('.json')
        ? mergeOfIndexes(policy, path, current)
        : { ...mergeRules(current, ours), unserved: [] };
      warnings.push(...merged.warnings.map((line) => `${path}: ${line}`));
      problems.push(...merged.unserved);
      files.push({ path, current, fresh: merged.text ?? current });
    } catch (error) {
      problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { files, warnings, problems };
}

/** An index that the app exempts is not ours to bring back: the app has a reason for it. */
function mergeOfIndexes(
  policy: Policy,
  path: string,
  current: string,
): ReturnType<typeof mergeIndexText> & { readonly unserved: readonly string[] } {
  const queries = queriesOf(policy, '(default)');
  const merged = mergeIndexText(current, indexesFor(queries));
  const unserved = checkIndexes(path, merged.file, queries).filter(({ code }) => code === 'query-without-index');
  const why = (message: string): string => message.replace(/: [^:]*$/, '');
  return {
    ...merged,
    unserved: unserved.map(
      (one) => `${one.path}: ${why(one.message)}: take the exemption of its field out of the file`,
    ),
  };
}
