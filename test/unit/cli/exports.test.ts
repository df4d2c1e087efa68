import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { next } from '../../../cli/due.ts';
import type { DueItem } from '../../../functions/src/rights/due.ts';
import { exported, pair, rows } from '../export/sample.ts';
import { runCompliance } from '../../compliance.ts';
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

describe('export add', () => {
  const of = ['add', '--uid', 'ada', '--request', 'r1'];

  it.each([
    ['for nothing in particular', [...of, '--nothing'], '--for'],
    ['neither with files nor with nothing', [...of, '--for', 'desk'], 'give --file'],
    ['with files and with nothing', [...of, '--for', 'desk', '--nothing', '--file', join(folder, 'x')], 'give --file'],
    ['with a file that is not there', [...of, '--for', 'desk', '--file', join(folder, 'none')], 'is no file'],
  ])('used wrongly, %s: says how it is used, and does nothing', async (_, args, says) => {
    expect(await run(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(says) as string });
  });

  it('says which setting it lacks', async () => {
    const args = ['export', ...of, '--for', 'desk', '--nothing', '--project', 'demo-x'];
    const { code, stderr } = await runCompliance(args, { PATH: process.env['PATH'] });
    expect([code, stderr]).toEqual([2, expect.stringContaining('PSEUDONYM_KEY_V1 is not set')]);
  });
});

describe('due', () => {
  const item = (more: object): DueItem => ({
    ...{
      kind: 'request',
      id: 'v1_abc_r1',
      pseudonym: 'v1_abc',
      type: 'access',
      status: 'waiting',
      dueAt: 0,
      daysLeft: 1,
    },
    ...{ waitsFor: { for: 'officer' } },
    ...more,
  });

  it('names the command that lists the missing parts of an export', () => {
    for (const type of ['access', 'portability'])
      for (const names of [
        'compliance officer-task list --job parts_v1_abc_r1 names whom to ask',
        'compliance export missing --uid UID --request v1_abc_r1 names the missing parts',
      ])
        expect(next(item({ type, waitsFor: { for: 'tasks', job: 'parts_v1_abc_r1', step: 'officers' } }))).toContain(
          names,
        );
  });

  it('of a request that is queued: says when it begins by itself, and names no command', () => {
    const waitsFor = { for: 'step', job: 'queue_access_v1_abc', step: 'begin', why: 'pending', wakeAt: 0 };
    const said = next(item({ status: 'queued', waitsFor }));
    expect(said).toMatch(/^queued, .*begins by itself at 1970-01-01T01:00:00\+01:00;/);
    expect(said).not.toContain('compliance ');
  });

  it('of a request that no export answers: an officer answers or refuses it', () => {
    for (const other of [{ type: 'rectification' }, { status: 'received' }])
      expect(next(item(other))).toMatch(/^waits for an officer: .*compliance request answer v1_abc_r1, or refuse/);
  });
});
