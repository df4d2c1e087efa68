import * as z from 'zod/mini';
import { restrictionGrounds } from '../ledger/restriction/scope.ts';
import { defined } from '../platform/defined.ts';
import { lazily } from '../platform/shapes.ts';
import { MAX_REQUEST_TEXT } from '../policy/contract.ts';
import { replyAddress } from '../subject/emails.ts';
import { TRANSMIT_TO, type RequestType } from './request.ts';

/**
 * The `details` of a request: the additions of the person to its type. No details are a reason to
 * refuse a right, so a member that does not fit is left out, and the officer sees their number.
 */

const purposeId = z.string().check(z.regex(/^[a-zA-Z][a-zA-Z0-9-]{0,63}$/));
const text = z.string().check(z.trim(), z.minLength(1), z.maxLength(MAX_REQUEST_TEXT));

/** Members of every type. */
const common = {
  /** The words of the person about it. */
  text,
  /** Their country (ISO 3166-1 alpha-2): it decides about the authority for complaints. */
  country: z.string().check(z.regex(/^[A-Z]{2}$/)),
};

/** How each member is written, for the officer who enters it. */
const FORMS = {
  text: `1 to ${MAX_REQUEST_TEXT} characters`,
  answerTo: 'an e-mail address',
  country: 'a code of two letters, such as BE',
  correction: `1 to ${MAX_REQUEST_TEXT} characters`,
  ground: `one of ${restrictionGrounds.join(', ')}`,
  marketing: 'true or false',
  purpose: 'the id of a purpose',
  purposes: 'ids of purposes, with commas between them',
} as const;
type Member = keyof typeof FORMS;

/** The members that fit their shape, by name. */
export type KnownDetails = Readonly<Record<string, DetailValue>>;
export type DetailValue = string | boolean | readonly string[];

/** The members of each type, beside the address of a transmission (requests/request.ts). */
const members = lazily(
  () =>
    ({
      access: common,
      portability: common,
      // The address for the last answer: nobody sees it in the app by then. It proves nothing.
      erasure: {
        ...common,
        answerTo: z.string().check(
          z.trim(),
          z.refine((text) => replyAddress(text) !== null),
        ),
      },
      // The mistake stands in `text`, the right value here.
      rectification: { ...common, correction: text },
      // Without purposes the whole person is meant.
      restriction: {
        ...common,
        ground: z.enum(restrictionGrounds),
        purposes: z.array(purposeId).check(z.minLength(1), z.maxLength(100)),
      },
      // An objection to direct marketing needs no reason (Art. 21(2)); one to a purpose names it.
      objection: {
        ...common,
        marketing: z.boolean(),
        purpose: purposeId,
      },
    }) satisfies Readonly<Record<RequestType, Readonly<Partial<Record<Member, z.ZodMiniType>>>>>,
);

type Members = ReturnType<typeof members>;

/** The details of each type as an app can give them. */
export type DetailsByType = {
  readonly [Type in RequestType]: {
    readonly [Name in keyof Members[Type]]?: Members[Type][Name] extends z.ZodMiniType
      ? z.input<Members[Type][Name]>
      : never;
  } & (Type extends 'portability' ? { readonly [TRANSMIT_TO]?: string } : unknown);
};

/** The members that stay when the request closes: choices, and the address of a transmission. */
const LASTING: readonly string[] = ['country', 'ground', 'marketing', 'purpose', 'purposes', TRANSMIT_TO];

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

/** The details of a record without the person's own words; nothing if there are none of these. */
export function wordless({ details }: { readonly details?: KnownDetails | undefined }): {
  readonly details?: KnownDetails;
} {
  const lasting = withoutWords(details);
  return lasting === undefined ? {} : { details: lasting as KnownDetails };
}

/** The person's own words about their data, which stay beside these if a correction is refused. */
export interface OwnStatement {
  /** The mistake. */
  readonly text?: string;
  /** The right value. */
  readonly correction?: string;
}

/** Returns the person's own statement among details; undefined if there is none. Pure. */
export function statementOf(details: unknown): OwnStatement | undefined {
  const { text: wrong, correction } = readDetails('rectification', details).known;
  const said = defined({
    text: typeof wrong === 'string' ? wrong : undefined,
    correction: typeof correction === 'string' ? correction : undefined,
  });
  return Object.keys(said).length === 0 ? undefined : said;
}

/** Details as they were understood. */
export interface Details {
  readonly known: KnownDetails;
  /** How many members are of no use: unknown, too long, or of another form. */
  readonly ignored: number;
}

/** Reads the details of a request of a type. Pure. */
export function readDetails(type: RequestType, details: unknown): Details {
  if (typeof details !== 'object' || details === null) return { known: {}, ignored: 0 };
  const shapes: Readonly<Record<string, z.ZodMiniType>> = members()[type];
  const known: Record<string, DetailValue> = {};
  let ignored = 0;
  for (const [name, value] of Object.entries(details)) {
    if (name === TRANSMIT_TO || value === null) continue;
    const read = Object.hasOwn(shapes, name) ? shapes[name]?.safeParse(value) : undefined;
    if (read?.success === true) known[name] = read.data as DetailValue;
    else ignored += 1;
  }
  return { known, ignored };
}

/** The members that details of a type have, each once. */
export const detailNames = (type: RequestType): string[] => Object.keys(members()[type]);

/**
 * Checks a detail that an officer enters, by the shape that the app's have. Pure.
 *
 * @param given a text may say `true` or `false`, or be a list with commas
 * @returns the value, or the mistake in words, which repeat nothing of it
 */
export function checkDetail(
  type: RequestType,
  name: string,
  given: unknown,
): { readonly value: DetailValue } | { readonly wrong: string } {
  if (name === TRANSMIT_TO) return { wrong: `${TRANSMIT_TO} is given in the app alone, after a recent sign-in` };
  const shapes: Readonly<Record<string, z.ZodMiniType>> = members()[type];
  const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
  if (shape === undefined) return { wrong: `the details of this type are ${detailNames(type).join(', ')}` };
  const flag = given === 'true' || given === 'false' ? [given === 'true'] : [];
  const list = typeof given === 'string' ? [given.split(',')] : [];
  for (const value of [given, ...flag, ...list]) {
    const read = shape.safeParse(value);
    if (read.success) return { value: read.data as DetailValue };
  }
  return { wrong: `the detail ${name} is ${FORMS[name as Member]}` };
}
