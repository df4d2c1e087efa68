import { Timestamp, type DocumentData, type DocumentReference, type Firestore } from 'firebase-admin/firestore';
import { alreadyExists } from '../platform/intake.ts';
import type { Instant } from '../platform/clock.ts';
import type { SweepFigures } from '../systems/system.ts';
import { sweepKey, type PlannedSweep } from './plan.ts';

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

/** What a sweep reports. Reporting the same again changes nothing. */
export type Report =
  | { readonly state: 'running'; readonly figures: SweepFigures }
  | { readonly state: 'done'; readonly undated: number }
  | { readonly state: 'blocked'; readonly error: string };

/**
 * Sets a sweep's part of the run, and closes the run when every part has ended: `finished`, or `finishedWithErrors` where a record could not
 * be finished. One transaction, so that the last two sweeps cannot both believe that the other is still at it.
 */
export async function report(own: Firestore, run: string, key: string, part: Report, now: Instant): Promise<void> {
  await own.runTransaction(async (tx) => {
    const data = (await tx.get(runRef(own, run))).data();
    if (data === undefined) return;
    const records = data['records'] as Record<string, DocumentData>;
    const { state } = part;
    const before: DocumentData = { ...records[key] };
    delete before['error'];
    const mine =
      part.state === 'running'
        ? { ...before, ...part.figures, state }
        : { ...before, state, ...(part.state === 'done' ? { undated: part.undated } : { error: part.error }) };
    const states = Object.entries(records).map(([id, record]) => (id === key ? state : (record['state'] as string)));
    const open = states.includes('running');
    const status = open ? 'running' : states.includes('blocked') ? 'finishedWithErrors' : 'finished';
    tx.update(runRef(own, run), {
      [`records.${key}`]: mine,
      status,
      ...(open ? {} : { finishedAt: Timestamp.fromMillis(now) }),
    });
  });
}
