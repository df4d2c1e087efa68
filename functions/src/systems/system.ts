import type { Window } from './windows.ts';
import type { Instant } from '../platform/time.ts';
import type { NamedRecord } from '../policy/lookup.ts';
import type { Ground, Policy, RecipientId, RecordId, Text } from '../policy/schema.ts';
import type { HeldPeople, Hold } from '../subject/hold.ts';
import type { Candidate, Handle, ProvenEmail, Refusal, Subject, Unproven } from '../subject/identity.ts';

export type { NamedRecord };

/**
 * One interface for every place in which personal data lives. Systems know nothing of capabilities:
 * an erasure, an export, a withdrawal of consent all ask the same four questions. The conformance
 * suite (test/conformance) holds every system to this page.
 */

/** The ids of the systems that this backend reaches. A recipient without one is `manual`. */
export type SystemId = string;

export type { Candidate, Hold, Refusal, Subject };

/**
 * A row as a system holds it, with its place; `data` is plain JSON-like data or Firestore values.
 */
export interface Row {
  readonly path: string;
  readonly data: Record<string, unknown>;
  /** The cursor with which reading begins at this row; absent: it cannot begin here. */
  readonly at?: Cursor;
  /** A file's content, if the row is a file. */
  readonly content?: FileContent;
  /** No record of the policy declares it: it lies below a row, or in the person's own place. */
  readonly undeclared?: true;
}

/** The content of a file. Nothing is read before `stream` is called. */
export interface FileContent {
  readonly stream: () => AsyncIterable<Uint8Array>;
  /** Bytes; absent: not known before they are read. */
  readonly size?: number;
  readonly contentType: string;
  /**
   * How the bytes are said to be packed (`gzip`); they come as they are stored. Anybody can have
   * written it.
   */
  readonly encoding?: string;
  /** The file's own path, if it is not the row's. */
  readonly name?: string;
}

/** The person of the rows, proven, and the time. */
export interface Scope {
  readonly policy: Policy;
  readonly subject: Subject;
  readonly handles: readonly Handle[];
  /**
   * Candidates that could not be proven to be the person's: an officer's part (`manual`) of the
   * system's answer.
   */
  readonly refused?: readonly Refusal[];
  /** Legal holds on the person: on one record, or on all if none is named. */
  readonly holds?: readonly Hold[];
  readonly now: Instant;
  /** The end of the page before. */
  readonly cursor?: Cursor;
  /** Stop at a page's end after this moment. */
  readonly deadline: Instant;
}

/**
 * The place to go on at: plain JSON of any depth, small, no personal data beyond ids. The job's
 * document keeps it as one text (jobs/store.ts).
 */
export type Cursor = Readonly<Record<string, unknown>>;

export type Change =
  | { readonly kind: 'erase'; readonly accountDeletedAt: Instant }
  /**
   * The person's own values of this moment, by the system's names of them: those that a row has
   * (`mirrors` of the policy). Others of it stay as they are, and nothing is made.
   */
  | {
      readonly kind: 'rectify';
      readonly values: Readonly<Record<string, string>>;
      /**
       * Names of values that the person has none of, if they asked for a correction: a row that has
       * one of them is an officer's.
       */
      readonly lacking?: readonly string[];
      /** Since when the person may be written to; absent: they may not. */
      readonly messagesSince?: Instant;
      /** True if the person took back a yes to messages, refused or objected. */
      readonly refusesMessages?: boolean;
    }
  | { readonly kind: 'restrict'; readonly restricted: boolean }
  /**
   * Something of the person's has ended, and time has passed since (epoch milliseconds): rows end
   * whose fate counts from it.
   */
  | { readonly kind: 'lapse'; readonly event: 'contractEnded'; readonly at: Instant }
  | {
      readonly kind: 'consent';
      readonly purpose: string;
      readonly granted: boolean;
      /**
       * The proven address that messages go to: it alone finds or makes a contact; undefined: there
       * is none.
       */
      readonly email: ProvenEmail | undefined;
      /**
       * Another purpose forbids messages all the same (consent to be in the database, but not to be
       * written to): the contact is there and stays blocklisted.
       */
      readonly silent?: boolean;
      /** When it was decided; absent: now. A withdrawal ends the rows whose fate counts from it. */
      readonly decidedAt?: Instant;
      /**
       * When the newest of the answers was given that allow messages: a later objection that the
       * other system knows of wins.
       */
      readonly messagesSince?: Instant;
    };

/**
 * The subject of an outcome: a record of the policy, or a recipient without an interface of its
 * own.
 */
export type OutcomeOf = { readonly record: RecordId } | { readonly recipient: RecipientId };

/**
 * The true outcome, never a better one. `done` was read back if the API allows it; absent is `done`
 * with count 0.
 *
 * `objected`: the person objected at the other company after the answer that was to be brought
 * there, and is left alone.
 *
 * `count`: from `apply`, the rows that this change ended, changed or left. It is written down
 * together with the cursor, so that pages add up and none counts twice. It misses rows of an
 * attempt that died before its first cursor was written down (they are gone all the same). From
 * `check`, the rows that are there now: 0 with `done`, the kept ones with `retained`.
 */
