import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent, type AgentOptions } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Storage } from '@google-cloud/storage';
import { deleteApp, initializeApp, type App } from 'firebase-admin/app';
import { getAuth, type Auth } from 'firebase-admin/auth';
import type { Clients, Context } from '../../../../functions/src/platform/context.ts';
import { localSheetKeys } from '../../../../emulator/parameters.ts';
import { testContext } from '../../../conformance/harness.ts';
import { Gate } from './gate.ts';
import type { Caller, Injector } from './injector.ts';
import { hasEffect, type SystemName } from './kinds.ts';
import { storageOf } from './storage.ts';
import { faultyFirestore, never } from './wire.ts';
import { bucketName, signingKeys, type World } from './world.ts';

/**
 * How long the client waits for an answer if its call is to time out, in milliseconds; in
 * production 20 seconds and more. Other calls wait as long in that run: on a slow machine an answer
 * takes a second.
 */
const SHORT_MS = 2_000;
/** Otherwise: longer than a call stands still while other processes go on. */
const LONG_MS = 30_000;

/** Stands before the token of each one-time link. */
export const LINKS_URL = new URL('https://links.example/compliance-links');

let machines = 0;

/**
 * How long the machine that works waits for pages that no SDK asks for: their time is over by
 * `AbortSignal.timeout`.
 */
const patienceForPages = new AsyncLocalStorage<number>();
const timeoutAfter = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => timeoutAfter(Math.min(ms, patienceForPages.getStore() ?? ms));

/**
 * A process of the backend: it does one task, event or tick with clients of its own, and may be
 * killed. A killed process gets no answer any more, and none of its calls reaches anybody.
 */
export class Machine implements Caller {
  readonly context: Context;
  /** Resolves when it is killed. */
  readonly died: Promise<void>;
  readonly #apps: App[] = [];
  readonly #world: World;
  readonly #injector: Injector;
  readonly #patienceForPages: number;
  #gate: Promise<Gate> | undefined;
  #url = 'http://127.0.0.1:9';
  #dead = false;
  #die: () => void = () => undefined;

