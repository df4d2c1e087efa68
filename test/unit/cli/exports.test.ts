import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exported, pair, rows } from '../export/sample.ts';

const ROOT = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'export-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The command as anybody runs it: no project, no emulator, no key in the environment. */
function compliance(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'], FIRESTORE_EMULATOR_HOST: '127.0.0.1:1', EVIDENCE_PUBLIC_KEY: '' };
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--import', 'tsx', join(ROOT, 'cli/main.ts'), 'export', ...args],
      { cwd: ROOT, env },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    ),
  );
}

describe('export verify', () => {
  it('says that it holds, that it does not, or that nothing was checked', async () => {
    const file = join(folder, 'x.zip');
    writeFileSync(file, (await exported(rows)).zip);
    const holds = await compliance('verify', file, '--public-key', pair.publicKey, '--json');
    expect(holds.code).toBe(0);
    expect(JSON.parse(holds.stdout)).toMatchObject({
      ...{ ok: true, faults: [], compared: true, product: 'portability', request: 'r1', keyId: pair.keyId },
      ...{ counts: { profile: 1, sessions: 2, files: 9 }, missing: [{ source: 'desk' }] },
    });
    writeFileSync(join(folder, 'not.zip'), 'nothing');
    const fails = await compliance('verify', join(folder, 'not.zip'));
    expect(fails).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^notAZip: .*\nit does NOT hold\n$/) as string,
    });
    const nothing = await compliance('verify', join(folder, 'none.zip'));
    expect(nothing).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('ENOENT') as string });
    expect((await compliance('verify')).code).toBe(2);
  });
});
