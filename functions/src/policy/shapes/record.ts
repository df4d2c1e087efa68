import * as z from 'zod';
import { id, period, source, specialCategoryGround, text } from './basics.ts';
import { personValue } from './mirror.ts';

/** The shape of a record: the place of its rows, their people, and their end. */

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
export const field = z
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
  /**
   * True: rules take a row only while one of the record's purposes is open. Such a purpose needs no
   * consent, or its consent stands, and the person neither restricts it (Art. 18) nor objects to it
   * (Art. 21). The id of one of them, which needs a consent: only while this consent stands, from
   * the day of the first version that asks for it. Each write reads one document more.
   */
  enforce: z.union([z.literal(true), id]).optional(),
});

export const record = z.strictObject({
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
   * A field in which a server keeps the person's id in another system. The systems of this backend
   * have `stripeCustomer` and `brevoContact`. A recipient that an officer asks has a name of the
   * policy's own (`knownBy`). Never a field that the person can write.
   */
  identifies: z.strictObject({ handle: id, field: z.string().min(1) }).optional(),
  /**
   * Values of the person that a row has as well, by the system's own name of each: a correction is
   * carried there (Art. 16, 19). Only for systems that know how.
   */
  mirrors: z.record(z.string().min(1), personValue).optional(),
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
    /** Texts and files of the person's own: no holder gets them against the person's word. */
    ownWords: z.literal(true).optional(),
    /**
     * Rows hold words of others, whose they are in easy words: an officer looks at them before the
     * person gets them (Art. 15(4), 20(4)). Rows that the person wrote for certain go out at once
     * (parties.ts).
     */
    look: text.optional(),
  }),
  source,
});
export type SubjectOf = z.infer<typeof subjectOf>;
