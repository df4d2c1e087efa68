'use strict';
/**
 * Loaded into the Firebase CLI before its own code. Its Auth emulator compiles a validator for each of the hundreds of parameters of Google's own API
 * description, each with an Ajv of its own, and each of these compiles the schema of schemas anew: ten of twelve seconds of processor on a slow machine.
 * That description is part of the CLI and has been checked by whoever released it. What clients send is checked as before.
 */
const { createRequire } = require('node:module');

/** The class where it is where this version of the CLI has it; another version starts as slowly as it always did. */
function ajvOfTheAuthEmulator() {
  try {
    const cli = createRequire(process.argv[1]);
    const exegesis = createRequire(createRequire(cli.resolve('exegesis-express')).resolve('exegesis'));
    return exegesis('ajv').default;
  } catch {
    return undefined;
  }
}

const Ajv = ajvOfTheAuthEmulator();
if (typeof Ajv?.prototype.validateSchema === 'function') Ajv.prototype.validateSchema = () => true;
