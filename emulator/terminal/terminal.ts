import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The people of the demo and the tests are AMIKEO's: so is the policy of the command. */
export const WITH_AMIKEO = pathToFileURL(join(import.meta.dirname, 'amikeoDeployed.mjs')).href;

/** A command with its environment. */
export interface Asked {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The output of a command, and its exit code. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Opens a terminal of an officer: commands one after the other, in a process that stays for the
 * next one. Most of a short command is its start. The process begins with the first command, and
 * nobody waits for its end.
 *
 * @returns runs a command; the next one has to wait for its answer
 */
export function openTerminal(): (asked: Asked) => Promise<Ran> {
  let server: ChildProcess | undefined;
  const started = (): ChildProcess => {
    const child = fork(join(import.meta.dirname, 'server.ts'), {
      execArgv: ['--import', WITH_AMIKEO],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.once('exit', () => (server = undefined));
    child.unref();
    child.channel?.unref();
    return child;
  };
  return async (asked) => {
    server ??= started();
    const over = new AbortController();
    const { signal } = over;
    const answered = Promise.race([
      once(server, 'message', { signal }) as Promise<[Ran]>,
      once(server, 'exit', { signal }).then(() => Promise.reject(new Error('the process of the commands ended'))),
    ]);
    server.send(asked);
    try {
      const [answer] = await answered;
      return answer;
    } finally {
      over.abort(); // takes the other listener away
    }
  };
}
