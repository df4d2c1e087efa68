import { createRequire } from 'node:module';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import { Drive, type Course } from './drive.ts';
import { Injector, type Call, type Fault } from './injector.ts';
import { applies, everyKind, kinds, type Kind, type SystemName } from './kinds.ts';
import type { Person } from './person.ts';
import { stateOf, type State } from './state.ts';
import { openWorld, type World } from './world.ts';
import type { Wrong } from './wrong.ts';

/**
 * A fault matrix: every external call of some work with everything that can happen to a call,
 * generated from the undisturbed work. Here is the part that all of them share. A `Scenario`
 * (erasure/, export/) has the work, and the conditions that must hold in every case.
 */

/** The work with the faults that happen to it. */
export interface Combination {
  /** How it starts: one of the scenario's `starts`. */
  readonly by: string;
  readonly faults: readonly Fault[];
  /** Until an officer has looked, and not only while the process lasts that met it. */
  readonly lasting?: boolean;
}

/** One run of the work. */
interface Case<C extends Course = Course> {
  readonly combination: Combination;
  readonly world: World;
  readonly person: Person;
  readonly course: C;
  /** How everything was before. */
  readonly before: State;
}

/** Some work, and the conditions that must hold after any event of its calls. */
export interface Scenario<C extends Course = Course> {
  readonly starts: readonly string[];
  /**
   * The sign by which a call of one start is the same as one of another: then it is in the matrix
   * once. Absent: its words.
   */
  readonly same?: (name: string) => string;
  plant(world: World, by: string): Promise<Person>;
  course(by: string, world: World, person: Person): C;
  /** The job that it is about. */
  job(state: State): Job | undefined;
  /**
   * Is there nothing left to do, for the backend or for an officer who lets blocked steps try
   * again?
   */
  isOver(state: State): boolean;
  /** The faults at this moment: asked after each process that a fault has met, and at rest. */
  atAnyMoment(of: Case<C>, state: State): readonly Wrong[] | Promise<readonly Wrong[]>;
  /** The faults if nothing moves by itself. */
  atRest(of: Case<C>, state: State): readonly Wrong[] | Promise<readonly Wrong[]>;
  /** The faults when all is over, also for an officer. */
  atTheEnd(of: Case<C>, state: State): readonly Wrong[] | Promise<readonly Wrong[]>;
  /** Did it complete without something, and say so? */
  isLacking?(state: State): boolean;
}

/** The result of one run. */
export interface Ran {
  readonly combination: Combination;
  /** It was blocked, and completed after an officer's retry. */
  readonly blocked: boolean;
  /** It completed without something, and says so. */
  readonly lacking: boolean;
  /** Calls that never came, so that nothing happened to them. */
  readonly unmet: readonly string[];
  readonly wrong: readonly Wrong[];
  readonly processes: number;
  readonly ms: number;
}

/**
 * `request stripe DELETE /v1/customers/{customer}#1:timeout`: so it is run alone, by the
 * environment variable FAULT.
 */
export const nameOf = ({ by, faults, lasting = false }: Combination): string =>
  `${by}${lasting ? '!' : ''} ${faults.map(({ call, kind }) => `${call}:${kind}`).join(' & ')}`;

/**
 * @throws RangeError for a name that `nameOf` does not write
 */
export function combinationFrom(name: string, starts: readonly string[]): Combination {
  const [, by, mark, all = ''] = /^(\w+)(!?) (.*)$/.exec(name.trim()) ?? [];
  const started = starts.find((one) => one === by);
  const faults = all.split(' & ').map((text): Fault => {
    const at = text.lastIndexOf(':');
    const kind = everyKind.find((one) => one === text.slice(at + 1));
    if (kind === undefined) throw new RangeError(`no fault: ${text}`);
    return { call: text.slice(0, at), kind };
  });
  if (started === undefined) throw new RangeError(`neither ${starts.join(' nor ')}: ${name}`);
  return { by: started, faults, lasting: mark === '!' };
}

export const systemOf = (call: string): SystemName => call.slice(0, call.indexOf(' ')) as SystemName;

/**
 * The wait of Firestore's SDK between two tries of a transaction or a bulk write: seconds in
 * production.
 */
const { setTimeoutHandler } = createRequire(import.meta.url)('@google-cloud/firestore/build/src/backoff.js') as {
  setTimeoutHandler: (handler: (work: () => void, ms: number) => unknown) => void;
};
setTimeoutHandler((work, ms) => setTimeout(work, Math.min(ms, 2)));

/** A rate limit is waited for as long as it lasts. */
const MOST_WHILE_LASTING = 40;

/**
 * Runs the work from its start to its end, and compares every claim with the data that is there.
 */
