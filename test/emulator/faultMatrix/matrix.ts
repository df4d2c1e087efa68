import { createRequire } from 'node:module';
import { Drive, starts, type StartedBy } from './drive.ts';
import { Injector, type Call, type Fault } from './injector.ts';
import { faultsOfCertificate } from './certificate.ts';
import { erasureIn, falseClaims, notAsPromised, othersTouched, stepsOf, type Wrong } from './judge.ts';
import { applies, kinds, systems, type Kind, type SystemName } from './kinds.ts';
import { messagesTo, plant } from './person.ts';
import { stateOf, type State } from './state.ts';
import { openWorld } from './world.ts';

/**
 * The fault matrix: every external call of an erasure x everything that can happen to a call, generated from what an undisturbed erasure does.
 * Whatever happens, the erasure ends completed or blocked; says of nothing that it is done that is not; touches nobody else; and one that is
 * blocked completes when an officer lets it try again after the fault is gone.
 */

/** One erasure with the faults that happen to it. */
export interface Combination {
  readonly by: StartedBy;
  readonly faults: readonly Fault[];
  /** Until an officer has looked, and not only while the process lasts that met it. */
  readonly lasting?: boolean;
}

/** What came of one erasure. */
export interface Ran {
  readonly combination: Combination;
  /** It was blocked, and completed after an officer's retry. */
  readonly blocked: boolean;
  /** Calls that never came, so that nothing happened to them. */
  readonly unmet: readonly string[];
  readonly wrong: readonly Wrong[];
  readonly processes: number;
  readonly ms: number;
}

/** `request stripe DELETE /v1/customers/{customer}#1:timeout`: so it is run alone, by the environment variable FAULT. */
export const nameOf = ({ by, faults, lasting = false }: Combination): string =>
  `${by}${lasting ? '!' : ''} ${faults.map(({ call, kind }) => `${call}:${kind}`).join(' & ')}`;

/** @throws RangeError for what `nameOf` does not write */
export function combinationFrom(name: string): Combination {
  const [, by, mark, all = ''] = /^(\w+)(!?) (.*)$/.exec(name.trim()) ?? [];
  const started = starts.find((one) => one === by);
  const faults = all.split(' & ').map((text): Fault => {
    const at = text.lastIndexOf(':');
    const kind = kinds.find((one) => one === text.slice(at + 1));
    if (kind === undefined) throw new RangeError(`no fault: ${text}`);
    return { call: text.slice(0, at), kind };
  });
  if (started === undefined) throw new RangeError(`neither ${starts.join(' nor ')}: ${name}`);
  return { by: started, faults, lasting: mark === '!' };
}

const systemOf = (call: string): SystemName => call.slice(0, call.indexOf(' ')) as SystemName;

/** What the SDK of Firestore waits between two tries of a transaction or a bulk write: seconds in production. */
const { setTimeoutHandler } = createRequire(import.meta.url)('@google-cloud/firestore/build/src/backoff.js') as {
  setTimeoutHandler: (handler: (work: () => void, ms: number) => unknown) => void;
};
setTimeoutHandler((work, ms) => setTimeout(work, Math.min(ms, 2)));

/** A rate limit is waited for as long as it lasts. */
const MOST_WHILE_LASTING = 40;

