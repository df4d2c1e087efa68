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

const program = process.argv[1] ?? '';
if (/firebase-tools.lib.bin.firebase\.js$/.test(program)) trustTheDescriptionOfAuth();
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
 * A function's process loads most of the CLI and uses little of it. So each module that its files
 * require is loaded at its first use.
 */
function loadAtFirstUse() {
  const ofTheCli = /firebase-tools.lib./;
  const { require } = Module.prototype;
  Module.prototype.require = function (id) {
    // The process requires the function's own modules by their path: those stay as they are.
    if (Module.isBuiltin(id) || isAbsolute(id) || !ofTheCli.test(this.filename)) return require.call(this, id);
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