export type Outcome = OutcomeOf & { readonly count: number } & (
    | { readonly outcome: 'done'; readonly how?: 'deleted' | 'anonymised' | 'archived' | 'changed' | 'objected' }
    /** An officer noted that the other side confirmed it. */
    | ({ readonly outcome: 'done'; readonly how: 'confirmed' } & OfficersWord)
    /** Nobody confirmed it in time; it said no; or a controller of its own is excused (Art. 19). */
    | ({ readonly outcome: 'unconfirmed' | 'refused' | 'impossible' | 'disproportionate' } & OfficersWord)
    /** A recipient deletes it by itself, at the latest then. */
    | { readonly outcome: 'expiring'; readonly what: Text; readonly until: Instant }
    | { readonly outcome: 'submitted'; readonly providerId: string; readonly finishBy: Instant }
    | { readonly outcome: 'manual'; readonly what: Text; readonly by: Instant }
    | {
        readonly outcome: 'retained';
        readonly ground: Ground;
        readonly until: Instant | null;
        /** A legal hold keeps it: it ends by itself when the hold does. */
        readonly held?: true;
        /** The kept things, if the other system gives ids: `in_…`. */
        readonly ids?: readonly string[];
      }
  );

/** The end of an officer's task. */
export interface OfficersWord {
  /** The task, in easy words. */
  readonly what: Text;
  /** The officer's pseudonym; `backend` if the time was over. */
  readonly closedBy: string;
  readonly closedAt: Instant;
  /** SHA-256 of a file that the officer keeps. */
  readonly proof?: string;
}

/** How far a call came. A thrown error is a failed attempt. */
export type Progress =
  /** `figures`: counts that no outcome tells, each by a code. Nobody's name is in them. */
  | { readonly settled: readonly Outcome[]; readonly figures?: Readonly<Record<string, number>> }
  | { readonly more: Cursor }
  /**
   * `soFar`: outcomes that can already be shown while the other side works, such as `submitted`;
   * they do not settle anything.
   */
  | { readonly wait: Instant; readonly why: string; readonly cursor?: Cursor; readonly soFar?: readonly Outcome[] };

/** A sweep that has not begun. */
export const NO_FIGURES = {
  deleted: 0,
  archived: 0,
  anonymised: 0,
  /** Left alone for a legal hold or a restriction. */
  held: 0,
  /** Files that went with a row. */
  files: 0,
  /** Anonymised as the policy says, and the rest still names the person: an officer has to look. */
  residue: 0,
  /**
   * Over their period, and they stay: their archive has no place for them. An officer has to look.
   */
  unarchived: 0,
};

/** The work of a sweep so far, per record. */
export type SweepFigures = Readonly<typeof NO_FIGURES>;

/** The question of a sweep: everybody's rows of a record whose time has come. */
export interface SweepQuestion {
  readonly policy: Policy;
  readonly now: Instant;
  /** The timestamp field that the rule counts from: the query is ordered by it. */
  readonly field: string;
  /** Rows with a timestamp up to here are over their period (policy/calendar.ts). */
  readonly cutoff: Instant;
  /** Persons whose rows stay: legal holds and restrictions, loaded once per sweep. */
  readonly held: HeldPeople;
  /** Is each row asked for documents below it, so that they end with the row? */
  readonly withFollowers?: boolean;
}

/** A search for documents below rows of a record that do not exist. */
export type OrphanSearch = Pick<SweepQuestion, 'policy' | 'held'> & {
  /** Touch nothing? */
  readonly isDry: boolean;
};

/** The number of documents below rows that do not exist. */
export interface Orphans {
  readonly found: number;
  readonly deleted: number;
  readonly archived: number;
  /** Left alone for a legal hold or a restriction. */
  readonly held: number;
  /** They stay: the archive of their row has no place for them. */
  readonly unarchived: number;
  /** The collections in which they lie, as templates: `contactRequests/{id}/files`. */
  readonly places: readonly string[];
}

/** A sweep under way: of everything up to the cut-off, or of a window of it. */
export interface Sweep extends SweepQuestion {
  readonly window?: Window;
  readonly cursor?: Cursor;
  readonly figures: SweepFigures;
  readonly deadline: Instant;
}

/** The rows that a sweep would find now. */
export interface ForeseenSweep {
  /** Rows over the cut-off: at most as many end. */
  readonly over: number;
  /** The time of the oldest; null if there is none. */
  readonly oldest: Instant | null;
  /**
   * How many of them a legal hold or a restriction keeps; null if that cannot be known by counting.
   */
  readonly held: number | null;
}

/** A scan under way of rows that have no usable time. */
export interface Scan extends Omit<Sweep, 'window'> {
  /** The most rows that this run looks at, over all of its tasks. */
  readonly budget: number;
}

