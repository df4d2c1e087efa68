import type { Kind, SystemName } from './kinds.ts';
import { systemOf, type Ran } from './matrix.ts';
import type { Wrong } from './wrong.ts';

/** The results of the runs with faults of one kind at one system. */
interface Cell {
  runs: number;
  completed: number;
  /** Blocked, and completed after an officer's retry. */
  blocked: number;
  /** Completed by itself without something, and said so. */
  lacking: number;
  falseDone: number;
  leftBehind: number;
  othersTouched: number;
  /**
   * Neither completed nor blocked, or not completed after the retry, or not as promised otherwise.
   */
  wrong: number;
  /** The call never came. */
  unmet: number;
}

const emptyCell = (): Cell => ({
  runs: 0,
  completed: 0,
  blocked: 0,
  lacking: 0,
  falseDone: 0,
  leftBehind: 0,
  othersTouched: 0,
  wrong: 0,
  unmet: 0,
});

export type Table = Partial<Record<SystemName, Partial<Record<Kind, Cell>>>>;

/** Adds a run to the table, under the system and the kind of each of its faults. */
export function count(table: Table, { combination, blocked, lacking, unmet, wrong }: Ran): void {
  for (const { call, kind } of combination.faults) {
    const row = (table[systemOf(call)] ??= {});
    const cell = (row[kind] ??= emptyCell());
    const has = (what: Wrong['kind']): number => (wrong.some((one) => one.kind === what) ? 1 : 0);
    cell.runs += 1;
    cell.blocked += blocked ? 1 : 0;
    cell.completed += blocked || lacking || wrong.length > 0 ? 0 : 1;
    cell.lacking += lacking && !blocked ? 1 : 0;
    cell.leftBehind += has('left behind');
    cell.falseDone += has('false done');
    cell.othersTouched += has('others touched');
    cell.wrong += Math.max(has('not ended'), has('other'));
    cell.unmet += unmet.includes(call) ? 1 : 0;
  }
}
