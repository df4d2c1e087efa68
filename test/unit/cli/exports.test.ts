import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exported, pair, rows } from '../export/sample.ts';
import { compliance } from './compliance.ts';

const folder = mkdtempSync(join(tmpdir(), 'export-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => compliance('export', ...args);

describe('export verify', () => {
  it('says that it holds, that it does not, or that nothing was checked', async () => {
    const file = join(folder, 'x.zip');
    writeFileSync(file, (await exported(rows)).zip);
    const holds = await run('verify', file, '--public-key', pair.publicKey, '--json');
    expect(holds.code).toBe(0);
    expect(JSON.parse(holds.stdout)).toMatchObject({
      ...{ ok: true, faults: [], compared: true, product: 'portability', request: 'r1', keyId: pair.keyId },
      ...{ counts: { profile: 1, sessions: 2, files: 9 }, missing: [{ source: 'desk' }] },
    });
    writeFileSync(join(folder, 'not.zip'), 'nothing');
    const fails = await run('verify', join(folder, 'not.zip'));
    expect(fails).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^notAZip: .*\nit does NOT hold\n$/) as string,
    });
    const nothing = await run('verify', join(folder, 'none.zip'));
    expect(nothing).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('ENOENT') as string });
    expect((await run('verify')).code).toBe(2);
  });
});
