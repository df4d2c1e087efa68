import { FieldValue, type BulkWriter, type DocumentSnapshot, type Firestore } from 'firebase-admin/firestore';
import { ComplianceError } from '../../platform/errors.ts';
import type { Ending } from '../../policy/fate.ts';
import { fillPath, matchPath, recordOf } from '../../policy/lookup.ts';
import type { Policy, PolicyRecord } from '../../policy/schema.ts';

/** Codes of gRPC that say: not as you saw it any more. */
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const FAILED_PRECONDITION = 9;
const ABORTED = 10;

/** Ends rows a page at a time. Every write says which version it means: what was written meanwhile is left and answered. */
export class RowWriter {
  readonly #db: Firestore;
  readonly #policy: Policy;
  readonly #writer: BulkWriter;
  readonly #other: (record: PolicyRecord) => Firestore;
  #pending: Promise<void>[] = [];
  #moved: DocumentSnapshot[] = [];
  #failure: unknown;

  constructor(db: Firestore, policy: Policy, databaseOf: (record: PolicyRecord) => Firestore) {
    this.#db = db;
    this.#policy = policy;
    this.#other = databaseOf;
    this.#writer = db.bulkWriter();
  }

  /** The writer itself, for what lies under a document. */
  get bulk(): BulkWriter {
    return this.#writer;
  }

  /** Queues the ending of a row. An archived row is copied first, by the same name, so that doing it twice is doing it once. */
  async end(record: PolicyRecord, document: DocumentSnapshot, ending: Ending): Promise<void> {
    const version = document.updateTime === undefined ? {} : { lastUpdateTime: document.updateTime };
    switch (ending.do) {
      case 'delete':
        this.#queue(document, this.#writer.delete(document.ref, version));
        return;
      case 'anonymise': {
        const fields = Object.fromEntries(ending.fields.map((field) => [field, FieldValue.delete()]));
        this.#queue(document, this.#writer.update(document.ref, fields, version));
        return;
      }
      case 'archive': {
        const target = recordOf(this.#policy, ending.to);
        const path = fillPath(target.path, matchPath(record.path, document.ref.path) ?? {});
        await this.#other(target)
          .doc(path)
          .set(document.data() ?? {});
        this.#queue(document, this.#writer.delete(document.ref, version));
        return;
      }
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
    await this.#writer.flush();
    await Promise.all(this.#pending);
    this.#pending = [];
    if (this.#failure !== undefined) throw asError(this.#failure);
    const moved = this.#moved;
    this.#moved = [];
    if (moved.length === 0) return [];
    const now = await this.#db.getAll(...moved.map(({ ref }) => ref));
    return now.filter(({ exists }) => exists);
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }
}

function movedBy(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === NOT_FOUND || code === FAILED_PRECONDITION || code === ALREADY_EXISTS || code === ABORTED;
}

const asError = (cause: unknown): ComplianceError =>
  new ComplianceError('firestore.write', 'a write was refused or lost', { cause });
