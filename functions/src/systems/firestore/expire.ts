import { FieldPath, Timestamp, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import { matchPath } from '../../policy/lookup.ts';
import type { PolicyRecord } from '../../policy/schema.ts';
import { pseudonymOf } from '../../subject/pseudonym.ts';
import { canEndBy, fateByTime, fateFields } from '../ending.ts';
import type { Cursor, NamedRecord, Sweep, SweepFigures, SweepProgress } from '../system.ts';
import { deleteTrees, endingBelow } from './below.ts';
import { databaseFor, everyRow, PAGE } from './place.ts';
import { timesOf } from './times.ts';
import { RowWriter } from './write.ts';

/**
 * Ends everybody's rows of a record up to the cut-off, oldest first, in pages by time and name. Each row is matched against the
 * policy's full path and asked for its fate again; rows of held persons stay and are counted; a row that was written meanwhile
 * is left to the next run.
 */
export async function expireRows(context: Context, named: NamedRecord, sweep: Sweep): Promise<SweepProgress> {
  const { record } = named;
  const { field } = sweep;
  const db = databaseFor(context.clients, record);
  const whole = canEndBy(record, 'anonymise') || canEndBy(record, 'archive');
  const fields = [...new Set([field, ...fateFields(record), ...ownerFields(record)])];
  const isHeld = heldBy(context, record, sweep.held);
  const figures: Mutable<SweepFigures> = { ...sweep.figures };
  const writer = new RowWriter(db, sweep.policy, (other) => databaseFor(context.clients, other));
  let cursor = sweep.cursor;
  try {
    for (;;) {
      let query = everyRow(db, record.path)
        .where(field, '<=', Timestamp.fromMillis(sweep.window?.until ?? sweep.cutoff))
        .orderBy(field)
        .orderBy(FieldPath.documentId())
        .limit(PAGE);
      const from = sweep.window?.from ?? null;
      if (from !== null) query = query.where(field, '>', Timestamp.fromMillis(from));
      if (!whole) query = query.select(...fields);
      if (cursor) query = query.startAfter(...positionOf(cursor, (path) => db.doc(path)));
      const { docs } = await query.get();
      await endPage(docs);
      const last = docs.at(-1);
      if (docs.length < PAGE || last === undefined) return { figures };
      cursor = cursorAt(last, field);
      if (context.now() >= sweep.deadline) return { figures, more: cursor };
    }
  } finally {
    await writer.close();
  }

  async function endPage(documents: readonly QueryDocumentSnapshot[]): Promise<void> {
    const ended: { path: string; how: 'deleted' | 'anonymised' | 'archived' }[] = [];
    let below = 0;
    for (const document of documents) {
      const variables = matchPath(record.path, document.ref.path);
      if (variables === null) continue;
      const fate = fateByTime(
        record,
        sweep.policy,
        sweep.now,
        timesOf(record, (name) => document.get(name)),
      );
      if (fate.kind !== 'end') continue;
      if (isHeld(variables, (name) => document.get(name))) {
        figures.held += 1;
        continue;
      }
      // What was anonymised before has nothing left to remove.
      if (fate.then.do === 'anonymise' && fate.then.fields.every((name) => document.get(name) === undefined)) continue;
      if (fate.then.do === 'delete' && record.subcollections) {
        const trees = await endingBelow(sweep.policy, named, document.ref);
        if (trees.length > 0) below += await deleteTrees(db, writer.bulk, trees);
      }
      await writer.end(record, document, fate.then);
      const how = { delete: 'deleted', anonymise: 'anonymised', archive: 'archived' } as const;
      ended.push({ path: document.ref.path, how: how[fate.then.do] });
    }
    const moved = new Set((await writer.flush()).map(({ ref }) => ref.path));
    figures.deleted += below;
    for (const { path, how } of ended) if (!moved.has(path)) figures[how] += 1;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** How many rows have no time in the field, so that no cut-off finds them. Rows of collections of the same name elsewhere count too. */
export async function undatedRows(
  context: Context,
  named: NamedRecord,
  field = named.record.timestamp,
): Promise<number> {
  if (field === null) return 0;
  const query = everyRow(databaseFor(context.clients, named.record), named.record.path);
  // The first and the last moment that Firestore can hold: only timestamps lie between them.
  const dated = query
    .where(field, '>=', new Timestamp(-62_135_596_800, 0))
    .where(field, '<=', new Timestamp(253_402_300_799, 999_999_999));
  const [all, withTime] = await Promise.all([query.count().get(), dated.count().get()]);
  return Math.max(0, all.data().count - withTime.data().count);
}

function ownerFields({ subject }: PolicyRecord): string[] {
  if ('field' in subject) return [subject.field];
  return 'pseudonymField' in subject ? [subject.pseudonymField] : [];
}

/** Does a row belong to a held person? Rows under a pseudonym are compared under every key that there is. */
function heldBy({ keys }: Context, { subject }: PolicyRecord, held: ReadonlySet<string>) {
  if ('none' in subject || 'handle' in subject || held.size === 0) return () => false;
  const isPseudonym = 'pseudonymVariable' in subject || 'pseudonymField' in subject;
  const versions = Object.keys(keys.keys).map(Number);
  const names = isPseudonym
    ? new Set([...held].flatMap((uid) => versions.map((version) => pseudonymOf(uid, keys, version))))
    : held;
  return (variables: Record<string, string>, get: (field: string) => unknown): boolean => {
    let owner: unknown;
    if ('pathVariable' in subject) owner = variables[subject.pathVariable];
    else if ('pseudonymVariable' in subject) owner = variables[subject.pseudonymVariable];
    else owner = get('field' in subject ? subject.field : subject.pseudonymField);
    // A further chain of the same pseudonym (`~2`) is held with it: rather too much than too little.
    return typeof owner === 'string' && names.has(isPseudonym ? owner.replace(/~\d+$/, '') : owner);
  };
}

function cursorAt(document: QueryDocumentSnapshot, field: string): Cursor {
  const at: unknown = document.get(field);
  if (!(at instanceof Timestamp)) throw new PermanentError('policy.timestamp', `${field} is not a timestamp`);
  return { seconds: at.seconds, nanoseconds: at.nanoseconds, path: document.ref.path };
}

function positionOf<T>(cursor: Cursor, toRef: (path: string) => T): [Timestamp, T] {
  return [new Timestamp(Number(cursor['seconds']), Number(cursor['nanoseconds'])), toRef(String(cursor['path']))];
}
