import { starts } from './drive.ts';
import type { Fault } from './injector.ts';
import { applies, kinds, type Kind, type SystemName } from './kinds.ts';
import type { Combination, Recorded } from './matrix.ts';

/** Faults of one erasure, far apart: so many that a handful of erasures meets all calls. */
const AT_ONCE = 12;

/**
 * A sample that is the same for the same random numbers: every call meets one fault, and every system every kind that it can meet. Several of them
 * happen to one erasure, spread over its whole course.
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
  const combinations = starts.flatMap((by): Combination[] => {
    const faults = recorded[by].map(({ system, name }): Fault => {
      const kind = nextKind(system);
      dealt.add(`${system} ${kind}`);
      return { call: name, kind };
    });
    const piles = Math.ceil(faults.length / AT_ONCE);
    return Array.from({ length: piles }, (_, pile) => ({
      by,
      faults: faults.filter((__, index) => index % piles === pile),
    }));
  });
  // Systems with fewer calls than there are kinds.
  for (const { system, name } of recorded.request) {
    for (const kind of kindsOf(system)) {
      if (dealt.has(`${system} ${kind}`)) continue;
      dealt.add(`${system} ${kind}`);
      combinations.push({ by: 'request', faults: [{ call: name, kind }] });
    }
  }
  return combinations;
}

const kindsOf = (system: SystemName): Kind[] => kinds.filter((kind) => applies(system, kind));

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
