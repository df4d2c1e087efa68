import type Stripe from 'stripe';
import { z } from 'zod';
import type { Form } from '../form.ts';
import { StripeFailure } from './errors.ts';

/**
 * Only names that the SDK's own parameter type has: `z.strictObject({ … } satisfies
 * Shape<Stripe.CustomerCreateParams>)`.
 */
export type Shape<P> = { [K in keyof P]?: z.ZodType };

export const text = z.string();
export const integer = z
  .string()
  .regex(/^-?\d+$/, 'Invalid integer')
  .transform(Number);
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/**
 * `''` unsets (https://docs.stripe.com/api/metadata: "To remove all keys, post an empty value").
 */
export const emptyable = <T extends z.ZodType>(type: T) => z.union([z.literal(''), type]);

/** A list arrives as the hash of its indexes. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (typeof value === 'object' && value !== null ? Object.values(value) : value), z.array(item));

/**
 * https://docs.stripe.com/api/metadata: 50 keys, names up to 40, values up to 500 characters, no
 * square brackets.
 */
export const metadata = emptyable(
  z
    .record(z.string().max(40), z.string().max(500))
    .refine((hash) => Object.keys(hash).length <= 50, 'You can have up to 50 keys'),
);

export const expand = listOf(text).optional();
export const address = z.strictObject({
  city: text.optional(),
  country: text.optional(),
  line1: text.optional(),
  line2: text.optional(),
  postal_code: text.optional(),
  state: text.optional(),
});

/** `created: 5` or `created: { gte: 5, lt: 9 }`. */
export const range = z.union([
  integer,
  z.strictObject({
    gt: integer.optional(),
    gte: integer.optional(),
    lt: integer.optional(),
    lte: integer.optional(),
  }),
]);

/** https://docs.stripe.com/api/pagination: "limit … between 1 and 100, and the default is 10". */
export const paging = {
  limit: integer.pipe(z.number().min(1).max(100)).default(10),
  starting_after: text.optional(),
  ending_before: text.optional(),
  expand,
};
export type Paging = { limit: number; starting_after?: string | undefined; ending_before?: string | undefined };

/**
 * Reads the parameters of a call, or fails in Stripe's words (https://docs.stripe.com/error-codes,
 * `parameter_*`).
 */
export function readParams<S extends z.ZodObject>(schema: S, form: Form): z.infer<S> {
  const result = schema.safeParse(form);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (!issue) throw new Error('zod failed without an issue');
  throw explain(issue, form, Object.keys(schema.shape));
}

function explain(issue: z.core.$ZodIssue, form: Form, known: string[]): StripeFailure {
  const fail = (code: string, message: string, param: string) =>
    new StripeFailure(400, 'invalid_request_error', message, { code, param, validation: true });
  const name = paramName(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => paramName([...issue.path, key]));
    const plural = names.length > 1 ? 's' : '';
    const hint = issue.path.length === 0 ? ` (the local Stripe knows here: ${known.join(', ')})` : '';
    return fail('parameter_unknown', `Received unknown parameter${plural}: ${names.join(', ')}${hint}`, names[0] ?? '');
  }
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flat().find((e) => e.path.length > 0 || e.code === 'unrecognized_keys');
    if (inner) return explain({ ...inner, path: [...issue.path, ...inner.path] }, form, known);
  }
  if (valueAt(form, issue.path) === undefined)
    return fail('parameter_missing', `Missing required param: ${name}.`, name);
  if (issue.message === 'Invalid integer') return fail('parameter_invalid_integer', `Invalid integer: ${name}`, name);
  return fail('parameter_invalid', `Invalid ${name}: ${issue.message}`, name);
}

/** `items`, 0, `price` -> `items[0][price]`. */
const paramName = ([first, ...rest]: readonly PropertyKey[]): string =>
  String(first ?? '') + rest.map((part) => `[${String(part)}]`).join('');

function valueAt(form: Form, path: readonly PropertyKey[]): unknown {
  let value: unknown = form;
  for (const key of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return value;
}

/** Returns all lines of an address; a missing one is null. */
export const wholeAddress = (given: z.infer<typeof address>): Stripe.Address => ({
  city: given.city ?? null,
  country: given.country ?? null,
  line1: given.line1 ?? null,
  line2: given.line2 ?? null,
  postal_code: given.postal_code ?? null,
  state: given.state ?? null,
});
