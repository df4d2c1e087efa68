import { databaseOf, matchPath, recordsOfSystem, type NamedRecord } from '../../../policy/lookup.ts';
import type { Policy } from '../../../policy/schema.ts';

/** A document as a record meets it in a query for all descendants. */
export type Met =
  /** A row of the record. */
  | { readonly is: 'row' }
  /** A row of another record, or something below one: that row's path. */
  | { readonly is: 'others'; readonly row: string }
  /** Something that no record declares. `row`: the record's row above it; null: there is none. */
  | { readonly is: 'below'; readonly row: string | null };

/**
 * Tells the documents of a query for all descendants apart, in the order of their names. An
 * undeclared one follows the next row above it that exists. Records that end with this one
 * (`endsWith`) are no rows of their own here.
 */
export class Trail {
  readonly #own: string;
  readonly #others: readonly string[];
  readonly #from: string;
  /** Rows above the last document, the innermost last. */
  #above: { readonly path: string; readonly isOwn: boolean }[] = [];

  /** @param from the document behind which the query begins: rows above it were not met */
  constructor(policy: Policy, { id, record }: NamedRecord, from = '') {
    this.#own = record.path;
    this.#from = from;
    this.#others = recordsOfSystem(policy, 'firestore').flatMap((other) =>
      other.id !== id && other.record.endsWith !== id && databaseOf(other.record) === databaseOf(record)
        ? [other.record.path]
        : [],
    );
  }

  /**
   * Paths of rows that could lie above a document and were not met, because the query begins below
   * them: somebody has to look whether they exist.
   *
   * @param within only those below this path
   */
  unmetAbove(path: string, within: string): string[] {
    if (!`${this.#from}/`.startsWith(`${within}/`) || this.#isRow(path)) return [];
    const names = path.split('/');
    const lengths = Array.from({ length: Math.max(0, Math.ceil(names.length / 2) - 1) }, (_, n) => 2 * (n + 1));
    return lengths
      .map((length) => names.slice(0, length).join('/'))
      .filter(
        (above) =>
          above.startsWith(`${within}/`) &&
          `${this.#from}/`.startsWith(`${above}/`) &&
          !this.#above.some((known) => known.path === above) &&
          this.#isRow(above),
      );
  }

  /** Takes a row that exists for met. */
  know(path: string): void {
    this.#above.push({ path, isOwn: matchPath(this.#own, path) !== null });
    this.#above.sort((a, b) => a.path.length - b.path.length);
  }

  meet(path: string): Met {
    this.#above = this.#above.filter((above) => path.startsWith(`${above.path}/`));
    if (this.#isRow(path)) {
      this.know(path);
      return matchPath(this.#own, path) === null ? { is: 'others', row: path } : { is: 'row' };
    }
    const next = this.#above.at(-1);
    if (next === undefined) return { is: 'below', row: null };
    return next.isOwn ? { is: 'below', row: next.path } : { is: 'others', row: next.path };
  }

  #isRow(path: string): boolean {
    return [this.#own, ...this.#others].some((template) => matchPath(template, path) !== null);
  }
}
