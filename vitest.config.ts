import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongestFirst } from './test/longestFirst.ts';

/** On a slow machine everything takes longer, and nothing is wrong. */
const patient = { testTimeout: 600_000, hookTimeout: 600_000 };

/** Runs inside a suite: one file after the other in each of the running suites. */
const suites = (JSON.parse(process.env['SUITE_ALL'] ?? '[{}]') as unknown[]).length;
const inSuite = {
  setupFiles: ['test/suiteOfWorker.ts'],
  ...patient,
  maxWorkers: suites,
  // Tests that run side by side mostly wait.
  maxConcurrency: 10,
  sequence: { groupOrder: 1 },
};

/** Loads the code as Node does: it strips the types, and nothing is transformed. */
const asNode = { experimental: { viteModuleRunner: false, nodeLoader: false } };

/**
 * Files with a project or settings of their own, and fault matrices, which leave much behind: each
 * has a process of its own.
 */
const ALONE = [
  '{conformance,functions}/**/',
  'emulator/erasure/fault-',
  'emulator/export/matrix',
  'emulator/rights/{answers,links,carried}',
];

/** Loads files of test/kit/preload into each worker, before everything else. */
const preloads = (...names: string[]): string[] =>
  names.flatMap((name) => ['--import', `./test/kit/preload/${name}.mjs`]);

/**
 * A kind of tests as two projects: `name` for `npm test`; `name:all` for `npm run test:all`, with
 * the cases that the first leaves out or samples (test/kit/depth.ts).
 *
 * @param places the beginnings of the names of its files, below `test/`
 */
function kind(
  name: string,
  places: readonly string[],
  options: NonNullable<TestProjectInlineConfiguration['test']>,
): TestProjectInlineConfiguration[] {
  const files = (names: string): string[] => places.map((place) => `test/${place}${names}.test.ts`);
  return [
    { test: { ...options, name, include: files('!(*.all)') } },
    { test: { ...options, name: `${name}:all`, include: files('*.{all,sampled}'), env: { COMPLIANCE_TESTS: 'all' } } },
  ];
}

/**
 * `unit` needs nothing, and each file of `suites` starts what it needs; `emulator`, `alone` and
 * `rules` run inside a suite (`npm run emulators -- exec`); `contract` needs Stripe's stripe-mock.
 */
export default defineConfig({
  test: {
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    globalSetup: 'test/sayDay.ts',
    projects: [
      ...kind('unit', ['unit/**/'], {
        testTimeout: 120_000,
        hookTimeout: 120_000,
        // Files share their modules: loading the Firebase SDKs for each takes as long as its tests.
        isolate: false,
        ...asNode,
        execArgv: [
          // Less often, the garbage is collected for less.
          '--max-semi-space-size=64',
          ...preloads(
            'compiledBefore',
            'promptFirestore',
            'directionsOnce',
            'bundlerNames',
            'seedOfTheDay',
            'lightVitest',
          ),
        ],
      }),
      ...kind('emulator', ['emulator/**/'], {
        ...inSuite,
        ...asNode,
        exclude: ALONE.map((place) => `test/${place}*`),
        // Files share their modules, and the officers' processes.
        isolate: false,
        execArgv: preloads('compiledBefore', 'bundlerNames', 'lightVitest'),
      }),
      ...kind('alone', ALONE, inSuite),
      ...kind('rules', ['rules/**/'], inSuite),
      ...kind('suites', ['suites/'], { ...patient, maxWorkers: 1, sequence: { groupOrder: 2 } }),
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 60_000 } },
    ],
  },
});
