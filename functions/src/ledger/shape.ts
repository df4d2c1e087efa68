import * as z from 'zod/mini';
import { lazily } from '../platform/shapes.ts';
import { DECIDERS, REGIMES, RIGHTS } from '../policy/regimes.ts';

/**
 * The shapes of the ledger's entries and heads, and their types; in memory: times are whole
 * milliseconds since the epoch. Nothing is judged that is not of its shape: a text compares with a
 * number as nothing does.
 */

/** The type of a shape: read only, and what may be absent is never there as undefined. */
type Of<Shape extends () => z.ZodMiniType> = Exact<z.infer<ReturnType<Shape>>>;
type Exact<T> = T extends object ? { readonly [K in keyof T]: Exact<Exclude<T[K], undefined>> } : T;

const text = z.string();
const texts = z.array(text);
const whole = z.int();
/** `v{key version}_{keyed hash}`: no name can stand here. */
const pseudonym = z.string().check(z.regex(/^v\d+_[A-Za-z0-9_-]{43}$/));
const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** The account of a chain: a uid can be used again by another person. */
export type Erased = Of<typeof erased>;
const erased = lazily(() =>
  z.strictObject({
    at: whole,
    /** Whole seconds since the epoch; null if nobody knew it any more. */
    accountCreatedAt: z.nullable(whole),
  }),
);

/** The latest answer of a deciding person, by the time it happened. */
export type Answered = Of<typeof answered>;
const answered = lazily(() =>
  z.strictObject({
    granted: z.boolean(),
    at: whole,
    state: text,
    policyVersion: z.optional(text),
    /** An officer entered it, and nobody proved it. */
    entered: z.optional(z.literal(true)),
  }),
);

/** The answers to one purpose: enough to decide the next one without reading an entry. */
export type PurposeAnswers = Of<typeof standing>;
const standing = lazily(() =>
  z.strictObject({
    subject: z.optional(answered()),
    holder: z.optional(answered()),
    /** Agreements up to here no longer count: the person is asked again. */
    askedAgainAt: z.optional(whole),
    /** No entry says so: nothing stood that could have expired. */
    askedSilently: z.optional(z.boolean()),
    /** The objection that stands (Art. 21): the person has not said yes since. */
    objectedAt: z.optional(whole),
    /** The person's newest yes, if their latest answer is a no: it ends an objection from before. */
    agreedAt: z.optional(whole),
    /** The last document that was recorded, in the order in which the server wrote them. */
    written: z.optional(z.strictObject({ at: whole, granted: z.boolean(), policyVersion: z.optional(text) })),
    /** Document times that the reconciliation recorded: their events may still come. */
    reconciled: z.optional(z.array(whole)),
  }),
);

/** Holders decide with (`both`) or for (`holder`) a person; absent: the person alone. */
export type Protection = Of<typeof protection>;
const protection = lazily(() =>
  z.strictObject({
    mode: z.enum(['both', 'holder']),
    reason: z.enum(['age', 'guardianship']),
    since: whole,
    /** When it ends by itself: the age is reached. */
    until: z.optional(whole),
    /** Pseudonyms of the holders, and from when to when they may act. */
    holders: z.array(z.strictObject({ holder: text, from: whole, until: z.optional(whole) })),
  }),
);

/** A power to act for the person, with the holder's pseudonym (policy/powers.ts). */
export type HeldPower = Of<typeof power>;
const power = lazily(() =>
  z.strictObject({
    /** Absent if the holder has no account. */
    holder: z.optional(pseudonym),
    regime: z.enum(REGIMES),
    scope: z.array(z.enum(RIGHTS)),
    decides: z.enum(DECIDERS),
    from: whole,
    until: z.optional(whole),
  }),
);

/** How many entries of a kind a person has had recorded on a day (UTC). */
export type Budget = Of<typeof budget>;
const budget = lazily(() => z.strictObject({ day: text, counts: z.record(text, whole) }));

/**
 * Why a purpose goes on although the whole person is restricted (Art. 18(2)): the person agreed to
 * that; legal claims; the rights of others; an important public interest.
 */
export const exceptions = ['consent', 'claims', 'othersRights', 'publicInterest'] as const;
export type Exception = (typeof exceptions)[number];

/** One restriction (Art. 18): its scope, and its announced end. */
export type Restriction = Of<typeof restriction>;
const restriction = lazily(() =>
  z.strictObject({
    /** The purposes that it stops; absent: all of them. */
    purposes: z.optional(texts),
    /** Of one that stops all: the purposes that go on nevertheless, and why. */
    except: z.optional(z.record(text, z.enum(exceptions))),
    /** When it ends at the earliest, once the person was told (Art. 18(3)). */
    liftsAt: z.optional(whole),
    /** The erasure that brought it, and ends it. */
    job: z.optional(text),
  }),
);

