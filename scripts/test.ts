import './requireNode.mjs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { chooseBackend } from '../emulator/backend.ts';
import { buildFunctions } from '../emulator/build.ts';
import { disk } from '../emulator/processes/disk.ts';
import { add, endWith, part, ROOT, shownAtItsEnd, vitest, type Counts } from './run.ts';

/**
 * Test files that do not depend on which Firestore runs:
 *
 * - calls to other companies' systems
 * - output of commands
 * - the long tests of consents, checkpoints and erasures: shorter tests make each of their kinds of
 *   Firestore call on both (consent, ledger, erasure, mentions, conformance)
 * - the fault matrices of links, answers, corrections and restrictions: they have a Firestore of
 *   their own
 */
const SAME_ON_BOTH = [
  'test/conformance/{stripe,brevo,brevo-export,brevo-marketing,auth,storage}',
  'test/emulator/erasure/{accounts,attacks,erasure,holds,outlives,replay,replay-killed,starts,suppression}',
  'test/emulator/export/{export,access,faults,look,officer,parts}',
  'test/emulator/consent/{chaos,crossing,effects,end-records,receipt,reconsent,reconsent-notice}',
  'test/emulator/checkpoints/{checkpoint,builder,deployed}',
  'test/emulator/rights/{links,answers,carried}',
].map((files) => `${files}?(.all|.sampled).test.ts`);

const { firestore, emulatorOnly, all, suites } = new Command('npm test --')
  .description(
    'Checks generated files, and runs unit tests, tests that need the emulators, and tests of the security rules. npm run test:all runs the tests that npm test leaves out or samples.',
  )
  .addOption(
    new Option('--firestore <backend>', 'which Firestore').choices(['auto', 'official', 'embedded']).default('auto'),
  )
  .option('--emulator-only', 'only tests that need the suite')
  .option('--all', 'the tests that npm test leaves out or samples: npm run test:all')
  .addOption(
    new Option('--suites <n>', 'so many suites side by side; each needs up to two gigabytes of memory').default('2'),
  )
  .parse()
  .opts<{ firestore: string; emulatorOnly?: true; all?: true; suites: string }>();

/**
 * Runs tests in suites with a Firestore. The tests use AMIKEO's people: so the suites run with
 * AMIKEO's policy, not with the deployed one.
 */
function inSuites(backend: string, projects: readonly string[], left: readonly string[] = []): Promise<Counts> {
  const options = ['--policy', 'amikeo', '--ports', 'auto', '--firestore', backend, '--suites', suites, '--'];
  const exclude = left.flatMap((files) => ['--exclude', files]);
  return vitest(['npx', 'tsx', join(ROOT, 'emulator/cli.ts'), 'exec', ...options], projects, exclude);
}

/** Runs every kind of test, each as far as `npm test` has it. */
async function everyKind(): Promise<Counts[]> {
  // The rules are tested if Google's Firestore emulator is there; else they are reported as
  // skipped, with the reason.
  const suitesDone = (): Promise<Counts> => inSuites(firestore, ['emulator', 'alone', 'rules']);
  if (emulatorOnly === true) return Promise.all([suitesDone(), ownSuites('suites')]);
  const fresh = await part('npx', ['tsx', 'scripts/generate.ts', '--check']);
  await buildFunctions((line) => console.log(line));
  return [fresh, ...(await Promise.all([suitesDone(), ...besideSuites('unit', 'suites')]))];
}

/**
 * Runs unit tests on the processor time that tests in suites leave: those wait for most of their
 * time. Then runs those that start suites themselves.
 */
function besideSuites(unit: string, own: string): [Promise<Counts>, Promise<Counts>] {
  const units = shownAtItsEnd(`${unit} (beside the suites)`, (options) =>
    vitest([], [unit], [], { ...options, isLowPriority: true }),
  );
  return [units, units.then(() => ownSuites(own))];
}

/** Runs tests that start the suites that they need, one after the other. */
const ownSuites = (project: string): Promise<Counts> =>
  shownAtItsEnd(`${project} (beside the others)`, (options) =>
    vitest([], [project], [], { ...options, env: { FIRESTORE_BACKEND: firestore } }),
  );

/** Runs the rest: all cases of the samples, the long tests, and the other Firestore. */
async function theRest(): Promise<Counts[]> {
  const longCases = inSuites(firestore, ['emulator:all', 'alone:all', 'rules:all']);
  const beside = emulatorOnly === true ? [ownSuites('suites:all')] : besideSuites('unit:all', 'suites:all');
  const parts = await Promise.all([longCases, ...beside]);
  // Without Google's emulator, all has run on the embedded one already.
  const isOfficial =
    firestore !== 'embedded' && chooseBackend('auto', { disk, env: process.env }).backend === 'official';
  if (isOfficial)
    parts.push(await inSuites('embedded', ['emulator', 'emulator:all', 'alone', 'alone:all'], SAME_ON_BOTH));
  return parts;
}

endWith((all === true ? await theRest() : await everyKind()).reduce(add));