  /**
   * @param hasty systems with clients that give up soon
   */
  constructor(world: World, injector: Injector, hasty: ReadonlySet<SystemName>) {
    this.#world = world;
    this.#injector = injector;
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
    const gate = (): Promise<Gate> => (this.#gate ??= this.#open());
    this.#patienceForPages = hasty.has('stripe') ? SHORT_MS : LONG_MS;
    const patience = (system: SystemName): number => (hasty.has(system) ? SHORT_MS : LONG_MS);
    this.context = contextOf(world, injector, { gate, apps: this.#apps, caller: this, url: () => this.#url }, patience);
  }

  async #open(): Promise<Gate> {
    const gate = await Gate.open(this, this.#injector, this.#world);
    this.#url = gate.url;
    return gate;
  }

  /** Does one piece of work as this process. */
  run<T>(work: (context: Context) => Promise<T>): Promise<T> {
    return patienceForPages.run(this.#patienceForPages, () => work(this.context));
  }

  isDead(): boolean {
    return this.#dead;
  }

  kill(): void {
    this.#dead = true;
    this.#die();
  }

  async close(): Promise<void> {
    (await this.#gate)?.close();
    for (const app of this.#apps) await deleteApp(app);
  }
}

function contextOf(
  world: World,
  injector: Injector,
  {
    gate,
    apps,
    caller,
    url,
  }: {
    readonly gate: () => Promise<Gate>;
    readonly apps: App[];
    readonly caller: Machine;
    readonly url: () => string;
  },
  patience: (system: SystemName) => number,
): Context {
  const base = testContext({}, world.policy);
  const firestore = (databaseId: string) =>
    faultyFirestore({ projectId: world.project, databaseId }, caller, injector, world.shape);
  const [app, own] = [firestore('(default)'), firestore('compliance')];
  let auth: Promise<Auth> | undefined;
  let storage: Promise<Storage> | undefined;
  let providers: Promise<Clients> | undefined;
  const providersOf = (): Promise<Clients> =>
    (providers ??= gate().then(({ url }) => testContext({ stripe: url, brevo: url }, world.policy).clients));
  return {
    ...base,
    now: world.clock.now,
    keys: world.keys,
    evidenceKeys: () => signingKeys,
    config: {
      ...base.config,
      brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' },
      linksUrl: LINKS_URL,
      // Some questions to its log, not those of fourteen years.
      brevoSince: world.clock.now() - 200 * 86_400_000,
      secondLookMs: 90_000_000,
      thirdLookMs: undefined,
      officerSheetKey: localSheetKeys(world.project).publicKey,
      // The first look comes after a day, the last one four days later: two days are waited.
      officerTasksMs: 7 * 86_400_000,
      pollMs: 60_000,
      retryBaseMs: 30_000,
      enqueueGraceMs: 120_000,
      erasureHoldAbove: 1_000_000,
      // Known when Stripe has been asked something: before, no link of it is.
      get stripeApiBase() {
        return new URL(url());
      },
    },
    clients: {
      app: () => app,
      own: () => own,
      auth: () => (auth ??= gate().then(({ port }) => authOf(world.project, port, apps, patience('auth')))),
      bucket: async (kind) => {
        storage ??= gate().then(({ url }) => storageOf(world.project, url, patience('storage')));
        return (await storage).bucket(bucketName(world.project, kind));
      },
      stripe: async () => {
        const stripe = await (await providersOf()).stripe();
        // As production makes it, but for how long it waits: neither is part of the SDK's types.
        Object.assign((stripe as unknown as { _api: object })._api, { timeout: patience('stripe') });
        return Object.assign(stripe, {
          getInitialNetworkRetryDelay: () => 0.001,
          getMaxNetworkRetryDelay: () => 0.001,
        });
      },
      brevo: async () => {
        const brevo = await (await providersOf()).brevo();
        Object.assign((brevo as unknown as { _options: object })._options, {
          timeoutInSeconds: patience('brevo') / 1000,
        });
        return brevo;
      },
    },
    queue: {
      enqueue: async (_, jobId) => {
        if (caller.isDead()) return never();
        const verdict = injector.call(caller, 'tasks', world.shape(`enqueue ${jobId}`));
        const enqueue = () => void world.tasks.push(jobId);
        switch (verdict.do) {
          case 'pass':
            break;
          case 'kill':
            if (verdict.after) enqueue();
            caller.kill();
            return never();
          case 'hold':
            await verdict.until();
            if (caller.isDead()) return never();
            break;
          case 'fail':
            if (hasEffect(verdict.failure)) enqueue();
            throw Object.assign(new Error('a fault of the test'), { code: `functions/${verdict.failure}` });
        }
        enqueue();
      },
    },
    log: {
      info: (...line) => void world.lines.push(JSON.stringify(line)),
      warn: (...line) => void world.lines.push(JSON.stringify(line)),
      error: (event, ...more) => {
        world.alerts.push(event);
        world.lines.push(JSON.stringify([event, ...more]));
      },
    },
  };
}

/**
 * Connects to the gate instead of any given address: the Admin SDK takes the address of the Auth
 * emulator from the environment.
 */
class ToGate extends Agent {
  private readonly port: number;
  private readonly timeoutMs: number;

  constructor(port: number, timeoutMs: number, options: AgentOptions) {
    super(options);
    this.port = port;
    this.timeoutMs = timeoutMs;
  }

  override createConnection(): Socket {
    const socket = connect(this.port, '127.0.0.1');
    const setTimeout = socket.setTimeout.bind(socket);
    socket.setTimeout = (ms, ...rest) => setTimeout(Math.min(ms, this.timeoutMs), ...rest);
    return socket;
  }
}

function authOf(projectId: string, port: number, apps: App[], timeoutMs: number): Auth {
  const httpAgent = new ToGate(port, timeoutMs, { keepAlive: true });
  const app = initializeApp({ projectId, httpAgent }, `machine-${(machines += 1)}`);
  apps.push(app);
  const auth = getAuth(app);
  const { httpClient } = (auth as unknown as { authRequestHandler: { httpClient: { retry: object } } })
    .authRequestHandler;
  // It tries again as often as in production, without the seconds in between.
  httpClient.retry = { ...httpClient.retry, backOffFactor: 0.001 };
  return auth;
}
