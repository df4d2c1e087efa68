import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longestFirst.ts';

/** What runs inside a suite: a file after the other in each of the suites that there are. */
const suites = (JSON.parse(process.env['SUITE_ALL'] ?? '[{}]') as unknown[]).length;
const inSuite = {
  setupFiles: ['test/suiteOfWorker.ts'],
  // On a slow machine everything takes longer, and nothing is wrong.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  maxWorkers: suites,
  sequence: { groupOrder: 1 },
};

/** `unit` needs nothing; `emulator` and `rules` run inside a suite (`npm run emulators -- exec`); `contract` needs Stripe's stripe-mock. */
export default defineConfig({
  test: {
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Files share their modules: loading the Firebase SDKs for each of them takes as long as its tests.
          isolate: false,
          execArgv: ['--import', './test/kit/promptFirestore.mjs'],
        },
      },
      {
        test: {
          ...inSuite,
          name: 'emulator',
          include: ['test/{conformance,emulator,functions}/**/*.test.ts'],
        },
      },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { ...inSuite, name: 'rules', include: ['test/rules/**/*.test.ts'] } },
    ],
  },
});
