import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isExecutable } from '../../scripts/run.ts';

/**
 * Stripe's own `stripe-mock` (a Go program): it checks each request against Stripe's specification
 * and answers with fixtures.
 */

/**
 * The version that CI installs: the newest that is published as a Go module at the time of writing.
 * Its specification is of 2026-08-26.dahlia.
 */
export const STRIPE_MOCK_VERSION = 'v0.203.0';

export const HOW_TO_INSTALL =
  'stripe-mock was not found (STRIPE_MOCK, PATH, GOBIN, GOPATH/bin, ~/go/bin): go install github.com/stripe/stripe-mock@latest';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Finds stripe-mock; undefined if it is not there.
 *
 * @throws Error if `STRIPE_MOCK` names something that cannot be run
 */
export function findStripeMock(env: Env = process.env, canRun = isExecutable): string | undefined {
  const told = env['STRIPE_MOCK'];
  if (told !== undefined && told !== '') {
    if (!canRun(told)) throw new Error(`STRIPE_MOCK is ${told}, which cannot be run`);
    return told;
  }
  const own = [...(env['GOPATH'] ?? '').split(delimiter), join(env['HOME'] ?? homedir(), 'go')];
  const bins = own.filter((path) => path !== '').map((path) => join(path, 'bin'));
  return findProgram('stripe-mock', [env['PATH'] ?? '', env['GOBIN'] ?? '', ...bins], canRun);
}

/** The first of a name in lists of folders as PATH has them. */
export function findProgram(name: string, lists: readonly string[], canRun = isExecutable): string | undefined {
  const folders = lists.flatMap((list) => list.split(delimiter)).filter((folder) => folder !== '');
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  return folders.map((folder) => join(folder, file)).find((path) => canRun(path));
}

export interface StripeMock {
  readonly url: string;
  stop(): Promise<void>;
}

const STARTS_WITHIN_MS = 60_000;

/**
 * Starts it on a free port of the loopback.
 *
 * @param strict refuse requests for another version of the API than the specification's
 */
export async function startStripeMock(binary: string, { strict }: { strict: boolean }): Promise<StripeMock> {
  const anyPort = ['-http-addr', '127.0.0.1:0', '-https-addr', '127.0.0.1:0'];
  const child = spawn(binary, strict ? [...anyPort, '-strict-version-check'] : anyPort, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  let said = '';
  const url = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`stripe-mock does not listen:\n${said}`)), STARTS_WITHIN_MS);
    const hear = (chunk: Buffer): void => {
      // Later it says every request: that is read and dropped.
      if (said.length < 10_000) said += chunk.toString();
      const [, address] = /Listening for HTTP at address: (\S+)/.exec(said) ?? [];
      if (address !== undefined) {
        clearTimeout(timer);
        resolve(`http://${address}`);
      }
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('close', () => reject(new Error(`stripe-mock ended:\n${said}`)));
  });
  try {
    return { url: await url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
