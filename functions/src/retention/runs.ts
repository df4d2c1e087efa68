import {
  FieldValue,
  Timestamp,
  type DocumentData,
  type DocumentReference,
  type Firestore,
} from 'firebase-admin/firestore';
import { alreadyExists } from '../platform/intake.ts';
import type { Instant } from '../platform/clock.ts';
import type { SweepFigures } from '../systems/system.ts';
import { sweepKey, type PlannedSweep } from './plan.ts';
import type { Window } from '../systems/windows.ts';

/** `retentionRuns/{id}`: what a run did, per record, for the officer to read. */

export const runRef = (own: Firestore, run: string): DocumentReference => own.collection('retentionRuns').doc(run);

const nothing: SweepFigures = { deleted: 0, archived: 0, anonymised: 0, held: 0 };

/** Creates the run's document with every sweep that belongs to it. Creating it again changes nothing. */
export async function openRun(
  own: Firestore,
  run: string,
  sweeps: readonly PlannedSweep[],
  startedAt: Instant,
): Promise<void> {
  const records = Object.fromEntries(
    sweeps.map((sweep) => [
      sweepKey(sweep),
      { state: 'running', cutoff: Timestamp.fromMillis(sweep.cutoff), ...nothing, undated: 0 },
    ]),
  );
  const status = sweeps.length > 0 ? 'running' : 'finished';
  try {
    await runRef(own, run).create({ startedAt: Timestamp.fromMillis(startedAt), status, dryRun: false, records });
  } catch (error) {
    if (!alreadyExists(error)) throw error;
  }
}

/** The parts of a sweep, as its run's document keeps them: an attempt that is made again takes the same ones. */
export interface Split {
  readonly windows: readonly Window[];
  /** Rows that no cut-off ever finds. */
  readonly undated: number;
}

/**
 * Notes the windows of a sweep, once: those of the first attempt stay.
 *
 * @returns the windows that count
 */
export async function openWindows(own: Firestore, run: string, key: string, split: Split): Promise<readonly Window[]> {
  return own.runTransaction(async (tx) => {
    const records = (await tx.get(runRef(own, run))).get('records') as Record<string, DocumentData> | undefined;
    const known = records?.[key];
    if (known === undefined) return split.windows;
    if (Array.isArray(known['windows'])) return (known['windows'] as StoredWindow[]).map(fromStored);
    const windows = split.windows.map((window): StoredWindow => ({
      ...toStored(window),
      state: 'running',
      ...nothing,
    }));
    // An earlier attempt may have been blocked.
    const rest = Object.fromEntries(Object.entries(known).filter(([name]) => name !== 'error'));
    tx.update(runRef(own, run), {
      [`records.${key}`]: { ...rest, state: 'running', undated: split.undated, windows },
      status: 'running',
    });
    return split.windows;
  });
}

interface StoredWindow extends SweepFigures {
  readonly from: Timestamp | null;
  readonly until: Timestamp;
  readonly state: 'running' | 'done' | 'blocked';
  readonly error?: string;
}

const toStored = ({ from, until }: Window) => ({
  from: from === null ? null : Timestamp.fromMillis(from),
  until: Timestamp.fromMillis(until),
});

const fromStored = ({ from, until }: Pick<StoredWindow, 'from' | 'until'>): Window => ({
  from: from === null ? null : from.toMillis(),
  until: until.toMillis(),
});

/** What a window of a sweep reports, or the sweep where it came to no windows: there is nothing to do, or it could not be found out. Reporting the same again changes nothing. */
export type Report =
  | { readonly state: 'nothing'; readonly undated: number }
  | { readonly state: 'done'; readonly window: number; readonly figures: SweepFigures }
  | { readonly state: 'blocked'; readonly window?: number; readonly error: string };

/**
 * Sets a window's part of the run, and closes the run when every part has ended: `finished`, or `finishedWithErrors` where a record could not
 * be finished. One transaction, so that the last two cannot both believe that the other is still at it.
 */
export async function report(own: Firestore, run: string, key: string, part: Report, now: Instant): Promise<void> {
  await own.runTransaction(async (tx) => {
    const data = (await tx.get(runRef(own, run))).data();
    if (data === undefined) return;
    const records = data['records'] as Record<string, DocumentData>;
    const mine = withPart(records[key] ?? {}, part);
    const states = Object.entries(records).map(([id, record]) => (id === key ? mine : record)['state'] as string);
    const open = states.includes('running');
    const status = open ? 'running' : states.includes('blocked') ? 'finishedWithErrors' : 'finished';
    tx.update(runRef(own, run), {
      [`records.${key}`]: mine,
      status,
      ...(open ? { finishedAt: FieldValue.delete() } : { finishedAt: Timestamp.fromMillis(now) }),
    });
  });
}

/** A record's part of a run after a report: the sum of its windows, `running` as long as one is, and why the first that could not finish did not. */
function withPart(record: DocumentData, part: Report): DocumentData {
  const rest = Object.fromEntries(Object.entries(record).filter(([name]) => name !== 'error'));
  if (part.state === 'nothing') return { ...rest, state: 'done', undated: part.undated };
  if (part.state === 'blocked' && part.window === undefined) return { ...rest, state: 'blocked', error: part.error };
  const stored = (record['windows'] ?? []) as readonly StoredWindow[];
  const windows = stored.map((window, index): StoredWindow => {
    if (index !== part.window) return window;
    const { from, until } = window;
    if (part.state === 'done') return { from, until, ...part.figures, state: 'done' };
    return { ...window, state: 'blocked', error: part.error };
  });
  const sum = (name: keyof SweepFigures): number => windows.reduce((total, window) => total + window[name], 0);
  const errors = windows.flatMap(({ state, error }) => (state === 'blocked' && error !== undefined ? [error] : []));
  const state = windows.some((window) => window.state === 'running')
    ? 'running'
    : errors.length > 0
      ? 'blocked'
      : 'done';
  return {
    ...rest,
    state,
    ...{ deleted: sum('deleted'), archived: sum('archived'), anonymised: sum('anonymised'), held: sum('held') },
    ...(errors[0] === undefined ? {} : { error: errors[0] }),
    windows,
  };
}
