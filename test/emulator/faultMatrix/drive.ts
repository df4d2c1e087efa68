import { onAccountDeleted } from '../../../functions/src/erasure/operations.ts';
import { tick } from '../../../functions/src/jobs/tick.ts';
import { retryJob } from '../../../functions/src/jobs/officer.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { fromDocument } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { onPrivacyRequestCreated } from '../../../functions/src/requests/operations.ts';
import { runners } from '../../../functions/src/runners.ts';
import type { Injector } from './injector.ts';
import type { SystemName } from './kinds.ts';
import { Machine } from './machine.ts';
import { askedFor, REQUEST, uid, type Person } from './person.ts';
import type { World } from './world.ts';

/** How an erasure starts: both run the same cascade; the account goes before it, or with it. */
export const starts = ['request', 'deletion'] as const;
export type StartedBy = (typeof starts)[number];

/** What a process is started for: it may run twice, in two processes at once, and again after it failed. */
interface Work {
  readonly name: string;
  readonly run: (context: Context) => Promise<unknown>;
  readonly tries: number;
  readonly event?: boolean;
}

/** As many processes do one erasure; whatever happens it needs fewer. */
const MOST_PROCESSES = 150;
/** Above the lease of an erasure. */
const LEASE_MS = 10 * 60_000 + 1000;
/** In real time; some clients wait for an answer for ever. */
const FUNCTION_TIMEOUT_MS = 30_000;
/** As Cloud Tasks and Eventarc do. */
const MOST_TRIES = 5;
const TRY_AGAIN_MS = 10_000;
/** What wakes later than this belongs to the end of a retention. */
const HORIZON_MS = 60 * 86_400_000;

export interface Driven {
  readonly processes: number;
  /** Was it blocked, so that an officer had to let it go on? */
  readonly blocked: boolean;
}

/** Runs one erasure in processes that live and die, on a clock that skips every wait, until nothing moves any more. */
export class Drive {
  /** With what the last process failed that failed. */
  lastError: unknown;
  #processes = 0;
  #deletionTold = false;
  readonly #works: Work[] = [];
  /** Events that were tried for as long as the fault lasts here: Eventarc tries for 24 hours. */
  readonly #undelivered: Work[] = [];
  readonly #world: World;
  readonly #person: Person;
  readonly #injector: Injector;
  readonly #hasty: ReadonlySet<SystemName>;

  constructor(world: World, person: Person, injector: Injector, hasty: ReadonlySet<SystemName>) {
    this.#world = world;
    this.#person = person;
    this.#injector = injector;
    this.#hasty = hasty;
  }

  get processes(): number {
    return this.#processes;
  }

  async start(by: StartedBy): Promise<void> {
    if (by === 'deletion') {
      await this.#world.auth.deleteUser(uid);
      this.#accountDeleted();
      return;
    }
    const at = this.#world.clock.now();
    const data = askedFor(at);
    await this.#world.app.doc(`users/${uid}/privacyRequests/${REQUEST}`).set(data);
    const event = { id: 'event-of-the-request', uid, requestId: REQUEST, data, time: at };
    this.#add('event of the request', (context) => onPrivacyRequestCreated(context, event));
  }

  /** The event of the deletion of the account, whoever deleted it. */
  #accountDeleted(): void {
    if (this.#deletionTold) return;
    this.#deletionTold = true;
    const deletion = { uid, user: this.#person.user, deletedAt: this.#world.clock.now() };
    this.#add('event of the deletion', (context) => onAccountDeleted(context, deletion));
  }

  #add(name: string, run: Work['run']): void {
    this.#works.push({ name, run, tries: 0, event: true });
  }

  /**
   * Goes on until nothing moves by itself: completed, or blocked.
   *
   * @param most processes; then it is `endless`
   * @param afterEach is called when a process has ended
   */
  async go(
    most = MOST_PROCESSES,
    afterEach: () => Promise<void> = () => Promise.resolve(),
  ): Promise<'ended' | 'endless'> {
    const last = this.#processes + most;
    while (this.#processes < last) {
      const work = this.#works.shift() ?? (await this.#next());
      if (work === null) return 'ended';
      await this.#do(work);
      await afterEach();
    }
    return 'endless';
  }

  /** An officer lets the blocked steps try again; Eventarc brings the events again that it still has. */
  async retry(): Promise<void> {
    this.#works.push(...this.#undelivered.splice(0));
    for (const job of await this.#jobs()) await retryJob(this.#world.own, job.id, this.#world.clock.now());
  }

  async #do(work: Work): Promise<void> {
    const others: Promise<unknown>[] = [];
    this.#injector.again = (late) => {
      if (late) this.#world.clock.pass(LEASE_MS);
      const other = this.#process(work);
      others.push(other);
      return other.then(() => undefined);
    };
    const ended = await this.#process(work);
    await Promise.all(others);
    if (ended === 'done') return;
    if (work.tries + 1 >= MOST_TRIES) {
      if (work.event === true) this.#undelivered.push({ ...work, tries: 0 });
      return;
    }
    this.#world.clock.pass(TRY_AGAIN_MS);
    this.#works.push({ ...work, tries: work.tries + 1 });
  }

  async #process(work: Work): Promise<'done' | 'failed' | 'died'> {
    this.#processes += 1;
    const machine = new Machine(this.#world, this.#injector, this.#hasty);
    const running = work.run(machine.context).then(
      () => 'done' as const,
      (error: unknown) => {
        this.lastError = error;
        return 'failed' as const;
      },
    );
    // As the platform does when a function takes too long.
    const watchdog = setTimeout(() => machine.kill(), FUNCTION_TIMEOUT_MS);
    const ended = await Promise.race([running, machine.died.then(() => 'died' as const)]);
    clearTimeout(watchdog);
    await machine.close();
    return ended;
  }

  /** A task that was enqueued; else the event of what the erasure itself did; else the tick, when the next job wakes. */
  async #next(): Promise<Work | null> {
    const task = this.#world.tasks.shift();
    if (task !== undefined) return { name: `task ${task}`, run: (context) => runJob(context, runners, task), tries: 0 };
    const jobs = await this.#jobs();
    if (jobs.some(({ steps }) => steps['auth']?.state === 'done') && !this.#deletionTold) {
      this.#accountDeleted();
      return this.#works.shift() ?? null;
    }
    const wakes = jobs.flatMap(({ wakeAt }) => wakeAt ?? []).filter((at) => at < this.#world.clock.now() + HORIZON_MS);
    if (wakes.length === 0) return null;
    this.#world.clock.until(Math.min(...wakes) + 1);
    return { name: 'tick', run: tick, tries: MOST_TRIES };
  }

  async #jobs(): Promise<Job[]> {
    const found = await this.#world.own.collection('jobs').get();
    return found.docs.map((document) => fromDocument(document.id, document.data()));
  }
}
