import type {
  BulkWriter,
  DocumentData,
  DocumentReference,
  FieldPath,
  Firestore,
  Precondition,
  WriteResult,
} from 'firebase-admin/firestore';
import { isInternal, isWorthRetrying } from '../../../platform/codes.ts';
import { pacerOf, type Pacer } from './pacer.ts';

/** A field, and its new value. */
export type Change = readonly [field: string | FieldPath, value: unknown];

/** BulkWriter tries a write so often. */
const ATTEMPTS = 10;

/**
 * Writes documents in bulk: the Admin SDK's BulkWriter at our own pace instead of its ramp. It
 * retries as the SDK does.
 */
export class PacedWriter {
  readonly #bulk: BulkWriter;
  readonly #pacer: Pacer;

  constructor(db: Firestore, pacer: Pacer) {
    this.#pacer = pacer;
    this.#bulk = db.bulkWriter({ throttling: false });
    this.#bulk.onWriteError((error) => {
      pacer.failed(error);
      return isRetried(error);
    });
  }

  create(ref: DocumentReference, data: DocumentData): Promise<WriteResult> {
    return this.#pacer.write(() => this.#bulk.create(ref, data));
  }

  delete(ref: DocumentReference, precondition?: Precondition): Promise<WriteResult> {
    return this.#pacer.write(() => this.#bulk.delete(ref, precondition));
  }

  /** Updates fields by their paths: names may have dots. */
  update(ref: DocumentReference, fields: readonly Change[], precondition: Precondition): Promise<WriteResult> {
    const [[field, value] = [], ...more] = fields;
    if (field === undefined) throw new TypeError('no field to update');
    return this.#pacer.write(() => this.#bulk.update(ref, field, value, ...more.flat(), precondition));
  }

  /** Waits until everything that was asked for has been written, or has failed. */
  async flush(): Promise<void> {
    await this.#pacer.sent();
    await this.#bulk.flush();
  }

  async close(): Promise<void> {
    await this.#pacer.sent();
    await this.#bulk.close();
  }
}

/** The writers of several databases, each made when it is first needed. */
export class Writers {
  readonly #context: Parameters<typeof pacerOf>[0];
  readonly #all = new Map<Firestore, PacedWriter>();

  constructor(context: Parameters<typeof pacerOf>[0]) {
    this.#context = context;
  }

  of(db: Firestore): PacedWriter {
    const writer = this.#all.get(db) ?? new PacedWriter(db, pacerOf(this.#context));
    this.#all.set(db, writer);
    return writer;
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#all.values()].map((writer) => writer.flush()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all.values()].map((writer) => writer.close()));
  }
}

type Failure = Parameters<Parameters<BulkWriter['onWriteError']>[0]>[0];

/** The rule of the SDK, which whoever listens to errors has to state. */
const isRetried = (error: Failure): boolean =>
  error.failedAttempts < ATTEMPTS &&
  (isWorthRetrying(error) || (error.operationType === 'delete' && isInternal(error)));
