import { z } from 'zod';
import { BrevoFailure, invalid, missingParameter } from './errors.ts';

/**
 * Only names that the SDK's own request type has: `z.strictObject({ … } satisfies
 * Shape<Brevo.CreateContactRequest>)`.
 */
export type Shape<P> = { [K in keyof P]?: z.ZodType };

/** Numbers and lists as they stand in a query string. */
export const integer = z
  .string()
  .regex(/^-?\d+$/, 'should be an integer')
  .transform(Number);
export const integers = z.union([integer.transform((one) => [one]), z.array(integer)]);
const sort = z.enum(['asc', 'desc']).default('desc');
export const day = z.iso.date('should be a valid date (YYYY-MM-DD)');
export const instant = z.iso.datetime({ offset: true, error: 'should be a valid date-time' });
export const email = z.email('is not valid');

/** `limit` and `offset` as every list takes them, with the documented default and maximum. */
export const paging = (standard: number, maximum: number) => ({
  limit: integer.pipe(z.number().min(0).max(maximum)).default(standard),
  offset: integer.pipe(z.number().min(0)).default(0),
  sort,
});

/** A query string as an object; a name that comes again makes a list. */
export function readQuery(search: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  const params = new URLSearchParams(search);
  for (const name of params.keys()) {
    const values = params.getAll(name);
    query[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return query;
}

/** A JSON body; nothing is an empty object. */
export function readJson(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new BrevoFailure(400, 'bad_request', 'Input must be a valid JSON object');
  }
}

/** Reads the parameters of a call, or fails with 400 and the name of the one that is wrong. */
export function readParams<S extends z.ZodObject>(schema: S, given: unknown): z.infer<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = issue?.path.map(String).join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => (name === '' ? key : `${name}.${key}`)).join(', ');
    throw invalid(
      `${names}: not a known parameter (the local Brevo knows here: ${Object.keys(schema.shape).join(', ')})`,
    );
  }
  if (issue?.code === 'invalid_type' && issue.message.includes('undefined'))
    throw missingParameter(`${name} is missing`);
  throw invalid(`${name} ${issue?.message ?? 'is not valid'}`.trim());
}

/** One page of a list, `offset` first. */
export const slice = <T>(all: T[], { limit, offset }: { limit: number; offset: number }): T[] =>
  all.slice(offset, offset + limit);

/** Oldest first unless `desc`. */
export const inOrder = <T>(oldestFirst: T[], order: 'asc' | 'desc'): T[] =>
  order === 'asc' ? oldestFirst : [...oldestFirst].reverse();