/** One version of a legal hold, or of the restrictions of a person (Art. 18). */
export type Restraint = Of<typeof restraint>;
const restraint = lazily(() =>
  z.strictObject({
    kind: z.enum(['restrictions', 'legalHolds']),
    /** When this version was stated. */
    at: whole,
    /** When it ends, or ended; absent: not before somebody ends it. */
    until: z.optional(whole),
    /** The restrictions that run, each by its name; absent: a hold, or one of the whole person. */
    parts: z.optional(z.record(text, restriction())),
    /** Of a restriction that this version ends: when the person was told before (Art. 18(3)). */
    toldAt: z.optional(whole),
  }),
);

/** The same with its name (subject/statements.ts): no text of a client stands in the ledger. */
export type RestraintVersion = Of<typeof restraintVersion>;
const restraintVersion = lazily(() => z.extend(restraint(), { name: text }));

/**
 * The newest version of each legal hold and restriction on a person, also of those that are over.
 */
export type Restraints = Of<typeof restraints>;
const restraints = lazily(() =>
  z.strictObject({
    /** The newest of them all. */
    at: whole,
    /** The latest end of any; `NEVER` if one has none. */
    until: whole,
    /** Every name, sorted: a query finds the chain by one. */
    names: texts,
    of: z.record(text, restraint()),
  }),
);

/**
 * The terms under which a consent was asked (ISO/IEC TS 27560, consent record structure; W3C DPV
 * guide). They stand in the entry itself, so that a later change of the policy does not change an
 * old entry.
 */
export type ConsentTerms = Of<typeof consentTerms>;
const consentTerms = lazily(() =>
  z.strictObject({
    schemaVersion: z.optional(text),
    dataTypes: z.optional(texts),
    legalBasis: z.optional(text),
    controller: z.optional(text),
    recipients: z.optional(texts),
    /** ISO 3166-1 alpha-2 code of the law that applies. */
    jurisdiction: z.optional(text),
    /** ISO 3166-1 alpha-2 codes of the countries in which the data are processed. */
    storageLocation: z.optional(texts),
    /** Per record that this purpose uses: from when its period counts, and how long it is. */
    retention: z.optional(texts),
    withdrawalMethod: z.optional(text),
    /**
     * The version of the text that the person saw, as the app declared it; absent if the repository
     * has no text of it.
     */
    noticeVersion: z.optional(text),
    noticeLanguage: z.optional(text),
    /** SHA-256 of that text, hexadecimal. */
    noticeHash: z.optional(text),
    /** The app did not say in which language: the default text. */
    noticeAssumed: z.optional(z.boolean()),
  }),
);

/** An entry to be recorded, before it has its place in a chain. */
export type Draft = Of<typeof draft>;
const draft = lazily(() =>
  z.extend(consentTerms(), {
    /**
     * `effect`: an order to another company because of the answers, and its result. `protection`:
     * the protection of this person from now on. `statement`: a legal hold or a restriction
     * (Art. 18) was set, changed or ended.
     */
    kind: z.enum(['consent', 'devicePermission', 'request', 'erasure', 'access', 'effect', 'protection', 'statement']),
    state: text,
    purpose: z.optional(text),
    permission: z.optional(text),
    /** A keyed hash: no device id stands in the ledger. */
    device: z.optional(text),
    policyVersion: z.optional(text),
    source: z.optional(text),
    appVersion: z.optional(text),
    locale: z.optional(text),
    /** Names the fields above that the app declared: nobody else can vouch for them. */
    declared: z.optional(texts),
    /** The answer, if the state is `pending`: `given` or `reconfirmed`. */
    answer: z.optional(text),
    /**
     * The person, a holder of parental responsibility or guardian, this backend by a rule of the
     * policy, a server of the app, an officer.
     */
    actor: z.optional(z.enum(['subject', 'holder', 'backend', 'server', 'officer'])),
    /** Pseudonym of the officer who acted, if they said who they are (subject/officers.ts). */
    officer: z.optional(pseudonym),
    /** Pseudonym of the holder of parental responsibility, or guardian, if one acted. */
    holder: z.optional(text),
    /** Pseudonyms of the deciding holders from now on. */
    holders: z.optional(texts),
    /** All of it, if somebody decides with or for the person from now on. */
    protection: z.optional(protection()),
    /** All powers to act for the person from now on, also those that begin later. */
    powers: z.optional(z.array(power())),
    /** A legal hold or a restriction that was set or ended. */
    statement: z.optional(restraintVersion()),
    /**
     * Until when the hold or the restriction of this entry keeps data (`NEVER` without an end). It
     * goes when that is over, so it is part of the seal and not of the hash.
     */
    keepsUntil: z.optional(whole),
    /** Purposes to which an agreement from before the age of deciding alone counts no longer. */
    asked: z.optional(texts),
    /** Why the backend wrote it: `policyVersion`, `period`, `age`, `guardianship`. */
    reason: z.optional(text),
    /** Effects: the system, its permission now, and its answer. */
    system: z.optional(text),
    outcome: z.optional(text),
    occurredAt: whole,
    /** The function's clock: it is part of the hash. */
    recordedAt: whole,
    /**
     * Since when the state applies, if that is not when this happened (the second of two agreements
     * was already there).
     */
    effectiveAt: z.optional(whole),
    /** The document's time lay in the future and was taken as the server's. */
    clamped: z.optional(z.boolean()),
    /** Of an erasure: the creation time of the account, whole seconds; null if nobody knows it. */
    accountCreatedAt: z.optional(z.nullable(whole)),
    /** Its event was lost, and the decision was found by comparing the documents with the ledger. */
    reconciled: z.optional(z.boolean()),
  }),
);

