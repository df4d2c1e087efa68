/**
 * Counts what Firestore would bill (https://firebase.google.com/docs/firestore/pricing, "Understand Cloud Firestore billing"):
 * a read for each document of an answer, and at least one for a query; for `count()` one read for each batch of up to 1,000 index
 * entries, at least one; a write for each document set or updated; a delete for each document deleted, whether it was there or not.
 * A commit that fails writes nothing and bills nothing.
 */
export interface Billed {
  reads: number;
  writes: number;
  deletes: number;
}

/** The part of a gRPC write that says what it costs. */
export interface WriteRequest {
  delete?: string | null;
}

/** The part of a gRPC status that says whether a write of a batch was made. */
export interface WriteStatus {
  code?: number | null;
}

const INDEX_ENTRIES_PER_READ = 1000;

/** What reading `documents` costs: documents found, and missing ones that were asked for by name. */
export const readsOf = (documents: number): Billed => ({ reads: Math.max(1, documents), writes: 0, deletes: 0 });

/** What an aggregation costs that went through `entries` index entries. */
export const readsOfCount = (entries: number): Billed => readsOf(Math.ceil(entries / INDEX_ENTRIES_PER_READ));

/** What writes cost; with `statuses` (a batch that is not atomic) only those that were made. */
export function writesOf(writes: readonly WriteRequest[], statuses?: readonly WriteStatus[]): Billed {
  const made = writes.filter((_, index) => !statuses?.[index]?.code);
  const deletes = made.filter((write) => write.delete).length;
  return { reads: 0, writes: made.length - deletes, deletes };
}

/** The running totals, per database. */
export class Ledger {
  readonly #totals = new Map<string, Billed>();

  /** Adds what an operation on `database` cost. */
  add(database: string, billed: Billed): void {
    const total = this.#totals.get(database) ?? { reads: 0, writes: 0, deletes: 0 };
    this.#totals.set(database, sum(total, billed));
  }

  /** The total of `database`, or of all of them. */
  total(database?: string): Billed {
    const totals = database === undefined ? [...this.#totals.values()] : [this.#totals.get(database)];
    return totals.reduce<Billed>((all, one) => (one ? sum(all, one) : all), { reads: 0, writes: 0, deletes: 0 });
  }

  /** Forgets the total of `database`, or all of them. */
  reset(database?: string): void {
    if (database === undefined) this.#totals.clear();
    else this.#totals.delete(database);
  }
}

const sum = (a: Billed, b: Billed): Billed => ({
  reads: a.reads + b.reads,
  writes: a.writes + b.writes,
  deletes: a.deletes + b.deletes,
});
