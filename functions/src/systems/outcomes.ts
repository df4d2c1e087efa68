import type { Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import type { Fate } from '../policy/fate.ts';
import type { Ground, RecordId } from '../policy/schema.ts';
import { inLanguages } from '../texts/index.ts';
import { manual } from './officerTasks.ts';
import type { Change, Cursor, NamedRecord, Outcome, Scope } from './system.ts';

/**
 * Rows that the change does not end, but time does: retained until then, without an exception of
 * Art. 17(3). Its words come with the outcome, in the policy's languages.
 */
const ownPeriod: Ground = { article: 'Art. 5(1)(e)', text: {} };
/**
 * As many groups of retained rows are told apart by their dates; a ground that is new gets a group
 * of its own in any case.
 */
const MOST_GROUPS = 50;

/** The outcome of rows that all went one way; of none, nobody says how. */
export const done = (record: RecordId, count: number, how: 'deleted' | 'changed'): Outcome => ({
  record,
  count,
  outcome: 'done',
  ...(count > 0 ? { how } : {}),
});

/** True of rows that a legal hold keeps. */
export const isHeld = (outcome: Outcome): boolean => outcome.outcome === 'retained' && outcome.held === true;

/** As many ids are listed in one outcome. */
const MOST_IDS = 500;

/** Rows that stay on the same ground until the same date. */
interface Group {
  readonly ground: Ground;
  /** Ground and hold as one text: groups of the same are the ones that can become one. */
  readonly on: string;
  /** Null: nobody can say. */
  until: Instant | null;
  /** By a legal hold, and not by a rule of the policy. */
  readonly held: boolean;
  count: number;
  readonly ids: string[];
}

/** The groups of one ground in a cursor: until when, held, how many. */
interface Retained {
  readonly ground: Ground;
  readonly rows: readonly (readonly [until: Instant | null, held: 0 | 1, count: number])[];
}

/**
 * Counts the work of a change on the rows of one record so far. It is kept in the cursor, each
 * field by its name, so that pages add up and none counts twice.
 *
 * Retained rows are told apart by ground and date, each with its own count. A cursor stays small:
 * after 50 groups, further dates of a ground are added to its latest one. So a row is said to stay
 * too long rather than too short. An outcome lists at most 500 ids of another system, and only
 * counts the rest. Ids are not in the cursor, so that a system that lists them settles in one call.
 */
export class RowCounts {
  deleted = 0;
  /** Documents under rows that went with them; no query of rows finds these. */
  deletedFollowers = 0;
  anonymised = 0;
  archived = 0;
  /** The documents below rows that went into their archive with them. */
  archivedFollowers = 0;
  /** Rows that name the person still after the policy's fields were removed. */
  residue = 0;
  /** Rows that no rule of the policy ends at any time, so that no ground keeps them either. */
  kept = 0;
  /** Rows that stay although their time has come: their archive has no place for them. */
  unarchived = 0;
  /** Rows that a query found and that do not count: another person's, or counted before. */
  uncounted = 0;
  readonly #groups = new Map<string, Group>();

  static from(cursor: Cursor | undefined): RowCounts {
    const counts = new RowCounts();
    if (cursor === undefined) return counts;
    for (const name of Object.keys(counts))
      if (typeof cursor[name] === 'number') Object.assign(counts, { [name]: cursor[name] });
    for (const { ground, rows } of (cursor['retained'] ?? []) as readonly Retained[])
      for (const [until, held, count] of rows) counts.#add(ground, until, held === 1, count);
    return counts;
  }

  toCursor(): Cursor {
    // Only numbers that are not 0: cursors are written again and again.
    const cursor: Cursor = Object.fromEntries(Object.entries(this).filter(([, count]) => count !== 0));
    if (this.#groups.size === 0) return cursor;
    // A ground is written once, however many dates it has: its text is long.
    const byGround = Map.groupBy(this.#groups.values(), ({ ground }) => JSON.stringify(ground));
    const retained = [...byGround.values()].flatMap((groups): Retained[] => {
      const rows = groups.map(({ until, held, count }) => [until, held ? 1 : 0, count] as const);
      return groups[0] === undefined ? [] : [{ ground: groups[0].ground, rows }];
    });
    return { ...cursor, retained };
  }

  /**
   * Counts rows that stay although their time has come. `id`: the other system's name of the row.
   */
  retain(fate: Extract<Fate, { kind: 'retain' }>, { count = 1, id }: { count?: number; id?: string } = {}): void {
    this.#add(fate.ground, fate.until ?? null, fate.rule === undefined, count, id);
  }

  /**
   * Counts rows that a change leaves as they are. An erasure accounts for all of them. A withdrawal
   * ends the rows of its policy, and the others live on for their other purposes.
   */
  leave(
    fate: Exclude<Fate, { kind: 'end' }>,
    { change, now, count = 1, id }: { change: Change; now: Instant; count?: number; id?: string },
  ): void {
    if (fate.kind === 'retain') this.retain(fate, { count, ...defined({ id }) });
    else if (change.kind !== 'erase') return;
    else if (fate.kind === 'keep' && fate.next !== undefined && fate.next > now)
      this.#add(ownPeriod, fate.next, false, count, id);
    else this.kept += count;
  }

  #add(ground: Ground, until: Instant | null, held: boolean, count: number, id?: string): void {
    const on = JSON.stringify([ground, held]);
    const group = this.#groups.get(keyOf(on, until)) ?? this.#overflow(on, until);
    if (group === undefined) {
      this.#groups.set(keyOf(on, until), { ground, on, until, held, count, ids: id === undefined ? [] : [id] });
      return;
    }
    group.count += count;
    if (id !== undefined && group.ids.length < MOST_IDS) group.ids.push(id);
  }

  /**
   * Returns the latest group on the same ground, at the later of the two dates, if there are too
   * many groups.
   */
  #overflow(on: string, until: Instant | null): Group | undefined {
    if (this.#groups.size < MOST_GROUPS) return undefined;
    const latest = [...this.#groups.values()]
      .filter((group) => group.on === on)
      .sort(byDate)
      .at(-1);
    if (latest === undefined || byDate({ until }, latest) <= 0) return latest;
    this.#groups.delete(keyOf(on, latest.until));
    latest.until = until;
    this.#groups.set(keyOf(on, until), latest);
    return latest;
  }

  /** Rows that stay on a ground. */
  get retained(): number {
    return [...this.#groups.values()].reduce((total, { count }) => total + count, 0);
  }

  /** Rows that a query finds again. */
  get staying(): number {
    return this.retained + this.kept + this.unarchived + this.uncounted;
  }

  /** Rows that a query found so far, whichever way they went. */
  get seen(): number {
    return this.staying + this.deleted + this.anonymised + this.archived + this.residue;
  }

  /**
   * Counts the work of an attempt that died.
   *
   * @param expected rows that were seen, or counted before the first of them was touched
   * @param how it ended them; if nobody says, as most others ended
   */
  reconcile(
    expected: number,
    how: 'deleted' | 'anonymised' = this.deleted >= this.anonymised ? 'deleted' : 'anonymised',
  ): void {
    this[how] += Math.max(0, expected - this.seen);
  }

  outcomes({ id }: NamedRecord, scope: Scope): Outcome[] {
    const outcomes: Outcome[] = [];
    const { anonymised } = this;
    const archived = this.archived + this.archivedFollowers;
    const deleted = this.deleted + this.deletedFollowers;
    if (deleted > 0) outcomes.push({ record: id, count: deleted, outcome: 'done', how: 'deleted' });
    if (anonymised > 0) outcomes.push({ record: id, count: anonymised, outcome: 'done', how: 'anonymised' });
    if (archived > 0) outcomes.push({ record: id, count: archived, outcome: 'done', how: 'archived' });
    for (const { ground, until, held, count, ids } of [...this.#groups.values()].sort(inOrder)) {
      outcomes.push({
        record: id,
        count,
        outcome: 'retained',
        ground: isOwnPeriod(ground)
          ? { ...ground, text: inLanguages(scope.policy, ({ officer }) => officer.ownPeriod) }
          : ground,
        until,
        ...(held ? { held } : {}),
        ...(ids.length > 0 ? { ids: [...ids] } : {}),
      });
    }
    if (this.residue > 0) outcomes.push(manual(id, scope, this.residue, 'residue'));
    if (this.kept > 0) outcomes.push(manual(id, scope, this.kept, 'kept'));
    if (this.unarchived > 0) outcomes.push(manual(id, scope, this.unarchived, 'unarchived'));
    return outcomes.length > 0 ? outcomes : [{ record: id, count: 0, outcome: 'done' }];
  }
}

const isOwnPeriod = ({ text }: Ground): boolean => Object.keys(text).length === 0;

const keyOf = (on: string, until: Instant | null): string => `${until ?? ''} ${on}`;

/** Sooner before later, and last those without a known date. */
const byDate = (a: Pick<Group, 'until'>, b: Pick<Group, 'until'>): number =>
  a.until === b.until ? 0 : (a.until ?? Infinity) - (b.until ?? Infinity);

const inOrder = (a: Group, b: Group): number => byDate(a, b) || (a.on < b.on ? -1 : 1);
