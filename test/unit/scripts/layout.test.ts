import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../../scripts/run.ts';

/** Files that git knows or would take, with their lines. Generated files and texts are no code. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));
const code = files
  .filter((path) => path.endsWith('.ts') && !/generated|\/texts\//.test(path))
  .map((path) => ({ path, lines: readFileSync(join(ROOT, path), 'utf8').trimEnd().split('\n').length }));

/** Tables of cases, which read better in one piece (CONTRIBUTING.md, rule 9). */
const TABLES: ReadonlySet<string> = new Set(['test/unit/policy/bad-policies.ts', 'test/attacks/table.ts']);

test('no file of code has more than 400 lines', () => {
  expect(code.filter(({ path, lines }) => lines > 400 && !TABLES.has(path))).toEqual([]);
});

test('no file of tests has more than 300 lines', () => {
  const tests = code.filter(({ path }) => path.startsWith('test/'));
  expect(tests.filter(({ path, lines }) => lines > 300 && !TABLES.has(path))).toEqual([]);
});

test('each table of cases is there, and needs to be named', () => {
  const long = new Set(code.filter(({ lines }) => lines > 300).map(({ path }) => path));
  expect([...TABLES].filter((path) => !long.has(path))).toEqual([]);
});

test('nine of ten files of the engine have at most 230 lines', () => {
  const lengths = code
    .filter(({ path }) => path.startsWith('functions/src/'))
    .map(({ lines }) => lines)
    .sort((a, b) => a - b);
  expect(lengths[Math.floor(lengths.length * 0.9)]).toBeLessThanOrEqual(230);
});

test('no folder of code has more than 20 files beside its subfolders', () => {
  const counts = new Map<string, number>();
  for (const path of files)
    if (/^(functions|client|cli|scripts|bench|demo|emulator|fixtures|test)\//.test(path))
      counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > 20)).toEqual([]);
});

test('a test that the code names is there', () => {
  const missing = code
    .filter(({ path }) => !path.startsWith('test/'))
    .flatMap(({ path }) =>
      [...readFileSync(join(ROOT, path), 'utf8').matchAll(/\btest\/[\w./-]+\.ts\b/g)]
        .filter(([name]) => !existsSync(join(ROOT, name)))
        .map(([name]) => `${path}: ${name}`),
    );
  expect(missing).toEqual([]);
});
