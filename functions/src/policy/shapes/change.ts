import * as z from 'zod';
import { id, text } from './basics.ts';

/** The shape of a change: how a version of the policy differs from the one before it. */

/**
 * `purposes`: a purpose is new or gone, or its basis, data, recipients, periods or the part that
 * needs a consent are others. `information`: another fact that people are told. `wording`: no fact,
 * only words.
 */
const kind = z.enum(['wording', 'information', 'purposes']);
export type ChangeKind = z.infer<typeof kind>;

/** The facts of a purpose that people are told (versions/facts.ts). */
export const purposeFacts = z.strictObject({
  basis: z.string().min(1),
  /** True if people are asked. */
  consent: z.boolean(),
  /** Their yes is explicit (Art. 9(2)(a)). A yes to a text that did not ask so is none. */
  explicit: z.literal(true).optional(),
  /** Their account ends with the consent. */
  endsAccount: z.literal(true).optional(),
  /** The part of it that needs a consent, in the policy's main language; absent: all, or none. */
  consentFor: z.string().min(1).optional(),
  dataTypes: z.array(id),
  recipients: z.array(id),
  /** The ends of each record that it uses: `usageEvents: createdAt+P13M delete`. */
  periods: z.array(z.string().min(1)),
});
export type PurposeFacts = z.infer<typeof purposeFacts>;

export const change = z.strictObject({
  /**
   * The day from which people are told of it, before its version takes effect (Art. 13(3), 14(4)).
   * Absent: a draft, of which nobody is told, and which never takes effect.
   */
  announced: z.iso.date().optional(),
  /** As `compliance policy diff` computes it; the check refuses any other. */
  kind,
  /**
   * The consents that end with it, as computed: their purpose has other facts now, and they are
   * asked again; or it is gone. Each with the facts that people agreed to until then: an answer to
   * the older text is recorded with them.
   */
  endsConsents: z.record(id, purposeFacts),
  /**
   * The countries of recipients as the older text named them, if they are others now, as computed:
   * an answer to that text is recorded with them. Absent: no country changed.
   */
  formerCountries: z.record(id, z.array(z.string().regex(/^[A-Z]{2}$/))).optional(),
  /** The change, in easy words. */
  text,
});
export type VersionChange = z.infer<typeof change>;
