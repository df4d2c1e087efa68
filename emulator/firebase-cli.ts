import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Workspace } from './workspace.ts';

const EMULATORS = 'auth,functions,tasks,eventarc,storage,firestore,pubsub';
const READY = 'All emulators ready';
const TICK = /(Beginning execution of|Finished) "[^"]*-tick"/;
const TIMEOUT_MS = 120_000;

/**
 * The running Firebase CLI as it was published: `emulators:start` of all that a suite needs.
 * shims/lighter.cjs makes it start sooner.
 */
export class FirebaseCli {
  /** Resolves at the end of the process, with the reason of the end. */
  readonly ended: Promise<string>;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  #output = '';
  #rest = '';

  constructor(project: string, workspace: Workspace, env: Record<string, string>, verbose: boolean) {
    const root = dirname(createRequire(import.meta.url).resolve('firebase-tools/package.json'));
    const args = [join(root, 'lib/bin/firebase.js'), 'emulators:start', '--project', project, '--only', EMULATORS];
    // A group of its own: Ctrl-C reaches the launcher alone, and the functions' processes can be
    // stopped with the CLI, even if it is gone.
    this.#child = spawn(process.execPath, [...args, '--non-interactive'], {
      cwd: workspace.folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.pid = this.#child.pid ?? 0;
    if (this.pid > 0) writeFileSync(join(workspace.pids, 'cli'), `-${this.pid}`);
    this.#log = createWriteStream(workspace.log);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#write(chunk.toString());
        if (verbose) process.stderr.write(chunk);
        // Kept for the start only: later it would grow with every line of the functions.
        if (this.#output.length < 200_000) this.#output += chunk.toString();
      });
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      this.#child.once('exit', (code, signal) =>
        resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`),
      );
    });
  }

  /** The output of its start. */
  get output(): string {
    return this.#output;
  }

  /**
   * Writes whole lines to the log, without the lines of each second's tick that found nothing
   * wrong.
   */
  #write(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (!TICK.test(line)) this.#log.write(`${line}\n`);
  }

  /** Adds a line to the log. */
  note(line: string): void {
    if (!this.#log.destroyed) this.#log.write(`${line}\n`);
  }

  /**
   * Waits until all emulators answer and the functions are loaded.
   *
   * @throws Error with the end of the CLI's output if it ends instead, or takes longer than two
   *   minutes
   */
  async ready(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let poll: NodeJS.Timeout | undefined;
    try {
      const ended = await Promise.race([
        new Promise<undefined>((resolve) => {
          poll = setInterval(() => {
            if (this.#output.includes(READY)) resolve(undefined);
          }, 20);
        }),
        this.ended,
        new Promise<string>((resolve) => {
          timer = setTimeout(() => resolve(`was not ready after ${TIMEOUT_MS / 1000} seconds`), TIMEOUT_MS);
        }),
      ]);
      if (ended !== undefined) throw new Error(`the Firebase CLI ${ended}:\n${tail(this.#output)}`);
    } finally {
      clearTimeout(timer);
      clearInterval(poll);
    }
  }
}

/** The last lines of a log. */
export function tail(text: string, lines = 25): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
