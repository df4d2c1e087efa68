import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import * as z from 'zod/mini';
import { isSealed, sealed, withoutSeal } from '../crypto/seal.ts';
import { chainOf } from '../jobs/define.ts';
import type { Job } from '../jobs/types.ts';
import { defined } from '../platform/defined.ts';
import { keyedHash, type PseudonymKeys } from '../platform/keys.ts';
import { lazily } from '../platform/shapes.ts';
import type { Instant } from '../platform/time.ts';
import type { PurposeId, RecipientId, RecordId, Text } from '../policy/schema.ts';
import { keyVersionOf } from '../subject/pseudonym.ts';
import type { Outcome } from '../systems/system.ts';

/** The step of a job that waits for the tasks that the job made. */
export const OFFICERS_STEP = 'officers';

/**
 * Every way in which a task ends. `refused`: the other side was asked, and said no, with a reason.
 * `impossible`, `disproportionate`: Art. 19, with a reason.
 */
export const CLOSINGS = ['done', 'unconfirmed', 'refused', 'impossible', 'disproportionate'] as const;
export type ClosedAs = (typeof CLOSINGS)[number];

/** Does a task end so only with a reason? */
export const needsReason = (as: ClosedAs): boolean => as !== 'done' && as !== 'unconfirmed';

/**
 * The part of a job that only a person can do. Of an erasure: a recipient to ask, or a record to
 * look at. Of an export: a missing part, by the id of its recipient, system or record. Or a look at
 * rows of a record with words of others, before the person gets them (Art. 15(4)).
 */
export type TaskFor =
  | { readonly recipient: RecipientId }
  | { readonly record: RecordId }
  | { readonly part: string }
  | { readonly look: RecordId };

/** Is it a part of an export, which the person gets? */
export const isOfExport = (part: TaskFor): part is Extract<TaskFor, { part: string } | { look: string }> =>
  'part' in part || 'look' in part;

/** The word that a recipient gets after a change of a consent. */
export const INSTRUCTIONS = ['delete', 'stop', 'again'] as const;
export type Instruction = (typeof INSTRUCTIONS)[number];

/** The change of a consent that a task tells a recipient. */
export interface ToldConsent {
  readonly purpose: PurposeId;
  readonly tell: Instruction;
  /** The number of its entry in the chain: of two changes the later one counts. */
  readonly seq: number;
}

/**
 * `officerTasks/{id}`: something that an officer has to do, from a job. It outlives the person's
 * account, and names them by the chain alone. The sheet beside it tells by what the other side
 * knows the person (sheet.ts).
 */
export interface OfficerTask {
  readonly id: string;
  readonly for: TaskFor;
  /** In easy words, by language. */
  readonly what: Text;
  /** The job that made it. */
  readonly job: string;
  readonly pseudonym: string;
  /** Only of a recipient that is told of a changed consent. */
  readonly consent?: ToldConsent;
  readonly createdAt: Instant;
  /** By when it is to be done. */
  readonly by: Instant;
  /** When its time is over: its sheet goes, so that nobody can be found by it any more. */
  readonly until: Instant;
  /** `notNeeded`: nobody was asked, and nobody has to be any more. */
  readonly status: 'open' | 'notNeeded' | ClosedAs;
  readonly closedAt?: Instant;
  /** An officer's pseudonym, or `backend` if its time was over. */
  readonly closedBy?: string;
  /** The officer's own words, the reason among them. */
  readonly note?: string;
  /** SHA-256 of a file that proves it, hexadecimal. The file stays with the officer. */
  readonly proof?: string;
}

/** A note has at most so many characters. */
export const NOTE_LENGTH = 2_000;

const shape = lazily(() => {
  const text = z.string().check(z.minLength(1));
  const moment = z.custom<Timestamp>((value) => value instanceof Timestamp);
  const open = {
    for: z.union([
      z.strictObject({ recipient: text }),
      z.strictObject({ record: text }),
      z.strictObject({ part: text }),
      z.strictObject({ look: text }),
    ]),
    what: z.record(z.string(), z.string()),
    ...{ job: text, pseudonym: text },
    consent: z.optional(z.strictObject({ purpose: text, tell: z.enum(INSTRUCTIONS), seq: z.number() })),
    ...{ createdAt: moment, by: moment, until: moment },
  };
  const closed = { ...open, closedAt: moment, closedBy: text };
  const note = z.string().check(z.minLength(1), z.maxLength(NOTE_LENGTH));
  const proof = z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/)));
  return z.union([
    z.strictObject({ ...open, status: z.literal('open') }),
    z.strictObject({ ...closed, status: z.enum(['done', 'unconfirmed', 'notNeeded']), note: z.optional(note), proof }),
    z.strictObject({ ...closed, status: z.enum(['refused', 'impossible', 'disproportionate']), note, proof }),
  ]);
});

const pathOf = (id: string): string => `officerTasks/${id}`;

