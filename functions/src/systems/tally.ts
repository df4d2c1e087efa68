import type { Instant } from '../platform/clock.ts';
import type { Fate } from '../policy/fate.ts';
import type { Ground } from '../policy/schema.ts';
import { manual, texts } from './manual.ts';
import type { Cursor, NamedRecord, Outcome, Scope } from './system.ts';

/** Rows that the change does not end, but time does: retained until then, without an exception of Art. 17(3). */
const ownPeriod: Ground = {
  article: 'Art. 5(1)(e)',
  text: {
    en: "The policy's own period of this record runs on; no rule of the policy ends it with this change.",
    fr: 'La durée propre à ces données court encore ; aucune règle de la politique ne les termine lors de ce changement.',
  },
};

/**
 * What a change did so far to the rows of one record: travels in the cursor, so that pages add up and none counts twice.
 * One ground and one date stand for all retained rows: the latest.
 */
export class Tally {
  deleted = 0;
  anonymised = 0;
  archived = 0;
  retained = 0;
  /** Rows that name the person still after the policy's fields were removed. */
  residue = 0;
  /** Rows whose time has not come by any rule of the policy, so that no ground keeps them either. */
  kept = 0;
  #ground: Ground | undefined;
  /** Null: nobody can say. */
  #until: Instant | null = 0;
  #keptUntil = 0;

  static from(cursor: Cursor | undefined): Tally {
    const tally = new Tally();
    if (cursor === undefined) return tally;
    const number = (name: string): number => (typeof cursor[name] === 'number' ? cursor[name] : 0);
    tally.deleted = number('deleted');
    tally.anonymised = number('anonymised');
    tally.archived = number('archived');
    tally.retained = number('retained');
    tally.residue = number('residue');
    tally.kept = number('kept');
    tally.#keptUntil = number('keptUntil');
    if (typeof cursor['ground'] === 'string') tally.#ground = JSON.parse(cursor['ground']) as Ground;
    tally.#until = cursor['until'] === null ? null : number('until');
    return tally;
  }

  toCursor(): Cursor {
    const counts = {
      deleted: this.deleted,
      anonymised: this.anonymised,
      archived: this.archived,
      retained: this.retained,
      residue: this.residue,
      kept: this.kept,
      keptUntil: this.#keptUntil,
      ...(this.#ground === undefined ? {} : { ground: JSON.stringify(this.#ground) }),
    };
    // Only what is not 0: cursors are written again and again.
    return { ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0)), until: this.#until };
  }

  retain(fate: Extract<Fate, { kind: 'retain' }>): void {
    this.retained += 1;
    const until = fate.until ?? null;
    if (this.#ground !== undefined && (this.#until === null || (until !== null && until <= this.#until))) return;
    this.#ground = fate.ground;
    this.#until = until;
  }

  keep(fate: Extract<Fate, { kind: 'keep' }>): void {
    this.kept += 1;
    this.#keptUntil = Math.max(this.#keptUntil, fate.next ?? 0);
  }

  /** Rows that are gone or changed. */
  get ended(): number {
    return this.deleted + this.anonymised + this.archived;
  }

  /**
   * @param expected rows that were counted before the first was touched: what an attempt that died did is part of it
   */
  outcomes({ id }: NamedRecord, scope: Scope, expected = 0): Outcome[] {
    const outcomes: Outcome[] = [];
    const lost = Math.max(0, expected - this.ended - this.retained - this.residue - this.kept);
    const { anonymised, archived } = this;
    const deleted = this.deleted + (this.deleted >= anonymised ? lost : 0);
    const changed = anonymised + (this.deleted >= anonymised ? 0 : lost);
    if (deleted > 0) outcomes.push({ record: id, count: deleted, outcome: 'done', how: 'deleted' });
    if (changed > 0) outcomes.push({ record: id, count: changed, outcome: 'done', how: 'anonymised' });
    if (archived > 0) outcomes.push({ record: id, count: archived, outcome: 'done', how: 'archived' });
    if (this.retained > 0 && this.#ground) {
      outcomes.push({
        record: id,
        count: this.retained,
        outcome: 'retained',
        ground: this.#ground,
        until: this.#until,
      });
    }
    if (this.residue > 0) outcomes.push(manual(id, scope, this.residue, texts.residue));
    if (this.kept > 0 && this.#keptUntil > scope.now) {
      outcomes.push({ record: id, count: this.kept, outcome: 'retained', ground: ownPeriod, until: this.#keptUntil });
    } else if (this.kept > 0) outcomes.push(manual(id, scope, this.kept, texts.kept));
    return outcomes.length > 0 ? outcomes : [{ record: id, count: 0, outcome: 'done' }];
  }
}
