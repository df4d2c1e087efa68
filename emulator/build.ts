import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './workspace.ts';

/**
 * Builds the functions when there is no build, or one that is older than a source.
 *
 * @throws Error when there is neither a build nor a way to build
 */
export async function buildFunctions(report: (line: string) => void): Promise<void> {
  const built = join(ROOT, 'functions/lib/index.cjs');
  const script = join(ROOT, 'scripts/build.ts');
  const folders = ['functions/src', 'functions/policies'].map((folder) => newest(join(ROOT, folder)));
  const sources = Math.max(...(await Promise.all(folders)));
  if (existsSync(built) && statSync(built).mtimeMs >= sources) return;
  if (!existsSync(script)) throw new Error('functions/lib/index.cjs is missing or older than its sources: build first');
  report('building the functions');
  const { build } = (await import(pathToFileURL(script).href)) as { build: () => Promise<unknown> };
  await build();
}

async function newest(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Math.max(0, ...files.map((file) => statSync(join(file.parentPath, file.name)).mtimeMs));
}
