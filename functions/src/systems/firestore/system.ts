import { FieldPath } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { manualForUnproven } from '../officerTasks.ts';
import type { UnprovenReason } from '../../subject/identity.ts';
import { documentsOf, SLIM } from '../../platform/firestore.ts';
import type { Scope, Outcome, NamedRecord, System } from '../system.ts';
import { RowCounts } from '../outcomes.ts';
import { answersOf, type VisitRows } from '../modes.ts';
import { absentRecords } from './descendants/absentRecords.ts';
import { expireRows, scanRows, undatedRows } from './expire.ts';
import { foreseeRows, splitRows } from './foresee.ts';
import { manifest } from './manifest.ts';
import { endOrphans } from './descendants/orphans.ts';
import { placesOf, placesByAddress } from './place.ts';
import type { RowPass } from './visit/ownRows.ts';
import { ownStages } from './visit/ownStages.ts';
import { mentionStages } from './visit/mentions.ts';
import { readRows } from './read.ts';
import { sharedStages, unshared } from './visit/sharedRows.ts';
import { undeclaredPlaces } from './descendants/undeclaredPlaces.ts';
import { RowWriter } from './write.ts';
import { walkStages } from './visit/walk.ts';

/**
 * Cloud Firestore. A person's rows are found by uid, by pseudonym, or by an address that was
 * verified, alone: there is nothing to prove and no handle.
 */
export function createSystem(context: Context): System {
  return {
    id: manifest.id,
    find: async () => [],
    read: (record, scope) => readRows(context, record, scope),
    ...answersOf(context, visitRows),
    absent: (records, scope) => absentRecords(context, records, scope),
    expire: (record, sweep) => expireRows(context, record, sweep),
    split: (record, question, most) => splitRows(context, record, question, most),
    foresee: (record, question) => foreseeRows(context, record, question),
    undated: (record, field) => undatedRows(context, record, field),
    scan: (record, scan) => scanRows(context, record, scan),
    orphans: (record, search) => endOrphans(context, record, search),
    undeclared: (seed) => undeclaredPlaces(context, seed),
  };
}

/**
 * Visits the person's rows of a record, and those of others that mention them. Ends them as
 * `fate()` says; or reads back that every row left is there by the policy, retained or anonymised;
 * or counts those that would end, and touches nothing.
 *
 * @throws ComplianceError `firestore.left` if rows are there that should have ended: apply again.
 * `firestore.contended` if rows were written again and again meanwhile: a failed attempt
 */
const visitRows: VisitRows = async (context, named, scope, change, mode) => {
  const { clients } = context;
  const counts = RowCounts.from(scope.cursor);
  const writer = new RowWriter(context, named, scope.policy);
  const pass: RowPass = { context, named, scope, change, mode, counts, writer };
  const own = placesOf(clients, named.record, scope.subject);
  const stages = [
    ...sharedStages(pass, own),
    ...ownStages(pass, unshared(named.record, scope.subject.uid, own)),
    ...mentionStages(clients, pass, own),
  ];
  try {
    const more = await walkStages(context, scope, stages, counts, mode);
    if (more !== null) return { more };
    return { settled: [...counts.outcomes(named, scope), ...(await unprovenRows(context, named, scope))] };
  } finally {
    await writer.close();
  }
};

/**
 * Counts rows that name no account and an address that proves nothing now: they could be the
 * person's, or anybody's. Each reason is an officer's part of its own. Costs nothing if the person
 * has no such address, else one query for each reason.
 */
async function unprovenRows(context: Context, { id, record }: NamedRecord, scope: Scope): Promise<Outcome[]> {
  const byReason = new Map<UnprovenReason, string[]>();
  for (const { kind, value, reason } of scope.subject.unproven ?? [])
    if (kind === 'email') byReason.set(reason, [...(byReason.get(reason) ?? []), value]);
  const outcomes: Outcome[] = [];
  for (const [reason, addresses] of byReason) {
    let count = 0;
    for (const { query, fields, mine } of placesByAddress(context.clients, record, addresses)) {
      if (query === null) continue;
      const rows = query.orderBy(FieldPath.documentId()).select(...fields);
      for await (const row of documentsOf(rows, SLIM)) if (mine(row.ref.path, (field) => row.get(field))) count += 1;
    }
    if (count > 0) outcomes.push(manualForUnproven(id, scope, count, reason));
  }
  return outcomes;
}
