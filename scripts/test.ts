import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { add, part, ROOT, sayTally, vitest } from './run.ts';

/** Where `scripts/ci.ts` wants to find the counts. */
const TALLY_FILE = 'COMPLIANCE_TALLY_FILE';

const { firestore, emulatorOnly } = new Command('npm test --')
  .description(
    'Every test: generated files fresh, unit tests, then in one suite what needs the emulators, and the security rules.',
  )
  .addOption(
    new Option('--firestore <backend>', 'which Firestore').choices(['auto', 'official', 'embedded']).default('auto'),
  )
  .option('--emulator-only', 'only what needs the suite')
  .parse()
  .opts<{ firestore: string; emulatorOnly?: true }>();

const suite = ['npx', 'tsx', join(ROOT, 'emulator/cli.ts'), 'exec', '--ports', 'auto', '--firestore', firestore, '--'];
const parts = [];
if (emulatorOnly !== true) {
  parts.push(await part('npx', ['tsx', 'scripts/generate.ts', '--check']));
  parts.push(await vitest([], ['unit']));
}
// The rules are tested where Google's Firestore emulator is there; elsewhere they are reported as skipped, with the reason.
parts.push(await vitest(suite, ['emulator', 'rules']));

const tally = parts.reduce(add);
console.log(sayTally(tally));
const file = process.env[TALLY_FILE];
if (file !== undefined) writeFileSync(file, JSON.stringify(tally));
process.exitCode = tally.failed > 0 ? 1 : 0;
