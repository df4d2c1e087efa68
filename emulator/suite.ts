import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { chooseBackend, type Backend, type BackendChoice } from './backend.ts';
import { buildFunctions, buildFunctionsOf } from './build.ts';
import { Courier } from './courier.ts';
import { disk } from './processes/disk.ts';
import { cliEnvironment, commandEnvironment } from './environment.ts';
import { FirebaseCli } from './firebase-cli.ts';
import { declaredFunctions, loadedFunctions, problemsOf } from './functions.ts';
import { suiteParameters } from './parameters.ts';
import { choosePorts, HOST, type PortChoice, type Ports } from './processes/ports.ts';
import { signal } from './processes/processes.ts';
import { fire, fireById, Ticker } from './schedules.ts';
import { startStandins } from './standins/index.ts';
import { writeState } from './state.ts';
import { adoptProcess, startReaper, stopProcesses, watch } from './processes/supervise.ts';
import { createWorkspace, ownPrefix, removeWorkspace, ROOT } from './workspace.ts';

/** Options of a suite; everything has a default. */
export interface SuiteOptions {
  /** Default `auto`: Google's emulator if it is there without a download, else the embedded one. */
  readonly firestore?: BackendChoice;
  /**
   * Default `default`: the Firebase CLI's usual ports. `auto`: free ones, so that suites run side
   * by side.
   */
  readonly ports?: PortChoice;
  /** Default `short`: waits of people or of production take seconds. */
  readonly waits?: 'short' | 'real';
  /** Parameters of the functions with another value than the suite's (emulator/parameters.ts). */
  readonly params?: Readonly<Record<string, string>>;
  /** Default `demo-amikeo`. Only `demo-` projects: the CLI never asks Google about those. */
  readonly project?: string;
  /** Shows the output of the Firebase CLI. */
  readonly verbose?: boolean;
  /**
   * Another folder of functions than this repository's, ready to run: a `package.json`, and
   * everything that its `main` needs.
   */
  readonly functions?: string;
  /**
   * The policy of the functions, by its folder below `functions/policies`; absent: the deployed
   * one.
   */
  readonly policy?: string;
  /**
   * Milliseconds between two firings of the scheduled function `tick`, if there is one. Default
   * 1000; 0: never.
   */
  readonly tickMs?: number;
  /** Ends the start if it is aborted. */
  readonly signal?: AbortSignal;
  /** Takes one line about each thing that happened. Default: nothing is said. */
  readonly report?: (line: string) => void;
}

/** The end of a suite. */
export interface SuiteExit {
  /** The reason, if nobody had asked it to stop. */
  readonly crash?: string;
}

/** A running suite. */
export interface Suite {
  readonly id: string;
  readonly project: string;
  readonly backend: Backend;
  /** The reason for this backend. */
  readonly reason: string;
  readonly ports: Ports;
  /** The variables that a command needs beside its own environment to work with the suite. */
  readonly env: Readonly<Record<string, string>>;
  /** The log of the Firebase CLI and of all functions. */
  readonly log: string;
  /**
   * Resolves at the end of the suite, whether it was asked to end or not; by then nothing of it is
   * left.
   */
  readonly exited: Promise<SuiteExit>;
  /**
   * Runs a scheduled function and waits for it. Rejects if there is none of that name, or if it
   * fails.
   *
   * @param at the moment for which it is fired; absent: now
   */
  fire(name: string, at?: Date): Promise<void>;
  /**
   * Makes the suite stop a process at its end, even if this process is killed. Call the returned
   * function once the other one has ended by itself.
   */
  adopt(name: string, pid: number): () => void;
  /** Stops everything. With `keepLogs` the log stays. */
  stop(options?: { keepLogs?: boolean }): Promise<void>;
}

/**
 * Starts everything on loopback, and waits until all of it answers and every declared function is
 * loaded:
 *
 * - the unmodified Firebase CLI with Auth, Functions, Tasks, Eventarc, Storage, Firestore and a
 *   Pub/Sub stand-in
 * - the courier
 * - local Stripe and Brevo
 *
 * @example
 * ```ts
 * const suite = await startSuite({ ports: 'auto' });
 * try { Object.assign(process.env, suite.env); … } finally { await suite.stop(); }
 * ```
 *
 * @throws Error if it cannot be started: says why, and leaves nothing running
 */
