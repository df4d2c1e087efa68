import * as z from 'zod';
import { LANGUAGES } from '../texts/languages.ts';

export type { Text } from '../texts/languages.ts';

/**
 * The shape of a policy file: a company's promises about personal data, as data. Everything else is
 * derived from it: consent purposes, retention, the erasure cascade, exports, the register (Art.
 * 30), indexes, rules. `check.ts` checks references between the parts; this file only gives the
 * shape of each part. A policy is written as a plain constant of type `Policy` and is validated
 * when it is built, tested or checked. So no deployed function has to load the validator to read
 * it: the schema has no defaults and no transformations, input and output are the same.
 */

const id = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9-]*$/, 'an id is letters, digits and hyphens, and begins with a letter');

/** A language that the engine writes: a further one is a folder of texts (docs/languages.md). */
const language = z.enum(LANGUAGES);

/**
 * A text in the policy's languages. That it lacks none of them is checked in `checks/languages.ts`.
 */
const text = z
  .partialRecord(language, z.string().min(1))
  .refine((languages) => Object.keys(languages).length > 0, 'a text is in one language at least, such as { en }');

/** The origin of a value, so that an officer can tell a duty from a choice. */
const source = z.strictObject({
  kind: z.enum(['policyText', 'statute', 'cnil', 'provider', 'ownChoice']),
  /**
   * The section, article, recommendation or documentation page; for an own choice, the reason. In
   * each language if they differ.
   */
  reference: z.union([z.string().min(3), text]),
});
export type Source = z.infer<typeof source>;

/** An ISO 8601 period of calendar units, such as P13M, P2Y or P7D. */
const period = z
  .string()
  .regex(/^P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$/, 'a period is ISO 8601 in calendar units, such as P13M, P2Y or P7D');
export type Period = z.infer<typeof period>;

const legalBasis = z.enum([
  'consent',
  'contract',
  'legalObligation',
  'publicTask',
  'legitimateInterest',
  'vitalInterest',
]);
export type LegalBasis = z.infer<typeof legalBasis>;

/** Grounds of Art. 9(2) on which special categories may be processed. */
const specialCategoryGround = z.strictObject({
  article: z.enum([
    '9(2)(a)',
    '9(2)(b)',
    '9(2)(c)',
    '9(2)(d)',
    '9(2)(e)',
    '9(2)(f)',
    '9(2)(g)',
    '9(2)(h)',
    '9(2)(i)',
    '9(2)(j)',
  ]),
  text,
  source,
});

const dataType = z.strictObject({ name: text, source, specialCategory: z.boolean().optional() });

/**
 * Something that has to happen in another company's system when the answer to a consent changes.
 */
const effect = z.strictObject({
  system: id,
  /**
   * `contact`: the person may be in the system's address book; `messages`: the person may be
   * written to.
   */
  change: z.enum(['contact', 'messages']),
});

/** A group of people whose data are processed (Art. 30(1)(c)). */
const subjectCategory = z.strictObject({ name: text, source });

const purpose = z.strictObject({
  name: text,
  description: text,
  /** The data subjects: ids of `subjectCategories`. */
  subjects: z.array(id).min(1),
  legalBasis,
  /** True: the person is asked, and `users/{uid}/consents/{purpose}` holds the answer. */
  consent: z.boolean(),
  /**
   * Parts of a purpose on another basis that need a consent nevertheless (trackers: loi
   * Informatique et Libertés, art. 82).
   */
  consentFor: text.optional(),
  dataTypes: z.array(id).min(1),
  recipients: z.array(id),
  effects: z.array(effect).optional(),
  source,
});

const safeguard = z.enum([
  'adequacyDecision',
  'dataPrivacyFramework',
  'standardContractualClauses',
  'bindingCorporateRules',
]);

const recipient = z.strictObject({
  name: z.string().min(2),
  role: z.enum(['processor', 'jointController', 'controller']),
  /** ISO 3166-1 alpha-2 codes of the countries in which the recipient processes. */
  countries: z.array(z.string().regex(/^[A-Z]{2}$/)).min(1),
  safeguards: z.array(safeguard),
  /** `all`: every kind of data in the person's records. */
  dataTypes: z.union([z.literal('all'), z.array(id).min(1)]),
  purposes: z.array(id).min(1),
  /**
   * The interfaces that this backend has to it; or the officer's task if there is none, `within` so
   * long after the request.
   */
  reach: z.union([z.strictObject({ systems: z.array(id).min(1) }), z.strictObject({ manual: text, within: period })]),
  privacyPolicy: z.string().optional(),
  specialCategory: specialCategoryGround.optional(),
  source,
});

