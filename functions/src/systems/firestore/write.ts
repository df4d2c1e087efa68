import {
  FieldValue,
  type BulkWriter,
  type DocumentReference,
  type DocumentSnapshot,
  type FieldPath,
  type Firestore,
  type Timestamp,
} from 'firebase-admin/firestore';
import { ComplianceError } from '../../platform/errors.ts';
import type { Ending } from '../../policy/fate.ts';
import { fillPath, matchPath, recordOf } from '../../policy/lookup.ts';
import type { Policy, PolicyRecord } from '../../policy/schema.ts';
import type { NamedRecord } from '../system.ts';

/** Codes of gRPC that say: not as you saw it any more. */
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const FAILED_PRECONDITION = 9;
const ABORTED = 10;

/** How often rows are looked at anew that somebody else writes meanwhile. */
const TRIES = 5;

/** A row's copy in its archive, on its way. */
interface Copy {
  readonly document: DocumentSnapshot;
  readonly ref: DocumentReference;
  /** Null: it failed. */
  readonly written: Promise<Timestamp | null>;
}

/** Ends rows a page at a time. Every write says which version it means: what was written meanwhile is left and answered. */
export class RowWriter {
  readonly #db: Firestore;
  readonly #policy: Policy;
  #writer: BulkWriter | undefined;
  readonly #other: (record: PolicyRecord) => Firestore;
  /** Of the archives' databases. */
  readonly #others = new Map<Firestore, BulkWriter>();
  #pending: Promise<void>[] = [];
  #moved: DocumentSnapshot[] = [];
  #copies: Copy[] = [];
  #gone: ReadonlySet<string> = new Set();
  #failure: unknown;

  constructor(db: Firestore, policy: Policy, databaseOf: (record: PolicyRecord) => Firestore) {
    this.#db = db;
    this.#policy = policy;
    this.#other = databaseOf;
  }

  /** The writer itself, for what lies under a document; made when it is first needed. */
  get bulk(): BulkWriter {
    return (this.#writer ??= this.#db.bulkWriter());
  }

  /** Queues the ending of a row. A row to be archived is copied, by the same name, so that doing it twice is doing it once; it goes when its copy is there. */
  end(record: PolicyRecord, document: DocumentSnapshot, ending: Ending): void {
    const version = document.updateTime === undefined ? {} : { lastUpdateTime: document.updateTime };
    switch (ending.do) {
      case 'delete':
        this.#queue(document, this.bulk.delete(document.ref, version));
        return;
      case 'anonymise': {
        const fields = Object.fromEntries(ending.fields.map((field) => [field, FieldValue.delete()]));
        this.#queue(document, this.bulk.update(document.ref, fields, version));
        return;
      }
      case 'archive': {
        const target = recordOf(this.#policy, ending.to);
        const path = fillPath(target.path, matchPath(record.path, document.ref.path) ?? {});
        const db = this.#other(target);
        const writer = this.#others.get(db) ?? db.bulkWriter();
        this.#others.set(db, writer);
        const ref = db.doc(path);
        const written = writer.set(ref, document.data() ?? {}).then(
          ({ writeTime }) => writeTime,
          (error: unknown) => {
            this.#failure ??= error;
            return null;
          },
        );
        this.#copies.push({ document, ref, written });
        return;
      }
    }
  }

  /** Queues a change of a few fields, and nothing else, of a row as it was seen. */
  change(document: DocumentSnapshot, fields: readonly (readonly [FieldPath, FieldValue])[]): void {
    const [[field, value] = [], ...more] = fields;
    if (field === undefined || document.updateTime === undefined) return;
    const version = { lastUpdateTime: document.updateTime };
    this.#queue(document, this.bulk.update(document.ref, field, value, ...more.flat(), version));
  }

  /**
   * Does a pass over rows, and another one over those that were written meanwhile, until none was.
   *
   * @throws ComplianceError `firestore.contended` where rows were written again and again: a failed attempt
   */
  async untilStill(
    documents: readonly DocumentSnapshot[],
    { id }: NamedRecord,
    pass: (documents: readonly DocumentSnapshot[]) => Promise<DocumentSnapshot[]>,
  ): Promise<void> {
    let rest = documents;
    for (let tries = 0; rest.length > 0; tries++) {
      if (tries === TRIES)
        throw new ComplianceError('firestore.contended', `rows of ${id} are being written while they end`);
      rest = await pass(rest);
    }
  }

  #queue(document: DocumentSnapshot, write: Promise<unknown>): void {
    this.#pending.push(
      write.then(
        () => undefined,
        (error: unknown) => {
          if (movedBy(error)) this.#moved.push(document);
          else this.#failure ??= error;
        },
      ),
    );
  }

  /**
   * Waits for everything queued. Answers the rows that were gone or written by somebody else meanwhile, as they are now: those that
   * still exist.
   *
   * @throws the first failure of a write
   */
  async flush(): Promise<DocumentSnapshot[]> {
    const copies = await this.#archived();
    await this.#writer?.flush();
    await Promise.all(this.#pending);
    this.#pending = [];
    if (this.#failure !== undefined) throw asError(this.#failure);
    const moved = this.#moved;
    this.#moved = [];
    this.#gone = new Set();
    if (moved.length === 0) return [];
    const all = await this.#db.getAll(...moved.map(({ ref }) => ref));
    this.#gone = new Set(all.filter(({ exists }) => !exists).map(({ ref }) => ref.path));
    const now = all.filter(({ exists }) => exists);
    for (const { ref } of now) await copies.get(ref.path)?.();
    return now;
  }

  /** Paths of the rows of the last `flush` that somebody else had ended. */
  get gone(): ReadonlySet<string> {
    return this.#gone;
  }

  /**
   * Waits for the copies of rows that are archived, and queues the deletion of those rows. Answers, by the path of the row, how its copy is taken
   * back: of a row that was written meanwhile the app still has a newer one, and another sweep's copy stays.
   */
  async #archived(): Promise<ReadonlyMap<string, () => Promise<void>>> {
    const copies = this.#copies;
    this.#copies = [];
    await Promise.all([...this.#others.values()].map((writer) => writer.flush()));
    const undo = new Map<string, () => Promise<void>>();
    for (const { document, ref, written } of copies) {
      const writeTime = await written;
      if (writeTime === null) continue;
      const version = document.updateTime === undefined ? {} : { lastUpdateTime: document.updateTime };
      this.#queue(document, this.bulk.delete(document.ref, version));
      undo.set(document.ref.path, async () => {
        try {
          await ref.delete({ lastUpdateTime: writeTime });
        } catch (error) {
          if (!movedBy(error)) throw asError(error);
        }
      });
    }
    return undo;
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer?.close(), ...[...this.#others.values()].map((writer) => writer.close())]);
  }
}

function movedBy(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === NOT_FOUND || code === FAILED_PRECONDITION || code === ALREADY_EXISTS || code === ABORTED;
}

const asError = (cause: unknown): ComplianceError =>
  new ComplianceError('firestore.write', 'a write was refused or lost', { cause });

/** What a reading back throws. */
export const left = ({ id }: NamedRecord): ComplianceError =>
  new ComplianceError('firestore.left', `rows of ${id} are there that should have ended`);
