import {
  FieldPath,
  FieldValue,
  type DocumentReference,
  type DocumentSnapshot,
  type Firestore,
} from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { ComplianceError, LeftError } from '../../platform/errors.ts';
import { batches, deleteIfUnchanged, unlessChanged, versionOf, WHOLE } from '../../platform/firestore.ts';
import type { EndAction } from '../../policy/fate.ts';
import type { Policy, PolicyRecord, RecordId } from '../../policy/schema.ts';
import type { NamedRecord } from '../system.ts';
import { PacedWriter } from './bulk/writer.ts';
import { Copies, type ToCopy } from './copies.ts';
import { pacerOf } from './bulk/pacer.ts';
import { databaseFor } from './place.ts';

/** How often rows are looked at anew that somebody else writes meanwhile. */
const TRIES = 5;

/**
 * Ends rows a page at a time. Every write says which version it means: what was written meanwhile
 * is left and answered.
 */
export class RowWriter {
  readonly #db: Firestore;
  readonly #writerFor: (db: Firestore) => PacedWriter;
  readonly #copies: Copies;
  #writer: PacedWriter | undefined;
  #pending: Promise<void>[] = [];
  #moved: DocumentReference[] = [];
  #toArchive: ToCopy[] = [];
  #gone: ReadonlySet<string> = new Set();
  #stuck: ReadonlySet<string> = new Set();
  #failure: unknown;

  /** @param record its database has the rows; copies lie in that of their archive */
  constructor(context: Context, record: PolicyRecord, policy: Policy) {
    this.#db = databaseFor(context.clients, record);
    this.#writerFor = (db) => new PacedWriter(db, pacerOf(context));
    this.#copies = new Copies(policy, (other) => databaseFor(context.clients, other), this.#writerFor);
  }

  /** Made when it is first needed. */
  get #bulk(): PacedWriter {
    return (this.#writer ??= this.#writerFor(this.#db));
  }

  /**
   * Queues the end of a row. A row to be archived is copied by the same name, and goes when its
   * copy is there. A copy never replaces another one: then the row stays, and `stuck` names it.
   */
  end(record: PolicyRecord, document: DocumentSnapshot, action: EndAction): void {
    switch (action.do) {
      case 'delete':
        this.#delete(document);
        return;
      case 'anonymise': {
        const fields = Object.fromEntries(action.fields.map((field) => [field, FieldValue.delete()]));
        this.#queue(document.ref, this.#bulk.update(document.ref, fields, versionOf(document)));
        return;
      }
      case 'archive':
        this.#toArchive.push(this.#copies.of(record, document, action.to));
        return;
    }
  }

