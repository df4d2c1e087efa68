/**
 * The contents of a form or a query string after its brackets are read: `a[b][0]=c` is `{ a: { b: {
 * 0: 'c' } } }`.
 */
export interface Form {
  [key: string]: string | Form;
}

const emptyForm = (): Form => Object.create(null) as Form;

/**
 * Reads `application/x-www-form-urlencoded` with nested keys, as Stripe takes it
 * (https://docs.stripe.com/api, "accepts form-encoded request bodies"). Lists stay hashes with the
 * keys 0, 1, 2 …: only the parameter's own schema knows if `metadata[0]` is a list or a hash.
 */
export function readForm(encoded: string): Form {
  const form = emptyForm();
  for (const [key, value] of new URLSearchParams(encoded)) {
    const path = segments(key);
    const last = path.pop() ?? key;
    let place = form;
    for (const segment of path) {
      const name = segment === '' ? String(Object.keys(place).length) : segment;
      const next = place[name];
      const child = typeof next === 'object' ? next : emptyForm();
      place[name] = child;
      place = child;
    }
    place[last === '' ? String(Object.keys(place).length) : last] = value;
  }
  return form;
}

/**
 * Splits a key: `a[b][]` -> `a`, `b`, `` (the empty one means the next of a list). A key without
 * well-formed brackets is one segment.
 */
function segments(key: string): string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(key);
  if (match?.[1] === undefined || match[2] === undefined) return [key];
  return [match[1], ...[...match[2].matchAll(/\[([^[\]]*)\]/g)].map((m) => m[1] ?? '')];
}
