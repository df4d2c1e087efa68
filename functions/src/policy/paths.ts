/**
 * Path templates of the policy: `users/{uid}/sessions/{id}` for a Firestore document,
 * `invoices/{id}` for a resource of another system, `users/{uid}/**` for a place in Storage.
 * A variable stands for one whole segment. `**` stands last, for the place itself and for every
 * name that begins with the place and a slash. Names of objects may hold empty segments.
 */

type Segment = { readonly literal: string } | { readonly variable: string } | { readonly rest: true };

const VARIABLE = /^\{([A-Za-z][A-Za-z0-9]*)\}$/;

/** Templates that were parsed: those of the policy, which are compared with each row's path. */
const parsed = new Map<string, readonly Segment[]>();

/**
 * Returns the segments of a template.
 *
 * @throws RangeError if it is none, with the reason
 */
export function parseTemplate(template: string): readonly Segment[] {
  const known = parsed.get(template) ?? segmentsOf(template);
  parsed.set(template, known);
  return known;
}

function segmentsOf(template: string): Segment[] {
  const parts = template.split('/');
  const names = new Set<string>();
  return parts.map((part, index) => {
    if (part === '**') {
      if (index !== parts.length - 1 || index === 0) throw new RangeError(`${template}: '**' may only stand last`);
      return { rest: true };
    }
    const variable = VARIABLE.exec(part)?.[1];
    if (variable !== undefined) {
      if (names.has(variable)) throw new RangeError(`${template}: the variable '${variable}' stands twice`);
      names.add(variable);
      return { variable };
    }
    if (part === '' || /[{}*]/.test(part)) {
      throw new RangeError(`${template}: '${part}' is neither a name nor a variable such as {uid}`);
    }
    return { literal: part };
  });
}

/**
 * Returns the variables of a full path, or null if the template does not match it whole. The value
 * of `**` comes under the key `**`; it is empty for the place itself.
 *
 * @example matchPath('users/{uid}/sessions/{id}', 'users/u1/sessions/s1') // { uid: 'u1', id: 's1'
 * }
 * @example matchPath('users/{uid}/sessions/{id}', 'teams/x/sessions/s1') // null
 */
export function matchPath(template: string, path: string): Record<string, string> | null {
  const segments = parseTemplate(template);
  const parts = path.split('/');
  const rest = segments.at(-1);
  const open = rest !== undefined && 'rest' in rest;
  if (open ? parts.length < segments.length - 1 : parts.length !== segments.length) return null;
  const found: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if ('rest' in segment) found['**'] = parts.slice(index).join('/');
    else if (part === undefined || part === '') return null;
    else if ('variable' in segment) found[segment.variable] = part;
    else if (segment.literal !== part) return null;
  }
  return found;
}

/**
 * Returns a path from a template. Each value becomes exactly one segment, so that no value leads
 * anywhere else. `**` is left out: the result is the prefix, ending with a slash.
 *
 * @throws RangeError if a value is missing or could not be a Firestore id (empty, a slash, `.`,
 * `..`, `__x__`, over 1,500 bytes)
 */
export function fillPath(template: string, values: Readonly<Record<string, string>>): string {
  return parseTemplate(template)
    .map((segment) => {
      if ('literal' in segment) return segment.literal;
      if ('rest' in segment) return '';
      const value = values[segment.variable];
      if (value === undefined) throw new RangeError(`${template}: no value for '${segment.variable}'`);
      if (!isSegment(value))
        throw new RangeError(`${template}: the value of '${segment.variable}' cannot be a segment`);
      return value;
    })
    .join('/');
}

/**
 * A path from a template and the variables of a path that exists: each value is a name already, so
 * that none is refused that Firestore took.
 *
 * @throws RangeError if a value is missing, or could be more than one segment
 */
export const samePath = (template: string, variables: Readonly<Record<string, string>>): string =>
  parseTemplate(template)
    .map((segment) => {
      if ('literal' in segment) return segment.literal;
      const value = 'variable' in segment ? variables[segment.variable] : undefined;
      if (value === undefined || value === '' || value.includes('/'))
        throw new RangeError(`${template}: no name for a segment`);
      return value;
    })
    .join('/');

/**
 * May this string be one segment of a path? (Firestore: quotas and limits, constraints on document
 * ids.)
 */
export function isSegment(value: string): boolean {
  if (value === '' || value === '.' || value === '..' || /^__.*__$/.test(value)) return false;
  return !Array.from(value).some(isNoPart) && Buffer.byteLength(value, 'utf8') <= 1500;
}

/** Is it a slash, or a control character? */
const isNoPart = (letter: string): boolean => letter === '/' || letter < ' ' || letter === '\u007f';

/** The collection of a document template: `users/{uid}/sessions/{id}` -> `users/{uid}/sessions`. */
export const collectionPath = (template: string): string => template.split('/').slice(0, -1).join('/');

/** The id of that collection: `users/{uid}/sessions/{id}` -> `sessions`. */
export const collectionId = (template: string): string => collectionPath(template).split('/').at(-1) ?? '';

/**
 * Returns the template of the parent document, or null for a root collection:
 * `users/{uid}/sessions/{id}` -> `users/{uid}`.
 */
export function parentPath(template: string): string | null {
  const parent = collectionPath(collectionPath(template));
  return parent === '' ? null : parent;
}

/**
 * Is the document in a root collection? Then a query on that collection finds it; otherwise only a
 * collection group query does.
 */
export const isRoot = (template: string): boolean => parentPath(template) === null;

/** Could one path match both templates? */
export function overlap(a: string, b: string): boolean {
  const left = parseTemplate(a);
  const right = parseTemplate(b);
  for (let index = 0; ; index++) {
    const x = left[index];
    const y = right[index];
    if ((x !== undefined && 'rest' in x) || (y !== undefined && 'rest' in y)) return true;
    if (x === undefined || y === undefined) return x === y;
    if ('literal' in x && 'literal' in y && x.literal !== y.literal) return false;
  }
}

/**
 * Does `template` lie below `ancestor`, with any names of variables? `users/{uid}/sessions/{id}`
 * lies below `users/{id}`.
 */
export function isBelow(template: string, ancestor: string): boolean {
  const names = template.split('/');
  const above = ancestor.split('/').length;
  return names.length > above && overlap(names.slice(0, above).join('/'), ancestor);
}