/** A task as its document: whole, and sealed. */
export function taskDocument({ id, ...task }: OfficerTask, keys: PseudonymKeys): DocumentData {
  const moments = { createdAt: task.createdAt, by: task.by, until: task.until, closedAt: task.closedAt };
  const times = Object.entries(defined(moments)).map(([name, at]) => [name, Timestamp.fromMillis(at)]);
  return sealed(pathOf(id), defined({ ...task, ...Object.fromEntries(times) }), keys);
}

/** The task of a document; undefined if there is none, or if the backend did not write it so. */
export function taskIn(id: string, data: DocumentData | undefined, keys: PseudonymKeys): OfficerTask | undefined {
  if (data === undefined || !isSealed(pathOf(id), data, keys)) return undefined;
  const { data: task } = shape().safeParse(withoutSeal(data));
  if (task === undefined) return undefined;
  const moments = { createdAt: task.createdAt.toMillis(), by: task.by.toMillis(), until: task.until.toMillis() };
  if (task.status === 'open') {
    const { consent, ...open } = task;
    return { id, ...open, ...defined({ consent }), ...moments };
  }
  const { consent, note, proof, ...closed } = task;
  return { id, ...closed, ...defined({ consent, note, proof }), ...moments, closedAt: task.closedAt.toMillis() };
}

/** The order of a task, before it exists. */
export interface TaskOrder {
  readonly for: TaskFor;
  readonly what: Text;
  readonly job: string;
  /** When the job was made: one that is begun anew under the same id makes new tasks. */
  readonly jobCreatedAt: Instant;
  readonly pseudonym: string;
  readonly by: Instant;
  readonly consent?: ToldConsent;
  /** True: no setting of tests shortens its time. Of a legal hold, whose end is not a task's. */
  readonly isUnhurried?: true;
}

/** Something that only a person can do, as a step reports it. */
export type Manual = Extract<Outcome, { outcome: 'manual' }>;

/** The job of an order, and the chain of its person. @throws PermanentError as `chainOf` does */
export const ofJob = (
  job: Pick<Job, 'id' | 'createdAt' | 'pseudonym'>,
): Pick<TaskOrder, 'job' | 'jobCreatedAt' | 'pseudonym'> => ({
  ...{ job: job.id, jobCreatedAt: job.createdAt, pseudonym: chainOf(job) },
});

/** The order of a task from a step's report. @throws PermanentError as `ofJob` does */
export const orderOf = (job: Parameters<typeof ofJob>[0], outcome: Manual): TaskOrder => ({
  for: 'record' in outcome ? { record: outcome.record } : { recipient: outcome.recipient },
  what: outcome.what,
  ...ofJob(job),
  by: outcome.by,
});

/**
 * The id of a task. It follows from the job and its part, so that it is made once. Of a record each
 * text is a task of its own.
 *
 * @throws RangeError if the chain's key is not there
 */
export function taskId(order: Omit<TaskOrder, 'by'>, keys: PseudonymKeys): string {
  const { for: part, what, job, jobCreatedAt, pseudonym } = order;
  const text = 'record' in part ? [JSON.stringify(Object.entries(what).sort())] : [];
  const of = [...Object.entries(part).flat(), ...text];
  // A hash can begin with a dash, which a command would take for an option.
  return `task_${keyedHash('officerTask', [job, String(jobCreatedAt), ...of], keys, keyVersionOf(pseudonym))}`;
}

/** The id of the recipient, the record or the part of a task. */
export function partOf(part: TaskFor): string {
  if ('recipient' in part) return part.recipient;
  if ('record' in part) return part.record;
  return 'part' in part ? part.part : part.look;
}

/** Tasks that are no parts of an export, as the outcomes of the step that made them. */
export const toDo = (tasks: readonly OfficerTask[]): Manual[] =>
  tasks.flatMap(({ for: part, what, by }) =>
    isOfExport(part) ? [] : [{ ...part, count: 0, outcome: 'manual' as const, what, by }],
  );

/** Their ends as the outcomes of the step that waited for them. */
export const outcomesOf = (tasks: readonly OfficerTask[]): Outcome[] =>
  tasks.flatMap((task) => toDo([task]).flatMap((outcome) => closedOutcome(outcome, task)));

/** The end of a task as the outcome of its recipient or record; nothing while it is open. */
export function closedOutcome(of: Manual, { status, closedBy, closedAt, proof }: OfficerTask): Outcome[] {
  if (status === 'open' || status === 'notNeeded' || closedBy === undefined || closedAt === undefined) return [];
  const part = 'record' in of ? { record: of.record } : { recipient: of.recipient };
  const word = { ...part, count: of.count, what: of.what, closedBy, closedAt, ...defined({ proof }) };
  return status === 'done' ? [{ ...word, outcome: 'done', how: 'confirmed' }] : [{ ...word, outcome: status }];
}
