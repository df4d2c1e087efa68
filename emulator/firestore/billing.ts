/**
 * Counts operations as Firestore bills them (https://firebase.google.com/docs/firestore/pricing,
 * "Understand Cloud Firestore billing"):
 *
 * - a read for each document of an answer, and at least one for a query
 * - for `count()`, one read for each batch of up to 1,000 index entries, and at least one
 * - a write for each document set or updated
 * - a delete for each document deleted, whether it was there or not
 *
 * A commit that fails writes nothing and bills nothing.
 */
export interface Billed {
  reads: number;
  writes: number;
  deletes: number;
}

/** The part of a gRPC write that decides its cost. */
export interface WriteRequest {
  delete?: string | null;
  update?: object | null;
}

/** The part of a gRPC status that says whether a write of a batch was made. */
export interface WriteStatus {
  code?: number | null;
}

const INDEX_ENTRIES_PER_READ = 1000;

/**
 * The cost of reading `documents`: documents found, and missing ones that were asked for by name.
 */
export const readsOf = (documents: number): Billed => ({ reads: Math.max(1, documents), writes: 0, deletes: 0 });

/** The cost of an aggregation that went through `entries` index entries. */
export const readsOfCount = (entries: number): Billed => readsOf(Math.ceil(entries / INDEX_ENTRIES_PER_READ));

/**
 * The cost of writes; with `statuses` (a batch that is not atomic) only of those that were made.
 */
export function writesOf(writes: readonly WriteRequest[], statuses?: readonly WriteStatus[]): Billed {
  const made = writes.filter((write, index) => (write.update ?? write.delete) && !statuses?.[index]?.code);
  const deletes = made.filter((write) => write.delete).length;
  return { reads: 0, writes: made.length - deletes, deletes };
}

/** A part of the totals; an absent field means all of them. */
export interface Part {
  readonly project?: string | undefined;
  readonly database?: string | undefined;
}

/** The running totals, per project and database. */
export class Ledger {
  #entries: { project: string; database: string; billed: Billed }[] = [];

  /** Adds the cost of an operation. */
  add({ project, id: database }: { project: string; id: string }, { reads, writes, deletes }: Billed): void {
    let entry = this.#entries.find((one) => one.project === project && one.database === database);
    if (!entry) this.#entries.push((entry = { project, database, billed: { reads: 0, writes: 0, deletes: 0 } }));
    entry.billed.reads += reads;
    entry.billed.writes += writes;
    entry.billed.deletes += deletes;
  }

  /** Returns the operations billed so far. */
  total(part: Part = {}): Billed {
    const total = { reads: 0, writes: 0, deletes: 0 };
    for (const { billed } of this.#entries.filter((entry) => isIn(part, entry))) {
      total.reads += billed.reads;
      total.writes += billed.writes;
      total.deletes += billed.deletes;
    }
    return total;
  }

  /** Starts again from nothing. */
  reset(part: Part = {}): void {
    this.#entries = this.#entries.filter((entry) => !isIn(part, entry));
  }
}

const isIn = (part: Part, entry: { project: string; database: string }): boolean =>
  (part.project ?? entry.project) === entry.project && (part.database ?? entry.database) === entry.database;
