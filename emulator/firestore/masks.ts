import type { Message } from './databases.ts';

type Fields = Record<string, { mapValue?: { fields?: Fields } }>;

/** The segments of a field path: `a.b` and, quoted, `` `odd.key`.b ``. */
export function segmentsOf(path: string): string[] {
  return [...path.matchAll(/`((?:[^`\\]|\\.)*)`|([^.]+)/g)].map(
    ([, quoted, plain]) => quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '',
  );
}

/**
 * Returns a document with the fields of a mask only: the package (0.0.10) ignores the mask of
 * documents read by name.
 */
export function masked(document: Message, paths: readonly string[]): Message {
  const fields: Fields = {};
  for (const path of paths) copy((document.fields ?? {}) as Fields, fields, segmentsOf(path));
  return { ...document, fields };
}

function copy(from: Fields, to: Fields, [key = '', ...rest]: string[]): void {
  const value = from[key];
  if (value === undefined) return;
  if (rest.length === 0) to[key] = value;
  else if (value.mapValue) {
    const fields = to[key]?.mapValue?.fields ?? {};
    to[key] = { mapValue: { fields } };
    copy(value.mapValue.fields ?? {}, fields, rest);
  }
}
