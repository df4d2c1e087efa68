import './requireNode.mjs';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { findProgram, findStripeMock, HOW_TO_INSTALL, STRIPE_MOCK_VERSION } from '../test/contract/stripeMock.ts';
import { endWith, none, ROOT, run, vitest, type Counts } from './run.ts';

/** `npm run test:contract`: every Stripe call of this project against Stripe's own stripe-mock. */

const { ifPresent, install } = new Command('npm run test:contract --')
  .description(
    "Sends every call that this project can make to Stripe to Stripe's own stripe-mock: none may be refused.",
  )
  .option('--if-present', 'if stripe-mock is not there, skip the tests instead of failing')
  .option('--install', `if Go is there, first build stripe-mock ${STRIPE_MOCK_VERSION} in a temporary folder`)
  .parse()
  .opts<{ ifPresent?: true; install?: true }>();

async function withStripeMock(): Promise<Counts> {
  const go = findProgram('go', [process.env['PATH'] ?? '']);
  if (install !== true || go === undefined) {
    if (install === true) console.log('Go is not there: stripe-mock is not installed');
    return test();
  }
  mkdirSync(join(ROOT, '.suite'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.suite/go-'));
  try {
    const code = await run(go, ['install', `github.com/stripe/stripe-mock@${STRIPE_MOCK_VERSION}`], {
      env: { GOBIN: folder },
    });
    if (code !== 0) return { ...none, failed: 1 };
    process.env['STRIPE_MOCK'] = join(folder, 'stripe-mock');
    return await test();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function test(): Promise<Counts> {
  const found = findStripeMock();
  console.log(found === undefined ? HOW_TO_INSTALL : `stripe-mock: ${found}`);
  // The tests themselves say that they are skipped, and are counted.
  return found === undefined && ifPresent !== true ? { ...none, failed: 1 } : vitest([], ['contract']);
}

endWith(await withStripeMock());
