import { spawn } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants as modes,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { z } from 'zod';

export const ROOT = join(import.meta.dirname, '..');

export interface Options {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** A file descriptor for its output; absent: it is shown. */
  readonly output?: number;
  /**
   * Lets everything else have the processor first: for work that no test waits for with a deadline.
   */
  readonly isLowPriority?: boolean;
}

/**
 * Runs a command, and returns its exit code. Its output is shown, or written to the file `output`.
 */
export async function run(command: string, args: readonly string[], options: Options = {}): Promise<number> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', options.output ?? 'inherit', options.output ?? 'inherit'],
  });
  if (options.isLowPriority === true && child.pid !== undefined)
    setPriority(child.pid, constants.priority.PRIORITY_LOW);
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(127);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** True if this machine can run a file. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, modes.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Works with a folder that is removed afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'compliance-run-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Collects the output of work beside other work, and shows it in one piece at the end. */
export const shownAtItsEnd = <T>(name: string, work: (options: Options) => Promise<T>): Promise<T> =>
  inFolder(async (folder) => {
    const file = join(folder, 'output.txt');
    const output = openSync(file, 'a');
    try {
      return await work({ output });
    } finally {
      closeSync(output);
      console.log(`\n=== ${name}\n${readFileSync(file, 'utf8')}=== end of ${name}\n`);
    }
  });

/** The counts of a part. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names the failed tests, each with its first lines: the end of a long log says them again. */
  readonly failures: readonly string[];
}

export const none: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };

export const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  failures: [...a.failures, ...b.failures],
});

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

/**
 * Runs vitest with its usual output, and counts from its own report. A run that ended badly without
 * a failed test counts as one failure: a file that could not be loaded, a suite that did not start,
 * no test at all.
 */
export async function vitest(
  before: readonly string[],
  projects: readonly string[],
  more: readonly string[] = [],
  options: Options = {},
): Promise<Counts> {
  return inFolder(async (folder) => {
    const file = join(folder, 'report.json');
    const chosen = projects.flatMap((name) => ['--project', name]);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const [command = 'npx', ...args] = [...before, 'npx', 'vitest', 'run', ...chosen, ...reporters, ...more];
    const code = await run(command, args, options);
    const counts = counted(file);
    const broken = counts.failed === 0 && (code !== 0 || counts.passed + counts.skipped === 0);
    return broken ? { ...counts, failed: 1 } : counts;
  });
}

function counted(file: string): Counts {
  try {
    const read = report.parse(JSON.parse(readFileSync(file, 'utf8')));
    const failures = read.testResults.flatMap(failuresOf);
    return { passed: read.numPassedTests, failed: read.numFailedTests, skipped: read.numPendingTests, failures };
  } catch {
    return none;
  }
}

/** The failed tests of a file; the file itself if it failed without one. */
function failuresOf(file: z.infer<typeof report>['testResults'][number]): string[] {
  const failed = file.assertionResults.filter(({ status }) => status === 'failed');
  const name = relative(ROOT, file.name);
  if (failed.length === 0 && file.status === 'failed') return [`${name}\n${firstLines(file.message)}`];
  return failed.map((test) => `${name} > ${test.fullName}\n${firstLines(test.failureMessages?.[0] ?? '')}`);
}

/** The first 12 lines of a message, indented, each cut at 400 characters. */
function firstLines(message: string): string {
  const lines = message.split('\n').slice(0, 12);
  return lines.map((line) => `    ${line.slice(0, 400)}`).join('\n');
}

/** One part that either passes or fails. */
export async function part(command: string, args: readonly string[], options: Options = {}): Promise<Counts> {
  return (await run(command, args, options)) === 0 ? { ...none, passed: 1 } : { ...none, failed: 1 };
}

export function sayCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Names the file for the counts that `scripts/ci.ts` reads. */
export const COUNTS_FILE = 'COMPLIANCE_COUNTS_FILE';

/** Ends a script of tests: says its counts, hands them on, and fails if a test did. */
export function endWith(counts: Counts): void {
  console.log(sayCounts(counts));
  const file = process.env[COUNTS_FILE];
  if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  process.exitCode = counts.failed > 0 ? 1 : 0;
}