const devicePermission = z.strictObject({ name: text, description: text, dataType: id, source });

/** Why something is kept although its time has come. */
const ground = z.strictObject({
  article: z.string().min(3),
  text,
});
export type Ground = z.infer<typeof ground>;

const when = z.union([
  z.strictObject({ field: z.string().min(1), from: z.enum(['instant', 'financialYearEnd']).optional() }),
  z.strictObject({ event: z.enum(['accountDeleted', 'inactive', 'contractEnded']) }),
  z.strictObject({ withdrawn: id }),
]);
export type When = z.infer<typeof when>;

const then = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('delete') }),
  z.strictObject({ do: z.literal('anonymise'), fields: z.array(z.string().min(1)).min(1) }),
  z.strictObject({ do: z.literal('archive'), to: id }),
  z.strictObject({ do: z.literal('retain'), ground: ground }),
]);
export type Then = z.infer<typeof then>;

/**
 * One way in which a record can end: after `after`, counted from `when`, do `then`. `retain` reads:
 * until `after` has passed since `when`, the record is kept on that ground, although other rules
 * would end it.
 */
const fateRule = z.strictObject({ when, after: period, then, source });
export type FateRule = z.infer<typeof fateRule>;

/**
 * One of the people whom a row of several names by uid: in a field, or as one of a list. `wrote`:
 * fields with their own texts, which go when they are taken out of the row. `masked`: fields that
 * an export for another subject of the row leaves out (Art. 15(4)).
 */
const party = z.discriminatedUnion('as', [
  z.strictObject({
    as: z.literal('value'),
    field: z.string().min(1),
    wrote: z.array(z.string().min(1)).min(1).optional(),
    masked: z.array(z.string().min(1)).min(1).optional(),
  }),
  z.strictObject({ as: z.literal('array'), field: z.string().min(1) }),
]);
export type Party = z.infer<typeof party>;

/**
 * Says how the data subject of a row is known. Only identifiers that Auth verified or a server
 * wrote can find data (subject/prove.ts).
 */
const subjectOf = z.union([
  /** A variable of the path is the uid: `users/{uid}/…`. */
  z.strictObject({ pathVariable: z.string().min(1) }),
  /**
   * A field that a rule or a server guarantees holds the uid. `email`: a row without a uid belongs
   * to the person with the verified address in that field (a form that people without an account
   * fill in).
   */
  z.strictObject({ field: z.string().min(1), email: z.string().min(1).optional() }),
  /**
   * A row of several people, as a chat or a message is. The end of one of them takes that one out
   * of the row; the row ends with the last of them, or by time (parties.ts).
   */
  z.strictObject({ parties: z.array(party).min(1) }),
  /** The person's own id in another system, from the identity map. */
  z.strictObject({ handle: z.enum(['stripeCustomer', 'brevoContact', 'authUser']) }),
  /** A variable of the path is the pseudonym: the backend's own collections. */
  z.strictObject({ pseudonymVariable: z.string().min(1) }),
  /** A field that this backend wrote holds the pseudonym. */
  z.strictObject({ pseudonymField: z.string().min(1) }),
  /** Nobody by name: swept by time only. */
  z.strictObject({ none: text }),
]);

/** A field of a document, as rules can name it. */
const field = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'a field here is letters, digits and underscores, and begins with no digit');

const client = z.strictObject({
  owner: z.array(z.enum(['read', 'create', 'update', 'delete'])).min(1),
  /** A field that holds a time in every written document. */
  timestamp: field.optional(),
  /** Fields that hold a text of at most so many characters, if they are there. */
  texts: z.record(field, z.int().min(1).max(100_000)).optional(),
  /** Fields that only servers write. */
  servers: z.array(field).min(1).optional(),
});

