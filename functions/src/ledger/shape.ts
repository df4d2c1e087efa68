import * as z from 'zod/mini';
import { lazily } from '../platform/shapes.ts';
import { DECIDERS, REGIMES, RIGHTS } from '../policy/regimes.ts';
import type { Entry, Head } from './chain.ts';
import { exceptions } from './restraints.ts';

/**
 * The shapes of the ledger's entries and heads, in memory: times are whole milliseconds since the
 * epoch. Nothing is judged that is not of its shape: a text compares with a number as nothing does.
 */

const text = z.string();
const texts = z.array(text);
const whole = z.int();
/** `v{key version}_{keyed hash}`: no name can stand here. */
const pseudonym = z.string().check(z.regex(/^v\d+_[A-Za-z0-9_-]{43}$/));
const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));

const erased = lazily(() => z.strictObject({ at: whole, accountCreatedAt: z.nullable(whole) }));
const answered = lazily(() =>
  z.strictObject({
    granted: z.boolean(),
    at: whole,
    state: text,
    policyVersion: z.optional(text),
    entered: z.optional(z.literal(true)),
  }),
);
const standing = lazily(() =>
  z.strictObject({
    subject: z.optional(answered()),
    holder: z.optional(answered()),
    askedAgainAt: z.optional(whole),
    askedSilently: z.optional(z.boolean()),
    objectedAt: z.optional(whole),
    agreedAt: z.optional(whole),
    written: z.optional(z.strictObject({ at: whole, granted: z.boolean(), policyVersion: z.optional(text) })),
    reconciled: z.optional(z.array(whole)),
  }),
);
const protection = lazily(() =>
  z.strictObject({
    mode: z.enum(['both', 'holder']),
    reason: z.enum(['age', 'guardianship']),
    since: whole,
    until: z.optional(whole),
    holders: z.array(z.strictObject({ holder: text, from: whole, until: z.optional(whole) })),
  }),
);

const powers = lazily(() =>
  z.array(
    z.strictObject({
      holder: z.optional(pseudonym),
      regime: z.enum(REGIMES),
      scope: z.array(z.enum(RIGHTS)),
      decides: z.enum(DECIDERS),
      from: whole,
      until: z.optional(whole),
    }),
  ),
);

const budget = lazily(() => z.strictObject({ day: text, counts: z.record(text, whole) }));
const restriction = lazily(() =>
  z.strictObject({
    purposes: z.optional(texts),
    except: z.optional(z.record(text, z.enum(exceptions))),
    liftsAt: z.optional(whole),
    job: z.optional(text),
  }),
);
const restraint = lazily(() =>
  z.strictObject({
    kind: z.enum(['restrictions', 'legalHolds']),
    at: whole,
    until: z.optional(whole),
    parts: z.optional(z.record(text, restriction())),
    toldAt: z.optional(whole),
  }),
);
const restraints = lazily(() =>
  z.strictObject({
    at: whole,
    until: whole,
    names: texts,
    of: z.record(text, restraint()),
  }),
);

const entryShape = lazily(() =>
  z.strictObject({
    kind: z.enum(['consent', 'devicePermission', 'request', 'erasure', 'access', 'effect', 'protection', 'statement']),
    state: text,
    purpose: z.optional(text),
    permission: z.optional(text),
    device: z.optional(text),
    policyVersion: z.optional(text),
    source: z.optional(text),
    appVersion: z.optional(text),
    locale: z.optional(text),
    declared: z.optional(texts),
    answer: z.optional(text),
    actor: z.optional(z.enum(['subject', 'holder', 'backend', 'server', 'officer'])),
    officer: z.optional(pseudonym),
    holder: z.optional(text),
    holders: z.optional(texts),
    protection: z.optional(protection()),
    powers: z.optional(powers()),
    statement: z.optional(z.extend(restraint(), { name: text })),
    keepsUntil: z.optional(whole),
    asked: z.optional(texts),
    reason: z.optional(text),
    system: z.optional(text),
    outcome: z.optional(text),
    occurredAt: whole,
    recordedAt: whole,
    effectiveAt: z.optional(whole),
    clamped: z.optional(z.boolean()),
    accountCreatedAt: z.optional(z.nullable(whole)),
    reconciled: z.optional(z.boolean()),
    schemaVersion: z.optional(text),
    dataTypes: z.optional(texts),
    legalBasis: z.optional(text),
    controller: z.optional(text),
    recipients: z.optional(texts),
    jurisdiction: z.optional(text),
    storageLocation: z.optional(texts),
    retention: z.optional(texts),
    withdrawalMethod: z.optional(text),
    noticeVersion: z.optional(text),
    noticeLanguage: z.optional(text),
    noticeHash: z.optional(text),
    noticeAssumed: z.optional(z.boolean()),
    id: text,
    recordId: z.optional(text),
    subject: z.optional(text),
    continues: z.optional(z.strictObject({ chain: text, seq: whole, hash })),
    carries: z.optional(
      z.strictObject({
        current: z.record(text, text),
        since: z.record(text, whole),
        consents: z.record(text, standing()),
        protection: z.optional(protection()),
        powers: z.optional(powers()),
        restraints: z.optional(restraints()),
        budget: z.optional(budget()),
        askAgainAt: z.optional(whole),
        agreedTo: z.optional(texts),
      }),
    ),
    seq: whole.check(z.minimum(1)),
    previousHash: hash,
    hash,
  } satisfies Record<keyof Entry, z.ZodMiniType>),
);

const headShape = lazily(() =>
  z.strictObject({
    seq: whole.check(z.minimum(0)),
    hash,
    changedAt: z.optional(whole),
    current: z.record(text, text),
    since: z.record(text, whole),
    consents: z.record(text, standing()),
    protection: z.optional(protection()),
    powers: z.optional(powers()),
    stated: z.optional(z.strictObject({ at: whole, of: z.record(text, whole) })),
    restraints: z.optional(restraints()),
    budget: z.optional(budget()),
    askAgainAt: z.optional(whole),
    agreedTo: z.optional(texts),
    continues: z.optional(z.strictObject({ chain: text, seq: whole, hash, at: whole })),
    continuedBy: z.optional(text),
    erasing: z.optional(erased()),
    givenUp: z.optional(texts),
    closed: z.optional(erased()),
    successor: z.optional(whole),
  } satisfies Record<keyof Head, z.ZodMiniType>),
);

/** True if every field is one that an entry has, of its type. Only an officer's entry names one. */
export const isEntry = (value: unknown): value is Entry => {
  const { success, data } = entryShape().safeParse(value);
  return success && (data.officer === undefined || data.actor === 'officer');
};

/** True if every field is one that a head has, of its type. */
export const isHead = (value: unknown): value is Head => headShape().safeParse(value).success;
