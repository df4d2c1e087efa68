import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../../../scripts/run.ts';

/** The command that grants, on a project in which no service was ever enabled. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'grant-'));
  // Answers as gcloud does there: a list of a service that is not enabled is refused.
  const gcloud = `#!/bin/sh
echo "$*" >> "${folder}/calls"
case "$1" in
  functions) api=cloudfunctions ;; tasks) api=cloudtasks ;; secrets) api=secretmanager ;; iam) api=iam ;; *) exit 0 ;;
esac
grep -q "^services enable.* $api.googleapis.com" "${folder}/calls" && exit 0
echo "API [$api.googleapis.com] not enabled on project" >&2
exit 1
`;
  writeFileSync(join(folder, 'gcloud'), gcloud);
  chmodSync(join(folder, 'gcloud'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

function grant(...args: readonly string[]) {
  writeFileSync(join(folder, 'calls'), '');
  const env = { ...process.env, PATH: [folder, process.env['PATH']].join(delimiter) };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/grant.ts', 'demo-x', ...args], {
    ...{ cwd: ROOT, env, encoding: 'utf8' },
  });
  const calls = readFileSync(join(folder, 'calls'), 'utf8').split('\n').slice(0, -1);
  return { status, stdout, stderr, calls };
}

it('enables every service before it asks one for its list', () => {
  const { status, stderr, calls } = grant();
  expect([status, stderr]).toEqual([0, '']);
  expect(calls[0]).toMatch(/^services enable /);
  expect(calls.filter((call) => call.startsWith('services enable'))).toHaveLength(1);
  expect(calls.filter((call) => / create /.test(call)).length).toBeGreaterThan(3);
});

it('shows the same first call with --dry-run, and makes none', () => {
  const { status, stdout, calls } = grant('--dry-run');
  expect([status, calls]).toEqual([0, []]);
  expect(stdout).toMatch(/^\+ gcloud services enable /);
});
