import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

/** The command as an officer runs it. */
function compliance(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, GCLOUD_PROJECT: undefined };
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--import', 'tsx', join(ROOT, 'cli/main.ts'), ...args],
      { cwd: ROOT, env },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    ),
  );
}

describe('the command', () => {
  it('says that the policy holds together, as text and as JSON', async () => {
    expect(await compliance('policy', 'check')).toMatchObject({ code: 0, stdout: 'the policy holds together\n' });
    expect(JSON.parse((await compliance('policy', 'check', '--json')).stdout)).toEqual({ ok: true, problems: [] });
  });

  it('prints the cut-off of every sweep without touching anything', async () => {
    const { code, stdout } = await compliance('retention', 'plan', '--json');
    const sweeps = JSON.parse(stdout) as { record: string; field: string; cutoff: number }[];
    expect(code).toBe(0);
    expect(sweeps.find(({ record }) => record === 'activity')?.field).toBe('createdAt');
    for (const { cutoff } of sweeps) expect(cutoff).toBeLessThanOrEqual(Date.now());
  });

  it('refuses what it cannot do, with what to do and an exit code', async () => {
    const without = await compliance('ledger', 'verify');
    expect(without).toMatchObject({ code: 1, stdout: '' });
    expect(without.stderr).toContain('--project');
    expect((await compliance('fortune', 'tell')).code).toBe(1);
  });

  it.each([
    [['--help']],
    [['ledger', 'verify', '--help']],
    [['jobs', 'blocked', '--help']],
    [['erasure', 'retry', '--help']],
  ])('explains itself: %j', async (args) => {
    const { code, stdout } = await compliance(...args);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: compliance');
  });
});
