/**
 * One thing to show: the expected value, the value that a server tells now, and whether they are
 * the same.
 */
export interface Row {
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  readonly ok: boolean;
}

export interface FlowResult {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly seconds: number;
}

/** A value as people read it; a missing value is a dash. */
export function show(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(show).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** True only if both read the same. Nothing but numbers and lists is converted, to text. */
export function same(what: string, expected: unknown, actual: unknown): Row {
  const [e, a] = [show(expected), show(actual)];
  return { what, expected: e, actual: a, ok: e === a };
}

const EXAMPLES = 3;

/** Compares two sets, and names missing and surplus members. */
export function sameSet(what: string, expected: Iterable<string>, actual: Iterable<string>): Row {
  const [wanted, found] = [new Set(expected), new Set(actual)];
  const missing = [...wanted].filter((item) => !found.has(item));
  const extra = [...found].filter((item) => !wanted.has(item));
  const list = (label: string, items: string[]) =>
    items.length === 0
      ? []
      : [`${items.length} ${label}: ${items.slice(0, EXAMPLES).join(', ')}${items.length > EXAMPLES ? ' …' : ''}`];
  return {
    what,
    expected: String(wanted.size),
    actual: [String(found.size), ...list('missing', missing), ...list('too many', extra)].join('; '),
    ok: missing.length === 0 && extra.length === 0,
  };
}

/** Compares fingerprints before and after, and names each changed one. */
export function unchanged(what: string, before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Row {
  const changed = [...before].filter(([key, print]) => after.get(key) !== print).map(([key]) => key);
  return {
    what,
    expected: `${before.size} unchanged`,
    actual:
      changed.length === 0
        ? `${before.size} unchanged`
        : `${changed.length} changed or gone: ${changed.slice(0, EXAMPLES).join(', ')}`,
    ok: changed.length === 0,
  };
}

export const allOk = (results: readonly FlowResult[]): boolean =>
  results.length > 0 && results.every((flow) => flow.rows.length > 0 && flow.rows.every((row) => row.ok));
