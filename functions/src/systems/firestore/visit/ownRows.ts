import type { DocumentReference, DocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../../platform/context.ts';
import { batches } from '../../../platform/firestore.ts';
import type { Fate } from '../../../policy/fate.ts';
import { matchPath } from '../../../policy/lookup.ts';
import { canEndBy, fateFields, fateOf, fateOfAll } from '../../rowFate.ts';
import { fileFields, filesOf } from '../../rowFiles.ts';
import type { Change, NamedRecord, Scope } from '../../system.ts';
import type { RowCounts } from '../../outcomes.ts';
import type { Mode } from '../../modes.ts';
import { endFollowers, type Followed } from '../descendants/endFollowers.ts';
import { FilesOfRows } from './files.ts';
import { countOf } from '../page.ts';
import { timesOf, type Place } from '../place.ts';
import { namesPerson } from './residue.ts';
import type { Stage } from './walk.ts';
import { left, type RowWriter } from '../write.ts';

type End = Extract<Fate, { kind: 'end' }>;
interface EndedRow {
  readonly document: DocumentSnapshot;
  readonly fate: End;
}

/** One pass over the rows of a record: its change, its counts and its tools. */
export interface RowPass {
  readonly context: Context;
  readonly named: NamedRecord;
  readonly scope: Scope;
  readonly change: Change;
  readonly mode: Mode;
  readonly counts: RowCounts;
  readonly writer: RowWriter;
}

/** The result for a row of the pass, made or foretold: documents below it follow it. */
export type RowResult = Fate | { readonly kind: 'unarchived' } | { readonly kind: 'gone' };

/** The rows that are asked at once for documents below them. */
const AT_ONCE = 16;

/** The person's own rows: each ends, is read back, or is looked at, as `fate()` says. */
export class OwnRows implements Stage {
  readonly fields: string[] | null;
  /** The rows of the last page, by path. */
  readonly results = new Map<string, RowResult>();

  readonly pass: RowPass;
  readonly place: Place;
  readonly withFollowers: boolean;

  /**
   * @param withFollowers asks each row that ends for documents that follow it, one query more a
   * row; otherwise somebody else reads the documents below
   */
  constructor(pass: RowPass, place: Place, withFollowers: boolean) {
    this.pass = pass;
    this.place = place;
    this.withFollowers = withFollowers;
    const { record } = pass.named;
    const whole = canEndBy(record, 'anonymise') || canEndBy(record, 'archive');
    this.fields = whole ? null : [...new Set([...fateFields(record), ...fileFields(record), ...place.fields])];
  }

  async rows(documents: readonly DocumentSnapshot[]): Promise<void> {
    const { mode, writer } = this.pass;
    this.results.clear();
    if (mode === 'end') await writer.untilStill(documents, this.pass.named, (rows) => this.#end(rows));
    else {
      for (const document of documents) {
        const fate = this.#look(document);
        if (fate === null) continue;
        if (mode === 'check') await this.#isOver(document, fate);
        else await this.#foresee(document, fate);
      }
    }
  }

  /** If no row's own fields decide about it, a count tells as much as reading all of them would. */
  async counted(): Promise<boolean> {
    const { named, scope, change, mode, counts } = this.pass;
    const fate = fateOfAll(named, scope, change);
    if (mode !== 'preview' || !this.place.exact || this.withFollowers || fate === null) return false;
    // A row that still names the person after its fields are gone is an officer's: that is for each
    // row to say.
    if (fate.kind === 'end' && fate.then.do === 'anonymise') return false;
    const count = await countOf(this.place);
    if (count === 0) return true;
    if (fate.kind !== 'end') counts.leave(fate, { change, now: scope.now, count });
    else if (fate.then.do === 'archive') counts.archived += count;
    else counts.deleted += count;
    return true;
  }

  /** The fate of a row as it was read; notes nothing. */
  fateOf(document: DocumentSnapshot): Fate {
    const { named, scope, change } = this.pass;
    return fateOf(
      named,
      scope,
      change,
      timesOf(named.record, (field) => document.get(field)),
    );
  }

  /** Notes rows that stay; answers how the rest ends. */
  #look(document: DocumentSnapshot): End | null {
    const { scope, change, counts } = this.pass;
    const fate = this.fateOf(document);
    this.results.set(document.ref.path, fate);
    if (fate.kind === 'end') return fate;
    counts.leave(fate, { change, now: scope.now });
    return null;
  }

  /** Ends rows; answers those that were written meanwhile. */
  async #end(documents: readonly DocumentSnapshot[]): Promise<readonly DocumentReference[]> {
    const { named, writer } = this.pass;
    const ended: EndedRow[] = [];
    for (const document of documents) {
      if (!this.place.mine(document.ref.path, (field) => document.get(field))) continue;
      const fate = this.#look(document);
      if (fate !== null) ended.push({ document, fate });
    }
    const files = this.#filesOf(ended);
    await files.end();
    const stuck = this.withFollowers ? await this.#endAllFollowers(ended) : new Set<string>();
    for (const { document, fate } of ended)
      if (!stuck.has(document.ref.path)) writer.end(named.record, document, fate.then);
    const moved = await writer.flush();
    await files.endShared();
    const again = new Set(moved.map(({ path }) => path));
    for (const { document, fate } of ended) {
      const { path } = document.ref;
      if (stuck.has(path) || writer.stuck.has(path)) this.#isStuck(path);
      else if (!again.has(path)) this.#count(document, fate);
    }
    return moved;
  }

  /**
   * Ends documents that follow rows, before the rows: should the process die in between, the rows
   * are found again, and the rest by them. Answers the rows that stay, since their archive has no
   * place for something below them.
   */
  async #endAllFollowers(ended: readonly EndedRow[]): Promise<ReadonlySet<string>> {
    const { counts, writer } = this.pass;
    const stuck = new Set<string>();
    for (const some of batches(ended, AT_ONCE))
      await Promise.all(
        some.map(async ({ document: { ref }, fate: { then } }) => {
          const followed = await this.#endFollowers(ref, then, writer);
          if (followed.isStuck) stuck.add(ref.path);
          counts.deletedFollowers += followed.deleted;
          counts.archivedFollowers += followed.archived;
          counts.residue += followed.residue;
        }),
      );
    return stuck;
  }

  #endFollowers(row: DocumentReference, then: End['then'], writer: RowWriter | null): Promise<Followed> {
    const { named, scope } = this.pass;
    return endFollowers({ policy: scope.policy, named, subject: scope.subject }, row, then, writer);
  }

  /**
   * Deletes the files that deleted rows name. An erasure ends all files of the person by
   * themselves.
   */
  #filesOf(ended: readonly EndedRow[]): FilesOfRows {
    const { context, named, scope, change } = this.pass;
    const { record } = named;
    const files = new FilesOfRows(context, scope.policy);
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
    const { named, writer } = this.pass;
    if (isAnonymous(document, then)) return;
    if (!(await writer.isStuck(named.record, document, then))) throw left(named);
    this.#isStuck(document.ref.path);
  }

  #isStuck(path: string): void {
    this.pass.counts.unarchived += 1;
    this.results.set(path, { kind: 'unarchived' });
  }

  async #foresee(document: DocumentSnapshot, fate: End): Promise<void> {
    const { counts } = this.pass;
    this.#count(document, fate);
    if (!this.withFollowers) return;
    const followed = await this.#endFollowers(document.ref, fate.then, null);
    counts.deletedFollowers += followed.deleted;
    counts.archivedFollowers += followed.archived;
    counts.residue += followed.residue;
  }

  #count(document: DocumentSnapshot, { then }: End): void {
    const { scope, counts } = this.pass;
    if (then.do === 'delete') counts.deleted += 1;
    else if (then.do === 'archive') counts.archived += 1;
    else if (namesPerson(document.ref.path, document.data() ?? {}, then.fields, scope.subject)) counts.residue += 1;
    else counts.anonymised += 1;
  }
}

/** Have the fields of the policy gone from this row before? */
const isAnonymous = (document: DocumentSnapshot, then: End['then']): boolean =>
  then.do === 'anonymise' && then.fields.every((field) => document.get(field) === undefined);