/** The state of a head that goes along with the person to the next chain. */
export type Carried = Of<typeof carried>;
const carried = lazily(() =>
  z.strictObject({
    current: z.record(text, text),
    since: z.record(text, whole),
    consents: z.record(text, standing()),
    protection: z.optional(protection()),
    /** The powers to act for the person; absent: nobody has one. */
    powers: z.optional(z.array(power())),
    restraints: z.optional(restraints()),
    budget: z.optional(budget()),
    /** When the first of the consents that stand is to be asked again; absent if none stands. */
    askAgainAt: z.optional(whole),
    /** The texts that the consents were given to which stand or wait (`textName`); absent: none. */
    agreedTo: z.optional(texts),
  }),
);

/**
 * The end of the chain that another one continues: the same person under an older version of the
 * pseudonym key.
 */
const continued = lazily(() => z.strictObject({ chain: text, seq: whole, hash }));

export type Entry = Of<typeof entry>;
const entry = lazily(() =>
  z.extend(draft(), {
    /** The id of the event that it records, which makes it once. */
    id: text,
    /** The same, as a field of the record (ISO/IEC TS 27560: record id). */
    recordId: z.optional(text),
    /** The chain's name: the pseudonym of the person. */
    subject: z.optional(text),
    /**
     * First entry of a chain after a change of the pseudonym key: the chain with the person's
     * earlier history.
     */
    continues: z.optional(continued()),
    /** The state that goes along with the person then. */
    carries: z.optional(carried()),
    seq: whole.check(z.minimum(1)),
    previousHash: hash,
    hash,
  }),
);

/** The newest version of each statement about the person that the protection was derived from. */
export type StatedVersions = Of<typeof statedVersions>;
const statedVersions = lazily(() =>
  z.strictObject({
    /** The newest of them all. */
    at: whole,
    /** By the id of its document; that of a band of age is the person's uid, and stands as `age`. */
    of: z.record(text, whole),
  }),
);

/**
 * The current state of a person, so that one read decides: an event that comes late does not
 * overtake a later one. It mirrors the data that ages, budgets and account generations need.
 */
export type Head = Of<typeof head>;
const head = lazily(() =>
  z.extend(carried(), {
    seq: whole.check(z.minimum(0)),
    hash,
    /** When the last entry was written, by the function's clock. */
    changedAt: z.optional(whole),
    stated: z.optional(statedVersions()),
    continues: z.optional(z.extend(continued(), { at: whole })),
    /** The chain that goes on under a newer key: nothing is added to this one. */
    continuedBy: z.optional(text),
    /**
     * An erasure has begun: documents that it deletes are no withdrawals, and nothing new of this
     * account is accepted.
     */
    erasing: z.optional(erased()),
    /**
     * Ids of the entries that say that an erasure was given up: it does not begin, also if its job
     * is put back.
     */
    givenUp: z.optional(texts),
    /** The person was erased; the end of this chain. */
    closed: z.optional(erased()),
    /**
     * The account that uses the uid since: creation time in whole seconds. Its events belong to the
     * next chain.
     */
    successor: z.optional(whole),
  }),
);

/** True if every field is one that an entry has, of its type. Only an officer's entry names one. */
export const isEntry = (value: unknown): value is Entry => {
  const { success, data } = entry().safeParse(value);
  return success && (data.officer === undefined || data.actor === 'officer');
};

/** True if every field is one that a head has, of its type. */
export const isHead = (value: unknown): value is Head => head().safeParse(value).success;
