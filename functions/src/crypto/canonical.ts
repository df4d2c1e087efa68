import canonicalize from 'canonicalize';

/**
 * Returns the one text of a JSON value (RFC 8785). Members are sorted by UTF-16 code units, numbers
 * stand as ECMAScript prints them, there is no white space. So the same facts always have the same
 * hash.
 *
 * Refuses values that JSON does not carry exactly and `JSON.stringify` would change or leave out in
 * silence. These are `undefined`, functions, symbols, bigints, NaN and infinities, dates and other
 * objects with a class, lone surrogates. So the hash stands for the value that was meant.
 *
 * @throws TypeError that names the place of the value, never the value.
 * @example canonicalJson({ b: 1, a: 'x' }) // '{"a":"x","b":1}'
 */
export function canonicalJson(value: unknown): string {
  assertJson(value, '$');
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value: $');
  return text;
}

/** A lone surrogate: no UTF-8 encodes it, so two different texts would have one hash. */
const HALF_A_CHARACTER = /\p{Surrogate}/u;

function assertJson(value: unknown, at: string): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`not a JSON value: ${at} is not a finite number`);
    return;
  }
  if (typeof value === 'string') {
    if (HALF_A_CHARACTER.test(value)) throw new TypeError(`not a JSON value: ${at} holds half a character`);
    return;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) assertJson(value[i], `${at}[${i}]`);
    return;
  }
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null)
      throw new TypeError(`not a JSON value: ${at} has a class`);
    let index = 0;
    for (const [name, member] of Object.entries(value)) {
      // A field's name can be a person's (a map by e-mail address): only its number is said.
      const place = /^[A-Za-z]\w{0,40}$/.test(name) ? `${at}.${name}` : `${at}.#${index}`;
      index++;
      if (name === 'toJSON') throw new TypeError(`not a JSON value: ${place} would be called`);
      if (HALF_A_CHARACTER.test(name)) throw new TypeError(`not a JSON value: ${place} is named with half a character`);
      assertJson(member, place);
    }
    return;
  }
  throw new TypeError(`not a JSON value: ${at} is ${typeof value}`);
}
