import * as z from 'zod';
import { LANGUAGES } from '../../texts/languages.ts';

/** The smallest shapes of a policy file, which all others use. */

export const id = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9-]*$/, 'an id is letters, digits and hyphens, and begins with a letter');

/** A language that the engine writes: a further one is a folder of texts (docs/languages.md). */
export const language = z.enum(LANGUAGES);

/**
 * A text in the policy's languages. That it lacks none of them is checked in `checks/languages.ts`.
 */
export const text = z
  .partialRecord(language, z.string().min(1))
  .refine((languages) => Object.keys(languages).length > 0, 'a text is in one language at least, such as { en }');

/** The origin of a value, so that an officer can tell a duty from a choice. */
export const source = z.strictObject({
  kind: z.enum(['policyText', 'statute', 'cnil', 'provider', 'ownChoice']),
  /**
   * The section, article, recommendation or documentation page; for an own choice, the reason. In
   * each language if they differ.
   */
  reference: z.union([z.string().min(3), text]),
  /** The day on which it was read: providers change their pages. */
  read: z.iso.date().optional(),
  /** The value is a statement of the controller, and nobody there has confirmed it yet. */
  toBeConfirmed: z.literal(true).optional(),
});
export type Source = z.infer<typeof source>;

/** An ISO 8601 period of calendar units, such as P13M, P2Y or P7D. */
export const period = z
  .string()
  .regex(/^P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$/, 'a period is ISO 8601 in calendar units, such as P13M, P2Y or P7D');
export type Period = z.infer<typeof period>;

/** Grounds of Art. 9(2) on which special categories may be processed. */
export const specialCategoryGround = z.strictObject({
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
  /** Of 9(2)(a): the explicit consents that it rests on, by purpose. */
  consents: z.array(id).min(1).optional(),
  /** Of 9(2)(a): how it is asked for, if another system or a form on paper does. */
  askedElsewhere: text.optional(),
  text,
  source,
});