const record = z.strictObject({
  name: text,
  system: id,
  /**
   * Firestore: the collection path with variables, `users/{uid}/sessions/{id}`. Storage: a prefix,
   * `users/{uid}/**`. Elsewhere the resource, `customers/{id}`.
   */
  path: z.string().min(1),
  /** Absent: the app's own. */
  database: z.enum(['(default)', 'compliance']).optional(),
  /** Storage: which of the buckets; absent: the app's own. */
  bucket: z.enum(['exports', 'evidence']).optional(),
  subject: subjectOf,
  /**
   * A field in which a server keeps the person's id in another system. Never one that the person
   * can write.
   */
  identifies: z
    .strictObject({ handle: z.enum(['stripeCustomer', 'brevoContact']), field: z.string().min(1) })
    .optional(),
  /**
   * Rights of the person's own client on their rows, which the security rules then grant; absent:
   * none. Only in the app's own database.
   */
  client: client.optional(),
  /** The field whose time gives the age of a row; null if the system keeps none. */
  timestamp: z.string().min(1).nullable(),
  purposes: z.array(id).min(1),
  dataTypes: z.array(id).min(1),
  specialCategory: specialCategoryGround.optional(),
  /** Art. 20(1): did the person provide it, actively or by using the app? */
  provided: z.boolean(),
  /**
   * Fields in which a row of somebody else, or of nobody, may name a person by uid. An erasure
   * takes the uid out and leaves the row (`value`: the field goes; `array`: the uid leaves the
   * list; `key`: the uid leaves the keys of the map).
   */
  mentions: z.array(z.strictObject({ field: z.string().min(1), as: z.enum(['value', 'array', 'key']) })).optional(),
  /**
   * True if documents of other records lie below. Documents that no record declares end with their
   * row in any case.
   */
  subcollections: z.boolean().optional(),
  /**
   * The record of the document above: its rows end with that document, before it and all at once,
   * and never by a time of their own.
   */
  endsWith: id.optional(),
  /**
   * Files of the app's bucket that belong to a row and are deleted with it, before it. Either a
   * field of the row names them (one name, or a list), or they lie under a prefix that the row's
   * path fills (`users/{uid}/activity/{id}/`). Only files under the person's own prefix.
   */
  files: z
    .array(z.union([z.strictObject({ field: z.string().min(1) }), z.strictObject({ prefix: z.string().min(1) })]))
    .min(1)
    .optional(),
  /**
   * No cut-off finds rows without a usable time in the field that a rule counts from (none, no
   * timestamp, one in the future). Absent: they are counted and reported. `scan`: so many rows a
   * run are looked at one by one, and a missing time is replaced by the creation of the document.
   */
  undated: z.strictObject({ scan: z.int().min(1).max(100_000) }).optional(),
  fate: z.array(fateRule).min(1),
  /**
   * The exports that have it. `leaveOut`: fields that hold other people's personal data, which an
   * export leaves out (Art. 15(4), 20(4)); uids of others in the fields of `mentions` are masked.
   */
  export: z.strictObject({
    access: z.boolean(),
    portability: z.boolean(),
    leaveOut: z.array(z.string().min(1)).min(1).optional(),
  }),
  source,
});

/** As many as `number`, or as the `share` of the established accounts, whichever is more. */
const limit = z.strictObject({ number: z.int().min(1), share: z.number().min(0).max(1) });

/**
 * More erasures than this that the person did not ask for are held until an officer releases them:
 * a migration must not destroy production. Accounts younger than `young` are counted apart, so that
 * throwaway accounts hold up nobody else.
 */
const erasureBreaker = z.strictObject({
  hour: limit,
  day: limit,
  young: period,
  /**
   * A request of the person's own within this period is one: their erasure is neither counted nor
   * held.
   */
  ownRequest: period,
  source,
});

/**
 * A host's name in lower-case letters, with a dot, and no address: its last label begins with a
 * letter.
 */
const host = z
  .string()
  .max(253)
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/);

/**
 * The controller's decisions about rights requests (Art. 12 to 22) and accounts that nobody uses.
 */
