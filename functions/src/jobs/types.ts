import type { Actor } from '../ledger/entry.ts';
import type { Instant } from '../platform/time.ts';
import type { ErrorCode } from '../platform/errors.ts';
import type { JobKind } from '../platform/queues.ts';
import type { Cursor, Outcome, Progress } from '../systems/system.ts';

export type JobStatus = 'waiting' | 'running' | 'held' | 'blocked' | 'completed' | 'cancelled';
export type StepId = string;

/**
 * One step of a job, as it is stored. Times in epoch milliseconds (Firestore timestamps in the
 * document).
 */
export interface StepState {
  /**
   * `running` has a lease until `wakeAt`; `waiting` goes on at `wakeAt`; `blocked` waits for an
   * officer.
   */
  readonly state: 'pending' | 'running' | 'waiting' | 'done' | 'blocked';
  /** Steps that must be done before this one. */
  readonly after: readonly StepId[];
  /** Attempts that began since the last progress: a crash counts as one. */
  readonly attempts: number;
  readonly outcomes: readonly Outcome[];
  /** Names its runner: a result that comes with another token is stale and is dropped. */
  readonly token?: string;
  readonly wakeAt?: Instant;
  readonly cursor?: Cursor;
  readonly why?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly finishedAt?: Instant;
  /** Counts of a step that is done, each by a code. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** Ids and values that the steps of a job need, JSON-able; no e-mails, no names. */
export type JobInput = Readonly<Record<string, unknown>>;

/** A durable job: the truth about a piece of work, in Firestore, never in memory. */
export interface Job<Input = JobInput> {
  readonly id: string;
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly pseudonym?: string;
  /**
   * Names of the person go when the job is finished. A step gets it as its kind declares it
   * (define.ts).
   */
  readonly input: Input;
  readonly createdAt: Instant;
  /** By when the law or the policy wants it done. */
  readonly dueAt: Instant;
  /** When `tick` looks at it again; null when nothing will happen by itself. */
  readonly wakeAt: Instant | null;
  readonly steps: Readonly<Record<StepId, StepState>>;
  /** When it was completed or cancelled: its own period counts from here. */
  readonly finishedAt?: Instant;
  /** The one who gave a cancelled erasure up. */
  readonly givenUpBy?: Actor;
  /** The newest orders of named officers, the last one at the end. */
  readonly orders?: readonly OfficersOrder[];
  readonly certificate?: string;
  /** The last day on which somebody was told that it is due (rights/due.ts). */
  readonly escalatedOn?: string;
}

/** An officer's order about a job, under the officer's pseudonym (subject/officers.ts). */
export interface OfficersOrder {
  readonly order: 'cancelled' | 'released' | 'retried';
  readonly at: Instant;
  readonly officer: string;
}

/** The whole job stops, for this reason, until an officer releases or discards it. */
export interface Held {
  readonly held: string;
}

/** The result of running a step once. */
export type StepResult =
  | { readonly progress: Progress | Held }
  | { readonly failed: { readonly code: string; readonly message: string }; readonly permanent: boolean }
  | { readonly later: Instant; readonly code: ErrorCode };

/** One run of a step: the end of the run before, and the time to hand over. */
export interface Run {
  readonly cursor?: Cursor;
  readonly deadline: Instant;
}

/**
 * Runs one step of a job of a kind. May run twice and in two places at once; a thrown error is a
 * failed attempt.
 */
export type StepRunner<Input = JobInput> = (step: StepId, job: Job<Input>, run: Run) => Promise<Progress | Held>;
