import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../scripts/build.ts';
import { ROOT } from '../scripts/run.ts';
import { median, table } from './figures.ts';
import type { Call, Database, LoadPlan, LoadRun } from './inside/load.ts';
import { firstEvents, WEBHOOK_TOKEN, type FirstEvent, type Trigger } from './inside/loadEvents.ts';

/**
 * Measures cold starts: from the `require` of a function until its first event is handled, over an
 * empty function of the same trigger that asks the same clients. inside/load.ts is one start.
 * Functions start as deployed: their code was compiled when it was installed
 * (scripts/compileOnInstall.cjs). They are measured without that as well.
 */

/** The module of the SDK and the factory of each trigger, with options as ours has them. */
const EMPTY: Readonly<Record<Trigger, readonly [module: string, factory: string, options: object]>> = {
  written: ['firestore', 'onDocumentWritten', { document: '{path=**}' }],
  updated: ['firestore', 'onDocumentUpdated', { document: '{path=**}' }],
  created: ['firestore', 'onDocumentCreated', { document: '{path=**}' }],
  userCreated: ['identity', 'onUserCreated', {}],
  userDeleted: ['identity', 'onUserDeleted', {}],
  schedule: ['scheduler', 'onSchedule', { schedule: 'every day 03:00' }],
  task: ['tasks', 'onTaskDispatched', {}],
  call: ['https', 'onCall', {}],
  request: ['https', 'onRequest', {}],
};

/** The least work that asks each client, once. */
const WORK: Readonly<Record<'auth' | 'tasks' | 'other', string>> = {
  auth: `await require('firebase-admin/auth').getAuth(sdk).getUser('person');`,
  tasks: `await require('firebase-admin/functions').getFunctions(sdk).taskQueue('locations/europe-west1/functions/f').enqueue({});`,
  other: '',
};

/** The least work in a database, once. */
function workIn(database: Database, calls: readonly Call[]): string {
  const [reads, writes] = [calls.includes(`${database} read`), calls.includes(`${database} write`)];
  if (!reads && !writes) return '';
  const name = database === 'own' ? 'compliance' : '(default)';
  const opened = `const ${database} = require('firebase-admin/firestore').getFirestore(sdk, '${name}'); const ${database}Ref = ${database}.doc('a/b');\n`;
  if (!writes) return `${opened}await ${database}Ref.get();`;
  if (!reads) return `${opened}await ${database}Ref.create({ a: 1 });`;
  return `${opened}await ${database}.runTransaction(async (t) => { await t.get(${database}Ref); t.set(${database}Ref, { a: 1 }); });`;
}

/** The source of an empty function of a trigger that asks these clients. */
function emptyFunction(trigger: Trigger, calls: readonly Call[]): string {
  const [module, factory, options] = EMPTY[trigger];
  const work = [
    `const sdk = require('firebase-admin/app').initializeApp();`,
    workIn('own', calls),
    workIn('app', calls),
    ...calls.map((call) => (call === 'auth' || call === 'tasks' || call === 'other' ? WORK[call] : '')),
    trigger === 'request' ? 'response.status(200).json({});' : '',
  ].join('\n');
  const declared = JSON.stringify({ ...options, region: 'europe-west1' });
  return `exports.empty = require('firebase-functions/v2/${module}').${factory}(${declared}, async (event, response) => {\n${work}\n});\n`;
}

/** Limits of cold starts, first event included, over an empty function: people wait for them. */
const LIMIT = { trigger: 1.1, task: 1.15 };
const limitOf = (trigger: Trigger): number =>
  ['task', 'call', 'request'].includes(trigger) ? LIMIT.task : LIMIT.trigger;

interface LoadFigure {
  readonly name: string;
  readonly trigger: Trigger;
  readonly calls: readonly Call[];
  /** Medians in milliseconds. */
  readonly moduleMs: number;
  readonly eventMs: number;
  readonly emptyMs: number;
  /** The median of the ratios, each of two starts that follow each other. */
  readonly ratio: number;
  /** The same for code that was not compiled ahead. */
  readonly uncompiledRatio: number;
}

/** The pseudonym key of the runs: not a secret. */
const KEY = Buffer.alloc(32, 7).toString('base64');

