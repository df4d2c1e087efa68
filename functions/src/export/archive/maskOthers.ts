import { DocumentReference } from 'firebase-admin/firestore';
import { withoutSeal } from '../../crypto/seal.ts';
import { maskedFor, partiesOf } from '../../policy/parties.ts';
import type { PolicyRecord } from '../../policy/schema.ts';
import type { Row } from '../../systems/system.ts';
import { pointer } from './rows.ts';

type Data = Readonly<Record<string, unknown>>;

/** Stands for another person's uid; numbered within a row, so that two are told apart. */
const somebodyElse = (n: number): string => `somebody else ${n}`;

/**
 * Takes other people's personal data out of a row that they share (Art. 15(4), 20(4)). Fields of
 * `export.leaveOut` go, and those that another subject of the row wrote, if the policy masks them.
 * In fields of `mentions` and of the row's parties, uids of others and references to their
 * documents are masked. The entries of other people in a map go. Everybody who is masked or left
 * out is masked in the row's path as well. Pure; the row itself is left as it is.
 *
 * @returns the row as its person may have it. `withheld` names the places of the changes: JSON
 *   Pointers (RFC 6901) into the data as it was.
 */
export function withoutOthers(record: PolicyRecord, uid: string, { path, data }: Pick<Row, 'path' | 'data'>) {
  const withheld: string[] = [];
  const seen = new Map<string, string>();
  const left = new Set<string>();
  const mask = (value: unknown, at: string): unknown => {
    const other = value instanceof DocumentReference ? personOf(value as { readonly path: string }, uid) : value;
    if (other === uid || typeof other !== 'string' || other === '') return value;
    withheld.push(at);
    const name = seen.get(other) ?? somebodyElse(seen.size + 1);
    seen.set(other, name);
    return name;
  };
  // The backend's seal says nothing of the person. A field of an app that is called so is theirs.
  let out: unknown = record.database === 'compliance' ? withoutSeal(data) : data;
  const ofOthers = maskedFor(record, (field) => valueAt(data, field.split('.')), uid);
  const without = takenOut(out, [...(record.export.leaveOut ?? []), ...ofOthers], uid);
  out = without.data;
  withheld.push(...without.taken.map(({ at }) => at));
  for (const text of without.texts) left.add(text);
  const named = [...partiesOf(record), ...(record.mentions ?? [])];
  for (const { field, as } of named) {
    out = changed(out, field.split('.'), '', (value, at) => {
      // A row may hold one although the policy says that it holds many, and the other way round.
      if (as !== 'key') return Array.isArray(value) ? value.map((one, n) => mask(one, `${at}/${n}`)) : mask(value, at);
      if (!isMap(value)) return value;
      const others = Object.keys(value).filter((key) => key !== uid);
      withheld.push(...others.map(() => at));
      for (const other of others) left.add(other);
      return Object.fromEntries(Object.entries(value).filter(([key]) => key === uid));
    });
  }
  return {
    path: maskedPath(record.path, path, [...seen, ...namesOf(left)]),
    data: out as Record<string, unknown>,
    withheld: [...new Set(withheld)],
  };
}

/** The value at a path of maps; undefined if one of them is not there. */
export const valueAt = (value: unknown, [name, ...rest]: readonly string[]): unknown =>
  name === undefined ? value : isMap(value) && Object.hasOwn(value, name) ? valueAt(value[name], rest) : undefined;

/** The texts of a value: itself, of a list, or of a map. */
const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return (value as unknown[]).flatMap(textsIn);
  return isMap(value) ? Object.values(value).flatMap(textsIn) : [];
};

/** Fields that were taken out of a row. */
interface TakenOut {
  readonly data: unknown;
  /** Each place, and the field that named it. */
  readonly taken: readonly { readonly field: string; readonly at: string }[];
  /** Texts that went with them and may stand in the path of the row as well. */
  readonly texts: ReadonlySet<string>;
}

/** Takes fields out of the data of a row. Pure. `pathWithout` takes their texts out of its path. */
export function takenOut(data: unknown, fields: readonly string[], uid: string): TakenOut {
  const taken: { field: string; at: string }[] = [];
  const texts = new Set<string>();
  let out = data;
  for (const field of fields)
    out = changed(out, field.split('.'), '', (value, at) => {
      taken.push({ field, at });
      for (const text of textsIn(value)) if (text !== uid) texts.add(text);
      return undefined;
    });
  return { data: out, taken, texts };
}

const namesOf = (texts: ReadonlySet<string>) => [...texts].map((text) => [text, 'somebody else'] as const);

/** The path of a row without texts that were taken out of it. Pure. */
export const pathWithout = (template: string, path: string, texts: ReadonlySet<string>): string =>
  maskedPath(template, path, namesOf(texts));

/**
 * Ids of shared rows are often made of uids: `chats/{uid}_{uid}`. A text is masked if it is a whole
 * word of a segment that is no literal.
 */
function maskedPath(template: string, path: string, names: readonly (readonly [string, string])[]): string {
  const words = names.filter(([word]) => word !== '' && path.includes(word));
  if (words.length === 0) return path;
  // The longest first: one uid may be a part of another.
  words.sort(([a], [b]) => b.length - a.length);
  const literals = template.split('/');
  const mask = (segment: string): string =>
    words.reduce((text, [word, name]) => replaceWord(text, word, name), segment);
  return path
    .split('/')
    .map((segment, n) => (segment === literals[n] ? segment : mask(segment)))
    .join('/');
}

function replaceWord(text: string, word: string, name: string): string {
  const literal = word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'gu'), () => name);
}

/**
 * Returns the uid that a reference to a document names. The person's own document, or one below it,
 * names them. The document of somebody else names that person, as their uid would. Any other path
 * could name anybody: it stands for itself.
 */
function personOf({ path }: { readonly path: string }, uid: string): string {
  const [, owner = '', ...rest] = path.split('/');
  return owner === uid || rest.length === 0 ? owner : path;
}

/** A map of a document: a time, a place or a reference is a value. */
const isMap = (value: unknown): value is Data => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/**
 * Returns a copy in which the values at a path are changed, through every item of the arrays on the
 * way; undefined takes them out.
 */
function changed(
  value: unknown,
  [name, ...rest]: readonly string[],
  at: string,
  change: (value: unknown, at: string) => unknown,
): unknown {
  if (name === undefined) return change(value, at);
  if (Array.isArray(value)) return value.map((item, n) => changed(item, [name, ...rest], `${at}/${n}`, change));
  if (!isMap(value) || !Object.hasOwn(value, name)) return value;
  const put = changed(value[name], rest, `${at}/${pointer(name)}`, change);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, old]) =>
      key !== name ? [[key, old]] : put === undefined ? [] : [[key, put]],
    ),
  );
}
