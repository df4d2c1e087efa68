import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { cleanEnvironment } from './environment.ts';
import { descendants, isAlive, signal as send, until } from './processes/processes.ts';
import type { Suite } from './suite.ts';
import { ROOT } from './workspace.ts';

const GRACE_MS = 3000;

/**
 * Runs a command with the suite's environment, and its programs from `node_modules/.bin`. One
 * argument is a line for the shell; several are a program and its arguments.
 *
 * @param signal ends the command with all that it has started: it is asked first, and killed after
 *   three seconds
 * @param more variables beside the suite's
 * @returns its exit code; 128 and the signal's number if a signal ended it
 */
export async function runCommand(
  command: readonly string[],
  suite: Suite,
  signal: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Promise<number> {
  const [program = '', ...args] = command;
  const env = { ...cleanEnvironment(process.env), ...suite.env, ...more };
  const child = spawn(program, args, {
    stdio: 'inherit',
    shell: args.length === 0,
    env: { ...env, PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}` },
  });
  const { pid } = child;
  const forget = pid === undefined ? () => undefined : suite.adopt('command', pid);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${program} could not be run: ${error.message}`)));
    child.once('exit', (code, by) => resolve(code ?? 128 + (by === 'SIGINT' ? 2 : by === 'SIGKILL' ? 9 : 15)));
  });
  const end = async (): Promise<void> => {
    if (pid === undefined) return;
    const all = [pid, ...descendants(pid)];
    for (const one of all) send(one, 'SIGTERM');
    if (!(await until(() => !all.some(isAlive), GRACE_MS))) for (const one of all) send(one, 'SIGKILL');
  };
  const onAbort = (): void => void end();
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort);
  try {
    return await ended;
  } finally {
    forget();
    signal.removeEventListener('abort', onAbort);
  }
}
