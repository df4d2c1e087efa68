import './requireNode.mjs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { add, part, ROOT, sayTally, vitest, type Tally } from './run.ts';

/** Where `scripts/ci.ts` wants to find the counts. */
const TALLY_FILE = 'COMPLIANCE_TALLY_FILE';

/**
 * What is the same whichever Firestore runs: how the suite starts, stops and calls functions, how other companies' systems are spoken with, what commands
 * print; and the long ways of consents, checkpoints and erasures, whose every kind of call to Firestore is made by tests that run on both (consent, ledger, erasure,
 * mentions, conformance).
 */
const SAME_ON_BOTH = [
  'test/emulator/suite-lifecycle.test.ts',
  'test/conformance/{stripe,brevo,auth,storage}.test.ts',
  'test/emulator/{accounts,attacks,erasure,export,holds,replay,starts,suppression}.test.ts',
  'test/emulator/{consent-chaos,consent-effects,reconsent}.test.ts',
  'test/emulator/{checkpoint,checkpoint-deployed,receipt,suite-functions}.test.ts',
];

const { firestore, emulatorOnly, again, suites } = new Command('npm test --')
  .description(
    'Every test: generated files fresh, unit tests, then in suites what needs the emulators, and the security rules.',
  )
  .addOption(
    new Option('--firestore <backend>', 'which Firestore').choices(['auto', 'official', 'embedded']).default('auto'),
  )
  .option('--emulator-only', 'only what needs the suite')
  .addOption(
    new Option('--suites <n>', 'so many suites side by side; each needs up to two gigabytes of memory').default('2'),
  )
  .option('--again', 'on the other Firestore: leaves out what is the same on both')
  .parse()
  .opts<{ firestore: string; emulatorOnly?: true; again?: true; suites: string }>();

const inSuites = ['--ports', 'auto', '--firestore', firestore, '--suites', suites, '--'];
const exec = ['npx', 'tsx', join(ROOT, 'emulator/cli.ts'), 'exec', ...inSuites];
// The rules are tested where Google's Firestore emulator is there; elsewhere they are reported as skipped, with the reason.
const left = again === true ? SAME_ON_BOTH.flatMap((files) => ['--exclude', files]) : [];

const parts: Tally[] = [];
if (emulatorOnly !== true) {
  parts.push(await part('npx', ['tsx', 'scripts/generate.ts', '--check']));
  parts.push(await vitest([], ['unit']));
}
parts.push(await vitest(exec, ['emulator', 'rules'], left));

const tally = parts.reduce(add);
console.log(sayTally(tally));
const file = process.env[TALLY_FILE];
if (file !== undefined) writeFileSync(file, JSON.stringify(tally));
process.exitCode = tally.failed > 0 ? 1 : 0;