async function runOne<C extends Course>(
  scenario: Scenario<C>,
  combination: Combination,
): Promise<Ran & { readonly calls: readonly Call[] }> {
  const began = performance.now();
  const { by, faults, lasting = false } = combination;
  const world = await openWorld();
  try {
    const person = await scenario.plant(world, by);
    const course = scenario.course(by, world, person);
    const of: Case<C> = { combination, world, person, course, before: await stateOf(world, person) };
    const injector = new Injector(faults, lasting);
    const hasty = new Set(faults.flatMap(({ call, kind }) => (kind === 'timeout' ? [systemOf(call)] : [])));
    const drive = new Drive(world, course, injector, hasty);
    const wrong: Wrong[] = [];
    let seen = 0;
    const look = async (): Promise<void> => {
      if (injector.met === seen) return;
      seen = injector.met;
      wrong.push(...(await scenario.atAnyMoment(of, await stateOf(world, person))));
    };
    const rest = async (state: State): Promise<void> => {
      wrong.push(...(await scenario.atAnyMoment(of, state)), ...(await scenario.atRest(of, state)));
    };
    await drive.start();
    let ended = await drive.go(lasting ? MOST_WHILE_LASTING : undefined, look);
    let state = await stateOf(world, person);
    const blocked = !scenario.isOver(state);
    if (blocked) {
      await rest(state);
      if (!lasting && !isBlocked(state))
        wrong.push({
          kind: 'not ended',
          what: whatStopped(scenario.job(state), `${ended}, ${String(drive.lastError)}`),
        });
      injector.heal();
      await drive.retry();
      ended = await drive.go();
      state = await stateOf(world, person);
    }
    if (ended === 'endless') wrong.push({ kind: 'not ended', what: 'it goes on and on' });
    await rest(state);
    wrong.push(...(await scenario.atTheEnd(of, state)));
    return {
      combination,
      blocked,
      lacking: scenario.isLacking?.(state) ?? false,
      unmet: injector.unmet,
      wrong,
      processes: drive.processes,
      ms: performance.now() - began,
      calls: injector.calls,
    };
  } finally {
    await world.end();
  }
}

const isBlocked = (state: State): boolean =>
  [...state.own].some(([path, job]) => path.startsWith('jobs/') && job.get('status') === 'blocked');

const whatStopped = (job: Job | undefined, ended: string): string =>
  job === undefined ? `nothing was started (${ended})` : `it stopped as ${job.status} (${ended}): ${stepsOf(job)}`;

/** Steps that are not done, in a few words. */
export const stepsOf = (job: Job): string =>
  Object.entries(job.steps)
    .filter(([, { state }]) => state !== 'done')
    .map(([id, { state, error }]) => `${id} ${state}${error === undefined ? '' : ` (${error.code})`}`)
    .join(', ');

/** Every call of the undisturbed work, in order, by how it starts. */
export type Recorded = Readonly<Record<string, readonly Call[]>>;

/**
 * Records the calls of the undisturbed work. Of each further start only those that the starts
 * before it do not make as well.
 */
export async function recordCalls<C extends Course>(
  scenario: Scenario<C>,
  starts: readonly string[] = scenario.starts,
): Promise<Recorded> {
  const same = scenario.same ?? withoutCount;
  const recorded: Record<string, readonly Call[]> = {};
  const known = new Set<string>();
  for (const by of starts) {
    const { calls, wrong, blocked } = await runOne(scenario, { by, faults: [] });
    if (wrong.length > 0 || blocked)
      throw new Error(`undisturbed, it is not as it should be (${by}): ${JSON.stringify(wrong)}`);
    recorded[by] = calls.filter(({ name }) => !known.has(same(name)));
    for (const { name } of calls) known.add(same(name));
  }
  return recorded;
}

const withoutCount = (name: string): string => name.slice(0, name.lastIndexOf('#'));

/** The matrix: each call x each kind that its system can meet. */
export function everyCombination(recorded: Recorded): Combination[] {
  return Object.entries(recorded).flatMap(([by, calls]) =>
    calls.flatMap(({ system, name }) =>
      kinds.filter((kind) => applies(system, kind)).map((kind) => ({ by, faults: [{ call: name, kind }] })),
    ),
  );
}

/**
 * Faults that can last. If the SDK of Firestore tells its caller of an error, one code is as good
 * as another.
 */
const LASTING: Readonly<Record<SystemName, readonly Kind[]>> = {
  stripe: ['429', '500', '500-no-error', 'reset-before', 'garbage'],
  brevo: ['429', '500', '500-no-error', 'reset-before', 'garbage'],
  auth: ['429', '500', '500-no-error', 'garbage'],
  storage: ['429', '500', 'garbage'],
  app: ['500'],
  own: ['500'],
  tasks: ['500'],
};

/**
 * Each operation with failures that last until an officer has looked. A job that is given up must
 * say so, and complete after a retry. The job's own documents are left out: while nothing can be
 * recorded of it, no job can be given up.
 */
export function everyLasting(recorded: Recorded): Combination[] {
  return Object.entries(recorded).flatMap(([by, calls]) =>
    calls
      .filter(({ name }) => name.endsWith('#1') && !/^own .*jobs/.test(name))
      .flatMap(({ system, name }) =>
        LASTING[system].map((kind) => ({ by, faults: [{ call: name, kind }], lasting: true })),
      ),
  );
}

/** Each call, with the person who takes their request back while it is under way. */
export const everyTakenBack = (recorded: Recorded): Combination[] =>
  Object.entries(recorded).flatMap(([by, calls]) =>
    calls.map(({ name }): Combination => ({ by, faults: [{ call: name, kind: 'taken-back' }] })),
  );

/** Runs combinations, a few at once. */
export async function runAll<C extends Course>(
  scenario: Scenario<C>,
  combinations: readonly Combination[],
  atOnce: number,
  each: (ran: Ran) => void,
): Promise<void> {
  let next = 0;
  const hand = async (): Promise<void> => {
    for (let one = combinations[next++]; one !== undefined; one = combinations[next++])
      each(await runOne(scenario, one));
  };
  await Promise.all(Array.from({ length: atOnce }, hand));
}
