import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runCompliance, WITH_AMIKEO, type Ran } from '../compliance.ts';

/** A command with its environment. */
export interface Asked {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

let server: ChildProcess | undefined;
let isBusy = false;

/**
 * Runs a command in a process that stays for the next one: most of a short command is its start. A
 * command that comes while another one runs has a process of its own, as those of two officers
 * have.
 */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Ran> {
  if (isBusy) return runCompliance(args, env);
  isBusy = true;
  try {
    server ??= started();
    const answered = Promise.race([
      once(server, 'message') as Promise<[Ran]>,
      once(server, 'exit').then(() => Promise.reject(new Error('the process of the commands ended'))),
    ]);
    server.send({ args, env } satisfies Asked);
    const [answer] = await answered;
    return answer;
  } finally {
    isBusy = false;
  }
}

function started(): ChildProcess {
  const child = fork(join(import.meta.dirname, 'commandServer.ts'), {
    execArgv: ['--import', WITH_AMIKEO],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.once('exit', () => (server = undefined));
  // Tests do not wait for its end; it ends with them.
  child.unref();
  child.channel?.unref();
  return child;
}
