import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '../../../emulator/build.ts';
import * as functions from '../../../functions/src/index.ts';

describe('the bundles', () => {
  const lib = join(import.meta.dirname, '../../../functions/lib');
  let names: string[];
  beforeAll(async () => {
    await buildFunctions(() => undefined);
    names = (await readdir(lib)).flatMap((file) => /^(?!index\.|vendor-)(.*)\.cjs$/.exec(file)?.[1] ?? []);
  });

  it('are one for each function of index.ts', () => {
    expect([...names].sort()).toEqual(Object.keys(functions).sort());
  });

  it('hold the code that their own function calls, and nothing of the others', async () => {
    const having = async (word: string): Promise<string[]> => {
      const texts = await Promise.all(names.map((name) => readFile(join(lib, `${name}.cjs`), 'utf8')));
      return names.filter((_, index) => texts[index]?.includes(word));
    };
    expect(await having('submitContact')).toEqual(['contact']);
    expect(await having('issueReceipt')).toEqual(['consentReceipt']);
    expect(await having('createCompliance')).toEqual([]);
  });
});
