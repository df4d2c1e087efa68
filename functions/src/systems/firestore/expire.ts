import { FieldPath, Timestamp, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import { defined } from '../../platform/defined.ts';
import { PermanentError } from '../../platform/errors.ts';
import {
  batches,
  millisOf,
  placeOf,
  readPage,
  SLIM,
  valueOf,
  WHOLE,
  type DocumentPage,
  type PageSize,
} from '../../platform/firestore.ts';
import type { EndAction } from '../../policy/fate.ts';
import { isRoot, matchPath, ofSameRows } from '../../policy/lookup.ts';
import { partyFields } from '../../policy/parties.ts';
import type { PolicyRecord } from '../../policy/schema.ts';
import { heldBy } from '../held.ts';
import { canEndBy, fateByTime, fateFields, type RowTimes } from '../rowFate.ts';
import { fileFields, filesOf } from '../rowFiles.ts';
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
import { endFollowers } from './descendants/endFollowers.ts';
import { FilesOfRows, subjectNamed } from './visit/files.ts';
import { databaseFor, everyRow } from './place.ts';
import { namesPerson } from './visit/residue.ts';
import { timesOf } from './place.ts';
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

/** The rows that are asked at once for documents below them. */
const AT_ONCE = 16;

/** A row whose time has come. */
interface Over {
  readonly document: QueryDocumentSnapshot;
  readonly then: EndAction;
  readonly owner: string | undefined;
}

/** Rows of everybody, ended by their times and nothing else. */
class TimedRows {
  readonly figures: { -readonly [K in keyof SweepFigures]: SweepFigures[K] };
  /** The fields that have to be read of a row; null: all of them. */
  readonly fields: readonly string[] | null;
  readonly #writer: RowWriter;
  readonly #isHeld: ReturnType<typeof heldBy>;
  readonly #owner: ReturnType<typeof ownerIn>;

  readonly context: Context;
  readonly named: NamedRecord;
  readonly sweep: SweepQuestion & { readonly figures: SweepFigures };

  constructor(context: Context, named: NamedRecord, sweep: SweepQuestion & { readonly figures: SweepFigures }) {
    this.context = context;
    this.named = named;
    this.sweep = sweep;
    const { record } = named;
    const same = ofSameRows(sweep.policy, named);
    const whole = canEndBy(record, 'anonymise') || canEndBy(record, 'archive');
    const fields = [sweep.field, ...fateFields(record), ...ownerFields(same), ...fileFields(record)];
    this.fields = whole ? null : [...new Set(fields)];
    this.figures = { ...sweep.figures };
    this.#writer = new RowWriter(context, record, sweep.policy);
    this.#isHeld = heldBy(same, sweep.held);
    this.#owner = ownerIn(record);
  }

  /**
   * Ends those of the rows whose time has come. Documents that go with a row go before it, so that
   * a crash in between finds it again.
   */
  async end(
    documents: readonly QueryDocumentSnapshot[],
    timesOfRow: (document: QueryDocumentSnapshot) => RowTimes,
  ): Promise<void> {
    const { policy, now } = this.sweep;
    const { id, record } = this.named;
    const over: Over[] = [];
    const files = new FilesOfRows(this.context, policy);
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
      // A row that was anonymised before has nothing left to remove.
      if (then.do === 'anonymise' && then.fields.every((name) => document.get(name) === undefined)) continue;
      const owner = this.#owner(variables, get);
      over.push({ document, then, owner });
      if (then.do === 'delete' && record.files !== undefined && owner !== undefined)
        files.add(document.ref, subjectNamed(owner), filesOf(policy, record, { variables, owner, get }));
    }
    this.figures.files += await files.end();
    const rowsOfStuckFollowers = await this.#endFollowers(over);
    for (const { document, then } of over)
      if (!rowsOfStuckFollowers.has(document.ref.path)) this.#writer.end(record, document, then);
    const moved = new Set((await this.#writer.flush()).map(({ path }) => path));
    this.figures.files += await files.endShared();
    const { gone } = this.#writer;
    const stuck = new Set([...this.#writer.stuck, ...rowsOfStuckFollowers]);
    for (const { document, then, owner } of over) {
      const { path } = document.ref;
      if (stuck.has(path)) this.figures.unarchived += 1;
      else if (!moved.has(path) && !gone.has(path)) this.figures[this.#how(document, then, owner)] += 1;
    }
    if (stuck.size > 0)
      this.context.log.error('rows stay: their archive has no place for them', { record: id, count: stuck.size });
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  /**
   * Ends documents that follow rows, before the rows. Answers the rows that stay, since their
   * archive has no place for something below them.
   */
  async #endFollowers(over: readonly Over[]): Promise<ReadonlySet<string>> {
    const { named } = this;
    const { policy, withFollowers } = this.sweep;
    const stuck = new Set<string>();
    for (const some of batches(over, AT_ONCE))
      await Promise.all(
        some.map(async ({ document: { ref }, then, owner }) => {
          if (withFollowers !== true && !(named.record.subcollections === true && then.do === 'delete')) return;
          const subject = owner === undefined || owner === '' ? undefined : subjectNamed(owner);
          const followed = await endFollowers({ policy, named, subject }, ref, then, this.#writer);
          if (followed.isStuck) stuck.add(ref.path);
          this.figures.deleted += followed.deleted;
          this.figures.archived += followed.archived;
          this.figures.residue += followed.residue;
        }),
      );
    return stuck;
  }

  /**
   * A row is anonymous if nothing in it leads back to its person; else it is an officer's, and no
   * figure says otherwise.
   */
  #how(document: QueryDocumentSnapshot, then: EndAction, owner: string | undefined) {
    if (then.do !== 'anonymise') return then.do === 'delete' ? 'deleted' : 'archived';
    if (owner === undefined || owner === '') return 'anonymised';
    return namesPerson(document.ref.path, document.data(), then.fields, subjectNamed(owner)) ? 'residue' : 'anonymised';
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
