import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { ROOT } from '../../../scripts/run.ts';

/** Loads the guard in a process that says to be of a version. */
function load(version: string) {
  const guard = pathToFileURL(join(ROOT, 'scripts/requireNode.mjs')).href;
  const code = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } });
    import('${guard}').then(() => console.log('goes on'));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
}

it.each(['24.0.0', '26.1.2'])('Node %s runs the commands', (version) => {
  expect(load(version)).toEqual({ status: 0, stdout: 'goes on', stderr: '' });
});

it.each(['20.19.0', '22.12.0'])('Node %s is told in one line which version is needed, and how to get it', (version) => {
  const { status, stdout, stderr } = load(version);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr.split('\n')).toHaveLength(1);
  expect(stderr).toContain(`runs on Node 24, and this is Node ${version}`);
  expect(stderr).toContain('https://nodejs.org');
});
