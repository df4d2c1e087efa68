import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStore } from '../../../cli/requests/fileStore.ts';
import { copyName } from '../../../functions/src/rights/ways/copied.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const bytes = (...texts: string[]) => Readable.from(texts.map((text) => Buffer.from(text)));
const zip = { contentType: 'application/zip' };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'copy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the files of a copy', () => {
  it('have their names only when the request has noted them; nobody else may read them', async () => {
    const { store, keep, end } = await fileStore(at('copy.zip'));
    await store.write(copyName(1), bytes('one'), zip);
    await store.write(copyName(2), bytes('two'), zip);
    await store.write('exports/copy.zip.spool/rows', bytes('row'), zip);
    expect(readdirSync(folder).sort()).toEqual(['copy-2.zip.unfinished', 'copy.zip.unfinished']);
    expect(await keep()).toEqual([at('copy.zip'), at('copy-2.zip')]);
    await end();
    expect(readdirSync(folder).sort()).toEqual(['copy-2.zip', 'copy.zip']);
    expect(readFileSync(at('copy-2.zip'), 'utf8')).toBe('two');
    if (process.platform !== 'win32') expect(statSync(at('copy.zip')).mode & 0o077).toBe(0);
  });

  it('are gone if the copy came to nothing, also in the middle of one', async () => {
    const { store, end } = await fileStore(at('copy.zip'));
    await store.write(copyName(1), bytes('one'), zip);
    const broken = Readable.from(
      (function* () {
        yield Buffer.from('tw');
        throw new Error('broken off');
      })(),
    );
    await expect(store.write(copyName(2), broken, zip)).rejects.toThrow('broken off');
    await end();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['copy.zip', 'copy-2.zip', 'copy.zip.unfinished'])('never take the place of %s', async (there) => {
    writeFileSync(at(there), 'mine');
    const write = async () => {
      const { store, end } = await fileStore(at('copy.zip'));
      try {
        await store.write(copyName(1), bytes('one'), zip);
        await store.write(copyName(2), bytes('two'), zip);
      } finally {
        await end();
      }
    };
    await expect(write()).rejects.toThrow(`${at(there)} is there already`);
    expect([readFileSync(at(there), 'utf8'), existsSync(at(there))]).toEqual(['mine', true]);
    expect(readdirSync(folder)).toEqual([there]);
  });
});
