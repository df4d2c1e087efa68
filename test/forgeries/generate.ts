import { Timestamp, type DocumentData } from 'firebase-admin/firestore';

/** Forgeries of a document, made by a person who can write every document and has no key. */

/** A document as it is stored, and the parts that a forger can take from elsewhere. */
export interface Original {
  readonly path: string;
  readonly data: DocumentData;
  /** The document of the same kind of another person. */
  readonly ofAnother?: DocumentData | undefined;
  /** This document as it was before. */
  readonly older?: DocumentData | undefined;
}

type How = 'another value' | 'another type' | 'missing' | 'of another person' | 'of an older time' | 'added';

export interface Forgery {
  readonly path: string;
  readonly how: How;
  /** The field that was forged; `*`: all of them, with the seal. */
  readonly field: string;
  readonly data: DocumentData;
}

/** Every forgery of a document: each field in each way, and the document as a whole. Pure. */
export function forgeriesOf({ path, data, ofAnother, older }: Original): Forgery[] {
  const made: Forgery[] = [{ path, how: 'added', field: 'forged', data: { ...data, forged: true } }];
  const add = (how: How, field: string, value: unknown): void =>
    void made.push({ path, how, field, data: { ...data, [field]: value } });
  for (const [field, value] of Object.entries(data)) {
    add('another value', field, anotherValue(value));
    add('another type', field, anotherType(value));
    const rest = Object.fromEntries(Object.entries(data).filter(([name]) => name !== field));
    made.push({ path, how: 'missing', field, data: rest });
    for (const [how, source] of [
      ['of another person', ofAnother],
      ['of an older time', older],
    ] as const)
      if (source !== undefined && !isSame(source[field], value))
        if (source[field] === undefined) made.push({ path, how, field, data: rest });
        else add(how, field, source[field]);
  }
  for (const [how, source] of [
    ['of another person', ofAnother],
    ['of an older time', older],
  ] as const)
    if (source !== undefined && !isSame(source, data)) made.push({ path, how, field: '*', data: source });
  return made;
}

/** A value of the same type that differs; within a map or a list, in its first member. */
function anotherValue(value: unknown): unknown {
  if (typeof value === 'string') return `${value}x`;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (value instanceof Timestamp) return Timestamp.fromMillis(value.toMillis() + 1);
  if (Array.isArray(value))
    return value.length === 0 ? ['x'] : [anotherValue(value[0]), ...(value.slice(1) as unknown[])];
  if (value === null) return 'x';
  const [first, ...rest] = Object.entries(value as object);
  return first === undefined
    ? { x: 'x' }
    : Object.fromEntries([[first[0], anotherValue(first[1])], ...rest] as [string, unknown][]);
}

/**
 * The same value as another type, as far as it can be said: a time as a text, a number as a text.
 */
function anotherType(value: unknown): unknown {
  if (value instanceof Timestamp) return value.toDate().toISOString();
  if (typeof value === 'string') return [value];
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null ? 0 : JSON.stringify(value);
}

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
