import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { PermanentError } from './errors.ts';

/**
 * Documents as Firestore sent them. The Admin SDK rounds integers above 2^53, or makes every
 * integer of a client a bigint (`useBigInt`). The number as text stands in the message that each
 * snapshot keeps. It is not in the SDK's types; a test says so when it is gone.
 */
interface Sent {
  readonly integerValue?: string | number | bigint | null;
  readonly stringValue?: string | null;
  readonly referenceValue?: string | null;
  readonly bytesValue?: Uint8Array | string | null;
  readonly arrayValue?: { readonly values?: readonly Sent[] | null } | null;
  readonly mapValue?: { readonly fields?: Fields | null } | null;
}
type Fields = Readonly<Record<string, Sent>>;

/** @throws PermanentError `firestore.sdk` if this version of the SDK keeps no message */
function sentFields(document: DocumentSnapshot): Fields {
  const { _fieldsProto: fields } = document as unknown as { readonly _fieldsProto?: Fields };
  if (fields !== undefined) return fields;
  if (!document.exists) return {};
  throw new PermanentError('firestore.sdk', 'this version of firebase-admin hides the fields of a document');
}

/**
 * Returns the whole document with exact integers: a `bigint` if a number cannot hold it, a number
 * else. For copies and answers. Empty for a document that is not there.
 *
 * @throws PermanentError `firestore.sdk`
 */
export function exactData(document: DocumentSnapshot): Record<string, unknown> {
  const data: Record<string, unknown> = document.data() ?? {};
  const fields = sentFields(document);
  for (const [name, sent] of Object.entries(fields)) if (name in data) data[name] = exact(sent, data[name]);
  return data;
}

/** Puts exact integers into a value that was decoded for this call alone. */
function exact(sent: Sent, value: unknown): unknown {
  if (sent.integerValue !== undefined && sent.integerValue !== null)
    return Number.isSafeInteger(value) ? value : BigInt(sent.integerValue);
  if (Array.isArray(value)) {
    for (const [index, item] of (sent.arrayValue?.values ?? []).entries()) value[index] = exact(item, value[index]);
  } else if (isMap(value)) {
    for (const [name, item] of Object.entries(sent.mapValue?.fields ?? {})) value[name] = exact(item, value[name]);
  }
  return value;
}

/** True for a map; a time, a place, a reference or a vector has a class of its own. */
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Bytes of memory that a value takes beside its content: an object, its keys, its type. */
const EACH_VALUE = 64;

/**
 * How much a document weighs in memory, in bytes: texts and bytes as they are stored, and something
 * for each value. A document of many small values takes much more than Firestore says.
 *
 * @throws PermanentError `firestore.sdk`
 */
export const weightOf = (document: DocumentSnapshot): number => EACH_VALUE + weightOfFields(sentFields(document));

const weightOfFields = (fields: Fields): number =>
  Object.entries(fields).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + weightOfValue(value), 0);

function weightOfValue(value: Sent): number {
  if (typeof value.stringValue === 'string') return EACH_VALUE + Buffer.byteLength(value.stringValue);
  if (typeof value.referenceValue === 'string') return EACH_VALUE + Buffer.byteLength(value.referenceValue);
  if (value.bytesValue !== undefined && value.bytesValue !== null) return EACH_VALUE + value.bytesValue.length;
  const items = value.arrayValue?.values ?? [];
  const inner = items.reduce((sum, item) => sum + weightOfValue(item), 0);
  return EACH_VALUE + inner + weightOfFields(value.mapValue?.fields ?? {});
}
