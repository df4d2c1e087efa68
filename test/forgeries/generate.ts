import { Timestamp, type DocumentData } from 'firebase-admin/firestore';

/** Forgeries of a document, made by a person who can write every document and has no key. */

/** A document as it is stored, and those that a forger can copy from. */
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
  /**
   * The place that was forged, such as `steps.begin.state`; `*`: the whole document, with its seal.
   */
  readonly field: string;
  readonly data: DocumentData;
}

/** Names of fields and numbers of list members, from the document down to one of its members. */
type Place = readonly (string | number)[];

/** A list or map of more members is forged in its first ones. */
const MEMBERS = 20;

/**
 * Every forgery of a document: each member of each map and list, however deep, in each way. Also a
 * member more in each map and list, and the document as a whole. Pure.
 */
export function forgeriesOf({ path, data, ofAnother, older }: Original): Forgery[] {
  const made: Forgery[] = [];
  const sources = [
    ['of another person', ofAnother],
    ['of an older time', older],
  ] as const;
  const add = (how: How, place: Place, forged: unknown): void =>
    void made.push({ path, how, field: place.join('.') || '*', data: forged as DocumentData });
  for (const [place, value] of placesOf(data)) {
    if (isContainer(value))
      add('added', place, changed(data, place, Array.isArray(value) ? [...value, 'x'] : { ...value, forged: true }));
    if (place.length === 0) continue;
    if (!isContainer(value)) add('another value', place, changed(data, place, anotherValue(value)));
    add('another type', place, changed(data, place, anotherType(value)));
    add('missing', place, changed(data, place, undefined));
    for (const [how, source] of sources) {
      const copied = source === undefined ? undefined : valueAt(source, place);
      if (copied !== undefined && !isSame(copied, value)) add(how, place, changed(data, place, copied));
    }
  }
  for (const [how, source] of sources) if (source !== undefined && !isSame(source, data)) add(how, [], source);
  return made;
}

const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Timestamp);

/**
 * Every place within a value, with what stands there; the value itself first, under the empty
 * place.
 */
function placesOf(value: unknown, place: Place = []): [Place, unknown][] {
  const members = !isContainer(value)
    ? []
    : Array.isArray(value)
      ? value.map((member, index): [number, unknown] => [index, member])
      : Object.entries(value);
  return [[place, value], ...members.slice(0, MEMBERS).flatMap(([name, member]) => placesOf(member, [...place, name]))];
}

function valueAt(value: unknown, [name, ...rest]: Place): unknown {
  if (name === undefined) return value;
  return isContainer(value) ? valueAt((value as Record<string | number, unknown>)[name], rest) : undefined;
}

/** The value with another one in a place; undefined takes the member away. */
function changed(value: unknown, [name, ...rest]: Place, forged: unknown): unknown {
  if (name === undefined) return forged;
  const member = changed((value as Record<string | number, unknown>)[name], rest, forged);
  if (Array.isArray(value))
    return (value as unknown[]).flatMap((other, index) => {
      if (index !== name) return [other];
      return member === undefined ? [] : [member];
    });
  const others = Object.entries(value as object).filter(([other]) => other !== name);
  return Object.fromEntries(member === undefined ? others : [...others, [String(name), member]]);
}

/** A value of the same type that differs. */
function anotherValue(value: unknown): unknown {
  if (typeof value === 'string') return `${value}x`;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return value instanceof Timestamp ? Timestamp.fromMillis(value.toMillis() + 1) : 'x';
}

/**
 * The same value as another type, as far as it can be said: a time as a text, a number as a text.
 */
function anotherType(value: unknown): unknown {
  if (value instanceof Timestamp) return value.toDate().toISOString();
  if (typeof value === 'string') return { text: value };
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === null ? 0 : JSON.stringify(value);
}

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