function coldStart(file: string, name: string, first: FirstEvent, settings = {}): LoadRun {
  const plan: LoadPlan = { file, name, ...first };
  const env = {
    ...process.env,
    FUNCTION_TARGET: name,
    GCLOUD_PROJECT: 'demo-bench',
    FIREBASE_CONFIG: '{}',
    // No server of metadata is looked for, and no warning is written.
    METADATA_SERVER_DETECTION: 'none',
    NODE_NO_WARNINGS: '1',
    PSEUDONYM_KEY_V1: KEY,
    // With a sender: without one, nothing that writes to a person gets far.
    BREVO_SENDER: 'Sender <sender@example.com>',
    BREVO_WEBHOOK_TOKEN: WEBHOOK_TOKEN,
    LOAD_PLAN: JSON.stringify(plan),
    ...settings,
  };
  const inside = join(ROOT, 'bench/inside/load.ts');
  const { stdout, stderr, status } = spawnSync(process.execPath, [inside], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${name} does not start: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as LoadRun;
}

/** Starts without the code that was compiled ahead. */
const UNCOMPILED = { NODE_DISABLE_COMPILE_CACHE: '1' };

/**
 * Measures cold starts, ours and the empty one in turn, so that all see the same machine.
 *
 * @param rounds starts of each kind per function
 * @throws Error if nothing was compiled ahead
 */
export async function benchLoad(rounds: number, say: (line: string) => void): Promise<LoadFigure[]> {
  const events = firstEvents({ current: 1, keys: { 1: KEY } });
  const parent = join(ROOT, '.suite');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'bench-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const names = await build(join(folder, 'lib'));
    const index = join(folder, 'lib/index.cjs');
    say('compiling the functions, as their installation does');
    spawnSync(process.execPath, [join(folder, 'lib/compile.cjs')], { stdio: 'inherit' });
    if (!existsSync(join(folder, 'lib/compiled'))) throw new Error('lib/compile.cjs compiled nothing');
    return names.map((name) => {
      const event = events[name];
      if (event === undefined) throw new Error(`bench/inside/loadEvents.ts has no first event of ${name}`);
      // The first start warms the caches of the file system and says which clients are asked.
      const { calls } = coldStart(index, name, event);
      const empty = join(folder, `${name}.cjs`);
      writeFileSync(empty, emptyFunction(event.trigger, calls));
      const { failed } = coldStart(empty, 'empty', event);
      if (failed !== undefined) throw new Error(`the empty function for ${name} fails: ${failed}`);
      const starts = Array.from({ length: rounds }, () => ({
        ours: coldStart(index, name, event),
        empty: coldStart(empty, 'empty', event),
        uncompiled: coldStart(index, name, event, UNCOMPILED),
      }));
      const figure = {
        name,
        trigger: event.trigger,
        calls,
        moduleMs: median(starts.map(({ ours }) => ours.moduleMs)),
        eventMs: median(starts.map(({ ours }) => ours.eventMs)),
        emptyMs: median(starts.map((start) => start.empty.eventMs)),
        ratio: median(starts.map(({ ours, empty: least }) => ours.eventMs / least.eventMs)),
        uncompiledRatio: median(starts.map(({ uncompiled, empty: least }) => uncompiled.eventMs / least.eventMs)),
      };
      say(
        `${name}: ${figure.ratio.toFixed(2)} of an empty ${event.trigger} function (${calls.join(', ')}), ${figure.uncompiledRatio.toFixed(2)} not compiled ahead: ${figure.eventMs.toFixed(0)} ms, ${figure.emptyMs.toFixed(0)} ms`,
      );
      return figure;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Says which functions start over their limit. */
export const loadProblems = (figures: readonly LoadFigure[]): string[] =>
  figures
    .filter(({ trigger, ratio }) => ratio > limitOf(trigger))
    .map(
      ({ name, trigger, ratio }) =>
        `${name} starts in ${ratio.toFixed(2)} of an empty function, over ${limitOf(trigger).toFixed(2)}`,
    );

/** The chapter of the page. */
export const loadPage = (figures: readonly LoadFigure[], rounds: number): string => `## Load time of each function

From the \`require\` of a function until its first event is handled: its module, its handler, its shapes and the policy, over an empty function of the same trigger that asks the same clients. Both load the whole client of Firestore, with gRPC; databases and APIs answer at once, from the same process, so that no time of a network makes the ratio smaller. ${rounds} cold starts of each, every one in a process of its own, ours and the empty one in turn; the ratio is the median of the ratios of two starts that follow each other. Ours start with the code that their installation compiled, the empty one as every function is deployed; the last column is ours without that. At most ${LIMIT.trigger.toFixed(2)}; tasks, callables and requests of servers at most ${LIMIT.task.toFixed(2)}. The person of an event is in the ledger already. A task finds a job whose input fits nothing: its runner and its shapes are loaded, and no work is done.

${table(
  [
    'function',
    'trigger',
    'clients',
    'empty, ms',
    'ours, ms',
    'of it until loaded, ms',
    'ratio',
    'at most',
    'not compiled ahead',
  ],
  figures.map(({ name, trigger, calls, emptyMs, eventMs, moduleMs, ratio, uncompiledRatio }) => [
    name,
    trigger,
    calls.join(', '),
    emptyMs.toFixed(0),
    eventMs.toFixed(0),
    moduleMs.toFixed(0),
    ratio.toFixed(2),
    limitOf(trigger).toFixed(2),
    uncompiledRatio.toFixed(2),
  ]),
)}`;
