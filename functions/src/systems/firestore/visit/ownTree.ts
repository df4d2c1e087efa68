import type { DocumentSnapshot } from 'firebase-admin/firestore';
import type { EndAction } from '../../../policy/fate.ts';
import { matchPath } from '../../../policy/lookup.ts';
import { fateOf, holdOn } from '../../rowFate.ts';
import type { OwnRows, RowResult, RowPass } from './ownRows.ts';
import { countOf } from '../page.ts';
import type { Place } from '../place.ts';
import { namesPerson } from './residue.ts';
import { Trail } from './trail.ts';
import { isKept, type Whole } from './sources.ts';
import type { Stage } from './walk.ts';
import { left } from '../write.ts';

/**
 * A part of the person's own place, read whole: rows, and all that lies below and between them. A
 * document below a row follows it. A document below none is the person's all the same, and goes
 * with them.
 */
export class OwnTree implements Stage {
  readonly pass: RowPass;
  readonly place: Place;
  readonly own: OwnRows;
  readonly whole: Whole;

  #trail: Trail;
  /** Rows above the last document, by path. */
  #results = new Map<string, RowResult>();
  #isHomeKnown = false;

  /** @param own visits the rows */
  constructor(pass: RowPass, place: Place, own: OwnRows, whole: Whole) {
    this.pass = pass;
    this.place = place;
    this.own = own;
    this.whole = whole;
    this.#trail = new Trail(pass.scope.policy, pass.named);
  }

  get fields(): string[] | null {
    return this.own.fields;
  }

  /** Undeclared documents are not counted first: an attempt that dies may count too few of them. */
  get isCounted(): boolean {
    return this.whole.within !== this.whole.home?.path;
  }

  begin(after: string | undefined): void {
    this.#trail = new Trail(this.pass.scope.policy, this.pass.named, after);
  }

  /** The same by counts, if nothing lies below the rows. */
  async counted(): Promise<boolean> {
    const { mode } = this.pass;
    if (mode !== 'preview' || this.place.document !== undefined || this.own.place.parts !== undefined) return false;
    if ((await countOf(this.place)) !== (await countOf(this.own.place))) return false;
    return this.own.counted();
  }

  async rows(documents: readonly DocumentSnapshot[]): Promise<void> {
    const rows: DocumentSnapshot[] = [];
    const followers: { readonly document: DocumentSnapshot; readonly row: string | null }[] = [];
    for (const document of documents) {
      const { path } = document.ref;
      await this.#meetAbove(path);
      const met = this.#trail.meet(path);
      if (met.is === 'row') rows.push(document);
      else if (met.is === 'below' && (met.row !== null || isKept(this.whole, this.pass.named, path)))
        followers.push({ document, row: met.row });
      else this.pass.counts.uncounted += 1;
    }
    if (rows.length > 0) await this.own.rows(rows);
    const follow = new Map<RowResult, DocumentSnapshot[]>();
    for (const { document, row } of followers) {
      const result = await (row === null ? this.#resultWithoutRow(document.ref.path) : this.#resultOf(row));
      follow.set(result, [...(follow.get(result) ?? []), document]);
    }
    for (const [result, some] of follow) await this.#follow(result, some);
    const last = documents.at(-1)?.ref.path ?? '';
    this.#results = new Map(
      [...this.#results, ...this.own.results].filter(([path]) => `${last}/`.startsWith(`${path}/`)),
    );
  }

  /** Looks for rows above a document that the query has not met: it began below them. */
  async #meetAbove(path: string): Promise<void> {
    const { db } = this.place;
    const { within, home } = this.whole;
    const unmet = this.#trail.unmetAbove(path, within);
    // The place's own document, if it is a row of this record, lies above all of this part.
    const isOfHome = home?.path === within && home.isDeclared;
    if (isOfHome && !this.#isHomeKnown) {
      this.#isHomeKnown = true;
      if (this.own.results.has(within)) this.#trail.know(within);
      else unmet.push(within);
    }
    if (unmet.length === 0) return;
    for (const document of await db.getAll(...unmet.map((one) => db.doc(one)))) {
      if (!document.exists) continue;
      this.#trail.know(document.ref.path);
      if (matchPath(this.pass.named.record.path, document.ref.path) === null) continue;
      const fate = this.own.fateOf(document);
      // It was to be archived, and is there still.
      const isStuck = fate.kind === 'end' && fate.then.do === 'archive';
      this.#results.set(document.ref.path, isStuck ? { kind: 'unarchived' } : fate);
    }
  }

  #resultOf(row: string): Promise<RowResult> {
    const known = this.own.results.get(row) ?? this.#results.get(row);
    // Somebody else has ended the row meanwhile.
    return known === undefined ? this.#resultWithoutRow(row) : Promise.resolve(known);
  }

  /**
   * Decides about a document that lies below no row. An erasure leaves it only if a legal hold
   * keeps it. Another change ends it as a row without fields. Below a row that was archived before,
   * it is archived too.
   */
  async #resultWithoutRow(path: string): Promise<RowResult> {
    const { named, scope, change, writer } = this.pass;
    const fate = change.kind === 'erase' ? holdOn(named, scope) : fateOf(named, scope, change, {});
    if (fate !== null && fate.kind !== 'end') return fate;
    const row = path.split('/').slice(0, named.record.path.split('/').length).join('/');
    for (const rule of named.record.fate) {
      const { then } = rule;
      if (then.do !== 'archive' || matchPath(named.record.path, row) === null) continue;
      if (await writer.isArchived(row, then.to)) return { kind: 'end', then, since: scope.now, rule };
    }
    return GONE;
  }

  /** Ends documents below a row as the row ended. */
  async #follow(result: RowResult, documents: readonly DocumentSnapshot[]): Promise<void> {
    const { scope, change, counts } = this.pass;
    const count = documents.length;
    if (result.kind === 'gone') await this.#end({ do: 'delete' }, documents);
    else if (result.kind === 'end') await this.#end(result.then, documents);
    else if (result.kind === 'unarchived') counts.unarchived += count;
    else counts.leave(result, { change, now: scope.now, count });
  }

  async #end(then: EndAction, documents: readonly DocumentSnapshot[]): Promise<void> {
    const { named, scope, mode, counts, writer } = this.pass;
    const count = documents.length;
    if (then.do === 'anonymise') {
      const naming = documents.filter((one) => namesPerson(one.ref.path, one.data() ?? {}, [], scope.subject)).length;
      counts.residue += naming;
      counts.uncounted += count - naming;
      return;
    }
    if (mode === 'check') throw left(named);
    if (then.do === 'delete') {
      if (mode === 'end') await writer.deleteAll(documents.map(({ ref }) => ref));
      counts.deleted += count;
    } else if (mode === 'preview' || (await writer.archiveAll(documents, then.to))) counts.archived += count;
    else counts.unarchived += count;
  }
}

/** Nothing keeps it. */
const GONE: RowResult = { kind: 'gone' };
