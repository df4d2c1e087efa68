import type { DocumentReference, DocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import type { Fate } from '../../policy/fate.ts';
import { matchPath } from '../../policy/lookup.ts';
import { canEndBy, fateFields, fateOf, fateOfAll } from '../ending.ts';
import { fileFields, filesOf } from '../rowFiles.ts';
import type { Change, NamedRecord, Scope } from '../system.ts';
import type { Tally } from '../tally.ts';
import type { Mode } from '../visits.ts';
import { countBelow, deleteTrees, endingBelow, undeclaredBelow } from './below.ts';
import { EndingFiles } from './files.ts';
import { countOf, type Place } from './place.ts';
import { namesPerson } from './residue.ts';
import { timesOf } from './place.ts';
import type { Stage } from './walk.ts';
import { left, type RowWriter } from './write.ts';

type End = Extract<Fate, { kind: 'end' }>;

/** What a visit of rows works with. */
export interface Visit {
  readonly context: Context;
  readonly named: NamedRecord;
  readonly scope: Scope;
  readonly change: Change;
  readonly mode: Mode;
  readonly tally: Tally;
  readonly writer: RowWriter;
}

/** The person's own rows: each ends, is read back, or is looked at, as `fate()` says. */
export class OwnRows implements Stage {
  readonly fields: string[] | null;

  readonly visit: Visit;
  readonly place: Place;

  constructor(visit: Visit, place: Place) {
    this.visit = visit;
    this.place = place;
    const { record } = visit.named;
    const whole = canEndBy(record, 'anonymise') || canEndBy(record, 'archive');
    this.fields = whole ? null : [...new Set([...fateFields(record), ...fileFields(record), ...place.fields])];
  }

  async rows(documents: readonly DocumentSnapshot[]): Promise<void> {
    const { mode, writer } = this.visit;
    if (mode === 'end') await writer.untilStill(documents, this.visit.named, (rows) => this.#end(rows));
    else {
      for (const document of documents) {
        const fate = this.#look(document);
        if (fate === null) continue;
        if (mode === 'check') await this.#isOver(document, fate);
        else await this.#foresee(document, fate);
      }
    }
  }

  /** Below a document that is not there only what nobody declares goes: what ends with it cannot ask it for its end any more. */
  async absent(ref: DocumentReference): Promise<void> {
    const { named, scope, mode } = this.visit;
    if (!named.record.subcollections) return;
    const trees = await undeclaredBelow(scope.policy, named.record, ref);
    if (trees.length === 0) return;
    if (mode === 'check') throw left(named);
    await this.#trees(trees);
  }

  /** Where no row's own fields decide about it, a count tells what reading all of them would. */
  async counted(): Promise<boolean> {
    const { named, scope, change, mode, tally } = this.visit;
    const fate = fateOfAll(named, scope, change);
    if (mode !== 'preview' || !this.place.exact || named.record.subcollections || fate === null) return false;
    // What still names the person after its fields are gone is an officer's: that is for each row to say.
    if (fate.kind === 'end' && fate.then.do === 'anonymise') return false;
    const count = await countOf(this.place);
    if (count === 0) return true;
    if (fate.kind !== 'end') tally.leave(fate, { change, now: scope.now, count });
    else if (fate.then.do === 'archive') tally.archived += count;
    else tally.deleted += count;
    return true;
  }

  async done(): Promise<void> {
    const { collection, db } = this.place;
    if (!this.visit.named.record.subcollections || collection === undefined) return;
    // Documents that do not exist but have something below them: no query finds these.
    for (const ref of await db.collection(collection).listDocuments()) {
      if (!(await ref.get()).exists) await this.absent(ref);
    }
  }

  /** Notes what stays; answers how the rest ends. */
  #look(document: DocumentSnapshot): End | null {
    const { named, scope, change, tally } = this.visit;
    const times = timesOf(named.record, (field) => document.get(field));
    const fate = fateOf(named, scope, change, times);
    if (fate.kind === 'end') return fate;
    tally.leave(fate, { change, now: scope.now });
    return null;
  }

  /** Ends rows; answers those that were written meanwhile. */
  async #end(documents: readonly DocumentSnapshot[]): Promise<readonly DocumentReference[]> {
    const { named, scope, tally, writer } = this.visit;
    const ended: { document: DocumentSnapshot; fate: End }[] = [];
    for (const document of documents) {
      if (!this.place.mine(document.ref.path, (field) => document.get(field))) continue;
      const fate = this.#look(document);
      if (fate !== null) ended.push({ document, fate });
    }
    const files = this.#filesOf(ended);
    await files.end();
    for (const { document, fate } of ended) {
      if (fate.then.do === 'delete' && named.record.subcollections)
        await this.#trees(await endingBelow(scope.policy, named, document.ref));
      writer.end(named.record, document, fate.then);
    }
    const moved = await writer.flush();
    await files.endShared();
    const again = new Set(moved.map(({ path }) => path));
    for (const { document, fate } of ended) {
      if (writer.stuck.has(document.ref.path)) tally.unarchived += 1;
      else if (!again.has(document.ref.path)) this.#count(document, fate);
    }
    return moved;
  }

  /**
   * Deletes the files that deleted rows name. An erasure ends all files of the person by
   * themselves.
   */
  #filesOf(ended: readonly { document: DocumentSnapshot; fate: End }[]): EndingFiles {
    const { context, named, scope, change } = this.visit;
    const { record } = named;
    const files = new EndingFiles(context, scope.policy);
    if (record.files === undefined || change.kind === 'erase') return files;
    for (const { document, fate } of ended) {
      const variables = matchPath(record.path, document.ref.path);
      if (fate.then.do !== 'delete' || variables === null) continue;
      const row = { variables, owner: scope.subject.uid, get: (field: string): unknown => document.get(field) };
      files.add(document.ref, scope.subject, filesOf(scope.policy, record, row));
    }
    return files;
  }

  /** A row that the archive has no place for stays, and is an officer's. */
  async #isOver(document: DocumentSnapshot, { then }: End): Promise<void> {
    const { named, tally, writer } = this.visit;
    const isAnonymous = then.do === 'anonymise' && then.fields.every((field) => document.get(field) === undefined);
    if (isAnonymous) return;
    if (!(await writer.isStuck(named.record, document, then))) throw left(named);
    tally.unarchived += 1;
  }

  async #foresee(document: DocumentSnapshot, fate: End): Promise<void> {
    const { named, scope } = this.visit;
    if (fate.then.do === 'delete' && named.record.subcollections)
      await this.#trees(await endingBelow(scope.policy, named, document.ref));
    this.#count(document, fate);
  }

  #count(document: DocumentSnapshot, { then }: End): void {
    const { scope, tally } = this.visit;
    if (then.do === 'delete') tally.deleted += 1;
    else if (then.do === 'archive') tally.archived += 1;
    else if (namesPerson(document.ref.path, document.data() ?? {}, then.fields, scope.subject)) tally.residue += 1;
    else tally.anonymised += 1;
  }

  /** What lies below a row goes with it, or would. */
  async #trees(trees: Awaited<ReturnType<typeof endingBelow>>): Promise<void> {
    const { mode, tally, writer } = this.visit;
    if (trees.length === 0) return;
    tally.below += mode === 'end' ? await deleteTrees(this.place.db, writer.bulk, trees) : await countBelow(trees);
  }
}
