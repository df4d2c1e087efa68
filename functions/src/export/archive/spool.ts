import type { ExportRow } from './rows.ts';
import type { ObjectStore } from './objects.ts';
import { inPieces, lines } from './pieces.ts';

/** Characters of rows that are kept in memory before they move to the store. */
const IN_MEMORY = 1 << 20;

/**
 * Rows on their way into the archive. Each row is read once from its system, and written to two
 * files of the archive, one after the other. In between, many rows wait in an object beside the
 * archive (the disk of a function is its memory), few in memory.
 */
export class Spool {
  readonly #store: ObjectStore;
  readonly #name: string;
  #lines: string[] = [];
  #spilled = false;
  count = 0;
  /** Characters that came so far. */
  size = 0;

  /**
   * @param name the object to spill into; `clear` removes it, and the step `clean` does if the
   * process dies
   */
  constructor(store: ObjectStore, name: string) {
    this.#store = store;
    this.#name = name;
  }

  /** Takes all rows. On failure nothing can be read. */
  async fill(rows: AsyncIterable<ExportRow>): Promise<void> {
    const iterator = this.#asLines(rows);
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) return;
      this.#lines.push(value);
      if (this.size > IN_MEMORY) break;
    }
    const head = this.#lines;
    this.#lines = [];
    this.#spilled = true;
    await this.#store.write(this.#name, inPieces(concat(head, iterator)), { contentType: 'application/x-ndjson' });
  }

  async *#asLines(rows: AsyncIterable<ExportRow>): AsyncGenerator<string, void, void> {
    for await (const row of rows) {
      this.count++;
      const line = `${JSON.stringify(row)}\n`;
      this.size += line.length;
      yield line;
    }
  }

  /** The rows, as often as wanted. */
  async *rows(): AsyncGenerator<ExportRow> {
    if (!this.#spilled) {
      for (const line of this.#lines) yield JSON.parse(line) as ExportRow;
      return;
    }
    let seen = 0;
    for await (const line of lines(this.#store.read(this.#name))) {
      seen++;
      yield JSON.parse(line) as ExportRow;
    }
    if (seen !== this.count) throw new Error(`a spool of ${this.count} rows gave back ${seen}`);
  }

  async clear(): Promise<void> {
    this.#lines = [];
    if (this.#spilled) await this.#store.remove(this.#name);
  }
}

async function* concat(head: readonly string[], rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield* head;
  yield* rest;
}
