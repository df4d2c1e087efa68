import {
  DocumentReference,
  GeoPoint,
  Timestamp,
  type DocumentSnapshot,
  type Firestore,
} from 'firebase-admin/firestore';
import { alreadyExists, isInvalid } from '../../platform/codes.ts';
import type { Clients } from '../../platform/context.ts';
import { exactData, weightOf } from '../../platform/documents.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { deleteIfUnchanged, isVector } from '../../platform/firestore.ts';
import { matchPath, recordOf, samePath } from '../../policy/lookup.ts';
import type { Policy, PolicyRecord, RecordId } from '../../policy/schema.ts';
import type { Writers } from './bulk/writer.ts';
import { databaseFor } from './place.ts';

/**
 * A request may hold 10 MiB of writes, at the emulator 4: copies are made in groups of less, in
 * bytes.
 */
const MOST_AT_ONCE = 3 * 2 ** 20;

/** A row, and the place of its copy. */
export interface ToCopy {
  readonly document: DocumentSnapshot;
  readonly db: Firestore;
  readonly ref: DocumentReference;
}

/** The result of copying a row. */
export type Copied = { readonly document: DocumentSnapshot } & (
  | { readonly is: 'made'; readonly undo: () => Promise<unknown> }
  /** Made before, by an attempt that died or by another sweep. */
  | { readonly is: 'there' }
  /** Another row has its place, or Firestore does not take it: the row must stay. */
  | { readonly is: 'impossible' }
  | { readonly is: 'failed'; readonly error: unknown }
);

/** Copies rows into their archive. Never writes over a copy that is there. */
export class Copies {
  readonly #policy: Policy;
  readonly #clients: Clients;
  readonly #writers: Writers;

  constructor(policy: Policy, clients: Clients, writers: Writers) {
    this.#policy = policy;
    this.#clients = clients;
    this.#writers = writers;
  }

  /**
   * The place of a row's copy: by the same names, so that no two rows of a record share one.
   * Documents below the row lie below the copy, by the same names too.
   */
  of(record: PolicyRecord, document: DocumentSnapshot, to: RecordId): ToCopy {
    return { document, ...this.#placeOf(record, document.ref.path, to) };
  }

  /** Is there a copy of the row with this path? 1 read. */
  async has(record: PolicyRecord, path: string, to: RecordId): Promise<boolean> {
    return (await this.#placeOf(record, path, to).ref.get()).exists;
  }

  #placeOf(record: PolicyRecord, path: string, to: RecordId): Omit<ToCopy, 'document'> {
    const target = recordOf(this.#policy, to);
    const db = databaseFor(this.#clients, target);
    const names = path.split('/');
    const length = record.path.split('/').length;
    const row = samePath(target.path, matchPath(record.path, names.slice(0, length).join('/')) ?? {});
    return { db, ref: db.doc([row, ...names.slice(length)].join('/')) };
  }

  /**
   * Has the row's copy no place: another one is there, or Firestore does not take it? Only trying
   * tells; a copy that was made is taken back. 1 write and 1 read or delete.
   */
  async hasNoPlace(record: PolicyRecord, document: DocumentSnapshot, to: RecordId): Promise<boolean> {
    const [copied] = await this.make([this.of(record, document, to)]);
    if (copied?.is === 'failed') throw copied.error;
    if (copied?.is === 'made') await copied.undo();
    return copied?.is === 'impossible';
  }

  /**
   * Makes copies, a few MiB at a time. Each is created, so that a copy that is there stays; the
   * same one counts as made. 1 write a row; 1 read more if the place is taken.
   */
  async make(rows: readonly ToCopy[]): Promise<Copied[]> {
    const all: Copied[] = [];
    let group: Promise<Copied | ToCopy>[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      await this.#writers.flush();
      // One after the other: each may be of 1 MiB, however small the row is.
      for (const one of await Promise.all(group)) all.push('is' in one ? one : await alone(one));
      [group, bytes] = [[], 0];
    };
    for (const row of rows) {
      const weight = weightOf(row.document);
      if (bytes + weight > MOST_AT_ONCE) await flush();
      bytes += weight;
      group.push(this.#create(row));
    }
    await flush();
    return all;
  }

  /** Answers the row itself if it has to be looked at alone. */
  async #create(row: ToCopy): Promise<Copied | ToCopy> {
    const { document, db, ref } = row;
    try {
      const { writeTime } = await this.#writers.of(db).create(ref, exactData(document));
      return { document, is: 'made', undo: () => takeBack(ref, writeTime) };
    } catch (error) {
      // A refusal of the whole request is told of each of its rows: one of them may be to blame.
      return alreadyExists(error) || isInvalid(error) ? row : { document, is: 'failed', error };
    }
  }
}

/**
 * Copies one row by itself. If a copy is there, is it the row's own? A row that Firestore refuses
 * is too large under its new name: trying again cannot help.
 */
async function alone({ document, ref }: ToCopy): Promise<Copied> {
  try {
    const { writeTime } = await ref.create(exactData(document));
    return { document, is: 'made', undo: () => takeBack(ref, writeTime) };
  } catch (error) {
    if (isInvalid(error)) return { document, is: 'impossible' };
    if (!alreadyExists(error)) return { document, is: 'failed', error };
  }
  try {
    const copy = await ref.get();
    if (copy.exists) return { document, is: isSame(exactData(copy), exactData(document)) ? 'there' : 'impossible' };
    // By its own period, or with its person: another attempt makes it anew.
    return { document, is: 'failed', error: new ComplianceError('firestore.contended', 'a copy went away') };
  } catch (error) {
    return { document, is: 'failed', error };
  }
}

/** Another sweep's copy, and one that was written since, stay. */
const takeBack = (ref: DocumentReference, updateTime: Timestamp): Promise<unknown> =>
  deleteIfUnchanged({ ref, updateTime });

/**
 * Are two values of Firestore the same? Pure. A reference is compared by its path: each database
 * reads it as one of its own.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return a === b || (Number.isNaN(a) && Number.isNaN(b));
  if (a instanceof Timestamp) return b instanceof Timestamp && a.isEqual(b);
  if (a instanceof GeoPoint) return b instanceof GeoPoint && a.isEqual(b);
  if (a instanceof DocumentReference) return b instanceof DocumentReference && a.path === b.path;
  if (isVector(a)) return isVector(b) && a.isEqual(b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  if (Array.isArray(b) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return left.length === right.size && left.every(([name, item]) => right.has(name) && isSame(item, right.get(name)));
}
