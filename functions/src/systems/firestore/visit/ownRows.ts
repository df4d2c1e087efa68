import type { DocumentReference, DocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../../platform/context.ts';
import type { Fate } from '../../../policy/fate.ts';
import { canEndBy, fateFields, fateOf, fateOfAll } from '../../rowFate.ts';
import { fileFields } from '../../rowFiles.ts';
import type { Change, NamedRecord, Scope } from '../../system.ts';
import type { RowCounts } from '../../outcomes.ts';
import type { Mode } from '../../modes.ts';
import { endFollowers, type Followed } from '../descendants/endFollowers.ts';
import { countOf } from '../page.ts';
import { timesOf, type Place } from '../place.ts';
import { endRows, howEnded, isAnonymous, type Ending } from './endRows.ts';
import type { Stage } from './walk.ts';
import { left, type RowWriter } from '../write.ts';

type End = Extract<Fate, { kind: 'end' }>;

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
    if (mode === 'end') await writer.untilStill(documents, (rows) => this.#end(rows));
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
    const { scope, change, counts } = this.pass;
    const { subject, policy } = scope;
    const ending = documents.flatMap((document): Ending[] => {
      if (!this.place.mine(document.ref.path, (field) => document.get(field))) return [];
      const fate = this.#look(document);
      return fate === null ? [] : [{ document, then: fate.then, subject }];
    });
    const { rows, moved, followed } = await endRows({ ...this.pass, policy }, ending, {
      // An erasure ends all files of the person by themselves.
      withFiles: change.kind !== 'erase',
      isFollowed: () => this.withFollowers,
    });
    for (const [path, how] of rows) {
      counts[how] += 1;
      if (how === 'unarchived') this.results.set(path, { kind: how });
    }
    this.#countFollowed(followed);
    return moved;
  }

  /** A row that the archive has no place for stays, and is an officer's. */
  async #isOver(document: DocumentSnapshot, { then }: End): Promise<void> {
    const { named, counts, writer } = this.pass;
    if (isAnonymous(document, then)) return;
    if (!(await writer.isStuck(document, then))) throw left(named);
    counts.unarchived += 1;
    this.results.set(document.ref.path, { kind: 'unarchived' });
  }

  async #foresee(document: DocumentSnapshot, { then }: End): Promise<void> {
    const { named, scope, counts } = this.pass;
    const { policy, subject } = scope;
    counts[howEnded(document, then, subject)] += 1;
    if (this.withFollowers)
      this.#countFollowed(await endFollowers({ policy, named, subject }, document.ref, then, null));
  }

  #countFollowed({ deleted, archived, residue }: Followed): void {
    const { counts } = this.pass;
    counts.deletedFollowers += deleted;
    counts.archivedFollowers += archived;
    counts.residue += residue;
  }
}
