import './requireNode.mjs';
import { readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import {
  add,
  COUNTS_FILE,
  inFolder,
  isExecutable,
  none,
  part,
  run,
  sayCounts,
  shownAtItsEnd,
  type Counts,
  type Options,
} from './run.ts';

/**
 * Runs every check of `.ci/run` after `npm ci`. Every part runs even if another one failed, and the
 * last line counts them all. `npm test` is alone, so that its time is shown. The long tests in
 * suites wait half of the time. Parts that only want the processor take the rest of it, one after
 * the other. Each shows its output when it has ended.
 */

/**
 * Runs a script of package.json, and reads its counts; a run that ends without any is one failure.
 */
const counted = (options: Options, script: string, ...args: string[]): Promise<Counts> =>
  inFolder(async (folder) => {
    const file = join(folder, 'counts.json');
    const code = await run('npm', ['run', script, '--', ...args], {
      ...options,
      env: { [COUNTS_FILE]: file },
    });
    try {
      const counts = JSON.parse(readFileSync(file, 'utf8')) as Counts;
      return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
    } catch {
      return { ...none, failed: 1 };
    }
  });

/**
 * Makes a folder with node, npm and the shell's programs that their scripts call: a machine without
 * Java.
 */
function pathWithoutJava(folder: string): string {
  for (const name of ['node', 'npm', 'npx', 'sh', 'bash', 'env', 'dirname', 'uname', 'ps']) {
    const found = (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((dir) => join(dir, name))
      .find(isExecutable);
    if (found !== undefined) symlinkSync(found, join(folder, name));
  }
  return folder;
}

const demoWithoutJava = (options: Options): Promise<Counts> =>
  inFolder((folder) => {
    const env = { PATH: pathWithoutJava(folder), JAVA_HOME: undefined };
    return part('npm', ['run', 'demo', '--', '--firestore', 'embedded'], { ...options, env });
  });

type Part = readonly [name: string, work: (options: Options) => Promise<Counts>];

const inSuites: readonly Part[] = [
  ['npm run test:all', (options) => counted(options, 'test:all')],
  ['the demo with the embedded Firestore and no Java', demoWithoutJava],
];

const besideTests: readonly Part[] = [
  ['types', (options) => part('npm', ['run', 'types'], options)],
  ['lint', (options) => part('npm', ['run', 'lint'], options)],
  ['nothing unused', (options) => part('npm', ['run', 'unused'], options)],
  // Without Go it says so and is counted as skipped.
  ['the contract with Stripe', (options) => counted(options, 'test:contract', '--install', '--if-present')],
  // Without Python it says so and is counted as skipped.
  ['the data package with the Frictionless validator', (options) => counted(options, 'test:package', '--install')],
  ['the deployable copy', (options) => part('npx', ['tsx', 'scripts/deployable.ts'], options)],
];

let total = none;
const summaries: string[] = [];

async function runPart([name, work]: Part, options: Options): Promise<void> {
  const start = Date.now();
  const counts = await work(options);
  total = add(total, counts);
  summaries.push(
    `${counts.failed > 0 ? 'FAILED' : 'ok    '} ${name}: ${sayCounts(counts)} in ${Math.round((Date.now() - start) / 1000)} s`,
  );
}

const shown = async (one: Part): Promise<void> => {
  console.log(`\n=== ${one[0]}`);
  await runPart(one, {});
};

// Both rows begin with the functions' bundles, and build missing ones: so they are built before
// both.
await shown(['the bundles', (options) => part('npm', ['run', 'build'], options)]);
await shown(['npm test', (options) => counted(options, 'test')]);
await Promise.all([
  (async () => {
    for (const one of inSuites) await shown(one);
  })(),
  (async () => {
    for (const one of besideTests)
      await shownAtItsEnd(`${one[0]} (beside the tests)`, (options) =>
        runPart(one, { ...options, isLowPriority: true }),
      );
  })(),
]);
if (total.failures.length > 0) console.log(`\nFailed:\n${total.failures.join('\n')}`);
console.log(`\n${summaries.join('\n')}`);
console.log(sayCounts(total));
process.exitCode = total.failed > 0 ? 1 : 0;
