import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkPolicy, printProblem, type Checked, type Problem } from '../../functions/src/policy/check.ts';
import { checkIndexes, type IndexFile } from '../../functions/src/policy/indexes.ts';
import { lockProblems } from '../../functions/src/policy/noticeLock.ts';
import { queriesOf } from '../../functions/src/policy/queries.ts';
import type { Settings } from '../../functions/src/deployment.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { LOCK_FILE, readLock } from '../../functions/src/policy/versions/lockFile.ts';
import { prefixProblems } from './deployment.ts';
import { mergeFiles } from './intoFiles.ts';
import { MERGED_INDEXES, readMerged } from './merged.ts';
import { declareSettings } from './parameters.ts';
import { systemFolders, systemProblems } from './systems.ts';
import { APP_INDEXES, targetsOf, type Target } from './targets.ts';

export interface Run {
  /** Root of the repository. */
  readonly root: string;
  readonly policy: Policy;
  /** The generated files; absent: all of the policy's. */
  readonly targets?: readonly Target[];
  readonly settings?: Settings;
  /** The app's files to merge into, beside those of the settings. */
  readonly into?: readonly string[];
  /** In epoch milliseconds: the texts of a version in force do not change any more. */
  readonly now?: number;
  /** True: nothing is written; stale files are named. */
  readonly check: boolean;
  readonly print: (line: string) => void;
}

/** The command that makes the files fresh. */
const COMMAND = 'npm run generate';

/**
 * Checks the policy itself, and that published texts have not changed (docs/notices.lock.json).
 * Checks that each system has a folder, and that firebase.json has the prefix.
 *
 * @param root the root of the repository
 * @throws SyntaxError if the lock or firebase.json is not JSON
 * @throws RangeError if the lock has no known form
 */
export async function checkRepository(
  root: string,
  policy: Policy,
  settings: Settings = {},
  now = Date.now(),
): Promise<Checked> {
  const checked = checkPolicy(policy);
  if (!checked.ok) return checked;
  const problems = [
    ...lockProblems(policy, readLock(await read(join(root, LOCK_FILE))), now),
    ...systemProblems(policy, await systemFolders(root)),
    ...prefixProblems(settings, await read(join(root, 'firebase.json'))),
  ];
  return problems.length === 0 ? checked : { ok: false, problems };
}

/**
 * Writes, or checks, every file that follows from the policy and the folders of the systems. A
 * policy that does not hold together writes nothing.
 *
 * @returns the exit code: 0 if all is well
 */
export async function run(given: Run): Promise<0 | 1> {
  const { root, policy, settings = {}, now = Date.now(), check, print } = given;
  const checked = await checkRepository(root, policy, settings, now);
  if (!checked.ok) {
    for (const problem of checked.problems) print(printProblem(problem));
    print(`the policy has ${checked.problems.length} problem(s); nothing was ${check ? 'compared' : 'written'}`);
    return 1;
  }
  const systems = await systemFolders(root);
  await declareSettings(root, systems);
  const stale: string[] = [];
  const targets = given.targets ?? targetsOf(policy);
  const rendered: { readonly path: string; readonly current: string | undefined; readonly fresh: string }[] = [];
  // Renders all of them before it writes the first: a file that cannot be rendered leaves none
  // half-way.
  for (const target of targets) {
    const { path, beside } = target;
    const current = await read(join(root, path));
    const content = {
      current,
      beside: beside === undefined ? undefined : await read(join(root, beside)),
      systems,
      settings,
      now,
    };
    rendered.push({ path, current, fresh: target.render(content) });
  }
  const rules = [
    rendered.find(({ path }) => path === 'firestore.rules')?.fresh,
    await read(join(root, 'storage.rules')),
  ];
  const into = [...(settings.into ?? []), ...(given.into ?? [])];
  const remembered = await read(join(root, MERGED_INDEXES));
  const merged = await mergeFiles(policy, root, into, rules, readMerged(remembered));
  for (const line of merged.problems) print(line);
  if (merged.problems.length > 0) return 1;
  // An index that the app exempts is not ours to bring back: the app has a reason for it.
  const unserved = rendered.flatMap(({ path, fresh }) =>
    indexProblems(policy, path, fresh).filter(({ code }) => code === 'query-without-index'),
  );
  if (unserved.length > 0) {
    for (const { path, message } of unserved)
      print(`${path}: ${message.replace(/: [^:]*$/, '')}: take the exemption of its field out of ${APP_INDEXES}`);
    return 1;
  }
  const lists = `${JSON.stringify(merged.indexes, null, 2)}\n`;
  const memory = { path: MERGED_INDEXES, current: remembered, fresh: lists };
  const isRemembered = remembered !== undefined || Object.keys(merged.indexes).length > 0;
  for (const { path, current, fresh } of [...rendered, ...merged.files, ...(isRemembered ? [memory] : [])]) {
    if (fresh === current) continue;
    stale.push(path);
    if (check) {
      const into = merged.files.some((file) => file.path === path) ? ` -- --into ${path}` : '';
      print(`${path} is ${current === undefined ? 'not there' : 'stale'}: ${COMMAND}${into}`);
      for (const problem of problemsOf(policy, path, current)) print(`  ${problem}`);
    } else {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), fresh);
      print(`${path} written`);
    }
  }
  for (const line of merged.warnings) print(line);
  if (stale.length === 0) print(`${targets.length} generated files are fresh`);
  return check && stale.length > 0 ? 1 : 0;
}

/**
 * Returns the problems of an index file; none of any other file.
 *
 * @throws SyntaxError if it is not JSON
 */
function indexProblems(policy: Policy, path: string, text: string): Problem[] {
  if (!path.endsWith('.json') || path.startsWith('docs/') || path === MERGED_INDEXES) return [];
  const database = path.includes('compliance') ? 'compliance' : '(default)';
  const file = { indexes: [], fieldOverrides: [], ...(JSON.parse(text) as Partial<IndexFile>) };
  return checkIndexes(path, file, queriesOf(policy, database));
}

/** Names the queries that a stale index file leaves without an index. */
function problemsOf(policy: Policy, path: string, current: string | undefined): string[] {
  try {
    return current === undefined ? [] : indexProblems(policy, path, current).map(printProblem);
  } catch (error) {
    return [`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
