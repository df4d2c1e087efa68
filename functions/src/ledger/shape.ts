import * as z from 'zod';
import type { Entry, Head } from './chain.ts';

/**
 * The shapes of the ledger's entries and heads, in memory: times are whole milliseconds since the
 * epoch. Nothing is judged that is not of its shape: a text compares with a number as nothing does.
 */

const text = z.string();
const texts = z.array(text);
const whole = z.int();
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Builds a shape when it first judges something: most cold starts judge no entry, many no head. */
function built<T extends z.ZodType>(build: () => T): () => T {
  let shape: T | undefined;
  return () => (shape ??= build());
}

const erased = z.strictObject({ at: whole, accountCreatedAt: whole.nullable() });
const answered = z.strictObject({
  granted: z.boolean(),
  at: whole,
  state: text,
  policyVersion: text.optional(),
});
const standing = z.strictObject({
  subject: answered.optional(),
  holder: answered.optional(),
  askedAgainAt: whole.optional(),
  askedSilently: z.boolean().optional(),
  written: z.strictObject({ at: whole, granted: z.boolean(), policyVersion: text.optional() }).optional(),
  reconciled: z.array(whole).optional(),
});
const protection = z.strictObject({
  mode: z.enum(['both', 'holder']),
  reason: z.enum(['age', 'guardianship']),
  since: whole,
  until: whole.optional(),
  holders: z.array(z.strictObject({ holder: text, from: whole, until: whole.optional() })),
});

const budget = z.strictObject({ day: text, counts: z.record(text, whole) });
const restraint = {
  kind: z.enum(['restrictions', 'legalHolds']),
  at: whole,
  until: whole.optional(),
  job: text.optional(),
};
const restraints = z.strictObject({
  at: whole,
  until: whole,
  names: texts,
  of: z.record(text, z.strictObject(restraint)),
});

const entryShape = built(() =>
  z.strictObject({
    kind: z.enum(['consent', 'devicePermission', 'request', 'erasure', 'access', 'effect', 'protection', 'statement']),
    state: text,
    purpose: text.optional(),
    permission: text.optional(),
    device: text.optional(),
    policyVersion: text.optional(),
    source: text.optional(),
    appVersion: text.optional(),
    locale: text.optional(),
    declared: texts.optional(),
    answer: text.optional(),
    actor: z.enum(['subject', 'holder', 'backend', 'server', 'officer']).optional(),
    holder: text.optional(),
    holders: texts.optional(),
    protection: protection.optional(),
    statement: z.strictObject({ ...restraint, name: text }).optional(),
    asked: texts.optional(),
    reason: text.optional(),
    system: text.optional(),
    outcome: text.optional(),
    occurredAt: whole,
    recordedAt: whole,
    effectiveAt: whole.optional(),
    clamped: z.boolean().optional(),
    accountCreatedAt: whole.nullable().optional(),
    reconciled: z.boolean().optional(),
    schemaVersion: text.optional(),
    dataTypes: texts.optional(),
    legalBasis: text.optional(),
    controller: text.optional(),
    recipients: texts.optional(),
    jurisdiction: text.optional(),
    storageLocation: texts.optional(),
    retention: texts.optional(),
    withdrawalMethod: text.optional(),
    noticeVersion: text.optional(),
    noticeLanguage: text.optional(),
    noticeHash: text.optional(),
    noticeAssumed: z.boolean().optional(),
    id: text,
    recordId: text.optional(),
    subject: text.optional(),
    continues: z.strictObject({ chain: text, seq: whole, hash }).optional(),
    carries: z
      .strictObject({
        current: z.record(text, text),
        since: z.record(text, whole),
        consents: z.record(text, standing),
        protection: protection.optional(),
        restraints: restraints.optional(),
        budget: budget.optional(),
        askAgainAt: whole.optional(),
        oldestVersion: text.optional(),
      })
      .optional(),
    seq: whole.min(1),
    previousHash: hash,
    hash,
  } satisfies Record<keyof Entry, z.ZodType>),
);

const headShape = built(() =>
  z.strictObject({
    seq: whole.min(0),
    hash,
    changedAt: whole.optional(),
    current: z.record(text, text),
    since: z.record(text, whole),
    consents: z.record(text, standing),
    protection: protection.optional(),
    stated: z.strictObject({ at: whole, of: z.record(text, whole) }).optional(),
    restraints: restraints.optional(),
    budget: budget.optional(),
    askAgainAt: whole.optional(),
    oldestVersion: text.optional(),
    continues: z.strictObject({ chain: text, seq: whole, hash, at: whole }).optional(),
    continuedBy: text.optional(),
    erasing: erased.optional(),
    givenUp: texts.optional(),
    closed: erased.optional(),
    successor: whole.optional(),
  } satisfies Record<keyof Head, z.ZodType>),
);

/** True if every field is one that an entry has, of its type. */
export const isEntry = (value: unknown): value is Entry => entryShape().safeParse(value).success;

/** True if every field is one that a head has, of its type. */
export const isHead = (value: unknown): value is Head => headShape().safeParse(value).success;
