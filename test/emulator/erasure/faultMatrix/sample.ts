import type { Fault } from './injector.ts';
import { applies, kinds, systems, type Kind, type SystemName } from './kinds.ts';
import type { Combination, Recorded } from './matrix.ts';

/** Faults of one run, far apart: so many that a handful of runs meets all calls. */
const AT_ONCE = 12;

/**
 * A sample that is the same for the same random numbers: every call meets one fault, and every
 * system every kind that it can meet. Several of them happen to one run, spread over its whole
 * course.
 */
export function sampleOf(recorded: Recorded, random: () => number): Combination[] {
  const left = new Map<SystemName, Kind[]>();
  /** Each kind once before any comes again. */
  const nextKind = (system: SystemName): Kind => {
    const some = left.get(system) ?? [];
    if (some.length === 0) some.push(...shuffled(kindsOf(system), random));
    left.set(system, some);
    return some.pop() ?? 'killed-before';
  };
  const dealt = new Set<string>();
  const combinations = Object.entries(recorded).flatMap(([by, calls]): Combination[] => {
    const faults = calls.map(({ system, name }): Fault => {
      const kind = nextKind(system);
      dealt.add(`${system} ${kind}`);
      return { call: name, kind };
    });
    return piled(by, faults, AT_ONCE);
  });
  // Systems with fewer calls than there are kinds.
  const [[by, calls] = ['', []]] = Object.entries(recorded);
  for (const { system, name } of calls) {
    for (const kind of kindsOf(system)) {
      if (dealt.has(`${system} ${kind}`)) continue;
      dealt.add(`${system} ${kind}`);
      combinations.push({ by, faults: [{ call: name, kind }] });
    }
  }
  return combinations;
}

/**
 * A smaller sample: every system meets every kind that it can meet once, at a call of any start.
 *
 * @param atOnce faults of one run at most
 */
export function sampleOfKinds(recorded: Recorded, random: () => number, atOnce: number): Combination[] {
  const all = Object.entries(recorded).flatMap(([by, calls]) => calls.map((call) => ({ by, call })));
  const chosen = systems.flatMap((system) => {
    const calls = shuffled(
      all.filter(({ call }) => call.system === system),
      random,
    );
    return kindsOf(system).flatMap((kind, index) => {
      // With fewer calls than kinds, one call meets several, in runs of their own.
      const one = calls[index % calls.length];
      return one === undefined ? [] : [{ by: one.by, fault: { call: one.call.name, kind } }];
    });
  });
  return Object.keys(recorded).flatMap((by) => {
    const piles: Fault[][] = [];
    for (const { fault } of chosen.filter((one) => one.by === by)) {
      const hasRoom = (pile: readonly Fault[]): boolean =>
        pile.length < atOnce && pile.every(({ call }) => call !== fault.call);
      const pile = shuffled(piles.filter(hasRoom), random)[0];
      if (pile === undefined) piles.push([fault]);
      else pile.push(fault);
    }
    return piles.map((faults): Combination => ({ by, faults }));
  });
}

/**
 * Everything: each call with each kind that it can meet, once. Several faults happen to one run,
 * each at another call.
 */
export function everyPiled(recorded: Recorded, atOnce: number): Combination[] {
  return Object.entries(recorded).flatMap(([by, calls]) =>
    kinds.flatMap((_, turn) => {
      const faults = calls.flatMap(({ system, name }, index): Fault[] => {
        const of = kindsOf(system);
        const kind = turn < of.length ? of[(turn + index) % of.length] : undefined;
        return kind === undefined ? [] : [{ call: name, kind }];
      });
      return piled(by, faults, atOnce);
    }),
  );
}

/** Faults far apart, in as few runs as take them all. */
function piled(by: string, faults: readonly Fault[], atOnce: number): Combination[] {
  const piles = Math.ceil(faults.length / atOnce);
  return Array.from({ length: piles }, (_, pile) => ({
    by,
    faults: faults.filter((__, index) => index % piles === pile),
  }));
}

const kindsOf = (system: SystemName): Kind[] => kinds.filter((kind) => applies(system, kind));

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
