import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../../functions/src');

/**
 * Packages that a file loads when it is imported, by itself and through our own files; types are
 * not loaded.
 */
function loads(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const found = new Set<string>();
  for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)(?! type)\b[^;]*?\bfrom '([^']+)'/gms,
  )) {
    if (!from.startsWith('.')) found.add(from);
    else for (const name of loads(join(dirname(file), from), seen)) found.add(name);
  }
  return found;
}

const files = (entry: string): string[] => {
  const seen = new Set<string>();
  loads(join(root, entry), seen);
  return [...seen].map((file) => relative(root, file));
};

describe('modules that a deployed function loads to read the policy', () => {
  it.each([
    ['../policies/deployed.ts', []],
    ['policy/lookup.ts', []],
    ['policy/queries.ts', []],
    ['policy/fate.ts', ['temporal-polyfill']],
    ['policy/check.ts', ['temporal-polyfill', 'zod']],
  ])('%s loads %j', (file, packages) => {
    expect([...loads(join(root, file))].sort()).toEqual(packages);
  });

  it('the functions are listed, and started, without a policy and without an SDK', () => {
    expect([...loads(join(root, 'index.ts'))].filter((name) => !/^(node:|firebase-functions\/)/.test(name))).toEqual(
      [],
    );
    expect(files('index.ts').filter((file) => file.startsWith('../policies/'))).toEqual([]);
  });
});
