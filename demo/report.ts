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

/** A text as somebody reads it; the demo shows its beginning. */
export interface Letter {
  /** The reader, and on which way it came: `Zoé reads on paper`. */
  readonly read: string;
  readonly subject: string;
  readonly text: string;
}

export interface FlowResult {
  readonly title: string;
  readonly letters?: readonly Letter[];
  readonly rows: readonly Row[];
  readonly seconds: number;
}

/** A value as people read it; a missing value is a dash. */
export function show(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(show).join(', ');
  if (typeof value === 'object') {
    const members = Object.entries(value).map(([name, one]) => `${name}: ${show(one)}`);
    return members.length === 0 ? 'nothing' : members.join(', ');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** True only if both read the same. Nothing but numbers and lists is converted, to text. */
export function same(what: string, expected: unknown, actual: unknown): Row {
  const [e, a] = [show(expected), show(actual)];
  return { what, expected: e, actual: a, ok: e === a };
}

/** A row for something that goes by e-mail, if the policy sends none. */
export const skipped = (what: string): Row =>
  same(what, 'skipped: the policy sends no e-mail', 'skipped: the policy sends no e-mail');

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

/** An expected count, and the one that is there; another value says why there is none. */
type Counts = readonly [expected: number, actual: number | string];

/** Compares counts by name, and names each one that differs. */
export function sameCounts(what: string, counts: Readonly<Record<string, Counts>>): Row {
  const all = Object.entries(counts);
  const sum = (index: 0 | 1): number => all.reduce((total, [, pair]) => total + (Number(pair[index]) || 0), 0);
  const wrong = all.filter(([, [expected, actual]]) => expected !== actual);
  return {
    what,
    expected: String(sum(0)),
    actual: [String(sum(1)), ...wrong.map(([name, [expected, actual]]) => `${name} ${actual}, not ${expected}`)].join(
      '; ',
    ),
    ok: wrong.length === 0,
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
