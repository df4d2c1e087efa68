import type Stripe from 'stripe';
import { z } from 'zod';
import { refused } from './errors.ts';
import * as p from './params.ts';

export const searchParams = z.strictObject({
  query: p.text,
  limit: p.paging.limit,
  page: p.text.optional(),
  expand: p.expand,
} satisfies p.Shape<Stripe.CustomerSearchParams>);

interface Clause {
  negated: boolean;
  field: string;
  operator: string;
  value: string | null;
}

const clausePattern =
  /^(-?)([a-z_]+(?:\[(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\])?)\s*(:|~|>=|<=|>|<)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"']+)/;

/** https://docs.stripe.com/search#query-fields-for-customers */
const fields = new Set(['created', 'email', 'metadata', 'name', 'phone']);

/**
 * Finds customers by Stripe's search query language (https://docs.stripe.com/search):
 *
 * - `field:"value"` is an exact match (case insensitive)
 * - `~` is a part of at least three characters
 * - `<` and `>` compare `created`
 * - `-` negates
 * - clauses are joined by a space, AND or OR, which exclude each other
 */
export function search(customers: Stripe.Customer[], params: z.infer<typeof searchParams>, url: string): object {
  const { clauses, any } = parse(params.query);
  const matches = customers.filter((customer) => {
    const fits = (clause: Clause) => holds(customer, clause) !== clause.negated;
    return any ? clauses.some(fits) : clauses.every(fits);
  });
  const start = params.page === undefined ? 0 : Number(Buffer.from(params.page, 'base64url').toString());
  if (!Number.isInteger(start))
    throw refused(`Invalid page: ${params.page ?? ''}`, { param: 'page', validation: true });
  const end = start + params.limit;
  const more = end < matches.length;
  return {
    object: 'search_result',
    data: matches.slice(start, end),
    has_more: more,
    next_page: more ? Buffer.from(String(end)).toString('base64url') : null,
    url,
  };
}

function parse(query: string): { clauses: Clause[]; any: boolean } {
  const clauses: Clause[] = [];
  const joints = new Set<string>();
  let rest = query.trim();
  while (rest !== '') {
    const joint = clauses.length > 0 ? /^(and|or)\s+/i.exec(rest) : null;
    if (clauses.length > 0) joints.add(joint?.[1]?.toUpperCase() ?? 'AND');
    if (joint) rest = rest.slice(joint[0].length);
    const match = clausePattern.exec(rest);
    if (!match) throw unreadable(query);
    const [whole, minus, field = '', operator = '', value = ''] = match;
    const name = field.split('[')[0] ?? '';
    if (!fields.has(name))
      throw refused(`Field \`${name}\` is an unsupported search field for resource \`customers\`.`);
    clauses.push({
      negated: minus === '-',
      field,
      operator,
      value: value.toLowerCase() === 'null' ? null : unquote(value),
    });
    rest = rest.slice(whole.length).trimStart();
  }
  if (clauses.length === 0 || joints.size > 1) throw unreadable(query);
  return { clauses, any: joints.has('OR') };
}

const unreadable = (query: string) =>
  refused(
    `We were unable to parse your search query using the search syntax (${query}). Please check the query syntax and try again.`,
    { param: 'query', validation: true },
  );

const unquote = (text: string): string => (/^["']/.test(text) ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text);

function holds(customer: Stripe.Customer, { field, operator, value }: Clause): boolean {
  const actual = valueOf(customer, field);
  if (value === null) return actual === null;
  if (actual === null) return false;
  switch (operator) {
    case ':':
      return actual.toLowerCase() === value.toLowerCase();
    case '~':
      return value.length >= 3 && actual.toLowerCase().includes(value.toLowerCase());
    case '>':
      return Number(actual) > Number(value);
    case '>=':
      return Number(actual) >= Number(value);
    case '<':
      return Number(actual) < Number(value);
    default:
      return Number(actual) <= Number(value);
  }
}

function valueOf(customer: Stripe.Customer, field: string): string | null {
  const key = /^metadata\[(.*)\]$/.exec(field)?.[1];
  if (key !== undefined) return customer.metadata[unquote(key)] ?? null;
  switch (field) {
    case 'created':
      return String(customer.created);
    case 'email':
      return customer.email;
    case 'name':
      return customer.name ?? null;
    case 'phone':
      return customer.phone ?? null;
    default:
      return null;
  }
}
