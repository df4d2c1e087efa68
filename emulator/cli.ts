/**
 * `npm run emulators -- start|exec|fire`: the suite for people, tests and CI. A thin adapter over
 * startSuite().
 */
import '../scripts/requireNode.mjs';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { buildFunctions, buildFunctionsOf } from './build.ts';
import { runCommand } from './command.ts';
import { fire } from './schedules.ts';
import { findSuite } from './state.ts';
import { startSuite, type Suite, type SuiteOptions } from './suite.ts';

interface Flags {
  firestore: NonNullable<SuiteOptions['firestore']>;
  ports: NonNullable<SuiteOptions['ports']>;
  waits: NonNullable<SuiteOptions['waits']>;
  project: string;
  verbose: boolean;
  functions?: string;
  policy?: string;
}

const say = (line: string): void => void process.stderr.write(`${pc.dim('suite')} ${line}\n`);
const numbered =
  (index: number) =>
  (line: string): void =>
    say(`${index + 1}: ${line}`);
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

function demoProject(value: string): string {
  if (/^demo-[a-z0-9-]{1,24}$/.test(value)) return value;
  throw new InvalidArgumentError('only demo- projects: the Firebase CLI never asks Google about those.');
}

function many(value: string): number {
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1 && count <= 8) return count;
  throw new InvalidArgumentError('a number from 1 to 8.');
}

function suiteCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(
      new Option('--firestore <backend>', 'which Firestore').choices(['auto', 'official', 'embedded']).default('auto'),
    )
    .addOption(
      new Option('--ports <ports>', 'the usual ports, or free ones').choices(['auto', 'default']).default('default'),
    )
    .addOption(
      new Option('--waits <waits>', 'graces and polling in seconds, or as deployed')
        .choices(['short', 'real'])
        .default('short'),
    )
    .addOption(new Option('--project <id>', 'a demo- project').argParser(demoProject).default('demo-amikeo'))
    .option('--verbose', 'show the output of the Firebase CLI', false)
    .option(
      '--policy <name>',
      'the functions with this policy, a folder in functions/policies; absent: the deployed one',
    )
    .addOption(new Option('--functions <folder>', 'other functions than this repository’s').hideHelp());
}

/** A suite, and those beside it. */
type Suites = readonly [Suite, ...Suite[]];

/**
 * Starts suites side by side, runs `use` with them, stops them, and returns the exit code. A
 * signal, or the end of one suite, ends all of it.
 */
async function withSuites(
  flags: Flags,
  count: number,
  use: (suites: Suites, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const interrupted = new AbortController();
  let code: number | undefined;
  for (const [name, number] of Object.entries(SIGNALS))
    process.on(name, () => {
      code ??= number;
      interrupted.abort(new Error(`stopped by ${name}`));
    });
  const begun = Date.now();
  const options = { ...flags, signal: interrupted.signal };
  // Builds once before the starts, so that each suite finds the build.
  if (count > 1 && flags.policy !== undefined) await buildFunctionsOf(flags.policy, say);
  else if (count > 1 && flags.functions === undefined) await buildFunctions(say);
  const starts = await Promise.allSettled(
    Array.from({ length: count }, (_, index) => startSuite({ ...options, report: count > 1 ? numbered(index) : say })),
  );
  const started = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failure = starts.find((one) => one.status === 'rejected');
  if (failure !== undefined) {
    for (const suite of started) await suite.stop();
    if (code === undefined) throw failure.reason;
    return code;
  }
  say(`ready after ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  const ended = new AbortController();
  const signal = AbortSignal.any([interrupted.signal, ended.signal]);
  const crashes = started.map(async (suite) => {
    const { crash } = await suite.exited;
    if (crash !== undefined && code === undefined) say(pc.red(crash));
    ended.abort();
    return crash;
  });
  const [first, ...others] = started;
  if (first === undefined) throw new Error('no suite was started');
  const result = await use([first, ...others], signal);
  for (const suite of started) await suite.stop({ keepLogs: result !== 0 && code === undefined });
  // After a signal the processes end in any order: none of that is a crash.
  if ((await Promise.all(crashes)).some((crash) => crash !== undefined)) return code ?? 1;
  if (result !== 0 && code === undefined) for (const { log } of started) say(`the functions’ log: ${log}`);
  return code ?? result;
}

const program = new Command('emulators').description(
  'The local suite: Firebase emulators, courier, local Stripe and Brevo.',
);

program.addCommand(
  suiteCommand('start', 'start everything and leave it running until Ctrl-C').action(async (flags: Flags) => {
    process.exitCode = await withSuites(flags, 1, async ([suite], signal) => {
      for (const [name, value] of Object.entries(suite.env))
        if (/_(HOST|URL|HUB)$/.test(name)) process.stdout.write(`${name}=${value}\n`);
      say(`running; log: ${suite.log}; Ctrl-C stops it`);
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return 0;
    });
  }),
);

program.addCommand(
  suiteCommand('exec', 'start everything, run a command, stop everything, exit with its code')
    .option('--suites <n>', 'so many side by side (needs --ports auto): the command finds all in SUITE_ALL', many, 1)
    .argument('<command...>', 'after --, for example: exec -- npx vitest run --project emulator')
    .action(async (command: string[], { suites: count, ...flags }: Flags & { suites: number }) => {
      if (count > 1 && flags.ports !== 'auto') throw new Error('--suites needs --ports auto: each suite has its own');
      process.exitCode = await withSuites(flags, count, (suites, signal) =>
        runCommand(command, suites[0], signal, { SUITE_ALL: JSON.stringify(suites.map(({ env }) => env)) }),
      );
    }),
);

program.addCommand(
  new Command('fire')
    .description('run a scheduled function of the running suite, and wait for it')
    .argument('<function>', 'its name, for example retentionDaily')
    .option('--suite <id>', 'which suite, if several are running')
    .action(async (name: string, { suite }: { suite?: string }) => {
      const { project, functionsPort } = findSuite(process.env, suite);
      await fire({ project, functionsPort }, name);
      say(`${name} was fired`);
    }),
);

/** Quotes any value for a shell. */
const quoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;

program.addCommand(
  new Command('env')
    .description(
      'print the variables with which a terminal reaches the running suite: eval "$(npm run -s emulators -- env)"',
    )
    .option('--suite <id>', 'which suite, if several are running')
    .action(({ suite }: { suite?: string }) => {
      const lines = Object.entries(findSuite(process.env, suite).env).map(
        ([name, value]) => `export ${name}=${quoted(value)}\n`,
      );
      process.stdout.write(lines.join(''));
    }),
);

try {
  await program.parseAsync();
} catch (error) {
  say(pc.red(error instanceof Error ? error.message : String(error)));
  process.exitCode = 1;
}
