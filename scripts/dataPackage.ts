import './requireNode.mjs';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { findProgram } from '../test/contract/stripeMock.ts';
import { endWith, ROOT, run, vitest, type Counts } from './run.ts';

/**
 * `npm run test:package`: validates the exports' data packages with the Frictionless validator (a
 * Python program).
 */

const FRICTIONLESS_VERSION = '5.21.0';

const { install } = new Command('npm run test:package --')
  .description('Validates the data package of an export with the Frictionless validator; skipped if it is missing.')
  .option('--install', `if Python is there, first install frictionless ${FRICTIONLESS_VERSION} in a temporary folder`)
  .parse()
  .opts<{ install?: true }>();

const test = (): Promise<Counts> => vitest([], ['unit'], ['test/unit/export/archive/dataPackage.test.ts']);

async function withFrictionless(): Promise<Counts> {
  const python = findProgram('python3', [process.env['PATH'] ?? '']);
  if (install !== true || python === undefined) {
    if (install === true) console.log('Python is not there: frictionless is not installed');
    return test();
  }
  mkdirSync(join(ROOT, '.suite'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.suite/python-'));
  const own = join(folder, 'bin/python3');
  try {
    const steps: [string, string[]][] = [
      [python, ['-m', 'venv', folder]],
      [own, ['-m', 'pip', 'install', '--quiet', `frictionless==${FRICTIONLESS_VERSION}`]],
    ];
    for (const [program, args] of steps) {
      if ((await run(program, args)) === 0) continue;
      console.log('frictionless could not be installed: its test is skipped');
      return await test();
    }
    process.env['FRICTIONLESS_PYTHON'] = own;
    return await test();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

endWith(await withFrictionless());
