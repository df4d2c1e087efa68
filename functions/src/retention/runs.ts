import { FieldPath, FieldValue, Timestamp, type DocumentReference, type Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import { isNotFound } from '../platform/codes.ts';
import { defined } from '../platform/defined.ts';
import { createIfAbsent, pagesOf, unlessChanged, versionOf } from '../platform/firestore.ts';
import type { RecordId } from '../policy/schema.ts';
import { NO_FIGURES, type SweepFigures, type Undeclared } from '../systems/system.ts';
import type { Window } from '../systems/windows.ts';
import { closing } from './runSums.ts';
import { isNightly, sweepKey, type PlannedSweep } from './plan.ts';

/**
 * `retentionRuns/{id}`: the work of a run, per record, for the officer to read.
 *
 * Each job writes its own part of the document without reading it, so that no job of a night waits
 * for another. The job that sees the end of a record, or of the run, writes the sum of the parts,
 * from the document as it is then.
 */

export const runRef = (own: Firestore, run: string): DocumentReference => own.collection('retentionRuns').doc(run);

/**
 * Creates the run's document with every sweep that belongs to it. Creating it again changes
 * nothing.
 */
export async function openRun(
  own: Firestore,
  run: string,
  sweeps: readonly PlannedSweep[],
  startedAt: Instant,
  withFollowers: ReadonlySet<RecordId>,
): Promise<void> {
  const records = Object.fromEntries(
    sweeps.map((sweep) => [
      sweepKey(sweep),
      {
        state: 'running',
        cutoff: Timestamp.fromMillis(sweep.cutoff),
        ...NO_FIGURES,
        undated: 0,
        ...defined({ withFollowers: sweep.withFollowers }),
      },
    ]),
  );
  const status = sweeps.length > 0 ? 'running' : 'finished';
  await createIfAbsent(runRef(own, run), {
    startedAt: Timestamp.fromMillis(startedAt),
    status,
    dryRun: false,
    withFollowers: [...withFollowers].sort(),
    records,
  });
}

/** Runs that are read at a time. */
const RUNS_PAGE = 10;

/**
 * Returns the records below whose rows a night has found something: every later run keeps them.
 * Reads the last ten runs, and goes on to a nightly one.
 */
export async function recordsWithFollowers(own: Firestore): Promise<ReadonlySet<RecordId>> {
  const records = new Set<RecordId>();
  const all = own.collection('retentionRuns').orderBy('startedAt', 'desc').orderBy(FieldPath.documentId(), 'desc');
  for await (const { documents } of pagesOf(
    all.select('startedAt', 'withFollowers', 'undeclared.records'),
    RUNS_PAGE,
  )) {
    for (const document of documents)
      for (const field of ['withFollowers', 'undeclared.records']) {
        const ids: unknown = document.get(field);
        for (const id of Array.isArray(ids) ? (ids as unknown[]) : []) if (typeof id === 'string') records.add(id);
      }
    if (documents.some(({ id }) => isNightly(id))) break;
  }
  return records;
}

/**
 * Sets fields of a record's part of the run and of nothing else. A run that is over its own period
 * is not brought back.
 */
async function write(own: Firestore, run: string, key: string, fields: Record<string, unknown>): Promise<void> {
  const [[name, value] = [], ...more] = Object.entries(fields).map(
    ([path, set]) => [new FieldPath('records', key, ...path.split('.')), set] as const,
  );
  if (name === undefined) return;
  await unlessGone(runRef(own, run).update(name, value, ...more.flat()));
}

/** The part of a sweep that looks at rows without a usable time stands beside its windows. */
export const UNDATED = 'undated';

/**
 * Notes the parts of a sweep, and how many rows no cut-off ever finds. Noting them again keeps
 * their reports.
 */
export async function openWindows(
  own: Firestore,
  run: string,
  key: string,
  parts: { readonly windows: readonly Window[]; readonly undated: number; readonly scan: number | undefined },
): Promise<void> {
  const { windows, undated, scan } = parts;
  const fields: Record<string, unknown> = scan === undefined ? {} : { [`windows.${UNDATED}.atMost`]: scan };
  for (const [n, { from, until }] of windows.entries()) {
    fields[`windows.${n}.from`] = from === null ? null : Timestamp.fromMillis(from);
    fields[`windows.${n}.until`] = Timestamp.fromMillis(until);
  }
  // An earlier attempt may have been blocked.
  await write(own, run, key, { ...fields, state: 'running', error: FieldValue.delete(), undated });
}

/**
 * The report of a window of a sweep. The sweep itself reports if it came to no windows: there is
 * nothing to do, or it could not be found out. Reporting the same again changes nothing.
 */
export type Report =
  | { readonly state: 'nothing'; readonly undated: number }
  | {
      readonly state: 'done';
      readonly window: number | typeof UNDATED;
      readonly figures: SweepFigures;
      readonly scanned?: number;
    }
  | { readonly state: 'blocked'; readonly window?: number | typeof UNDATED; readonly error: string };

/**
 * Sets a part of the run, and closes the record and the run when every part has ended: `finished`,
 * or `finishedWithErrors` if a record could not be finished.
 */
export async function report(own: Firestore, run: string, key: string, part: Report, now: Instant): Promise<void> {
  await write(own, run, key, fieldsOf(part));
  for (;;) {
    const document = await runRef(own, run).get();
    const closed = closing(document.data(), now);
    if (closed === null || document.updateTime === undefined) return;
    const [[name, value] = [], ...more] = closed.map(({ path, set }) => [new FieldPath(...path), set] as const);
    if (name === undefined) return;
    // If somebody else has reported meanwhile, the sum is that of the document now.
    if (await unlessChanged(document.ref.update(name, value, ...more.flat(), versionOf(document)))) return;
  }
}

function fieldsOf(part: Report): Record<string, unknown> {
  switch (part.state) {
    case 'nothing':
      return { state: 'done', undated: part.undated, error: FieldValue.delete() };
    case 'done':
      return prefixed(`windows.${part.window}.`, {
        ...part.figures,
        ...defined({ scanned: part.scanned }),
        state: 'done',
        error: FieldValue.delete(),
      });
    case 'blocked':
      return prefixed(part.window === undefined ? '' : `windows.${part.window}.`, {
        state: 'blocked',
        error: part.error,
      });
  }
}

const prefixed = (prefix: string, fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [prefix + name, value]));

/**
 * Notes the places that no policy declares; they replace those of an earlier look of the same run.
 */
export async function reportUndeclared(
  own: Firestore,
  run: string,
  found: Undeclared | { error: string },
): Promise<void> {
  await unlessGone(runRef(own, run).update({ undeclared: found }));
}

async function unlessGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