  /**
   * Deletes documents below a row in whatever version, and waits for it.
   *
   * @throws the first failure of a write
   */
  async deleteAll(refs: readonly DocumentReference[]): Promise<void> {
    const writes = refs.map((ref) => this.#bulk.delete(ref));
    const [first] = (await Promise.allSettled([...writes, this.#bulk.flush()])).filter(
      (write) => write.status === 'rejected',
    );
    if (first !== undefined) throw asError(first.reason);
  }

  /**
   * Moves documents below a row into its archive, below the place of its copy. What is written
   * meanwhile is copied anew.
   *
   * @returns false if the archive has no place for some of them, which stay
   * @throws the first failure of a write
   */
  async archiveAll(named: NamedRecord, documents: readonly DocumentSnapshot[], to: RecordId): Promise<boolean> {
    let isWhole = true;
    await this.untilStill(documents, named, async (some) => {
      const moved: DocumentReference[] = [];
      for (const copy of await this.#copies.make(some.map((one) => this.#copies.of(named.record, one, to)))) {
        const { ref } = copy.document;
        if (copy.is === 'failed') throw asError(copy.error);
        if (copy.is === 'impossible') isWhole = false;
        else if (!(await deleteIfUnchanged(copy.document))) {
          if (copy.is === 'made') await copy.undo();
          moved.push(ref);
        }
      }
      return moved;
    });
    return isWhole;
  }

  /** Is there a copy of the row with this path in its archive? 1 read. */
  isArchived(record: PolicyRecord, path: string, to: RecordId): Promise<boolean> {
    return this.#copies.has(record, path, to);
  }

  /** Has the row's copy no place? Then the row has stayed where it is. */
  async isStuck(record: PolicyRecord, document: DocumentSnapshot, action: EndAction): Promise<boolean> {
    return action.do === 'archive' && (await this.#copies.hasNoPlace(record, document, action.to));
  }

  /** Queues a change of a few fields, and nothing else, of a row as it was seen. */
  change(document: DocumentSnapshot, fields: readonly (readonly [FieldPath, FieldValue])[]): void {
    if (fields.length === 0 || document.updateTime === undefined) return;
    this.#queue(document.ref, this.#bulk.updateFields(document.ref, fields, versionOf(document)));
  }

  /**
   * Does a pass over rows, and another one over those that were written meanwhile, until none was.
   * These are read again a few at a time: they may have grown.
   *
   * @param pass answers the rows that were written meanwhile
   * @throws ComplianceError `firestore.contended` where rows were written again and again: a failed
   *   attempt
   */
  async untilStill(
    documents: readonly DocumentSnapshot[],
    { id }: NamedRecord,
    pass: (documents: readonly DocumentSnapshot[]) => Promise<readonly DocumentReference[]>,
  ): Promise<void> {
    let rest = await pass(documents);
    for (let tries = 1; rest.length > 0; tries++) {
      if (tries === TRIES)
        throw new ComplianceError('firestore.contended', `rows of ${id} are being written while they end`);
      const moved: DocumentReference[] = [];
      for (const refs of batches(rest, WHOLE.rows)) {
        const some = await this.#db.getAll(...refs);
        moved.push(...(await pass(some.filter(({ exists }) => exists))));
      }
      rest = moved;
    }
  }

  #delete(document: DocumentSnapshot): void {
    this.#queue(document.ref, this.#bulk.delete(document.ref, versionOf(document)));
  }

  #queue(ref: DocumentReference, write: Promise<unknown>): void {
    this.#pending.push(
      unlessChanged(write).then(
        (isWritten) => {
          if (!isWritten) this.#moved.push(ref);
        },
        (error: unknown) => {
          this.#failure ??= error;
        },
      ),
    );
  }

  /**
   * Waits for everything queued. Answers the rows that somebody else has written meanwhile and that
   * still exist.
   *
   * @throws the first failure of a write
   */
  async flush(): Promise<DocumentReference[]> {
    const undo = await this.#archive();
    await this.#writer?.flush();
    await Promise.all(this.#pending);
    this.#pending = [];
    const now = await this.#movedNow();
    // The app still has the row, a newer one: its copy is taken back, whatever failed beside it.
    const undone = await Promise.allSettled(now.map(async ({ path }) => undo.get(path)?.()));
    for (const one of undone) if (one.status === 'rejected') this.#failure ??= one.reason;
    if (this.#failure !== undefined) throw asError(this.#failure);
    return now;
  }

  /** The rows that moved and are there still; the others are `gone`. */
  async #movedNow(): Promise<DocumentReference[]> {
    const moved = this.#moved;
    this.#moved = [];
    this.#gone = new Set();
    if (moved.length === 0) return [];
    // Names only: whoever needs the rows reads them again.
    const all = await this.#db.getAll(...moved, { fieldMask: [FieldPath.documentId()] });
    this.#gone = new Set(all.filter(({ exists }) => !exists).map(({ ref }) => ref.path));
    return all.filter(({ exists }) => exists).map(({ ref }) => ref);
  }

  /** Paths of the rows of the last `flush` that somebody else had ended. */
  get gone(): ReadonlySet<string> {
    return this.#gone;
  }

  /** Paths of the rows of the last `flush` that stay, since the archive has no place for them. */
  get stuck(): ReadonlySet<string> {
    return this.#stuck;
  }

  /**
   * Makes the copies and queues the deletion of their rows. Answers how a row's new copy is taken
   * back.
   */
  async #archive(): Promise<ReadonlyMap<string, () => Promise<unknown>>> {
    const rows = this.#toArchive;
    this.#toArchive = [];
    const undo = new Map<string, () => Promise<unknown>>();
    const stuck = new Set<string>();
    for (const copy of await this.#copies.make(rows)) {
      if (copy.is === 'failed') this.#failure ??= copy.error;
      else if (copy.is === 'impossible') stuck.add(copy.document.ref.path);
      else this.#delete(copy.document);
      if (copy.is === 'made') undo.set(copy.document.ref.path, copy.undo);
    }
    this.#stuck = stuck;
    return undo;
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer?.close(), this.#copies.close()]);
  }
}

const asError = (cause: unknown): ComplianceError =>
  new ComplianceError('firestore.write', 'a write was refused or lost', { cause });

/** The error of a reading back. */
export const left = ({ id }: NamedRecord): LeftError =>
  new LeftError('firestore.left', `rows of ${id} are there that should have ended`);
