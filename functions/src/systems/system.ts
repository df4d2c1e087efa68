import type { Window } from './windows.ts';
import type { Instant } from '../platform/time.ts';
import type { NamedRecord } from '../policy/lookup.ts';
import type { Ground, Policy, RecipientId, RecordId, Text } from '../policy/schema.ts';
import type { Hold } from '../subject/holds.ts';
import type { Candidate, Handle, ProvenEmail, Refusal, Subject, Unproven } from '../subject/identity.ts';

export type { NamedRecord };

/**
 * One interface for every place where personal data lives. Systems know nothing of capabilities: an erasure, an export, a withdrawal
 * of consent all ask the same four questions. The conformance suite (test/conformance) holds every system to this page.
 */

/** The ids of the systems that this backend reaches. A recipient without one is `manual`. */
export type SystemId = string;

export type { Candidate, Hold, Refusal, Subject };

/** A row as a system holds it, with its place; `data` is plain JSON-like data or Firestore values. */
export interface Row {
  readonly path: string;
  readonly data: Record<string, unknown>;
  /** Reading begins with this row when this is the cursor of its scope; absent: it cannot begin here. */
  readonly at?: Cursor;
  /** A file's content, where the row is a file. */
  readonly content?: FileContent;
  /** No record of the policy declares it: it lies below a row, or in the person's own place. */
  readonly undeclared?: true;
}

/** What is in a file. Nothing is read before `stream` is called. */
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
  /** The file's own path, where it is not the row's. */
  readonly name?: string;
}

/** Whose rows, proven, and as of when. */
export interface Scope {
  readonly policy: Policy;
  readonly subject: Subject;
  readonly handles: readonly Handle[];
  /** What could be the person's and could not be proven: an officer's part (`manual`) of what the system answers. */
  readonly refused?: readonly Refusal[];
  /** Legal holds on the person: on one record, or on all where none is named. */
  readonly holds?: readonly Hold[];
  readonly now: Instant;
  /** Where the page before ended. */
  readonly cursor?: Cursor;
  /** Stop at a page's end after this moment. */
  readonly deadline: Instant;
}

/**
 * Where to go on: plain JSON of any depth, small, no personal data beyond ids. The job's document
 * keeps it as one text (jobs/store.ts).
 */
export type Cursor = Readonly<Record<string, unknown>>;

export type Change =
  | { readonly kind: 'erase'; readonly accountDeletedAt: Instant }
  | { readonly kind: 'rectify'; readonly fields: Record<string, unknown> }
  | { readonly kind: 'restrict'; readonly restricted: boolean }
  /** Something of the person's has ended, and time has passed since (epoch milliseconds): rows end whose fate counts from it. */
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
       * Another purpose forbids messages all the same (consent to be in the database, but not to be written to): the contact is there and
       * stays blocklisted.
       */
      readonly silent?: boolean;
      /** When it was decided; absent: now. A withdrawal ends the rows whose fate counts from it. */
      readonly decidedAt?: Instant;
      /** When the newest of the answers was given that allow messages: an objection that the other system knows of and that came later wins. */
      readonly messagesSince?: Instant;
    };

/** What an outcome is about: a record of the policy, or a recipient without an interface of its own. */
export type OutcomeOf = { readonly record: RecordId } | { readonly recipient: RecipientId };

/**
 * What became of it: as it is, never better. `done` was read back where the API allows; absent is `done` with count 0.
 *
 * `objected`: the person objected at the other company after the answer that was to be brought there, and is left alone.
 *
 * `count`: from `apply`, the rows that this change ended, changed or left. It is written down together with the cursor, so that pages add up
 * and none counts twice; rows that an attempt ended which died before its first cursor was written down are missing from it (they are gone
 * all the same). From `check`, the rows that are there now: 0 with `done`, the kept ones with `retained`.
 */
export type Outcome = OutcomeOf & { readonly count: number } & (
    | { readonly outcome: 'done'; readonly how?: 'deleted' | 'anonymised' | 'archived' | 'changed' | 'objected' }
    | { readonly outcome: 'submitted'; readonly providerId: string; readonly finishBy: Instant }
    | { readonly outcome: 'manual'; readonly what: Text; readonly by: Instant }
    | {
        readonly outcome: 'retained';
        readonly ground: Ground;
        readonly until: Instant | null;
        /** A legal hold keeps it: it ends by itself when the hold does. */
        readonly held?: true;
        /** What is kept, where the other system gives ids: `in_…`. */
        readonly ids?: readonly string[];
      }
  );

/** How far a call came. A thrown error is a failed attempt. */
export type Progress =
  | { readonly settled: readonly Outcome[] }
  | { readonly more: Cursor }
  /** `soFar`: what can already be shown while the other side works, such as `submitted`; it does not settle anything. */
  | { readonly wait: Instant; readonly why: string; readonly cursor?: Cursor; readonly soFar?: readonly Outcome[] };

/** What a sweep did so far, per record. */
export interface SweepFigures {
  readonly deleted: number;
  readonly anonymised: number;
  readonly archived: number;
  /** Left alone for a legal hold or a restriction. */
  readonly held: number;
  /** Files that went with a row. */
  readonly files: number;
  /** Anonymised as the policy says, and the rest still names the person: an officer has to look. */
  readonly residue: number;
  /**
   * Over their period, and they stay: their archive has no place for them. An officer has to look.
   */
  readonly unarchived: number;
}

/** A sweep that has not begun. */
export const NO_FIGURES: SweepFigures = {
  deleted: 0,
  archived: 0,
  anonymised: 0,
  held: 0,
  files: 0,
  residue: 0,
  unarchived: 0,
};

