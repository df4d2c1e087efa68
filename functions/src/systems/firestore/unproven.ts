import type { Context } from '../../platform/context.ts';
import type { UnprovenReason } from '../../subject/identity.ts';
import { manualForUnproven } from '../manual.ts';
import type { NamedRecord, Outcome, Scope } from '../system.ts';
import { nextPage, placesByAddress, type Position } from './place.ts';

/**
 * Counts rows that name no account and an address that proves nothing now: they could be the
 * person's, or anybody's. Each reason is an officer's part of its own. Costs nothing if the person
 * has no such address, else one query for each reason.
 */
export async function unprovenRows(context: Context, { id, record }: NamedRecord, scope: Scope): Promise<Outcome[]> {
  const byReason = new Map<UnprovenReason, string[]>();
  for (const { kind, value, reason } of scope.subject.unproven ?? [])
    if (kind === 'email') byReason.set(reason, [...(byReason.get(reason) ?? []), value]);
  const outcomes: Outcome[] = [];
  for (const [reason, addresses] of byReason) {
    let count = 0;
    for (const place of placesByAddress(context.clients, record, addresses)) {
      let from: Position = {};
      for (;;) {
        const { documents, last, full } = await nextPage(place, from, place.fields);
        count += documents.length;
        if (!full || last === undefined) break;
        from = { path: last.ref.path, last };
      }
    }
    if (count > 0) outcomes.push(manualForUnproven(id, scope, count, reason));
  }
  return outcomes;
}
