'use strict';
/**
 * Loaded into the Firebase CLI, and into each process that it starts for a function, before their
 * own published code. Both do work at their start that nothing here needs, and a suite starts them
 * by the dozen.
 */
const Module = require('node:module');
const { isAbsolute } = require('node:path');
const process = require('node:process');
const { setTimeout } = require('node:timers');

/** The most processes of a function, if no queue limits them. */
const PROCESSES = 2;

const program = process.argv[1] ?? '';
if (/firebase-tools.lib.bin.firebase\.js$/.test(program)) {
  trustTheDescriptionOfAuth();
  changeAsLoaded([
    [/functionsEmulator$/, startFewProcesses],
    [/tasksEmulator$/, lookAtQueuesOften],
  ]);
}
if (/firebase-tools.lib.emulator.functionsEmulatorRuntime(\.js)?$/.test(program)) {
  loadAtFirstUse();
  // A process of a function is killed at its end: it would keep nothing of the code that it
  // compiled.
  setTimeout(() => Module.flushCompileCache?.(), 3000).unref();
}

/**
 * Makes the Auth emulator skip the check of Google's API description. The emulator compiles a
 * validator for each of the hundreds of parameters in it, each with an Ajv of its own. Each Ajv
 * compiles the schema of schemas to check that the description is one: most of the cost of a start.
 * The release of the CLI has checked that already. Clients' requests are checked as before.
 */
function trustTheDescriptionOfAuth() {
  let Ajv;
  try {
    const express = Module.createRequire(Module.createRequire(program).resolve('exegesis-express'));
    Ajv = Module.createRequire(express.resolve('exegesis'))('ajv').default;
  } catch {
    // Another version of the CLI has it elsewhere, and starts as slowly as it always did.
  }
  if (typeof Ajv?.prototype.validateSchema === 'function') Ajv.prototype.validateSchema = () => true;
}

/**
 * Changes modules of the CLI when they are loaded, each once.
 *
 * @param {[RegExp, (loaded: object) => void][]} changes the end of the name that a module is
 *   required by, and the change
 */
function changeAsLoaded(changes) {
  const load = Module._load;
  const left = new Set(changes);
  Module._load = function (...args) {
    const loaded = load.apply(this, args);
    for (const one of left) {
      const [name, change] = one;
      if (!name.test(args[0])) continue;
      left.delete(one);
      change(loaded);
    }
    if (left.size === 0) Module._load = load;
    return loaded;
  };
}

/**
 * Makes the Tasks emulator look at its queues fifty times a second. By itself it looks once a
 * second if no task is there, and without a pause while one runs. So a task waits half a second
 * before it begins, and each one that works keeps a processor busy.
 */
function lookAtQueuesOften({ TaskQueueController }) {
  if (typeof TaskQueueController?.LISTEN_TIMEOUT !== 'number') return;
  TaskQueueController.LISTEN_TIMEOUT = 20;
  TaskQueueController.UPDATE_TIMEOUT = 20;
}

/**
 * Makes a request wait for a process of its function if two are there. The emulator starts one
 * for each request that finds all others busy, or still starting: twenty if twenty people sign up
 * together. On a busy machine none of them starts in time then.
 */
function startFewProcesses(loaded) {
  const emulator = loaded.FunctionsEmulator?.prototype;
  if (typeof emulator?.startRuntime !== 'function') return;
  const start = emulator.startRuntime;
  const pools = new Map();
  emulator.startRuntime = async function (backend, trigger) {
    const pool = this.workerPools[backend.codebase];
    const functions = pools.get(pool) ?? counted(pool);
    pools.set(pool, functions);
    const one = functions.of(trigger);
    const there = () => pool.getTriggerWorkers(trigger?.id, backend.runtime).filter(isThere).length;
    // A queue has a limit of its own.
    const isFull = () => trigger?.taskQueueTrigger === undefined && one.begun + there() >= PROCESSES;
    while (isFull()) {
      await new Promise((resolve) => one.waiting.push(resolve));
      if (pool.readyForWork(trigger?.id, backend.runtime)) return;
    }
    one.begun += 1;
    await start.call(this, backend, trigger);
  };
}

const isThere = ({ state }) => state !== 'FINISHED';

/** Counts the processes of a pool: those that begin, and the requests that wait for one. */
function counted(pool) {
  const functions = new Map();
  const of = (trigger) => {
    const one = functions.get(trigger?.id) ?? { begun: 0, waiting: [] };
    functions.set(trigger?.id, one);
    return one;
  };
  const add = pool.addWorker;
  pool.addWorker = (...args) => {
    const worker = add.apply(pool, args);
    const one = of(args[0]);
    one.begun -= 1;
    const goOn = () => one.waiting.shift()?.();
    worker.stateEvents.on('FINISHED', goOn);
    // Ready for the first time, it takes the request that it was started for.
    worker.stateEvents.once('IDLE', () => worker.stateEvents.on('IDLE', goOn));
    const ready = worker.waitForSocketReady;
    // One that never answers is ended, so that another one may start.
    worker.waitForSocketReady = () =>
      ready.call(worker).catch((error) => {
        worker.runtime.process.kill('SIGKILL');
        throw error;
      });
    return worker;
  };
  return { of };
}

/**
 * A function's process loads most of the CLI and uses little of it. So each module that its files
 * require is loaded at its first use.
 */
function loadAtFirstUse() {
  const ofTheCli = /firebase-tools.lib./;
  // The process asks for all triggers of firebase-functions; a function loads those that it uses.
  const allOfTheSdk = /firebase-functions.lib.(v2.)?index\.js$/;
  const { require } = Module.prototype;
  Module.prototype.require = function (id) {
    // The process requires the function's own modules by their path: those stay as they are.
    const isOwn = isAbsolute(id) && !allOfTheSdk.test(id);
    if (Module.isBuiltin(id) || isOwn || !ofTheCli.test(this.filename)) return require.call(this, id);
    const used = () => require.call(this, id);
    return new Proxy(() => undefined, {
      get: (_, name) => used()[name],
      set: (_, name, value) => Reflect.set(used(), name, value),
      has: (_, name) => Reflect.has(used(), name),
      ownKeys: () => Reflect.ownKeys(used()),
      getOwnPropertyDescriptor: (_, name) => {
        const found = Reflect.getOwnPropertyDescriptor(used(), name);
        return found && { ...found, configurable: true };
      },
      apply: (_, self, values) => Reflect.apply(used(), self, values),
      construct: (_, values) => Reflect.construct(used(), values),
    });
  };
}
