import { globSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** Files that import each other cannot be read, tested or moved one by one. */

const ROOT = join(import.meta.dirname, '../../..');
type Imports = ReadonlyMap<string, readonly string[]>;

/** The files that a file imports, types and dynamic imports as well. */
function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles.flatMap(({ fileName }) => (fileName.startsWith('.') ? [resolve(file, '..', fileName)] : []));
}

/** The circles, after Tarjan: of each, the files that lead to one another. */
function circlesIn(imports: Imports): string[][] {
  const numbers = new Map<string, number>();
  const path: string[] = [];
  const circles: string[][] = [];
  /** The lowest number that is reached from a file and is still on the path. */
  const visit = (file: string): number => {
    const number = numbers.size;
    let lowest = number;
    numbers.set(file, number);
    path.push(file);
    for (const next of imports.get(file) ?? []) {
      if (!numbers.has(next)) lowest = Math.min(lowest, visit(next));
      else if (path.includes(next)) lowest = Math.min(lowest, numbers.get(next) ?? lowest);
    }
    if (lowest === number) {
      const circle = path.splice(path.indexOf(file));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return lowest;
  };
  for (const file of imports.keys()) if (!numbers.has(file)) visit(file);
  return circles;
}

it('finds a circle of two files, and one through a third', () => {
  const imports = (pairs: Record<string, string[]>): Imports => new Map(Object.entries(pairs));
  expect(circlesIn(imports({ a: ['b', 'c'], b: ['c'], c: [] }))).toEqual([]);
  expect(circlesIn(imports({ a: ['b'], b: ['a'], c: ['a'] }))).toEqual([['a', 'b']]);
  expect(circlesIn(imports({ a: ['b'], b: ['c'], c: ['a'], d: ['d2'], d2: ['d'] }))).toEqual([
    ['a', 'b', 'c'],
    ['d', 'd2'],
  ]);
});

it('no files import each other', () => {
  const files = globSync('{functions/{src,policies},cli,emulator,scripts,test,demo,bench,fixtures}/**/*.ts', {
    cwd: ROOT,
  });
  expect(files.length).toBeGreaterThan(300);
  const imports = new Map(files.map((file) => [join(ROOT, file), importsOf(join(ROOT, file))]));
  expect(circlesIn(imports).map((circle) => circle.map((file) => relative(ROOT, file)))).toEqual([]);
});