export async function startSuite(options: SuiteOptions = {}): Promise<Suite> {
  const {
    project = 'demo-amikeo',
    waits = 'short',
    verbose = false,
    tickMs = 1000,
    report = () => undefined,
  } = options;
  if (!/^demo-[a-z0-9-]{1,24}$/.test(project))
    throw new Error(`the project must be a demo one, such as demo-amikeo: ${project} could reach a real project`);
  const cleanups: (() => Promise<void> | void)[] = [];
  const undo = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  const check = (): void => options.signal?.throwIfAborted();
  let log: string | undefined;
  try {
    const chosen = chooseBackend(options.firestore ?? 'auto', { disk, env: process.env });
    report(`Firestore: ${chosen.backend} (${chosen.reason})`);
    const built = options.policy === undefined ? ROOT : await buildFunctionsOf(options.policy, report);
    const functionsFolder = options.functions ?? join(built, 'functions');
    if (options.functions === undefined && options.policy === undefined) await buildFunctions(report);
    check();

    let ticker: Ticker | undefined;
    let note: (line: string) => void = () => undefined;
    const pauseTick = async (_method: string, body: unknown): Promise<object> => {
      const { paused } = body as { paused?: unknown };
      if (typeof paused !== 'boolean') throw new Error('{ "paused": true | false }');
      await ticker?.pause(paused);
      return { paused };
    };
    const courier = new Courier({ log: (line) => note(line), control: { tick: pauseTick } });
    cleanups.push(() => courier.stop());
    // The courier takes its port first of all: no other suite chooses that port then.
    const ports = await choosePorts(options.ports ?? 'default', (port) => courier.listen(port));
    courier.deliverTo(`${HOST}:${ports.functions}`);

    const standins = await startStandins({
      host: HOST,
      stripePort: ports.stripe,
      brevoPort: ports.brevo,
    });
    cleanups.push(() => standins.stop());
    const { stripeUrl, brevoUrl } = standins;
    if (waits === 'short') await endDeletionsAtFirstLook(brevoUrl);
    const parameters = suiteParameters({
      project,
      stripeUrl,
      brevoUrl,
      waits,
      params: options.params,
      marketingList: await makeMarketingList(brevoUrl),
    });
    const id = `${ports.hub}-${randomBytes(2).toString('hex')}`;
    const workspace = await createWorkspace({
      ...{ id, project, ports, parameters },
      functions: functionsFolder,
      rules: built,
      prefix: options.functions === undefined ? await ownPrefix() : undefined,
    });
    log = workspace.log;
    let keepLogs = true;
    cleanups.push(() => removeWorkspace(workspace, keepLogs));
    const reaper = startReaper(workspace);
    cleanups.push(() => void reaper.stdin?.end('done\n'));
    cleanups.push(() => stopProcesses(workspace, ports));
    check();

    const cliEnv = cliEnvironment(process.env, { ports, backend: chosen, workspace });
    const cli = new FirebaseCli(project, workspace, cliEnv, verbose);
    note = (line) => cli.note(line);
    const stopWaiting = (): void => signal(-cli.pid, 'SIGKILL');
    options.signal?.addEventListener('abort', stopWaiting);
    const startEnds = (): void => options.signal?.removeEventListener('abort', stopWaiting);
    cleanups.push(startEnds);
    // Loaded meanwhile: it takes as long as the CLI's own look at them.
    const declaring = declaredFunctions(workspace.functions, {
      ...cliEnv,
      ...parameters.params,
      ...parameters.secrets,
    });
    const [declared] = await Promise.all([declaring, cli.ready()]);
    check();
    const problems = problemsOf(
      declared,
      await loadedFunctions(ports.functions),
      cli.output,
      Object.keys(parameters.secrets),
    );
    if (problems.length > 0) throw new Error(`not all functions were loaded:\n  ${problems.join('\n  ')}`);

    const env = commandEnvironment({
      project,
      ports,
      backend: chosen.backend,
      parameters,
      workspace,
      stripeUrl,
      brevoUrl,
    });
    writeState(workspace.state, {
      id,
      project,
      launcher: process.pid,
      cli: cli.pid,
      functionsPort: ports.functions,
      env,
    });
    const address = { project, functionsPort: ports.functions };
    const tick = (await loadedFunctions(ports.functions)).find((one) => one.entryPoint === 'tick');
    if (tick && tickMs > 0) {
      ticker = new Ticker(() => fireById(address, tick.id), tickMs);
      ticker.start();
    }
    cleanups.push(() => ticker?.stop());

    let exited: (exit: SuiteExit) => void = () => undefined;
    const whenExited = new Promise<SuiteExit>((resolve) => {
      exited = resolve;
    });
    let stopping: Promise<void> | undefined;
    const stop = (crash?: string): Promise<void> => {
      stopping ??= undo().finally(() => exited(crash === undefined ? {} : { crash }));
      return stopping;
    };
    cleanups.push(watch(workspace, cli, (crash) => void stop(crash)));
    // From here on the signal belongs to the caller: `stop` ends the suite.
    startEnds();
    return {
      id,
      project,
      backend: chosen.backend,
      reason: chosen.reason,
      ports,
      env,
      log: workspace.log,
      exited: whenExited,
      fire: (name, at) => fire(address, name, at),
      adopt: (name, pid) => adoptProcess(workspace, name, pid),
      stop: (how = {}) => {
        keepLogs = how.keepLogs ?? false;
        return stop();
      },
    };
  } catch (error) {
    await undo();
    check();
    if (log !== undefined && error instanceof Error) error.message += `\nSee ${log}`;
    throw error;
  }
}

/**
 * Makes the local Brevo end a deletion of logs when it is first asked about it. Each further
 * question would come after twice the time, and every erasure of the suite waits for the last one.
 */
async function endDeletionsAtFirstLook(brevoUrl: string): Promise<void> {
  const body = JSON.stringify({ processPolls: 0 });
  const { status } = await fetch(`${brevoUrl}/_control/settings`, { method: 'PUT', body });
  if (status !== 200) throw new Error(`the local Brevo took no settings: ${status}`);
}

/**
 * Makes the list of marketing contacts, as the owner of a Brevo account does before deploying: its
 * id is a parameter of the functions.
 */
async function makeMarketingList(brevoUrl: string): Promise<number> {
  const response = await fetch(`${brevoUrl}/v3/contacts/lists`, {
    method: 'POST',
    headers: { 'api-key': 'local', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'AMIKEO', folderId: 1 }),
  });
  if (response.status !== 201) throw new Error(`the local Brevo made no list: ${response.status}`);
  return ((await response.json()) as { id: number }).id;
}