const rights = z.strictObject({
  answerWithin: z.strictObject({ period, source }),
  erasureGrace: z.strictObject({ period, source }),
  accountDeletionGrace: z.strictObject({ period, source }),
  /**
   * So long after the sign-in ended, an erasure looks everywhere once more: servers of other
   * companies write late.
   */
  thirdLook: z.strictObject({ period, source }),
  erasureBreaker,
  /**
   * So long before it is due, a request or an erasure that is not finished is reported each day.
   */
  escalateBefore: z.strictObject({ period, source }),
  reconsentAfter: z.strictObject({ period, source }),
  exportsKept: z.strictObject({ period, source }),
  /**
   * An account without activity for `period` gets a notice, and after `notice` more is erased;
   * absent: accounts do not end by inactivity. Signing in and using a session are signs of
   * activity; so is the newest row of each of the records in `signs`, by its timestamp.
   */
  inactivity: z.strictObject({ period, notice: period, signs: z.array(id).optional(), source }).optional(),
  /**
   * The information about automated decisions (Art. 15(1)(h), 22): that there are none, or their
   * logic and consequences.
   */
  automatedDecisions: z.strictObject({ text, source }),
  /**
   * Other controllers to whom an export is sent if the person asks for it (Art. 20(2)): names of
   * hosts, each exactly as its addresses have it. Absent or empty: people download their export and
   * carry it there.
   */
  transmission: z.strictObject({ hosts: z.array(host), source }).optional(),
});

/**
 * The record that tells the end of a person's contract. It has a row for each contract, in which
 * servers write when it ended. The contract of a person has ended when each of their rows says so;
 * the last of these times counts.
 */
const contract = z.strictObject({ record: id, ended: z.string().min(1), source });

/** How the nightly retention works through a backlog. */
const retention = z.strictObject({
  /**
   * A record with many rows that are over is ended in at most so many windows of time, side by
   * side.
   */
  windows: z.int().min(1).max(64),
});

export const policySchema = z.strictObject({
  /** The date of the text, which consents name as their `policyVersion`. */
  version: z.iso.date(),
  controller: z.strictObject({
    name: z.string().min(1),
    address: z.string().min(1),
    country: z.string().regex(/^[A-Z]{2}$/),
    email: z.email(),
    dataProtectionOfficer: z.email().optional(),
    /** The place for complaints: its page, and the postal address. */
    supervisoryAuthority: z.strictObject({
      name: z.string().min(1),
      url: z.url(),
      address: z.string().min(1).optional(),
    }),
    /** IANA zone in which calendar days of this policy are counted. */
    timeZone: z.string().min(1),
    /** Last day of the financial year, as --MM-DD. */
    financialYearEnd: z.string().regex(/^--\d{2}-\d{2}$/),
    source,
  }),
  /** Age under which a holder of parental responsibility consents as well (Art. 8). */
  ageOfConsent: z.strictObject({ years: z.int().min(13).max(16), source }),
  subjectCategories: z.record(id, subjectCategory),
  dataTypes: z.record(id, dataType),
  purposes: z.record(id, purpose),
  recipients: z.record(id, recipient),
  devicePermissions: z.record(id, devicePermission),
  records: z.record(id, record),
  rights,
  contract: contract.optional(),
  retention,
  /** Copies in which ended data last for a while, so that no certificate says more than is true. */
  remains: z.record(
    id,
    z.strictObject({
      name: text,
      /**
       * How long at most; with `setting`, the documented default that counts if the setting cannot
       * be read.
       */
      within: period,
      /**
       * The setting with the real period: the soft delete of the buckets in which files are ended.
       */
      setting: z.literal('bucketSoftDelete').optional(),
      source,
    }),
  ),
  /** Technical and organisational measures (Art. 32), for the register. */
  securityMeasures: z.array(text).min(1),
  /**
   * The exact texts with which people are asked for a consent, by version of the policy and
   * purpose, of every version that was ever shown. A consent is proven with the text that the
   * person saw (Art. 4(11), 7(1)). A published text never changes: docs/notices.lock.json.
   */
  notices: z.record(z.iso.date(), z.record(id, text)),
  /**
   * The languages of this policy, the main one first. Each text of the policy is there in each of
   * them. A person who reads none of them is written to in the main one, and the app shows them the
   * notices in it.
   */
  languages: z.tuple([language], language),
});

export type Policy = z.infer<typeof policySchema>;
export type PurposeId = string;
export type RecipientId = string;
export type RecordId = string;
export type DataTypeId = string;
export type DevicePermissionId = string;
export type Purpose = Policy['purposes'][string];
export type Recipient = Policy['recipients'][string];
export type PolicyRecord = Policy['records'][string];
export type SubjectOf = z.infer<typeof subjectOf>;
export type Effect = z.infer<typeof effect>;
