import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tail, type FirebaseCli } from '../firebase-cli.ts';
import { isFree, type Ports } from './ports.ts';
import { isAlive, signal, until } from './processes.ts';
import { ROOT, type Workspace } from '../workspace.ts';

/** The contents of the pid files: a name, and the number for `kill` (negative: a process group). */
function pidsOf(workspace: Workspace): { name: string; pid: number }[] {
  if (!existsSync(workspace.pids)) return [];
  return readdirSync(workspace.pids)
    .map((name) => ({ name, pid: Number(readFileSync(join(workspace.pids, name), 'utf8')) }))
    .filter(({ pid }) => Number.isInteger(pid) && pid !== 0);
}

/**
 * Notes a process that must end with the suite.
 *
 * @returns a function that forgets it, for a process that has ended by itself
 */
export function adoptProcess(workspace: Workspace, name: string, pid: number): () => void {
  const file = join(workspace.pids, name);
  writeFileSync(file, String(pid));
  return () => rmSync(file, { force: true });
}

/** Starts a program that stops everything if this process is gone without having done so. */
export function startReaper(workspace: Workspace): ChildProcess {
  const script = join(ROOT, 'emulator/shims/reaper');
  const reaper = spawn(script, [workspace.pids, workspace.temporary, workspace.folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  reaper.unref();
  return reaper;
}

/**
 * Ends the CLI, its functions, Firestore and Pub/Sub by their process ids, at once. Nothing of a
 * suite is to be kept, and the CLI's own way of stopping waits for every function that still works.
 */
export async function stopProcesses(workspace: Workspace, ports: Ports): Promise<void> {
  // The CLI first, so that it does not report the end of the others as crashes.
  const pids = pidsOf(workspace).sort((a, b) => Number(b.name === 'cli') - Number(a.name === 'cli'));
  for (const { pid } of pids) signal(pid, 'SIGKILL');
  // A process counts as ended a moment before its ports are free again.
  const ours = [ports.courier, ports.stripe, ports.brevo];
  const theirs = Object.values(ports).filter((port) => !ours.includes(port));
  const gone = async (): Promise<boolean> =>
    pids.every(({ pid }) => !isAlive(Math.abs(pid))) &&
    (pids.length === 0 || (await Promise.all(theirs.map(isFree))).every(Boolean));
  if (!(await until(gone, 5000))) {
    const left = pids.filter(({ pid }) => isAlive(Math.abs(pid))).map(({ name, pid }) => `${name} (${Math.abs(pid)})`);
    if (left.length > 0) throw new Error(`still running: ${left.join(', ')}`);
  }
}

const EVERY_MS = 300;

/**
 * Watches the processes of a suite. The CLI goes on if one of its emulators was killed; a suite
 * must not.
 *
 * @param crashed is called once, with the event and the end of the log
 * @returns a function that ends the watch
 */
export function watch(workspace: Workspace, cli: FirebaseCli, crashed: (what: string) => void): () => void {
  let over = false;
  const report = (what: string, log: string): void => {
    if (over) return;
    stop();
    const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
    crashed(`${what}. The end of its log:\n${tail(text, 15)}`);
  };
  const timer = setInterval(() => {
    for (const name of ['firestore', 'pubsub']) {
      const pid = pidsOf(workspace).find((one) => one.name === name)?.pid;
      if (pid !== undefined && !isAlive(Math.abs(pid)))
        report(`the ${name} emulator has ended by itself`, join(workspace.folder, `${name}-debug.log`));
    }
  }, EVERY_MS);
  const stop = (): void => {
    over = true;
    clearInterval(timer);
  };
  void cli.ended.then((how) => report(`the Firebase CLI ${how}`, workspace.log));
  return stop;
}