/** The place of a scan. */
export interface ScanProgress {
  readonly figures: SweepFigures;
  /** Rows looked at in this run so far. */
  readonly scanned: number;
  /** In this run: not at the end, and the budget is not used up. */
  readonly more?: Cursor;
  /**
   * The place for the next run; absent: every row has been looked at. With the uid of the row's
   * person, if it names one.
   */
  readonly next?: { readonly path: string; readonly uid?: string };
}

/** Places in a database that no policy declares. */
export interface Undeclared {
  /** Root collections, with their database if it is not the app's. */
  readonly collections: readonly string[];
  /** Subcollections of declared rows, as templates; found in a sample. */
  readonly below: readonly string[];
  /** The records whose rows had them below. */
  readonly records: readonly RecordId[];
  /** How many more there are. */
  readonly more?: number;
}

export type SweepProgress = { readonly figures: SweepFigures; readonly more?: Cursor };

export interface System {
  readonly id: SystemId;
  /**
   * Looks for the person by their proofs; answers every candidate, also those that name somebody
   * else.
   */
  find(subject: Subject): Promise<Candidate[]>;
  /**
   * Yields the person's rows of a record, each matched against the policy's full path, in the same
   * order each time. Needs `scope.handles` of its own system only. With a cursor (`Row.at`) it
   * begins with that row; if that one is gone, with the next one or earlier, so that none is left
   * out.
   */
  read(record: NamedRecord, scope: Scope): AsyncIterable<Row>;
  /** Makes the change, at most until the deadline. May run twice: absent is `done` with count 0. */
  apply(record: NamedRecord, scope: Scope, change: Change): Promise<Progress>;
  /**
   * Foretells `apply` without touching anything: rows that would end (`done`, with `how`), that
   * would stay (`retained`), that are an officer's (`manual`).
   */
  preview(record: NamedRecord, scope: Scope, change: Change): Promise<readonly Outcome[]>;
  /**
   * Reads back: `settled` only with outcomes that are true now; throws a ComplianceError if the
   * change did not hold.
   */
  check(record: NamedRecord, scope: Scope, change: Change): Promise<Progress>;
  /**
   * Returns those of the records that certainly have no rows of the person, found with fewer
   * operations than by asking for each.
   */
  absent?(records: readonly NamedRecord[], scope: Pick<Scope, 'subject'>): Promise<ReadonlySet<RecordId>>;
  /**
   * Ends rows of everybody whose time has come, as `fate()` says. Only systems whose rows end by
   * time have it.
   */
  expire?(record: NamedRecord, sweep: Sweep): Promise<SweepProgress>;
  /**
   * Returns the windows in which `expire` can work side by side, at most so many; none if nothing
   * is over. Systems that cannot divide their rows by time lack it.
   */
  split?(record: NamedRecord, question: Omit<SweepQuestion, 'held'>, most: number): Promise<readonly Window[]>;
  /** Foretells `expire`, touching nothing. */
  foresee?(record: NamedRecord, question: SweepQuestion): Promise<ForeseenSweep>;
  /**
   * Counts the rows without a usable timestamp (none, no time, one in the future), which no cut-off
   * ever finds.
   */
  undated?(record: NamedRecord, field?: string): Promise<number>;
  /**
   * Ends rows without a usable timestamp as if it were the time of their creation, within a budget.
   */
  scan?(record: NamedRecord, scan: Scan): Promise<ScanProgress>;
  /**
   * Ends documents below rows of the record that do not exist: sweeps that did not look below left
   * them.
   */
  orphans?(record: NamedRecord, search: OrphanSearch): Promise<Orphans>;
  /**
   * Tells until when the person has had a contract, by a record of contracts: `scope.now` if one
   * runs, 0 if there was none. Looks at what could not be proven to be theirs as well, unless it
   * names somebody else. Touches nothing.
   */
  lastContract?(record: NamedRecord, scope: Scope): Promise<Instant>;
  /** Finds places that no policy declares. `seed` chooses the sample: another one, other rows. */
  undeclared?(seed: string): Promise<Undeclared>;
}

/** The facts about a system without loading its SDK. */
export interface SystemManifest {
  readonly id: SystemId;
  readonly name: string;
  /** Resources of the policy's paths that this system understands. */
  readonly resources: readonly string[];
  /**
   * The identifiers by which `find` looks for a person, beside the uid: candidates found by one of
   * them without proof are an officer's.
   */
  readonly searchedBy: readonly Unproven['kind'][];
  /**
   * Of a resource, the names under which a row can have values of the person (`mirrors` of the
   * policy). They are fields of the profile, which are claims, and the address that Auth has
   * verified.
   */
  readonly corrects?: Readonly<Record<string, { readonly profile: RegExp; readonly email: RegExp }>>;
  /** The resources whose rows are contracts of a person: the system has `lastContract` then. */
  readonly contracts?: readonly string[];
  /**
   * Names of the secrets that its client needs: a policy without this system needs none of them.
   */
  readonly secrets?: readonly string[];
}
