import * as z from 'zod/mini';
import { lazily } from '../platform/shapes.ts';
import { MAX_REQUEST_TEXT } from '../policy/contract.ts';
import { TRANSMIT_TO, type RequestType } from './request.ts';

/**
 * The `details` of a request: the additions of the person to its type. No details are a reason to
 * refuse a right, so a member that does not fit is left out, and the officer sees their number.
 */

/** The grounds of a restriction (Art. 18(1)(a) to (d)), as the person names one. */
const restrictionGrounds = ['accuracy', 'unlawful', 'claims', 'objection'] as const;

const text = z.string().check(z.trim(), z.minLength(1), z.maxLength(MAX_REQUEST_TEXT));

/** Members of every type. */
const common = {
  /** The words of the person about it. */
  text,
  /** Their country (ISO 3166-1 alpha-2): it decides about the authority for complaints. */
  country: z.string().check(z.regex(/^[A-Z]{2}$/)),
};

/** The members of each type, beside the address of a transmission (requests/request.ts). */
const members = lazily(
  () =>
    ({
      access: common,
      portability: common,
      erasure: common,
      // The mistake stands in `text`, the right value here.
      rectification: { ...common, correction: text },
      restriction: { ...common, ground: z.enum(restrictionGrounds) },
      // An objection to direct marketing needs no reason (Art. 21(2)); one to a purpose names it.
      objection: {
        ...common,
        marketing: z.boolean(),
        purpose: z.string().check(z.regex(/^[a-zA-Z][a-zA-Z0-9-]{0,63}$/)),
      },
    }) satisfies Readonly<Record<RequestType, Readonly<Record<string, z.ZodMiniType>>>>,
);

/** The members that stay when the request closes: choices, and the address of a transmission. */
const LASTING: readonly string[] = ['country', 'ground', 'marketing', 'purpose', TRANSMIT_TO];

/**
 * Returns the details of a request that has closed, without everything that somebody wrote in their
 * own words; undefined if there is nothing of that. Pure.
 */
export function withoutWords(details: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof details !== 'object' || details === null) return undefined;
  const all = Object.entries(details);
  const lasting = all.filter(([name]) => LASTING.includes(name));
  return lasting.length === all.length ? undefined : Object.fromEntries(lasting);
}

/** Details as they were understood. */
export interface Details {
  readonly known: Readonly<Record<string, string | boolean>>;
  /** How many members are of no use: unknown, too long, or of another form. */
  readonly ignored: number;
}

/** Reads the details of a request of a type. Pure. */
export function readDetails(type: RequestType, details: unknown): Details {
  if (typeof details !== 'object' || details === null) return { known: {}, ignored: 0 };
  const shapes: Readonly<Record<string, z.ZodMiniType>> = members()[type];
  const known: Record<string, string | boolean> = {};
  let ignored = 0;
  for (const [name, value] of Object.entries(details)) {
    if (name === TRANSMIT_TO || value === null) continue;
    const read = Object.hasOwn(shapes, name) ? shapes[name]?.safeParse(value) : undefined;
    if (read?.success === true) known[name] = read.data as string | boolean;
    else ignored += 1;
  }
  return { known, ignored };
}
