import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

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

it('the Tasks emulator looks at its queues often, and rests while a task runs', async () => {
  const script = `
    const { TaskQueueController } = require(program.replace('bin/firebase.js', 'emulator/tasksEmulator'));
    console.log(JSON.stringify([TaskQueueController.LISTEN_TIMEOUT, TaskQueueController.UPDATE_TIMEOUT]));`;
  expect(await inProgram('lib/bin/firebase.js', script)).toEqual([20, 20]);
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

describe('a function', () => {
  /** Requests as the emulator handles them: one takes an idle process, or starts another one. */
  const prepared = `
    const { EventEmitter } = require('node:events');
    const at = (file) => program.replace('bin/firebase.js', 'emulator/' + file);
    const { FunctionsEmulator } = require(at('functionsEmulator'));
    const { RuntimeWorker, RuntimeWorkerPool } = require(at('functionsRuntimeWorker'));
    RuntimeWorker.prototype.isSocketReady = async function () { this.readyForWork(); };
    const pool = new RuntimeWorkerPool();
    const backend = { codebase: 'c', runtime: 'nodejs24' };
    const [starts, taken] = [[], []];
    const emulator = Object.assign(Object.create(FunctionsEmulator.prototype), {
      workerPools: { c: pool },
      getRuntimeEnvs: () => ({}),
      resolveSecretEnvs: async () => ({}),
      startNode: async () => {
        const runtime = { process: new EventEmitter(), events: new EventEmitter(), conn: {} };
        starts.push(runtime);
        return runtime;
      },
    });
    const request = async (trigger) => {
      if (!pool.readyForWork(trigger.id, backend.runtime)) await emulator.startRuntime(backend, trigger);
      const worker = pool.getIdleWorker(trigger.id, backend.runtime);
      worker.state = 'BUSY';
      taken.push(worker);
    };
    const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
    const seen = [];
    const see = async () => { await turn(); seen.push([starts.length, taken.length]); };`;
  const program = 'lib/bin/firebase.js';

  it('has two processes at most: further requests wait until one is free, or has ended', async () => {
    const script = `${prepared}
      (async () => {
        for (let n = 0; n < 7; n++) void request({ id: 'one' });
        await see();
        taken[0].state = 'IDLE';
        await see();
        starts[1].process.emit('exit');
        await see();
        void request({ id: 'another' });
        await see();
        console.log(JSON.stringify(seen));
        process.exit();
      })();`;
    expect(await inProgram(program, script)).toEqual([
      [2, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ]);
  });

  it('of a queue has as many as the queue lets in', async () => {
    const script = `${prepared}
      (async () => {
        for (let n = 0; n < 7; n++) void request({ id: 'task', taskQueueTrigger: {} });
        await see();
        console.log(JSON.stringify(seen));
        process.exit();
      })();`;
    expect(await inProgram(program, script)).toEqual([[7, 7]]);
  });

  it('ends a process that never answers, so that another one may start', async () => {
    const script = `${prepared}
      let killed = 0;
      RuntimeWorker.prototype.isSocketReady = async () => { throw new Error('no answer'); };
      const { startNode } = emulator;
      emulator.startNode = async () => {
        const runtime = await startNode();
        runtime.process.kill = (signal) => { if (signal === 'SIGKILL') killed += 1; runtime.process.emit('exit'); };
        return runtime;
      };
      (async () => {
        const failed = await Promise.allSettled(Array.from({ length: 5 }, () => request({ id: 'one' })));
        console.log(JSON.stringify([failed.filter(({ status }) => status === 'rejected').length, starts.length, killed]));
        process.exit();
      })();`;
    expect(await inProgram(program, script)).toEqual([5, 5, 5]);
  });
});
