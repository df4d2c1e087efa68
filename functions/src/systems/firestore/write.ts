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
import type { Policy, RecordId } from '../../policy/schema.ts';
import type { NamedRecord } from '../system.ts';
import { Writers, type Change } from './bulk/writer.ts';
import { Copies, type ToCopy } from './copies.ts';
import { databaseFor } from './place.ts';

/** How often rows are looked at anew that somebody else writes meanwhile. */
const TRIES = 5;

/** Rows that did not end as they were seen. */
export interface Flushed {
  /** Somebody else has written them meanwhile, and they still exist. */
  readonly moved: readonly DocumentReference[];
  /** Paths of rows that somebody else has ended. */
  readonly gone: ReadonlySet<string>;
  /** Paths of rows that stay, since the archive has no place for them. */
  readonly stuck: ReadonlySet<string>;
}

/**
 * Ends rows of a record a page at a time. Every write says which version it means: what was written
 * meanwhile is left and answered.
 */
export class RowWriter {
  readonly #named: NamedRecord;
  readonly #db: Firestore;
  readonly #writers: Writers;
  readonly #copies: Copies;
  #pending: Promise<void>[] = [];
  #moved: DocumentReference[] = [];
  #toArchive: ToCopy[] = [];
  #failure: unknown;

  /** @param named its database has the rows; copies lie in that of their archive */
  constructor(context: Context, named: NamedRecord, policy: Policy) {
    this.#named = named;
    this.#db = databaseFor(context.clients, named.record);
    this.#writers = new Writers(context);
    this.#copies = new Copies(policy, context.clients, this.#writers);
  }

  /**
   * Queues the end of a row. A row to be archived is copied by the same name, and goes when its
   * copy is there. A copy never replaces another one: then the row stays, and `stuck` names it.
   */
  end(document: DocumentSnapshot, action: EndAction): void {
    switch (action.do) {
      case 'delete':
        this.#delete(document);
        return;
      case 'anonymise':
        this.#change(
          document,
          action.fields.map((field) => [field, FieldValue.delete()]),
        );
        return;
      case 'archive':
        this.#toArchive.push(this.#copies.of(this.#named.record, document, action.to));
        return;
    }
  }

  /**
   * Deletes documents below a row in whatever version, and waits for it.
   *
   * @throws the first failure of a write
   */
  async deleteAll(refs: readonly DocumentReference[]): Promise<void> {
    const bulk = this.#writers.of(this.#db);
    const writes = refs.map((ref) => bulk.delete(ref));
    const [first] = (await Promise.allSettled([...writes, bulk.flush()])).filter(
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
  async archiveAll(documents: readonly DocumentSnapshot[], to: RecordId): Promise<boolean> {
    const { record } = this.#named;
    let isWhole = true;
    await this.untilStill(documents, async (some) => {
      const moved: DocumentReference[] = [];
      for (const copy of await this.#copies.make(some.map((one) => this.#copies.of(record, one, to)))) {
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
  isArchived(path: string, to: RecordId): Promise<boolean> {
    return this.#copies.has(this.#named.record, path, to);
  }

  /** Has the row's copy no place? Then the row has stayed where it is. */
  async isStuck(document: DocumentSnapshot, action: EndAction): Promise<boolean> {
    return action.do === 'archive' && (await this.#copies.hasNoPlace(this.#named.record, document, action.to));
  }

  /**
   * Changes a few fields, and nothing else, of rows as they were seen. Those that were written
   * meanwhile are looked at anew.
   *
   * @param changesOf none: the row stays as it is
   * @param note told of each row that was changed
   */
  async changeAll(
    documents: readonly DocumentSnapshot[],
    changesOf: (document: DocumentSnapshot) => readonly Change[],
    note: (document: DocumentSnapshot) => void,
  ): Promise<void> {
    await this.untilStill(documents, async (some) => {
      const changed = some.filter((document) => this.#change(document, changesOf(document)));
      const { moved } = await this.flush();
      const again = new Set(moved.map(({ path }) => path));
      for (const document of changed) if (!again.has(document.ref.path)) note(document);
      return moved;
    });
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
    pass: (documents: readonly DocumentSnapshot[]) => Promise<readonly DocumentReference[]>,
  ): Promise<void> {
    let rest = await pass(documents);
    for (let tries = 1; rest.length > 0; tries++) {
      if (tries === TRIES)
        throw new ComplianceError('firestore.contended', `rows of ${this.#named.id} are being written while they end`);
      const moved: DocumentReference[] = [];
      for (const refs of batches(rest, WHOLE.rows)) {
        const some = await this.#db.getAll(...refs);
        moved.push(...(await pass(some.filter(({ exists }) => exists))));
      }
      rest = moved;
    }
  }

  #delete(document: DocumentSnapshot): void {
    const { ref } = document;
    this.#queue(ref, this.#writers.of(this.#db).delete(ref, versionOf(document)));
  }

  /** False: there is nothing to change. */
  #change(document: DocumentSnapshot, fields: readonly Change[]): boolean {
    if (fields.length === 0) return false;
    const { ref } = document;
    this.#queue(ref, this.#writers.of(this.#db).update(ref, fields, versionOf(document)));
    return true;
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
   * Waits for everything queued.
   *
   * @throws the first failure of a write
   */
  async flush(): Promise<Flushed> {
    const { undo, stuck } = await this.#archive();
    await this.#writers.flush();
    await Promise.all(this.#pending);
    this.#pending = [];
    const { moved, gone } = await this.#movedNow();
    // The app still has the row, a newer one: its copy is taken back, whatever failed beside it.
    const undone = await Promise.allSettled(moved.map(async ({ path }) => undo.get(path)?.()));
    for (const one of undone) if (one.status === 'rejected') this.#failure ??= one.reason;
    if (this.#failure !== undefined) throw asError(this.#failure);
    return { moved, gone, stuck };
  }

  /** The rows that moved and are there still; the others are `gone`. */
  async #movedNow(): Promise<Omit<Flushed, 'stuck'>> {
    const moved = this.#moved;
    this.#moved = [];
    if (moved.length === 0) return { moved, gone: new Set() };
    // Names only: whoever needs the rows reads them again.
    const all = await this.#db.getAll(...moved, { fieldMask: [FieldPath.documentId()] });
    const gone = new Set(all.filter(({ exists }) => !exists).map(({ ref }) => ref.path));
    return { moved: all.filter(({ exists }) => exists).map(({ ref }) => ref), gone };
  }

  /**
   * Makes the copies and queues the deletion of their rows. Answers how a row's new copy is taken
   * back, and the rows that stay.
   */
  async #archive(): Promise<{ undo: ReadonlyMap<string, () => Promise<unknown>>; stuck: ReadonlySet<string> }> {
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
    return { undo, stuck };
  }

  close(): Promise<void> {
    return this.#writers.close();
  }
}

const asError = (cause: unknown): ComplianceError =>
  new ComplianceError('firestore.write', 'a write was refused or lost', { cause });

/** The error of a reading back. */
export const left = ({ id }: NamedRecord): LeftError =>
  new LeftError('firestore.left', `rows of ${id} are there that should have ended`);
