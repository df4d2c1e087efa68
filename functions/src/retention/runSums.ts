import { FieldValue, Timestamp, type DocumentData } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import { NO_FIGURES, type SweepFigures } from '../systems/system.ts';

/** One window of a sweep, as the run's document has it. */
interface StoredWindow extends Partial<SweepFigures> {
  /** Absent while its job is at it. */
  readonly state?: 'done' | 'blocked';
  readonly error?: string;
}

/**
 * Returns the fields that a run's document still lacks: the sums of the records whose windows have
 * all ended, and whether the run is over. Pure; null if it has them already.
 */
export function closing(
  data: DocumentData | undefined,
  now: Instant,
): { readonly path: readonly string[]; readonly set: unknown }[] | null {
  if (data === undefined) return null;
  const changes: { path: string[]; set: unknown }[] = [];
  const states = Object.entries(data['records'] as Record<string, DocumentData>).map(([key, record]) => {
    const summed = summedUp(record);
    for (const [name, set] of Object.entries(summed))
      if (record[name] !== set)
        changes.push({ path: ['records', key, name], set: set === undefined ? FieldValue.delete() : set });
    return (summed.state ?? record['state']) as string;
  });
  const open = states.includes('running');
  const status = open ? 'running' : states.includes('blocked') ? 'finishedWithErrors' : 'finished';
  if (status !== data['status']) changes.push({ path: ['status'], set: status });
  if (open !== (data['finishedAt'] === undefined))
    changes.push({ path: ['finishedAt'], set: open ? FieldValue.delete() : Timestamp.fromMillis(now) });
  return changes.length > 0 ? changes : null;
}

/**
 * Returns the sum of a record's windows, once each of them has ended; of a record without windows,
 * nothing.
 */
function summedUp(record: DocumentData): { state?: string; error?: string | undefined } & Partial<SweepFigures> {
  const windows = Object.values((record['windows'] ?? {}) as Record<string, StoredWindow>);
  if (windows.length === 0 || windows.some(({ state }) => state === undefined)) return {};
  const error = windows.find(({ state }) => state === 'blocked')?.error;
  const sum = (name: keyof SweepFigures): number => windows.reduce((total, window) => total + (window[name] ?? 0), 0);
  const figures = Object.fromEntries(Object.keys(NO_FIGURES).map((name) => [name, sum(name as keyof SweepFigures)]));
  return { ...figures, state: windows.some(({ state }) => state === 'blocked') ? 'blocked' : 'done', error };
}
