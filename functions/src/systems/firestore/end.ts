import type { DocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import type { Fate } from '../../policy/fate.ts';
import { canEndBy, fateFields, fateOf } from '../ending.ts';
import type { Change, NamedRecord, Progress, Scope } from '../system.ts';
import { Tally } from '../tally.ts';
import { deleteTrees, endingBelow, undeclaredBelow } from './below.ts';
import { databaseFor, nextPage, placeOf, type Place } from './place.ts';
import { namesPerson } from './residue.ts';
import { timesOf } from './times.ts';
import { RowWriter } from './write.ts';

/**
 * Ends the person's rows of a record as `fate()` says, in pages by name, until all are visited or the deadline is over. At least one
 * page a call, so that every call comes further. Rows that do not fit into one page are counted before the first is touched, and that number
 * travels in the cursor: an attempt that dies later takes nothing from the count.
 *
 * @throws ComplianceError `firestore.contended` where rows were written again and again meanwhile: a failed attempt
 */
export async function endRows(context: Context, named: NamedRecord, scope: Scope, change: Change): Promise<Progress> {
  const { clients } = context;
  const place = placeOf(clients, named.record, scope.subject);
  const work = new PageWork(context, named, scope, change, place);
  try {
    if (place.document) return await work.single(place.document);
    let after = text(scope.cursor?.['after']);
    let expected = typeof scope.cursor?.['expected'] === 'number' ? scope.cursor['expected'] : 0;
    for (;;) {
      const page = await nextPage(place, after, work.fields);
      if (page.full && after === undefined && expected === 0 && place.query) {
        // Before anything is touched: what an attempt that dies did after its first page is part of it.
        expected = (await place.query.count().get()).data().count;
      }
      await work.page(page.documents);
      after = page.last ?? after;
      if (!page.full) return { settled: await work.finish(expected) };
      if (context.now() >= scope.deadline) {
        return { more: { ...work.tally.toCursor(), expected, ...(after === undefined ? {} : { after }) } };
      }
    }
  } finally {
    await work.close();
  }
}

const strayBelow: typeof endingBelow = (policy, { record }, ref) => undeclaredBelow(policy, record, ref);

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

class PageWork {
  readonly tally: Tally;
  /** Only these fields are fetched; null: whole documents. */
  readonly fields: string[] | null;
  readonly #writer: RowWriter;

  constructor(
    readonly context: Context,
    readonly named: NamedRecord,
    readonly scope: Scope,
    readonly change: Change,
    readonly place: Place,
  ) {
    const { record } = named;
    this.tally = Tally.from(scope.cursor);
    const whole = canEndBy(record, 'anonymise') || canEndBy(record, 'archive');
    const owner =
      'field' in record.subject
        ? [record.subject.field]
        : 'pseudonymField' in record.subject
          ? [record.subject.pseudonymField]
          : [];
    this.fields = whole ? null : [...new Set([...fateFields(record), ...owner])];
    this.#writer = new RowWriter(place.db, scope.policy, (other) => databaseFor(context.clients, other));
  }

  /** The record's only document of this person, with what lies under it even where it does not exist itself. */
  async single(ref: NonNullable<Place['document']>): Promise<Progress> {
    const document = await ref.get();
    if (document.exists) await this.page([document]);
    const kept = this.tally.retained + this.tally.kept + this.tally.anonymised + this.tally.residue > 0;
    if (!document.exists && !kept) await this.#below(ref);
    return { settled: this.tally.outcomes(this.named, this.scope) };
  }

  /** Ends the rows of a page; what moved meanwhile is looked at once more. */
  async page(documents: readonly DocumentSnapshot[]): Promise<void> {
    const moved = await this.#pass(documents);
    if (moved.length === 0) return;
    if ((await this.#pass(moved)).length > 0) {
      throw new ComplianceError('firestore.contended', `rows of ${this.named.id} are being written while they end`);
    }
  }

  async finish(expected: number): Promise<ReturnType<Tally['outcomes']>> {
    const { collection, db } = this.place;
    if (this.named.record.subcollections && collection !== undefined) {
      // Documents that do not exist but have something below them: no query finds these.
      for (const ref of await db.collection(collection).listDocuments()) {
        if (!(await ref.get()).exists) await this.#below(ref);
      }
    }
    return this.tally.outcomes(this.named, this.scope, expected);
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }

  async #pass(documents: readonly DocumentSnapshot[]): Promise<DocumentSnapshot[]> {
    const ended: { document: DocumentSnapshot; fate: Extract<Fate, { kind: 'end' }> }[] = [];
    for (const document of documents) {
      if (!this.place.mine(document.ref.path, (field) => document.get(field))) continue;
      const fate = fateOf(
        this.named,
        this.scope,
        this.change,
        timesOf(this.named.record, (f) => document.get(f)),
      );
      if (fate.kind === 'retain') this.tally.retain(fate);
      else if (fate.kind === 'keep') this.#keep(fate);
      else ended.push({ document, fate });
    }
    for (const { document, fate } of ended) {
      if (fate.then.do === 'delete' && this.named.record.subcollections) await this.#below(document.ref, endingBelow);
      await this.#writer.end(this.named.record, document, fate.then);
    }
    const moved = await this.#writer.flush();
    const again = new Set(moved.map(({ ref }) => ref.path));
    for (const { document, fate } of ended) if (!again.has(document.ref.path)) this.#count(document, fate);
    return moved;
  }

  #keep(fate: Extract<Fate, { kind: 'keep' }>): void {
    // A withdrawal ends what the policy says it ends; the rest lives on for its other purposes.
    if (this.change.kind === 'erase') this.tally.keep(fate);
  }

  #count(document: DocumentSnapshot, { then }: Extract<Fate, { kind: 'end' }>): void {
    if (then.do === 'delete') this.tally.deleted += 1;
    else if (then.do === 'archive') this.tally.archived += 1;
    else if (namesPerson(document.ref.path, document.data() ?? {}, then.fields, this.scope.subject))
      this.tally.residue += 1;
    else this.tally.anonymised += 1;
  }

  /** Below a document that is not there only what nobody declares goes: what ends with it cannot ask it for its end any more. */
  async #below(ref: NonNullable<Place['document']>, find = strayBelow): Promise<void> {
    if (!this.named.record.subcollections) return;
    const trees = await find(this.scope.policy, this.named, ref);
    if (trees.length > 0) this.tally.deleted += await deleteTrees(this.place.db, this.#writer.bulk, trees);
  }
}
