import type { Context } from '../platform/context.ts';
import { matchPath, personalFiles, samePath } from '../policy/lookup.ts';
import type { Policy, PolicyRecord } from '../policy/schema.ts';

/** The files that belong to a row and are deleted with it (`files` of the policy's record). */
export interface RowFiles {
  /** Names of objects. */
  readonly names: readonly string[];
  /** The beginnings of their names, with a slash at the end. */
  readonly prefixes: readonly string[];
}

export const NO_FILES: RowFiles = { names: [], prefixes: [] };

/** The fields of a row that name files. */
export const fileFields = (record: PolicyRecord): string[] =>
  (record.files ?? []).flatMap((one) => ('field' in one ? [one.field] : []));

/**
 * Returns the files of a row. Pure. A row can name any file that its author chose to write down.
 * Only files under the prefix of the row's own person, by the policy, are theirs; all others are
 * left alone.
 *
 * @param owner the uid of the row's person; undefined: nobody's, and nothing goes with it
 */
export function filesOf(
  policy: Policy,
  record: PolicyRecord,
  row: {
    readonly variables: Readonly<Record<string, string>>;
    readonly owner: string | undefined;
    get(field: string): unknown;
  },
): RowFiles {
  if (record.files === undefined) return NO_FILES;
  const { owner } = row;
  const places = personalFiles(policy);
  const isTheirs = (name: string): boolean =>
    owner !== undefined &&
    owner !== '' &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
    places.some(({ path, variable }) => matchPath(path, name)?.[variable] === owner);
  const names: string[] = [];
  const prefixes: string[] = [];
  for (const one of record.files) {
    if ('prefix' in one) {
      const prefix = samePath(one.prefix.replace(/\/$/, ''), row.variables);
      if (isTheirs(`${prefix}/file`)) prefixes.push(`${prefix}/`);
    } else {
      const value = row.get(one.field);
      for (const name of Array.isArray(value) ? value : [value]) {
        if (typeof name === 'string' && isTheirs(name)) names.push(name);
      }
    }
  }
  return { names, prefixes };
}

/**
 * Deletes files of rows, all versions of them. The SDK of Cloud Storage is loaded by the first row
 * that has any.
 *
 * @param mayGo asked about each file that is found
 * @returns how many objects went
 */
export async function deleteRowFiles(
  context: Context,
  { names, prefixes }: RowFiles,
  mayGo: (name: string) => Promise<boolean>,
): Promise<number> {
  if (names.length + prefixes.length === 0) return 0;
  const { deleteBelow } = await import('./storage/rowFiles.ts');
  let deleted = 0;
  for (const name of names)
    if (await mayGo(name)) deleted += await deleteBelow(context, name, async (found) => found === name);
  for (const prefix of prefixes)
    deleted += await deleteBelow(context, prefix, async (found) => found.startsWith(prefix) && (await mayGo(found)));
  return deleted;
}
