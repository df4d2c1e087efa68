import type { Entry } from '../ledger/chain.ts';
import { entryFromDocument, headRef } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { databaseOf, matchPath } from '../policy/lookup.ts';
import type { PolicyRecord } from '../policy/schema.ts';
import type { Row } from '../systems/system.ts';
import { localeOf } from './locale.ts';

/** What an export needs to know beside its rows, from the rows where they are read anyway: nothing is billed twice. */

/** The language that the app says, from the row that has it where that is read anyway. */
export class SeenLocale {
  readonly #context: Context;
  readonly #uid: string;
  #seen: { readonly locale: unknown } | undefined;

  constructor(context: Context, uid: string) {
    this.#context = context;
    this.#uid = uid;
  }

  /**
   * Only the app's own documents: a row of another system can have the same path.
   *
   * @param isWhole do the rows begin at the beginning? Then a document that is not among them is not there
   */
  async *watch(record: PolicyRecord, rows: AsyncIterable<Row>, isWhole: boolean): AsyncGenerator<Row> {
    const path = `users/${this.#uid}`;
    const hasIt =
      record.system === 'firestore' &&
      databaseOf(record) === '(default)' &&
      'pathVariable' in record.subject &&
      matchPath(record.path, path) !== null;
    for await (const row of rows) {
      if (hasIt && row.path === path) this.#seen = { locale: row.data['locale'] };
      yield row;
    }
    if (hasIt && isWhole) this.#seen ??= { locale: undefined };
  }

  async value(): Promise<string | undefined> {
    if (this.#seen === undefined) return localeOf(this.#context, this.#uid);
    const { locale } = this.#seen;
    return typeof locale === 'string' ? locale : undefined;
  }
}

/** The ledger's entries of a chain. */
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
