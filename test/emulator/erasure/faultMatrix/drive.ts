import type { Runners } from '../../../../functions/src/jobs/catalog.ts';
import { retryJob } from '../../../../functions/src/jobs/officer.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { jobsIn } from '../../../../functions/src/jobs/store.ts';
import { tick } from '../../../../functions/src/jobs/tick.ts';
import type { OwnStore } from '../../../../functions/src/platform/context.ts';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';
import type { Injector } from './injector.ts';
import type { SystemName } from './kinds.ts';
import { Machine } from './machine.ts';
import type { World } from './world.ts';

/** An event that the backend hears of. */
export interface Event {
  readonly name: string;
  readonly run: (context: Context) => Promise<unknown>;
}

/** The work that is driven from its start to its end. */
export interface Course {
  /** Above the lease of its job. */
  readonly leaseMs: number;
  readonly runners: Runners;
  /** Carries out the act of a person or an administrator, and returns its events. */
  start(): Promise<readonly Event[]>;
  /** Events of the jobs' own acts, each once. */
  follow?(jobs: readonly Job[]): readonly Event[];
  /** Is a job left to officers: nothing wakes it here? */
  isLeft?(job: Job): boolean;
  /** The person's act while a call stands still, and its event. */
  meanwhile?(): Promise<Event>;
}

/**
 * The reason for a process: it may run twice, in two processes at once, and again after it failed.
 */
interface Work extends Event {
  readonly tries: number;
  readonly event?: boolean;
}

/** As many processes do one job; in every case it needs fewer. */
const MOST_PROCESSES = 150;
/** In real time; some clients wait for an answer for ever. */
const FUNCTION_TIMEOUT_MS = 30_000;
/** As Cloud Tasks and Eventarc do. */
const MOST_TRIES = 5;
const TRY_AGAIN_MS = 10_000;
/** A job that wakes later than this belongs to the end of a retention. */
const HORIZON_MS = 60 * 86_400_000;

/**
 * Runs one course in processes that live and die, on a clock that skips every wait, until nothing
 * moves any more.
 */
export class Drive {
  /** The error of the last process that failed. */
  lastError: unknown;
  #processes = 0;
  readonly #works: Work[] = [];
  /** Events that were tried for as long as the fault lasts here: Eventarc tries for 24 hours. */
  readonly #undelivered: Work[] = [];
  readonly #world: World;
  readonly #course: Course;
  readonly #injector: Injector;
  readonly #hasty: ReadonlySet<SystemName>;

  constructor(world: World, course: Course, injector: Injector, hasty: ReadonlySet<SystemName>) {
    this.#world = world;
    this.#course = course;
    this.#injector = injector;
    this.#hasty = hasty;
    injector.meanwhile = () => this.#meanwhile();
  }

  get processes(): number {
    return this.#processes;
  }

  async start(): Promise<void> {
    this.#add(await this.#course.start());
  }

  #add(events: readonly Event[]): void {
    this.#works.push(...events.map((event) => ({ ...event, tries: 0, event: true })));
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

  /**
   * An officer lets the blocked steps try again; Eventarc brings the events again that it still
   * has.
   */
  async retry(): Promise<void> {
    this.#works.push(...this.#undelivered.splice(0));
    for (const job of await this.#jobs()) await retryJob(this.#store(), job.id, this.#world.clock.now());
  }

  #store(): OwnStore {
    const { own, keys } = this.#world;
    return { clients: { own: () => own }, keys };
  }

  async #do(work: Work): Promise<void> {
    const others: Promise<unknown>[] = [];
    this.#injector.again = (late) => {
      if (late) this.#world.clock.pass(this.#course.leaseMs);
      const other = this.#process(work);
      others.push(other);
      return other.then(() => undefined);
    };
    const ended = await this.#process(work);
    await Promise.all(others);
    if (ended !== 'done') this.#again(work);
  }

  #again(work: Work): void {
    if (work.tries + 1 >= MOST_TRIES) {
      if (work.event === true) this.#undelivered.push({ ...work, tries: 0 });
      return;
    }
    this.#world.clock.pass(TRY_AGAIN_MS);
    this.#works.push({ ...work, tries: work.tries + 1 });
  }

  /**
   * The person's act, its event, and the tasks that follow from it: each to its end, in processes
   * of their own.
   */
  async #meanwhile(): Promise<void> {
    const event = await this.#course.meanwhile?.();
    let work: Work | undefined = event && { ...event, tries: 0, event: true };
    while (work !== undefined) {
      if ((await this.#process(work)) !== 'done') this.#again(work);
      const task = this.#world.tasks.shift();
      work = task === undefined ? undefined : this.#task(task);
    }
  }

  async #process(work: Work): Promise<'done' | 'failed' | 'died'> {
    this.#processes += 1;
    const machine = new Machine(this.#world, this.#injector, this.#hasty);
    const running = machine.run(work.run).then(
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

  #task(job: string): Work {
    return { name: `task ${job}`, run: (context) => runJob(context, this.#course.runners, job), tries: 0 };
  }

  /**
   * A task that was enqueued; else the event of the jobs' own acts; else the tick, when the next
   * job wakes.
   */
  async #next(): Promise<Work | null> {
    const task = this.#world.tasks.shift();
    if (task !== undefined) return this.#task(task);
    const jobs = await this.#jobs();
    this.#add(this.#course.follow?.(jobs) ?? []);
    const event = this.#works.shift();
    if (event !== undefined) return event;
    const left = jobs.filter((job) => this.#course.isLeft?.(job) !== true);
    const wakes = left.flatMap(({ wakeAt }) => wakeAt ?? []).filter((at) => at < this.#world.clock.now() + HORIZON_MS);
    if (wakes.length === 0) return null;
    this.#world.clock.until(Math.min(...wakes) + 1);
    return { name: 'tick', run: tick, tries: MOST_TRIES };
  }

  async #jobs(): Promise<Job[]> {
    const found = await this.#world.own.collection('jobs').get();
    return jobsIn(found.docs, this.#world.keys).jobs;
  }
}
