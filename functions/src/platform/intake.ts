import { createHash } from 'node:crypto';
import { Timestamp } from 'firebase-admin/firestore';
import type { z } from 'zod/mini';
import { utcDay, type Instant } from './time.ts';
import type { Context } from './context.ts';
import { defined } from './defined.ts';
import { createIfAbsent } from './firestore.ts';

/** Reasons of our own why something that came is refused. The others are those of its schema. */
type Rejection =
  /** More than a person does in a day. */
  | 'over_budget'
  /** The person was erased. */
  | 'erased'
  /** The text cannot be an id. */
  | 'invalid_format'
  /** Two fields contradict each other. */
  | 'mismatch'
  /** The policy asks nobody for this purpose. */
  | 'not_asked'
  | 'unknown_purpose'
  /** No text of that version was published by then. */
  | 'unpublished_version';

/** A fault, as its code and field name: never a value. */
export interface Issue {
  readonly code: Rejection | z.core.$ZodIssue['code'];
  readonly field: string;
}

/**
 * A caller's form, checked: codes and field names of its faults; a field that the form does not
 * have is not repeated.
 */
export type ReadForm<T> =
  { readonly ok: true; readonly form: T } | { readonly ok: false; readonly issues: readonly Issue[] };

/** Checks the form of a callable's caller. */
export function readForm<T>(form: z.ZodMiniType<T>, data: unknown): ReadForm<T> {
  const parsed = form.safeParse(data);
  return parsed.success ? { ok: true, form: parsed.data } : { ok: false, issues: issuesOf(parsed.error, '(form)') };
}

/**
 * Returns the faults of something that came: codes and field names, no values. A name that its
 * shape does not know is not repeated either.
 *
 * @param whole the name of the whole, of which no field is at fault
 */
export const issuesOf = ({ issues }: z.core.$ZodError, whole: '(form)' | '(document)'): Issue[] =>
  issues.map(({ code, path }) => ({ code, field: path.length > 0 ? String(path[0]) : whole }));

/** A call that is refused. */
export interface Refused<Code extends string> {
  readonly ok: false;
  readonly code: Code;
  /** For the caller, in their language. */
  readonly message: string;
  readonly issues?: readonly Issue[];
  /** Seconds until another call can be accepted. */
  readonly retryAfter?: number;
}

export type Answer<T, Code extends string> = { readonly ok: true; readonly result: T } | Refused<Code>;

/**
 * Makes the refusals of a callable, each with its message; `until` is when another call can be
 * accepted.
 */
export const refusing =
  <Code extends string>({ now }: Pick<Context, 'now'>, messageOf: (code: Code) => string) =>
  (code: Code, { issues, until }: { issues?: readonly Issue[]; until?: Instant } = {}): Refused<Code> => ({
    ok: false,
    code,
    message: messageOf(code),
    ...defined({ issues, retryAfter: until && Math.max(1, Math.ceil((until - now()) / 1000)) }),
  });

/**
 * Returns an event's id as a document's id. Ids are UUIDs; anything else is hashed, so that no id
 * can name another path.
 */
export const eventKey = (id: string): string => (/^[A-Za-z0-9_-]{1,128}$/.test(id) ? id : hashed(id));

const hashed = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * Keeps in `rejectedEvents` that an event failed validation, came too late, or was one too many, so
 * that nothing is dropped silently and the next event is not held up. Once a day for each person,
 * path and list of faults: a hostile client makes no more documents. The path is the template with
 * the pseudonym: no uid, no value of the document. Runs twice harmlessly.
 */
export async function reject(
  context: Pick<Context, 'clients' | 'now' | 'log'>,
  event: { template: string; pseudonym: string; issues: readonly Issue[] },
): Promise<void> {
  const { issues } = event;
  const path = event.template.replace('{uid}', event.pseudonym);
  const now = context.now();
  const ref = context.clients.own().doc(`rejectedEvents/${utcDay(now)}_${hashed(JSON.stringify([path, issues]))}`);
  // Logged once: an event that comes again and again does not fill the log.
  if (await createIfAbsent(ref, { path, issues, receivedAt: Timestamp.fromMillis(now) }))
    context.log.warn('event rejected', { path, codes: issues.map((i) => `${i.field}:${i.code}`).join(' ') });
}
