import { accessSync, constants, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { chooseBackend } from '../emulator/backend.ts';
import { disk } from '../emulator/disk.ts';
import { add, none, part, run, sayTally, type Tally } from './run.ts';

/** What `.ci/run` does after `npm ci`: every part runs even where one before it failed, and the last line counts them all. */

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'compliance-ci-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A script of package.json with its counts; a run that ends without any is one failure. */
const counted = (script: string, ...args: string[]): Promise<Tally> =>
  inFolder(async (folder) => {
    const file = join(folder, 'tally.json');
    const code = await run('npm', ['run', script, '--', ...args], { env: { COMPLIANCE_TALLY_FILE: file } });
    try {
      const tally = JSON.parse(readFileSync(file, 'utf8')) as Tally;
      return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
    } catch {
      return { ...none, failed: 1 };
    }
  });

/** Node, npm and what their scripts need of a shell: a machine without Java. */
function pathWithoutJava(folder: string): string {
  for (const name of ['node', 'npm', 'npx']) symlinkSync(join(dirname(process.execPath), name), join(folder, name));
  for (const name of ['sh', 'bash', 'env', 'dirname', 'uname', 'ps']) {
    const found = (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((dir) => join(dir, name))
      .find(isExecutable);
    if (found !== undefined) symlinkSync(found, join(folder, name));
  }
  return folder;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const demoWithoutJava = (): Promise<Tally> =>
  inFolder((folder) => {
    const env = { PATH: pathWithoutJava(folder), JAVA_HOME: undefined };
    return part('npm', ['run', 'demo', '--', '--firestore', 'embedded'], { env });
  });

const onEmbedded = [
  'the emulator tests with the embedded Firestore',
  () => counted('test', '--emulator-only', '--again', '--firestore', 'embedded'),
] as const;

const parts: readonly (readonly [string, () => Promise<Tally>])[] = [
  ['types', () => part('npm', ['run', 'types'])],
  ['lint', () => part('npm', ['run', 'lint'])],
  ['npm test', () => counted('test')],
  // Where Go is not, it says so and is counted as skipped.
  ['the contract with Stripe', () => counted('test:contract', '--install', '--if-present')],
  // Where Python is not, it says so and is counted as skipped.
  ['the data package with the Frictionless validator', () => counted('test:package', '--install')],
  // Without Google's emulator, `npm test` has run on the embedded one already.
  ...(chooseBackend('auto', { disk, env: process.env }).backend === 'official' ? [onEmbedded] : []),
  ['the demo with the embedded Firestore and no Java', demoWithoutJava],
  ['the deployable copy', () => part('npx', ['tsx', 'scripts/deployable.ts'])],
];

let total = none;
const ends: string[] = [];
for (const [name, work] of parts) {
  console.log(`\n=== ${name}`);
  const start = Date.now();
  const tally = await work();
  total = add(total, tally);
  ends.push(
    `${tally.failed > 0 ? 'FAILED' : 'ok    '} ${name}: ${sayTally(tally)} in ${Math.round((Date.now() - start) / 1000)} s`,
  );
}
console.log(`\n${ends.join('\n')}`);
console.log(sayTally(total));
process.exitCode = total.failed > 0 ? 1 : 0;
