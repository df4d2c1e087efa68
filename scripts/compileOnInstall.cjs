'use strict';
/**
 * Compiles the deployed code where it is built, so that no start compiles it: Node reads
 * `lib/compiled` instead (`module.enableCompileCache`).
 *
 * Google builds an image by installing the packages of the upload; the Firebase CLI lets no other
 * script run there (it sets `GOOGLE_NODE_RUN_SCRIPTS` to nothing). So this is the `postinstall` of
 * functions/package.json; scripts/build.ts copies it to lib/compile.cjs. Node believes an entry
 * only for the same code, path, Node, and features of the processor (`v8.cachedDataVersionTag`); in
 * doubt it compiles. Nothing depends on this file.
 */
const { spawnSync } = require('node:child_process');
const console = require('node:console');
const { readdirSync, rmSync, symlinkSync } = require('node:fs');
const { enableCompileCache, flushCompileCache } = require('node:module');
const { createServer } = require('node:net');
const { join } = require('node:path');
const process = require('node:process');
const { setTimeout: wait } = require('node:timers/promises');

const COMPILED = join(module.path, 'compiled');
/** The longest wait for the clients, in milliseconds: code that they load later is left out. */
const LONGEST_WAIT = 10_000;
/**
 * Users that build and run images at Google: root, `www-data`, `cnb`. Node names folders by them.
 */
const USERS = [0, 33, 1000];

/**
 * Compiles the function of the image that is being built, or all functions if nothing names one:
 * each in a process of its own, as it starts.
 */
function compile() {
  rmSync(COMPILED, { recursive: true, force: true });
  const names = Object.keys(require('./index.cjs'));
  const target = process.env.GOOGLE_FUNCTION_TARGET;
  for (const name of names.includes(target) ? [target] : names)
    spawnSync(process.execPath, [module.filename, name], {
      stdio: 'ignore',
      env: { ...process.env, FUNCTION_TARGET: name },
    });
  for (const folder of readdirSync(COMPILED))
    for (const user of USERS) {
      const same = folder.replace(/-\d+$/, `-${user}`);
      if (same !== folder) symlinkSync(folder, join(COMPILED, same));
    }
}

/** Loads a function, and the clients up to their first connection: they load most of it by then. */
async function start() {
  enableCompileCache(COMPILED);
  const asked = new Set();
  const server = createServer((socket) => asked.add(socket).size);
  await new Promise((listens) => server.listen(0, '127.0.0.1', listens));
  const host = `127.0.0.1:${server.address().port}`;
  Object.assign(process.env, {
    GCLOUD_PROJECT: 'demo-compile',
    METADATA_SERVER_DETECTION: 'none',
    FIRESTORE_EMULATOR_HOST: host,
    FIREBASE_AUTH_EMULATOR_HOST: host,
    CLOUD_TASKS_EMULATOR_HOST: host,
  });
  require('./index.cjs');
  const sdk = require('firebase-admin/app').initializeApp({}, 'compile');
  const database = require('firebase-admin/firestore').getFirestore(sdk, 'compliance');
  const queue = require('firebase-admin/functions').getFunctions(sdk).taskQueue('locations/europe-west1/functions/f');
  const calls = [
    () => database.runTransaction((transaction) => transaction.get(database.doc('a/b'))),
    () => require('firebase-admin/auth').getAuth(sdk).getUser('nobody'),
    () => queue.enqueue({}),
  ];
  for (const call of calls) call().catch(() => undefined);
  const end = Date.now() + LONGEST_WAIT;
  while (asked.size < calls.length && Date.now() < end) await wait(20);
  flushCompileCache();
  process.exit();
}

// If something fails here, the functions start without it.
if (process.argv[2] === undefined) {
  try {
    compile();
  } catch (error) {
    console.error(`not compiled ahead: ${error.message}`);
  }
} else start();