/** What a sweep is about: everybody's rows of a record whose time has come. */
export interface SweepQuestion {
  readonly policy: Policy;
  readonly now: Instant;
  /** The timestamp field that the rule counts from: the query is ordered by it. */
  readonly field: string;
  /** Rows with a timestamp up to here are over their period (policy/calendar.ts). */
  readonly cutoff: Instant;
  /** Persons whose rows stay: legal holds and restrictions, loaded once per sweep, by uid. */
  readonly held: ReadonlySet<string>;
  /** Is each row asked what lies below it, so that it ends with the row? */
  readonly looksBelow?: boolean;
}

/** A search for what lies below rows of a record that do not exist. */
export type OrphanSearch = Pick<SweepQuestion, 'policy' | 'held'> & {
  /** Touch nothing? */
  readonly isDry: boolean;
};

/** So many documents lie below rows that do not exist. */
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

/** What a sweep would find now. */
export interface ForeseenSweep {
  /** Rows over the cut-off: at most as many end. */
  readonly over: number;
  /** The time of the oldest; null where there is none. */
  readonly oldest: Instant | null;
  /** How many of them a legal hold or a restriction keeps; null where that cannot be known by counting. */
  readonly held: number | null;
}

/** A scan under way of rows that have no usable time. */
export interface Scan extends SweepQuestion {
  /** So many rows are looked at in this run, over all of its tasks. */
  readonly budget: number;
  readonly cursor?: Cursor;
  readonly figures: SweepFigures;
  readonly deadline: Instant;
}

/** Where a scan stands. */
export interface ScanProgress {
  readonly figures: SweepFigures;
  /** Rows looked at in this run so far. */
  readonly scanned: number;
  /** In this run: not at the end, and the budget is not used up. */
  readonly more?: Cursor;
  /** Where the next run goes on; absent: every row has been looked at. With the uid of the row's person, where it names one. */
  readonly next?: { readonly path: string; readonly uid?: string };
}

/** What is in a database and in no policy. */
export interface Undeclared {
  /** Root collections, with their database where it is not the app's. */
  readonly collections: readonly string[];
  /** Subcollections of declared rows, as templates; found in a sample. */
  readonly below: readonly string[];
  /** The records below whose rows they were found. */
  readonly records: readonly RecordId[];
  /** How many more there are. */
  readonly more?: number;
}

export type SweepProgress = { readonly figures: SweepFigures; readonly more?: Cursor };

export interface System {
  readonly id: SystemId;
  /** Looks for the person by what is proven; answers every candidate, also those that name somebody else. */
  find(subject: Subject): Promise<Candidate[]>;
  /**
   * The person's rows of a record, each matched against the policy's full path, in the same order each time. Needs `scope.handles` of its own system
   * only. With a cursor (`Row.at`) it begins with that row; where that one is gone, with the next one or earlier, so that none is left out.
   */
  read(record: NamedRecord, scope: Scope): AsyncIterable<Row>;
  /** Makes the change, at most until the deadline. May run twice: absent is `done` with count 0. */
  apply(record: NamedRecord, scope: Scope, change: Change): Promise<Progress>;
  /**
   * What `apply` would come to now, without touching anything: rows that would end (`done`, with `how`), that would stay (`retained`), that are an
   * officer's (`manual`).
   */
  preview(record: NamedRecord, scope: Scope, change: Change): Promise<readonly Outcome[]>;
  /** Reads back: `settled` only with what is true now; throws a ComplianceError when the change did not hold. */
  check(record: NamedRecord, scope: Scope, change: Change): Promise<Progress>;
  /** Those of the records that certainly have no rows of the person, found with fewer operations than by asking for each. */
  absent?(records: readonly NamedRecord[], scope: Pick<Scope, 'subject'>): Promise<ReadonlySet<RecordId>>;
  /** Ends rows of everybody whose time has come, as `fate()` says. Only systems whose rows end by time have it. */
  expire?(record: NamedRecord, sweep: Sweep): Promise<SweepProgress>;
  /**
   * The windows in which `expire` can work side by side, at most so many; none where nothing is over. Systems that cannot divide their rows by time
   * lack it.
   */
  split?(record: NamedRecord, question: Omit<SweepQuestion, 'held'>, most: number): Promise<readonly Window[]>;
  /** What `expire` would find now, touching nothing. */
  foresee?(record: NamedRecord, question: SweepQuestion): Promise<ForeseenSweep>;
  /** How many rows have no usable timestamp (none, no time, one in the future), so that no cut-off ever finds them. */
  undated?(record: NamedRecord, field?: string): Promise<number>;
  /** Ends rows without a usable timestamp as if it were the time of their creation, within a budget. */
  scan?(record: NamedRecord, scan: Scan): Promise<ScanProgress>;
  /** Ends what lies below rows of the record that do not exist: sweeps that did not look below left it. */
  orphans?(record: NamedRecord, search: OrphanSearch): Promise<Orphans>;
  /** What is there and no policy declares. `seed` chooses the sample: another one, other rows. */
  undeclared?(seed: string): Promise<Undeclared>;
}

/** What is known of a system without loading its SDK. */
export interface SystemManifest {
  readonly id: SystemId;
  readonly name: string;
  /** Resources of the policy's paths that this system understands. */
  readonly resources: readonly string[];
  /**
   * The identifiers by which `find` looks for a person, beside the uid: what one of them finds
   * without proof is an officer's.
   */
  readonly searchedBy: readonly Unproven['kind'][];
  /** Names of the secrets that its client needs: a policy without this system needs none of them. */
  readonly secrets?: readonly string[];
}
