import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import { ComplianceError } from '../platform/errors.ts';
import { recordOf } from '../policy/lookup.ts';
import type { RecordId } from '../policy/schema.ts';
import { heldSubjects } from '../ledger/holds.ts';
import { loadSystem } from '../systems/registry.ts';
import type { ForeseenSweep, Orphans, Undeclared } from '../systems/system.ts';
import { planSweeps, sweepsOf, type PlannedSweep } from './plan.ts';

/** An officer's view of retention before it runs. */

/** A sweep, and the rows that it would find now; null if its system cannot tell. */
export interface Foreseen extends PlannedSweep {
  readonly found: (ForeseenSweep & { readonly undated: number }) | null;
}

/**
 * The dry run: counts the rows that a run would find now, sweep by sweep, as soon as each is known.
 * Touches nothing.
 *
 * @param record absent: all of the policy
 * @throws ComplianceError `retention.record`
 */
export async function* foreseeRun(context: Context, now: Instant, record?: RecordId): AsyncIterable<Foreseen> {
  const { policy } = context;
  const sweeps = record === undefined ? planSweeps(policy, now) : sweepsOf(policy, record, now);
  for (const sweep of sweeps) {
    const named = { id: sweep.record, record: recordOf(policy, sweep.record) };
    const system = await loadSystem(named.record.system, context);
    const held = await heldSubjects(context, sweep.record);
    const { field, cutoff } = sweep;
    const [foreseen, undated] = await Promise.all([
      system.foresee?.(named, { policy, now, field, cutoff, held }),
      system.undated?.(named, field),
    ]);
    yield { ...sweep, found: foreseen === undefined ? null : { ...foreseen, undated: undated ?? 0 } };
  }
}

/**
 * Finds places in the database that no policy declares: root collections, and documents below some
 * rows of each record. Touches nothing.
 */
export async function lookForUndeclared(context: Context, now: Instant): Promise<Undeclared> {
  const found = await (await loadSystem('firestore', context)).undeclared?.(new Date(now).toISOString());
  return found ?? { collections: [], below: [], records: [] };
}

/**
 * Ends the documents that earlier sweeps left below rows of a record that are gone; or lists them.
 * Reads the record's root collection with all that lies below it.
 *
 * @throws ComplianceError `retention.record` for a record whose rows no sweep of Firestore ends
 */
export async function endOrphansOf(context: Context, record: RecordId, isDry: boolean): Promise<Orphans> {
  const { policy } = context;
  sweepsOf(policy, record, context.now());
  const named = { id: record, record: recordOf(policy, record) };
  const system = await loadSystem(named.record.system, context);
  if (system.orphans === undefined)
    throw new ComplianceError('retention.record', `nothing can lie below rows of '${record}'`);
  return system.orphans(named, { policy, held: await heldSubjects(context, record, context.now()), isDry });
}
