import { FieldPath, Timestamp, type Query } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { millisOf, documentsOf, batches, SLIM } from '../../platform/firestore.ts';
import { matchPath, ofSameRows } from '../../policy/lookup.ts';
import { pseudonymOf } from '../../subject/pseudonym.ts';
import type { ForeseenSweep, NamedRecord, SweepQuestion } from '../system.ts';
import { heldBy } from '../held.ts';
import { LEAST_ROWS, sliceBacklog, windowsOf, type Window } from '../windows.ts';
import { ownerFields } from './expire.ts';
import { subjectNamed } from './visit/files.ts';
import { databaseFor, everyRow, placesOf } from './place.ts';

/** As many counts, or rows, are read at most to tell how many rows are held. */
const MOST_READ = 100_000;
const AT_ONCE = 10;
/**
 * The oldest that lie elsewhere, in collections of the same name, are passed over as far as this.
 */
const MOST_LOOKED_AT = 50;

/**
 * Counts the rows that a sweep would find now: no row is read but the oldest.
 *
 * Rows of collections of the same name elsewhere count too, and are not touched by the sweep: their
 * paths are known only when they are read.
 */
export async function foreseeRows(
  context: Context,
  named: NamedRecord,
  question: SweepQuestion,
): Promise<ForeseenSweep> {
  const { record } = named;
  const { field } = question;
  const db = databaseFor(context.clients, record);
  const until = Timestamp.fromMillis(question.cutoff);
  const over = everyRow(db, record.path).where(field, '<=', until);
  const [all, oldest] = await Promise.all([
    over.count().get(),
    over.orderBy(field).limit(MOST_LOOKED_AT).select(field).get(),
  ]);
  const first = oldest.docs.find(({ ref }) => matchPath(record.path, ref.path) !== null);
  return {
    over: all.data().count,
    oldest: millisOf(first?.get(field)) ?? null,
    held: await heldRows(context, named, question, { over, rows: all.data().count }),
  };
}

/**
 * Returns the windows of a backlog, by counting. An offset would read the rows that it passes over;
 * counts of slices of time cost a read per thousand rows.
 */
export async function splitRows(
  context: Context,
  { record }: NamedRecord,
  { field, cutoff }: Omit<SweepQuestion, 'held'>,
  most: number,
): Promise<Window[]> {
  const rows = everyRow(databaseFor(context.clients, record), record.path);
  const count = async ({ from, until }: Window): Promise<number> => {
    const some = rows.where(field, '<=', Timestamp.fromMillis(until));
    const counted = from === null ? some : some.where(field, '>', Timestamp.fromMillis(from));
    return (await counted.count().get()).data().count;
  };
  const whole: Window = { from: null, until: cutoff };
  const over = await count(whole);
  if (over === 0) return [];
  if (over < 2 * LEAST_ROWS || most === 1) return [whole];
  const first = await rows.where(field, '<=', Timestamp.fromMillis(cutoff)).orderBy(field).limit(1).select(field).get();
  const oldest = millisOf(first.docs[0]?.get(field));
  return oldest === undefined ? [whole] : windowsOf(await sliceBacklog(count, { oldest, cutoff, over, most }), most);
}

/**
 * Counts the rows of held people: by a count for each of them, or by a look at the person of each
 * row. Takes the one that reads less; null if both would read too much.
 */
async function heldRows(
  context: Context,
  named: NamedRecord,
  { policy, held, cutoff, field }: SweepQuestion,
  { over, rows }: { readonly over: Query; readonly rows: number },
): Promise<number | null> {
  const { clients, keys } = context;
  const { record } = named;
  const { subject: by } = record;
  if (held.isEmpty || rows === 0 || 'none' in by || 'handle' in by) return 0;
  const until = Timestamp.fromMillis(cutoff);
  // A count of the rows that a field names would need an index for nothing but this. Of a person
  // whom only the ledger knows there is no uid to count by.
  const needsRows = 'field' in by || 'pseudonymField' in by || 'parties' in by || held.pseudonyms.size > 0;
  const counts = needsRows ? Infinity : held.uids.size;
  if (Math.min(counts, rows) > MOST_READ) return null;
  let count = 0;
  if (rows < counts) {
    const same = ofSameRows(policy, named);
    const isHeld = heldBy(same, held);
    const all = over
      .orderBy(field)
      .orderBy(FieldPath.documentId())
      .select(field, ...ownerFields(same));
    for await (const document of documentsOf(all, SLIM)) {
      const variables = matchPath(record.path, document.ref.path);
      if (variables !== null && isHeld(variables, (name) => document.get(name))) count += 1;
    }
    return count;
  }
  for (const people of batches([...held.uids], AT_ONCE)) {
    const each = await Promise.all(people.map((uid) => rowsOf(uid)));
    count += each.reduce((sum, one) => sum + one, 0);
  }
  return count;

  async function rowsOf(uid: string): Promise<number> {
    const subject = { ...subjectNamed(uid), pseudonym: pseudonymOf(uid, keys) };
    let sum = 0;
    for (const { document, query } of placesOf(clients, record, subject)) {
      if (document !== undefined) {
        const at: unknown = (await document.get()).get(field);
        if (at instanceof Timestamp && at.valueOf() <= until.valueOf()) sum += 1;
      } else if (query !== null) {
        sum += (await query.where(field, '<=', until).count().get()).data().count;
      }
    }
    return sum;
  }
}
