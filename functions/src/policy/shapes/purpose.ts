import * as z from 'zod';
import { id, source, text } from './basics.ts';

/** The shape of a purpose: its basis, its consent, and the data that people give for it. */

const legalBasis = z.enum([
  'consent',
  'contract',
  'legalObligation',
  'publicTask',
  'legitimateInterest',
  'vitalInterest',
]);
export type LegalBasis = z.infer<typeof legalBasis>;

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
  /**
   * A version: only answers to texts before it allow this. The change of an answer is carried there
   * all the same, so that what an older text allowed ends with it.
   */
  before: z.iso.date().optional(),
});
export type Effect = z.infer<typeof effect>;

/** Says if a person has to give the data of a purpose (Art. 13(2)(e)). */
const provision = z.strictObject({
  /**
   * A contract or a law asks for them; or the person's own request cannot be answered without them;
   * or the person is free. `collected`: nothing is asked, and nobody can leave them out, such as
   * the log of a server, or data that were given for something else.
   */
  required: z.enum(['contract', 'law', 'request', 'no', 'collected']),
  /** Data types that the person may leave out although the others are required. */
  optional: z.array(id).min(1).optional(),
  /** The consequence of leaving data out. */
  without: text,
  source,
});
export type Provision = z.infer<typeof provision>;

export const purpose = z.strictObject({
  name: text,
  description: text,
  /** The data subjects: ids of `subjectCategories`. */
  subjects: z.array(id).min(1),
  legalBasis,
  /** The interest or the task behind a basis that people can object to (Art. 13(1)(d), 21(1)). */
  interest: text.optional(),
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
  /**
   * The consent that people give to it is explicit (Art. 9(2)(a)): its data can reveal health or
   * another special category, and its text says so.
   */
  explicit: z.literal(true).optional(),
  /**
   * The service as a whole rests on this consent. Taken back, the use of the data stops at once.
   * The account ends after the grace of an erasure, unless it is given again.
   */
  endsAccount: z.strictObject({ source }).optional(),
  /** It is direct marketing of which this backend carries none, such as advertising in an app. */
  advertises: z.literal(true).optional(),
  /** The direct marketing that its profiling serves (Art. 21(2)): ids of such purposes. */
  profilingFor: z.array(id).min(1).optional(),
  provision,
  /** Why its trackers need no consent, if nobody is asked: the person's own request needs them. */
  trackersWithoutConsent: z.strictObject({ text, source }).optional(),
  source,
});
