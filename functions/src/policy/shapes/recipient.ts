import * as z from 'zod';
import { id, period, source, specialCategoryGround, text } from './basics.ts';
import { personValue } from './mirror.ts';

/** The shape of a recipient: its role, its countries, and how long it keeps data. */

const safeguard = z.enum([
  'adequacyDecision',
  'dataPrivacyFramework',
  'standardContractualClauses',
  'bindingCorporateRules',
]);

/** The identifiers of a person that a recipient can know, beside an id of its own. */
export const IDENTIFIERS = ['uid', 'email', 'phone', 'installation'] as const;

/**
 * How long a recipient keeps data, at most (Art. 30(1)(f)). `receipt`: so long after it got them.
 * `deletion`: as long as the records here, and so long in its own copies after they ended. `asked`:
 * until it is asked to delete, and so long after that. Nobody asks when a row ends by its period.
 * `orLonger`: its source names no longest time, and the period is the shortest.
 */
const kept = z.strictObject({
  period,
  from: z.enum(['receipt', 'deletion', 'asked']),
  orLonger: z.literal(true).optional(),
  /** Of `deletion` without an interface: why its rows end with those that end here by a period. */
  followsPeriods: source.optional(),
  source,
});
export type KeptByRecipient = z.infer<typeof kept>;

export const recipient = z.strictObject({
  name: z.string().min(2),
  role: z.enum(['processor', 'jointController', 'controller']),
  /** Processing that it decides on by itself beside its role, as a controller (Art. 28(10)). */
  controllerFor: z.strictObject({ text, source }).optional(),
  /** ISO 3166-1 alpha-2 codes of the countries in which the recipient processes. */
  countries: z.array(z.string().regex(/^[A-Z]{2}$/)).min(1),
  safeguards: z.array(safeguard),
  /** The source of `countries` and `safeguards`. */
  countriesSource: source,
  kept,
  /** `all`: every kind of data in the person's records. */
  dataTypes: z.union([z.literal('all'), z.array(id).min(1)]),
  purposes: z.array(id).min(1),
  /**
   * The interfaces that this backend has to it; or the officer's task if there is none, `within` so
   * long after the request.
   */
  reach: z.union([
    z.strictObject({ systems: z.array(id).min(1) }),
    z.strictObject({
      manual: text,
      within: period,
      /**
       * It deletes by itself at most so long after the request, and cannot before: an erasure says
       * the date, and no officer asks.
       */
      expires: period.optional(),
    }),
  ]),
  /**
   * By what a recipient without an interface knows people: an officer's sheet says no more. Its own
   * id (`identifies` of a record) comes alone if one is known. Absent: by e-mail addresses.
   */
  knownBy: z.array(z.string().min(1)).min(1).optional(),
  /**
   * Values of the person that a recipient without an interface has as well: an officer tells it of
   * a correction (Art. 19). `after`: of each change, or only of a request that was granted. One
   * with an interface says so in its records.
   */
  mirrors: z.strictObject({ values: z.array(personValue).min(1), after: z.enum(['change', 'request']) }).optional(),
  /**
   * Of a recipient that is told of no correction, though it is given data of the profile: why that
   * is impossible, or a disproportionate effort (Art. 19).
   */
  notMirrored: source.optional(),
  privacyPolicy: z.string().optional(),
  specialCategory: specialCategoryGround.optional(),
  source,
});

/**
 * Recipients by category, without a company's name (Art. 30(1)(d)): the teams inside, couriers,
 * agencies. No erasure asks them: a company that keeps data of its own is a recipient by name.
 */
export const recipientCategory = z.strictObject({
  name: text,
  /** True: people of the controller itself. */
  inside: z.boolean(),
  purposes: z.array(id).min(1),
  kept,
  source,
});
