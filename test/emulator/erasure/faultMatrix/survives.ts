import { expect } from 'vitest';
import type { Course } from './drive.ts';
import type { Fault } from './injector.ts';
import { applies, kinds, systems } from './kinds.ts';
import { nameOf, runAll, type Combination, type Ran, type Scenario } from './matrix.ts';

/** Runs under way at once. */
const ATONCE = 4;

/** The faults, by the name under which each is run alone. */
const told = ({ combination, wrong }: Ran): string[] =>
  wrong.map(({ kind, what }) => `FAULT='${nameOf(combination)}' ${kind}: ${what}`);

/** Expects no fault in any case. */
export async function survives<C extends Course>(
  scenario: Scenario<C>,
  combinations: readonly Combination[],
): Promise<Ran[]> {
  const all: Ran[] = [];
  await runAll(scenario, combinations, ATONCE, (ran) => all.push(ran));
  expect(all.flatMap(told)).toEqual([]);
  return all;
}

/**
 * The same; a call that one fault kept from being made is met alone. Returns the faults that were
 * met: all.
 */
export async function survivesAll<C extends Course>(
  scenario: Scenario<C>,
  combinations: readonly Combination[],
): Promise<Fault[]> {
  const ran = await survives(scenario, combinations);
  const missed = ran.flatMap(({ combination: { by, faults }, unmet }) =>
    faults.flatMap((fault): Combination[] => (unmet.includes(fault.call) ? [{ by, faults: [fault] }] : [])),
  );
  const alone = await survives(scenario, missed);
  expect(alone.flatMap(({ unmet }) => unmet)).toEqual([]);
  return [...ran, ...alone].flatMap(({ combination }) => combination.faults);
}

/** Every system has met every kind that it can meet. */
export function expectEachKind(met: readonly Fault[]): void {
  const pairs = new Set(met.map(({ call, kind }) => `${call.slice(0, call.indexOf(' '))} ${kind}`));
  for (const system of systems)
    for (const kind of kinds)
      expect([system, kind, pairs.has(`${system} ${kind}`)]).toEqual([system, kind, applies(system, kind)]);
}
