import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongestFirst } from './test/longestFirst.ts';

/** What runs inside a suite: a file after the other in each of the suites that there are. */
const suites = (JSON.parse(process.env['SUITE_ALL'] ?? '[{}]') as unknown[]).length;
const inSuite = {
  setupFiles: ['test/suiteOfWorker.ts'],
  // On a slow machine everything takes longer, and nothing is wrong.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  maxWorkers: suites,
  // Those who wait side by side mostly wait.
  maxConcurrency: 10,
  sequence: { groupOrder: 1 },
};

/**
 * A kind of tests as two projects: `name` for `npm test`, `name:all` for `npm run test:all`, with
 * what the first leaves out or has a sample of (test/kit/depth.ts).
 */
function kind(
  name: string,
  folder: string,
  options: NonNullable<TestProjectInlineConfiguration['test']>,
): TestProjectInlineConfiguration[] {
  const files = (names: string): string[] => [`test/${folder}/**/${names}.test.ts`];
  return [
    { test: { ...options, name, include: files('!(*.all)') } },
    { test: { ...options, name: `${name}:all`, include: files('*.{all,sampled}'), env: { COMPLIANCE_TESTS: 'all' } } },
  ];
}

/** `unit` needs nothing; `emulator` and `rules` run inside a suite (`npm run emulators -- exec`); `contract` needs Stripe's stripe-mock. */
export default defineConfig({
  test: {
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    projects: [
      ...kind('unit', 'unit', {
        testTimeout: 120_000,
        hookTimeout: 120_000,
        // Files share their modules: loading the Firebase SDKs for each of them takes as long as its tests.
        isolate: false,
        execArgv: ['--import', './test/kit/promptFirestore.mjs'],
      }),
      ...kind('emulator', '{conformance,emulator,functions}', inSuite),
      ...kind('rules', 'rules', inSuite),
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 60_000 } },
    ],
  },
});
