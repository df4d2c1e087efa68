import { FieldPath, Timestamp, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import { defined } from '../../platform/defined.ts';
import { PermanentError } from '../../platform/errors.ts';
import {
  millisOf,
  placeOf,
  readPage,
  SLIM,
  valueOf,
  WHOLE,
  type DocumentPage,
  type PageSize,
} from '../../platform/firestore.ts';
import { isRoot, matchPath, ofSameRows } from '../../policy/lookup.ts';
import { partyFields } from '../../policy/parties.ts';
import type { PolicyRecord } from '../../policy/schema.ts';
import { heldBy } from '../held.ts';
import { canEndBy, fateByTime, fateFields, type RowTimes } from '../rowFate.ts';
import { fileFields } from '../rowFiles.ts';
import type {
  Cursor,
  NamedRecord,
  Scan,
  ScanProgress,
  Sweep,
  SweepFigures,
  SweepProgress,
  SweepQuestion,
} from '../system.ts';
import { databaseFor, everyRow, timesOf } from './place.ts';
import { endRows, isAnonymous, type Ending, type RowEnds } from './visit/endRows.ts';
import { subjectNamed } from './visit/files.ts';
import { RowWriter } from './write.ts';

/**
 * Ends everybody's rows of a record up to the cut-off, oldest first, in pages by time and name.
 * Each row is matched against the policy's full path and asked for its fate again. Rows of held
 * persons stay and are counted; a row that was written meanwhile is left to the next run.
 */
export async function expireRows(context: Context, named: NamedRecord, sweep: Sweep): Promise<SweepProgress> {
  const { record } = named;
  const { field } = sweep;
  const db = databaseFor(context.clients, record);
  const rows = new TimedRows(context, named, sweep);
  const page = (after: Cursor | undefined, size: PageSize): Promise<DocumentPage> => {
    let query = everyRow(db, record.path)
      .where(field, '<=', Timestamp.fromMillis(sweep.window?.until ?? sweep.cutoff))
      .orderBy(field)
      .orderBy(FieldPath.documentId());
    const from = sweep.window?.from ?? null;
    if (from !== null) query = query.where(field, '>', Timestamp.fromMillis(from));
    if (rows.fields !== null) query = query.select(...rows.fields);
    if (after !== undefined) query = query.startAfter(valueOf(after), db.doc(String(after['path'])));
    return readPage(query, size);
  };
  try {
    let here = await page(sweep.cursor, rows.fields === null ? WHOLE : SLIM);
    for (;;) {
      const last = here.full ? here.documents.at(-1) : undefined;
      // The next page is read while this one ends: two of them are in memory. Once the time is up
      // none is read any more that nobody would end.
      const isLate = last === undefined || context.now() >= sweep.deadline;
      const next = isLate ? undefined : page(cursorAt(last, field), here.next);
      next?.catch(() => undefined);
      await rows.end(here.documents, (document) => timesOf(record, (name) => document.get(name)));
      if (last === undefined) return { figures: rows.figures };
      if (next === undefined) return { figures: rows.figures, more: cursorAt(last, field) };
      here = await next;
    }
  } finally {
    await rows.close();
  }
}

/**
 * Ends rows that have no usable time in the field by the time at which the document was created.
 * Rows that an app forgot to date would stay for ever. Looks at rows one by one, as many as the
 * budget allows, in the order of their names.
 */
export async function scanRows(context: Context, named: NamedRecord, scan: Scan): Promise<ScanProgress> {
  const { record } = named;
  const { field } = scan;
  const db = databaseFor(context.clients, record);
  const rows = new TimedRows(context, named, scan);
  const ownerOf = ownerIn(record);
  let scanned = Number(scan.cursor?.['scanned'] ?? 0);
  let size = rows.fields === null ? WHOLE : SLIM;
  let path = typeof scan.cursor?.['path'] === 'string' ? scan.cursor['path'] : undefined;
  try {
    for (;;) {
      if (scan.budget <= scanned) return { figures: rows.figures, scanned };
      let query = everyRow(db, record.path).orderBy(FieldPath.documentId());
      if (rows.fields !== null) query = query.select(...rows.fields);
      if (path !== undefined) query = query.startAfter(isRoot(record.path) ? db.doc(path).id : db.doc(path));
      const { documents, full, next: nextSize } = await readPage(query, size, scan.budget - scanned);
      size = nextSize;
      scanned += documents.length;
      const undated = documents.filter((document) => !isUsable(document.get(field), scan.now));
      await rows.end(undated, (document) => ({
        ...timesOf(record, (name) => document.get(name)),
        [field]: document.createTime.toMillis(),
      }));
      const last = documents.at(-1);
      if (last === undefined || !full) return { figures: rows.figures, scanned };
      ({ path } = last.ref);
      const variables = matchPath(record.path, path);
      const uid = variables === null ? undefined : ownerOf(variables, (name) => last.get(name));
      const next = { path, ...defined({ uid }) };
      if (scanned >= scan.budget) return { figures: rows.figures, scanned, next };
      if (context.now() >= scan.deadline) return { figures: rows.figures, scanned, next, more: { path, scanned } };
    }
  } finally {
    await rows.close();
  }
}

/** A time that a cut-off finds sooner or later. */
const isUsable = (value: unknown, now: Instant): boolean => (millisOf(value) ?? Infinity) <= now;

/** Rows of everybody, ended by their times and nothing else. */
class TimedRows {
  readonly figures: { -readonly [K in keyof SweepFigures]: SweepFigures[K] };
  /** The fields that have to be read of a row; null: all of them. */
  readonly fields: readonly string[] | null;
  readonly #ends: RowEnds;
  readonly #sweep: SweepQuestion;
  readonly #isHeld: ReturnType<typeof heldBy>;
  readonly #owner: ReturnType<typeof ownerIn>;

  constructor(context: Context, named: NamedRecord, sweep: SweepQuestion & { readonly figures: SweepFigures }) {
    const { record } = named;
    const { policy } = sweep;
    const same = ofSameRows(policy, named);
    const whole = canEndBy(record, 'anonymise') || canEndBy(record, 'archive');
    const fields = [sweep.field, ...fateFields(record), ...ownerFields(same), ...fileFields(record)];
    this.fields = whole ? null : [...new Set(fields)];
    this.figures = { ...sweep.figures };
    this.#ends = { context, policy, named, writer: new RowWriter(context, named, policy) };
    this.#sweep = sweep;
    this.#isHeld = heldBy(same, sweep.held);
    this.#owner = ownerIn(record);
  }

  /** Ends those of the rows whose time has come. */
  async end(
    documents: readonly QueryDocumentSnapshot[],
    timesOfRow: (document: QueryDocumentSnapshot) => RowTimes,
  ): Promise<void> {
    const { policy, now, withFollowers } = this.#sweep;
    const { id, record } = this.#ends.named;
    const over: Ending[] = [];
    for (const document of documents) {
      const variables = matchPath(record.path, document.ref.path);
      if (variables === null) continue;
      const fate = fateByTime(record, policy, now, timesOfRow(document));
      if (fate.kind !== 'end') continue;
      const { then } = fate;
      const get = (name: string): unknown => document.get(name);
      if (this.#isHeld(variables, get)) {
        this.figures.held += 1;
        continue;
      }
      if (isAnonymous(document, then)) continue;
      const owner = this.#owner(variables, get);
      over.push({ document, then, subject: owner === undefined || owner === '' ? undefined : subjectNamed(owner) });
    }
    const { rows, gone, files, followed } = await endRows(this.#ends, over, {
      withFiles: true,
      isFollowed: (then) => withFollowers === true || (record.subcollections === true && then.do === 'delete'),
    });
    for (const [path, how] of rows) if (!gone.has(path)) this.figures[how] += 1;
    this.figures.files += files;
    this.figures.deleted += followed.deleted;
    this.figures.archived += followed.archived;
    this.figures.residue += followed.residue;
    const count = [...rows.values()].filter((how) => how === 'unarchived').length;
    if (count > 0)
      this.#ends.context.log.error('rows stay: their archive has no place for them', { record: id, count });
  }

  close(): Promise<void> {
    return this.#ends.writer.close();
  }
}

