/** `npm run emulators -- start|exec|fire`: the suite for people, tests and CI. A thin adapter over startSuite(). */
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
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
}

const say = (line: string): void => void process.stderr.write(`${pc.dim('suite')} ${line}\n`);
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

function demoProject(value: string): string {
  if (/^demo-[a-z0-9-]{1,24}$/.test(value)) return value;
  throw new InvalidArgumentError('only demo- projects: the Firebase CLI never asks Google about those.');
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
    .option('--verbose', 'show what the Firebase CLI says', false)
    .addOption(new Option('--functions <folder>', 'other functions than this repository’s').hideHelp());
}

/** Starts a suite, has `use` work with it, stops it, and gives the exit code; a signal ends all of it. */
async function withSuite(flags: Flags, use: (suite: Suite, signal: AbortSignal) => Promise<number>): Promise<number> {
  const interrupted = new AbortController();
  let code: number | undefined;
  for (const [name, number] of Object.entries(SIGNALS))
    process.on(name, () => {
      code ??= number;
      interrupted.abort(new Error(`stopped by ${name}`));
    });
  const { functions, ...rest } = flags;
  const begun = Date.now();
  const suite = await startSuite({
    ...rest,
    ...(functions === undefined ? {} : { functions }),
    signal: interrupted.signal,
    report: say,
  }).catch((error: unknown) => {
    if (code === undefined) throw error;
    return undefined;
  });
  if (!suite) return code ?? 1;
  say(`ready after ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  const ended = new AbortController();
  const signal = AbortSignal.any([interrupted.signal, ended.signal]);
  const crash = suite.exited.then((exit) => {
    if (exit.crash !== undefined) say(pc.red(exit.crash));
    ended.abort();
    return exit.crash;
  });
  const result = await use(suite, signal);
  await suite.stop({ keepLogs: result !== 0 && code === undefined });
  if ((await crash) !== undefined) return 1;
  if (result !== 0 && code === undefined) say(`the functions’ log: ${suite.log}`);
  return code ?? result;
}

const program = new Command('emulators').description(
  'The local suite: Firebase emulators, courier, local Stripe and Brevo.',
);

program.addCommand(
  suiteCommand('start', 'start everything and leave it running until Ctrl-C').action(async (flags: Flags) => {
    process.exitCode = await withSuite(flags, async (suite, signal) => {
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
    .argument('<command...>', 'after --, for example: exec -- npx vitest run --project emulator')
    .action(async (command: string[], flags: Flags) => {
      process.exitCode = await withSuite(flags, (suite, signal) => runCommand(command, suite, signal));
    }),
);

program.addCommand(
  new Command('fire')
    .description('run a scheduled function of the running suite, and wait for it')
    .argument('<function>', 'its name, for example retentionDaily')
    .option('--suite <id>', 'which suite, when several are running')
    .action(async (name: string, { suite }: { suite?: string }) => {
      const { project, functionsPort } = findSuite(process.env, suite);
      await fire({ project, functionsPort }, name);
      say(`${name} was fired`);
    }),
);

try {
  await program.parseAsync();
} catch (error) {
  say(pc.red(error instanceof Error ? error.message : String(error)));
  process.exitCode = 1;
}
