import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as functions from '../../../functions/src/index.ts';
import { build } from '../../../scripts/build.ts';

describe('the bundles', () => {
  let folder: string;
  let names: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundles-'));
    names = await build(join(folder, 'lib'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are one for each function of index.ts', () => {
    expect([...names].sort()).toEqual(Object.keys(functions).sort());
  });

  it('hold what their own function calls, and nothing of the others', async () => {
    const having = async (word: string): Promise<string[]> => {
      const texts = await Promise.all(names.map((name) => readFile(join(folder, 'lib', `${name}.cjs`), 'utf8')));
      return names.filter((_, index) => texts[index]?.includes(word));
    };
    expect(await having('submitContact')).toEqual(['contact']);
    expect(await having('issueReceipt')).toEqual(['consentReceipt']);
    expect(await having('createCompliance')).toEqual([]);
  });
});
