import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Saves archives in a folder, which goes after the tests of the file that calls this. */
export function archivesOnDisk(): (zip: Buffer) => string {
  const folder = mkdtempSync(join(tmpdir(), 'export-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let files = 0;
  return (zip) => {
    const path = join(folder, `${files++}.zip`);
    writeFileSync(path, zip);
    return path;
  };
}
