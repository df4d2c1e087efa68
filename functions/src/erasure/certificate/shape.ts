import * as z from 'zod/mini';
import { lazily } from '../../platform/shapes.ts';
import { RANK } from './state.ts';

/**
 * The shape of a certificate of erasure, version 1. Only fields named here may be in one:
 * docs/certificates.md says the meaning of each.
 */

export const CERTIFICATE_FORMAT = 'amikeo-compliance/erasure-certificate';
export const CERTIFICATE_VERSION = 1;

/** A text by its languages, whichever they are: the policy's when it was signed. */
const text = z
  .record(z.string().check(z.regex(/^[a-z]{2,3}$/)), z.string().check(z.minLength(1)))
  .check(z.refine((languages) => Object.keys(languages).length > 0));
const some = z.string().check(z.minLength(1));
const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const count = z.int().check(z.minimum(0));

/** ISO 8601, UTC, milliseconds: the one way in which `Date` prints it. */
const moment = z
  .string()
  .check(z.refine((value) => !Number.isNaN(Date.parse(value)) && new Date(Date.parse(value)).toISOString() === value));

/** One text for the same bytes: base64 has bits that no decoder looks at. */
const base64 = some.check(z.refine((value) => Buffer.from(value, 'base64').toString('base64') === value));

/** The end of an officer's task. Their own words are not in a certificate. */
const officersWord = lazily(() =>
  z.strictObject({
    /** The officer's pseudonym; `officer` if none was named, `backend` if the time was over. */
    by: some,
    on: moment,
    /** SHA-256 of a file that the officer keeps. */
    proof: z.optional(hash),
  }),
);

const outcome = lazily(() =>
  z.discriminatedUnion('outcome', [
    z.strictObject({
      outcome: z.literal('done'),
      count,
      how: z.optional(z.enum(['deleted', 'anonymised', 'archived', 'changed', 'objected', 'confirmed'])),
      /** `confirmed`: an officer noted the answer of the other side. */
      officer: z.optional(officersWord()),
      at: moment,
    }),
    z.strictObject({ outcome: z.literal('submitted'), count, providerId: z.string(), finishBy: moment, at: moment }),
    z.strictObject({ outcome: z.literal('manual'), count, what: text, by: moment, at: moment }),
    z.strictObject({
      outcome: z.literal('retained'),
      count,
      ground: z.strictObject({ article: some, text }),
      until: z.nullable(moment),
      held: z.optional(z.literal(true)),
      ids: z.optional(z.array(some)),
      at: moment,
    }),
    z.strictObject({
      outcome: z.enum(['unconfirmed', 'refused', 'impossible', 'disproportionate']),
      ...{ count, what: text, officer: officersWord(), at: moment },
    }),
    z.strictObject({ outcome: z.literal('expiring'), count, what: text, until: moment, at: moment }),
    z.strictObject({ outcome: z.literal('pending'), count: z.literal(0) }),
    z.strictObject({ outcome: z.literal('unknown'), count: z.literal(0) }),
  ]),
);

const state = lazily(() => z.enum(RANK));

const record = lazily(() =>
  z.strictObject({
    record: some,
    name: text,
    system: z.strictObject({ id: some, name: some }),
    place: some,
    /** The other companies that hold it. */
    recipients: z.array(z.strictObject({ recipient: some, name: some })),
    asked: text,
    state: state(),
    outcomes: z.array(outcome()).check(z.minLength(1)),
  }),
);

const recipient = lazily(() =>
  z.strictObject({
    recipient: some,
    name: some,
    role: some,
    countries: z.array(z.string().check(z.regex(/^[A-Z]{2}$/))),
    by: z.enum(['interface', 'officer']),
    /** When this backend's interface had told it; null if an officer has to. */
    notified: z.nullable(moment),
    state: state(),
    /** By an interface: the records with its own outcomes. */
    records: z.array(some),
    outcomes: z.array(outcome()),
  }),
);

export const certificateShape = lazily(() =>
  z.strictObject({
    format: z.literal(CERTIFICATE_FORMAT),
    version: z.literal(CERTIFICATE_VERSION),
    id: some,
    number: z.int().check(z.minimum(1)),
    interim: z.boolean(),
    supersedes: z.nullable(hash),
    statement: text,
    controller: z.strictObject({
      name: some,
      address: some,
      country: some,
      email: some,
      dataProtectionOfficer: z.nullable(some),
      supervisoryAuthority: z.strictObject({ name: some, url: some }),
      timeZone: some,
    }),
    policyVersion: z.iso.date(),
    pseudonym: some,
    startedBy: z.enum(['accountDeleted', 'request', 'missingAccount', 'officer', 'inactivity', 'withdrawal']),
    /** Pseudonym of the officer who began it; absent: none did, or they were not named. */
    officer: z.optional(z.string().check(z.regex(/^v\d+_[A-Za-z0-9_-]{43}$/))),
    times: z.strictObject({
      asked: moment,
      began: moment,
      accountEnded: moment,
      readBack: moment,
      secondLook: moment,
      thirdLook: moment,
      completed: z.nullable(moment),
      issued: moment,
    }),
    records: z.array(record()),
    recipients: z.array(recipient()),
    /**
     * `basis`: the setting was read when it was issued; it could not be read, and the declared time
     * stands; or there is none to read.
     */
    remains: z.array(
      z.strictObject({
        ...{ id: some, name: text, within: some, until: moment },
        basis: z.enum(['setting', 'notRead', 'declared']),
      }),
    ),
    kept: z.array(z.strictObject({ record: some, name: text, rule: text })),
    ledger: z.nullable(z.strictObject({ chain: some, seq: count, hash })),
    /** SHA-256 of the canonical JSON of everything but `hash` and `signature`. */
    hash,
    keyId: some,
    publicKey: base64,
    /** Ed25519 over the canonical JSON of everything but `signature`. */
    signature: base64,
  }),
);

export type Certificate = z.infer<ReturnType<typeof certificateShape>>;
export type CertificateRecord = Certificate['records'][number];
export type CertificateRecipient = Certificate['recipients'][number];
export type CertificateOutcome = CertificateRecord['outcomes'][number];