/**
 * Counts the rows without a time in the field that a cut-off could find: none, a text, a time in
 * the future. By the difference of two counts, so that rows of collections of the same name
 * elsewhere count too.
 */
export async function undatedRows(
  context: Context,
  named: NamedRecord,
  field = named.record.timestamp,
): Promise<number> {
  if (field === null) return 0;
  const query = everyRow(databaseFor(context.clients, named.record), named.record.path);
  // From the first moment that Firestore can hold: only timestamps lie between.
  const dated = query
    .where(field, '>=', new Timestamp(-62_135_596_800, 0))
    .where(field, '<=', Timestamp.fromMillis(context.now()));
  const [all, withTime] = await Promise.all([query.count().get(), dated.count().get()]);
  return Math.max(0, all.data().count - withTime.data().count);
}

/**
 * The fields of a row that name its person.
 *
 * @param same every record of these rows
 */
export const ownerFields = (same: readonly NamedRecord[]): string[] => [
  ...new Set(
    same.flatMap(({ record }): string[] => {
      const { subject } = record;
      if ('parties' in subject) return partyFields(record);
      if ('field' in subject) return [subject.field, ...(subject.email === undefined ? [] : [subject.email])];
      return 'pseudonymField' in subject ? [subject.pseudonymField] : [];
    }),
  ),
];

/** Returns the uid of a row's person, if the row names one. */
const ownerIn =
  ({ subject }: PolicyRecord) =>
  (variables: Readonly<Record<string, string>>, get: (field: string) => unknown): string | undefined => {
    if ('pathVariable' in subject) return variables[subject.pathVariable];
    const value = 'field' in subject ? get(subject.field) : undefined;
    return typeof value === 'string' ? value : undefined;
  };

function cursorAt(document: QueryDocumentSnapshot, field: string): Cursor {
  const at: unknown = document.get(field);
  if (!(at instanceof Timestamp)) throw new PermanentError('policy.timestamp', `${field} is not a timestamp`);
  return { ...placeOf(at), path: document.ref.path };
}
