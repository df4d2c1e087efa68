import type { Context } from '../../platform/context.ts';
import type { Change, NamedRecord, Progress, Scope } from '../system.ts';
import { Tally } from '../tally.ts';
import type { Mode } from '../visits.ts';
import { mentionStages } from './mentions.ts';
import { OwnRows, type Visit } from './own.ts';
import { databaseFor, placesOf } from './place.ts';
import { unprovenRows } from './unproven.ts';
import { walkStages } from './walk.ts';
import { RowWriter } from './write.ts';

/**
 * Visits the person's rows of a record, and those of others that mention them: ends them as `fate()` says; reads back that what is there is there
 * by the policy, retained or anonymised; or counts what would end, and touches nothing.
 *
 * @throws ComplianceError `firestore.left` where rows are there that should have ended: apply again. `firestore.contended` where rows were
 * written again and again meanwhile: a failed attempt
 */
export async function visitRows(
  context: Context,
  named: NamedRecord,
  scope: Scope,
  change: Change,
  mode: Mode,
): Promise<Progress> {
  const { clients } = context;
  const tally = Tally.from(scope.cursor);
  const writer = new RowWriter(databaseFor(clients, named.record), scope.policy, (other) =>
    databaseFor(clients, other),
  );
  const visit: Visit = { context, named, scope, change, mode, tally, writer };
  const own = placesOf(clients, named.record, scope.subject);
  const stages = [...own.map((place) => new OwnRows(visit, place)), ...mentionStages(clients, visit, own)];
  try {
    const more = await walkStages(context, scope, stages, tally, mode);
    if (more !== null) return { more };
    return { settled: [...tally.outcomes(named, scope), ...(await unprovenRows(context, named, scope))] };
  } finally {
    await writer.close();
  }
}
