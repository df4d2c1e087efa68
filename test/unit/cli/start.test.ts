import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** `cli/start.mjs` in a repository of its own: a command of two files. */

const ROOT = join(import.meta.dirname, '../../..');
let folder: string;
const put = (file: string, text: string): void => writeFileSync(join(folder, file), text);
const cache = (): string => join(folder, 'node_modules/.cache/amikeo-compliance');

const start = (): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) =>
    execFile(process.execPath, [join(folder, 'cli/start.mjs'), 'hello'], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    ),
  );

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compliance-start-'));
  mkdirSync(join(folder, 'cli'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(ROOT, 'node_modules/esbuild'), join(folder, 'node_modules/esbuild'));
  cpSync(join(ROOT, 'cli/start.mjs'), join(folder, 'cli/start.mjs'));
  put('package.json', '{}');
  put('package-lock.json', '{}');
  put('cli/word.ts', "export const word: string = 'one';\n");
  put(
    'cli/main.ts',
    "import { word } from './word.ts';\nconsole.log(word, process.argv[2], new URL('.', import.meta.url).pathname);\n",
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the command starts', () => {
  it('as its files are now: with its arguments, knowing where it is, and built again only where one has changed', async () => {
    const said = (word: string) => ({ code: 0, stderr: '', stdout: `${word} hello ${join(folder, 'cli')}/\n` });
    expect(await start()).toEqual(said('one'));
    const built = readdirSync(cache()).sort();
    expect(await start()).toEqual(said('one'));
    expect(readdirSync(cache()).sort()).toEqual(built);
    put('cli/word.ts', "export const word: string = 'two';\n");
    expect(await start()).toEqual(said('two'));
    expect(readdirSync(cache()).length).toBe(built.length + 1);
  });

  it('many times at once, the first time', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, start));
    expect(all.map(({ code, stdout }) => [code, stdout.split(' ')[0]])).toEqual(Array(5).fill([0, 'one']));
    expect((await start()).code).toBe(0);
  });

  it('though what was built is gone, or what is known of it cannot be read', async () => {
    await start();
    for (const name of readdirSync(cache()).filter((one) => one.startsWith('cli-')))
      rmSync(join(cache(), name), { recursive: true });
    expect((await start()).code).toBe(0);
    writeFileSync(join(cache(), 'cli.json'), '{"folder":');
    expect((await start()).code).toBe(0);
  });

  it('not at all where a file is no program, and says where', async () => {
    put('cli/word.ts', 'export const word = ;\n');
    const { code, stdout, stderr } = await start();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('cli/word.ts:1:');
  });
});