/** Runs one erasure from its start to its end, and holds everything that it said against what is there. */
export async function erase(combination: Combination): Promise<Ran & { readonly calls: readonly Call[] }> {
  const began = performance.now();
  const { by, faults, lasting = false } = combination;
  const world = await openWorld();
  try {
    const person = await plant(world);
    const before = await stateOf(world, person);
    const injector = new Injector(faults, lasting);
    const hasty = new Set(faults.flatMap(({ call, kind }) => (kind === 'timeout' ? [systemOf(call)] : [])));
    const drive = new Drive(world, person, injector, hasty);
    const wrong: Wrong[] = [];
    let seen = 0;
    const look = async (): Promise<void> => {
      if (injector.met === seen) return;
      seen = injector.met;
      wrong.push(...falseClaims(await stateOf(world, person)));
    };
    await drive.start(by);
    let ended = await drive.go(lasting ? MOST_WHILE_LASTING : undefined, look);
    let state = await stateOf(world, person);
    const blocked = erasureIn(state)?.status !== 'completed';
    if (blocked) {
      wrong.push(...falseClaims(state), ...othersTouched(before, state));
      if (!lasting && !isBlocked(state))
        wrong.push({ kind: 'not ended', what: whatStopped(state, `${ended}, ${String(drive.lastError)}`) });
      injector.heal();
      await drive.retry();
      ended = await drive.go();
      state = await stateOf(world, person);
    }
    if (ended === 'endless') wrong.push({ kind: 'not ended', what: 'it goes on and on' });
    wrong.push(...falseClaims(state), ...othersTouched(before, state));
    const messages = {
      sent: (await messagesTo(world)).length,
      mayRepeat: lasting || faults.length > 1,
      mayMiss: lasting,
    };
    wrong.push(...notAsPromised(world, person, state, messages), ...(await faultsOfCertificate(world, person, state)));
    return {
      combination,
      blocked,
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

function whatStopped(state: State, ended: string): string {
  const job = erasureIn(state);
  return job === undefined
    ? `nothing was started (${ended})`
    : `it stopped as ${job.status} (${ended}): ${stepsOf(job)}`;
}

export type Recorded = Readonly<Record<StartedBy, readonly Call[]>>;

/** Every call of an undisturbed erasure, in order. Of the deletion of an account only what a request does not do as well. */
export async function recordCalls(): Promise<Recorded> {
  const recorded = {} as Record<StartedBy, readonly Call[]>;
  const known = new Set<string>();
  for (const by of starts) {
    const { calls, wrong, blocked } = await erase({ by, faults: [] });
    if (wrong.length > 0 || blocked)
      throw new Error(`an undisturbed erasure (${by}) is not as it should be: ${JSON.stringify(wrong)}`);
    recorded[by] = calls.filter(({ name }) => !known.has(withoutCount(name)));
    for (const { name } of calls) known.add(withoutCount(name));
  }
  return recorded;
}

const withoutCount = (name: string): string => name.slice(0, name.lastIndexOf('#'));

/** The matrix: each call x each kind that its system can meet. */
export function everyCombination(recorded: Recorded): Combination[] {
  return starts.flatMap((by) =>
    recorded[by].flatMap(({ system, name }) =>
      kinds.filter((kind) => applies(system, kind)).map((kind) => ({ by, faults: [{ call: name, kind }] })),
    ),
  );
}

/** What can last. Where the SDK of Firestore tells its caller of an error, one code is as good as another. */
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
 * Each operation x failures that last until an officer has looked: what a job that is given up says, and that it completes after a retry. The job's
 * own documents are left out: while nothing can be recorded of it, no job can be given up.
 */
export function everyLasting(recorded: Recorded): Combination[] {
  return starts.flatMap((by) =>
    recorded[by]
      .filter(({ name }) => name.endsWith('#1') && !/^own .*jobs/.test(name))
      .flatMap(({ system, name }) =>
        LASTING[system].map((kind) => ({ by, faults: [{ call: name, kind }], lasting: true })),
      ),
  );
}

/** Runs combinations, a few at once. */
export async function runAll(
  combinations: readonly Combination[],
  atOnce: number,
  each: (ran: Ran) => void,
): Promise<void> {
  let next = 0;
  const hand = async (): Promise<void> => {
    for (let one = combinations[next++]; one !== undefined; one = combinations[next++]) each(await erase(one));
  };
  await Promise.all(Array.from({ length: atOnce }, hand));
}

/** What came of the erasures with faults of one kind at one system. */
export interface Cell {
  runs: number;
  completed: number;
  /** Blocked, and completed after an officer's retry. */
  blocked: number;
  falseDone: number;
  othersTouched: number;
  /** Neither completed nor blocked, or not completed after the retry, or not as promised otherwise. */
  wrong: number;
  /** The call never came. */
  unmet: number;
}

export const emptyCell = (): Cell => ({
  runs: 0,
  completed: 0,
  blocked: 0,
  falseDone: 0,
  othersTouched: 0,
  wrong: 0,
  unmet: 0,
});

export type Table = Partial<Record<SystemName, Partial<Record<Kind, Cell>>>>;

/** Adds a run to the table, under the system and the kind of each of its faults. */
export function count(table: Table, { combination, blocked, unmet, wrong }: Ran): void {
  for (const { call, kind } of combination.faults) {
    const row = (table[systemOf(call)] ??= {});
    const cell = (row[kind] ??= emptyCell());
    const has = (what: Wrong['kind']): number => (wrong.some((one) => one.kind === what) ? 1 : 0);
    cell.runs += 1;
    cell.blocked += blocked ? 1 : 0;
    cell.completed += blocked || wrong.length > 0 ? 0 : 1;
    cell.falseDone += has('false done');
    cell.othersTouched += has('others touched');
    cell.wrong += Math.max(has('not ended'), has('other'));
    cell.unmet += unmet.includes(call) ? 1 : 0;
  }
}

/** All cells of a table, added up. */
export function totalOf(table: Table): Cell {
  const total = emptyCell();
  for (const system of systems)
    for (const cell of Object.values(table[system] ?? {}))
      for (const name of Object.keys(total) as (keyof Cell)[]) total[name] += cell[name];
  return total;
}
