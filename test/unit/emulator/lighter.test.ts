import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/**
 * emulator/shims/lighter.cjs knows the files of the Firebase CLI in the lock file. If another
 * version has them elsewhere, a suite starts slowly.
 */

const ROOT = join(import.meta.dirname, '../../..');
const shim = join(ROOT, 'emulator/shims/lighter.cjs');
const tools = dirname(createRequire(import.meta.url).resolve('firebase-tools/package.json'));

/**
 * Runs a script in a process that takes itself for one of the CLI's, and returns the JSON that it
 * prints.
 */
async function inProgram(program: string, script: string): Promise<unknown> {
  const path = JSON.stringify(join(tools, program));
  const all = `const program = process.argv[1] = ${path}; require(${JSON.stringify(shim)}); ${script}`;
  return JSON.parse((await promisify(execFile)(process.execPath, ['--eval', all], { cwd: ROOT })).stdout);
}

it('the CLI takes Google’s description of Auth as it is, and checks the requests of clients', async () => {
  const script = `
    const exegesis = require.resolve('exegesis', { paths: [require.resolve('exegesis-express', { paths: [program] })] });
    const ajv = new (require(require.resolve('ajv', { paths: [exegesis] })).default)();
    const validate = ajv.compile({ type: 'object', properties: { n: { type: 'number' } } });
    console.log(JSON.stringify([ajv.validateSchema({ type: 'nothing' }), validate({ n: 1 }), validate({ n: 'one' })]));`;
  expect(await inProgram('lib/bin/firebase.js', script)).toEqual([true, true, false]);
});

it('a process of a function loads each module of the CLI at its first use', async () => {
  const script = `
    const loaded = () => Object.keys(require.cache).filter((file) => file.includes('/firebase-tools/lib/')).length;
    require(program);
    const before = loaded();
    const { getFunctionService } = require(program.replace('Runtime', 'Shared'));
    const used = [getFunctionService({ taskQueueTrigger: {} }), loaded() < 50];
    console.log(JSON.stringify([before, ...used]));`;
  expect(await inProgram('lib/emulator/functionsEmulatorRuntime.js', script)).toEqual([
    1,
    'cloudtasks.googleapis.com',
    true,
  ]);
});
