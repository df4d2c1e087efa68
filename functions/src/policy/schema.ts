import * as z from 'zod';
import { id, language, period, source, text } from './shapes/basics.ts';
import { change } from './shapes/change.ts';
import { personValue } from './shapes/mirror.ts';
import { powers } from './shapes/powers.ts';
import { purpose } from './shapes/purpose.ts';
import { recipient, recipientCategory } from './shapes/recipient.ts';
import { field, record } from './shapes/record.ts';

export type { Text } from '../texts/languages.ts';
export type { Period, Source } from './shapes/basics.ts';
export type { ChangeKind, PurposeFacts, VersionChange } from './shapes/change.ts';
export type { PersonValue } from './shapes/mirror.ts';
export type { Effect, LegalBasis, Provision } from './shapes/purpose.ts';
export { IDENTIFIERS, type KeptByRecipient } from './shapes/recipient.ts';
export type { FateRule, Ground, Party, SubjectOf, Then, When } from './shapes/record.ts';

/**
 * The shape of a policy file: a company's promises about personal data, as data. Everything else is
 * derived from it: consent purposes, retention, the erasure cascade, exports, the register (Art.
 * 30), indexes, rules. `check.ts` checks references between the parts; this file only gives the
 * shape of each part. A policy is written as a plain constant of type `Policy` and is validated
 * when it is built, tested or checked. So no deployed function has to load the validator to read
 * it: the schema has no defaults and no transformations, input and output are the same.
 */

const dataType = z.strictObject({
  name: text,
  source,
  specialCategory: z.boolean().optional(),
  /**
   * It is stored or read on the person's device, or when they open an e-mail. Under this law a
   * consent comes first, unless the person's own request needs it (2002/58/EC, Art. 5(3)).
   */
  tracker: source.optional(),
});

/** A group of people whose data are processed (Art. 30(1)(c)). */
const subjectCategory = z.strictObject({ name: text, source });

const devicePermission = z.strictObject({ name: text, description: text, dataType: id, source });

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
  /**
   * Art. 12(3). `extension`: so much longer at most, for a complex request or for many; absent: no
   * request is answered later.
   */
  answerWithin: z.strictObject({ period, source, extension: z.strictObject({ period, source }).optional() }),
  erasureGrace: z.strictObject({ period, source }),
  accountDeletionGrace: z.strictObject({ period, source }),
  /**
   * The time from the end of the sign-in to an erasure's last look everywhere: servers of other
   * companies write late.
   */
  thirdLook: z.strictObject({ period, source }),
  erasureBreaker,
  /**
   * The time before it is due in which an unfinished request or erasure is reported each day.
   */
  escalateBefore: z.strictObject({ period, source }),
  reconsentAfter: z.strictObject({ period, source }),
  exportsKept: z.strictObject({ period, source }),
  /**
   * The controller promises more than Art. 21(1): people may object to every purpose that does not
   * rest on their consent. Absent: to a legitimate interest or a public task, as the law says.
   */
  objectionToEveryBasis: z.strictObject({ source }).optional(),
  /** The time from the notice to the person to the end of a restriction (Art. 18(3)). */
  restrictionLift: z.strictObject({ notice: period, source }),
  /**
   * The time from the making of an officer's task to the end of its sheet and of the wait for it.
   * The sheet is all that still names a person who was erased.
   */
  officerSheetsKept: z.strictObject({ period, source }),
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
  /**
   * The field of people's profiles that holds their country (ISO 3166-1 alpha-2). It decides about
   * the authority for complaints (Art. 77) if neither the request nor the officer names a country.
   * Absent: then the controller's own authority.
   */
  countryField: z.strictObject({ record: id, field, source }).optional(),
});

/**
 * The record with a row for each contract of a person. In Firestore servers write into the field
 * `ended` when it ended. The contract of a person has ended when each of their rows says so; the
 * last of these times counts. At another company, such as the subscriptions at Stripe, its system
 * tells. A contract that runs is a sign of activity.
 */
const contract = z.strictObject({ record: id, ended: z.string().min(1).optional(), source });

/**
 * The record with one document a person whose corrections are carried to recipients (`mirrors`).
 * Absent: only the verified address is. `values`: the value of the person that each data type
 * means, so that no recipient of the type is forgotten.
 */
const profile = z.strictObject({ record: id, values: z.record(id, personValue), source });

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
  recipientCategories: z.record(id, recipientCategory),
  devicePermissions: z.record(id, devicePermission),
  records: z.record(id, record),
  rights,
  /** The powers by which people act for others; absent: nobody does. */
  powers: powers.optional(),
  profile: profile.optional(),
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
  /** Technical and organisational measures (Art. 32), for the register and an access. */
  securityMeasures: z.array(text).min(1),
  /**
   * The exact texts with which people are asked for a consent, by version of the policy and
   * purpose, of every version that was ever shown. A consent is proven with the text that the
   * person saw (Art. 4(11), 7(1)). A published text never changes: docs/notices.lock.json.
   */
  notices: z.record(z.iso.date(), z.record(id, text)),
  /**
   * How each version differs from the one before it, by version; absent for the first one. It has
   * what people are told (Art. 13(3)), and what `compliance policy diff` computes.
   */
  changes: z.record(z.iso.date(), change).optional(),
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
export type RecipientCategory = Policy['recipientCategories'][string];
export type PolicyRecord = Policy['records'][string];
