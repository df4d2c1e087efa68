import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, SUITES } from './workspace.ts';

/**
 * Builds the functions if there is no build, or one that is older than a source.
 *
 * @throws Error if there is neither a build nor a way to build
 */
export async function buildFunctions(report: (line: string) => void): Promise<void> {
  const built = join(ROOT, 'functions/lib/index.cjs');
  const script = join(ROOT, 'scripts/build.ts');
  if (await isFresh(built)) return;
  if (!existsSync(script)) throw new Error('functions/lib/index.cjs is missing or older than its sources: build first');
  report('building the functions');
  const { build } = (await import(pathToFileURL(script).href)) as { build: () => Promise<unknown> };
  await build();
}

/**
 * Builds the functions with a policy, deployed or not, if they are not built. Returns the folder
 * that has `functions` and the rules.
 *
 * @param policy the folder of the policy below `functions/policies`
 * @throws Error if the policy is not there or does not hold together
 */
export async function buildFunctionsOf(policy: string, report: (line: string) => void): Promise<string> {
  const { buildPolicy, isDeployed } = await import('../scripts/buildPolicy.ts');
  if (await isDeployed(policy)) {
    await buildFunctions(report);
    return ROOT;
  }
  const folder = join(SUITES, 'policies', policy);
  if (await isFresh(join(folder, 'functions/lib/index.cjs'))) return folder;
  report(`building the functions with the policy ${policy}`);
  await buildPolicy(policy, folder);
  return folder;
}

/** Is a build younger than all of its sources? */
async function isFresh(built: string): Promise<boolean> {
  const folders = ['functions/src', 'functions/policies'].map((folder) => newest(join(ROOT, folder)));
  const sources = Math.max(...(await Promise.all(folders)));
  return existsSync(built) && statSync(built).mtimeMs >= sources;
}

async function newest(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Math.max(0, ...files.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs));
}
