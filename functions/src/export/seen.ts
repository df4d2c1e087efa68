import type { Entry } from '../ledger/chain.ts';
import { entryFromDocument, headRef } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import type { Row } from '../systems/system.ts';

/** The ledger's entries of a chain, from the rows of an export where they are read anyway: nothing is billed twice. */
export class SeenEntries {
  readonly #path: string;
  #entries: Entry[] | undefined;

  constructor(context: Pick<Context, 'clients'>, chain: string) {
    this.#path = `${headRef(context.clients.own(), chain).path}/entries/`;
  }

  /** @param isWhole do the rows begin at the beginning? */
  async *watch(rows: AsyncIterable<Row>, isWhole: boolean): AsyncGenerator<Row> {
    const seen: Entry[] = [];
    for await (const row of rows) {
      if (row.path.startsWith(this.#path)) seen.push(entryFromDocument(row.path.slice(this.#path.length), row.data));
      yield row;
    }
    if (isWhole && seen.length > 0) this.#entries = seen;
  }

  /** Undefined where they were not read, or not to the end. */
  all(): readonly Entry[] | undefined {
    return this.#entries;
  }
}
