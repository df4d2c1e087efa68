import {
  Timestamp,
  type DocumentData,
  type DocumentReference,
  type Firestore,
  type Transaction,
} from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import type { OwnStore } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { isSealed, SEAL, sealed, unsealed, withoutSeal } from '../crypto/seal.ts';
import { emptyHead, ENTRY_TIMES, type Entry, type Erased, type Head } from './chain.ts';
import { isEntry, isHead } from './shape.ts';

/**
 * The ledger's documents: `ledger/{chain}` is the head of a chain, `ledger/{chain}/entries/{id}` an
 * entry. Each is sealed (crypto/seal.ts) and written whole, here and nowhere else. Every decision
 * reads through the seal; only verification reads without it, and names documents that have none.
 */

export const headPath = (chain: string): string => `ledger/${chain}`;
export const entryPath = (chain: string, id: string): string => `${headPath(chain)}/entries/${id}`;
export const headRef = (own: Firestore, chain: string): DocumentReference => own.collection('ledger').doc(chain);
export const entryRef = (own: Firestore, chain: string, id: string): DocumentReference =>
  headRef(own, chain).collection('entries').doc(id);

const unreadable = (what: string): ComplianceError =>
  new ComplianceError('ledger.unreadable', `${what} of the ledger is not of the shape that the backend writes`);

/**
 * A moment as it is stored. It has one form: a number, a text or a part of a millisecond would
 * share the hash of another time.
 *
 * @throws ComplianceError `ledger.unreadable` for anything but a timestamp of whole milliseconds
 */
function momentOf(value: unknown, what: string): Instant {
  if (!(value instanceof Timestamp) || value.nanoseconds % 1_000_000 !== 0) throw unreadable(what);
  return value.toMillis();
}

/** An entry as its document, without a seal: the times are Firestore timestamps. */
export function entryToDocument(entry: Entry): DocumentData {
  const fields: DocumentData = { ...entry };
  delete fields['id'];
  for (const name of ENTRY_TIMES) {
    const at = entry[name];
    if (at !== undefined) fields[name] = Timestamp.fromMillis(at);
  }
  return fields;
}

/**
 * Returns an entry from its document without checking its seal. For verification; every decision
 * uses `readEntry`.
 *
 * @throws ComplianceError `ledger.unreadable` if it has not an entry's shape
 */
export function entryFromDocument(id: string, data: DocumentData): Entry {
  const fields = withoutSeal(data);
  for (const name of ENTRY_TIMES)
    if (fields[name] !== undefined || REQUIRED_TIMES.has(name))
      fields[name] = momentOf(fields[name], `the ${name} of an entry`);
  const entry: unknown = { ...fields, id };
  if (!isEntry(entry)) throw unreadable('an entry');
  return entry;
}

const REQUIRED_TIMES: ReadonlySet<string> = new Set(['occurredAt', 'recordedAt']);

/**
 * Moments at the top of a head: timestamps, because queries ask for them. Those within maps are
 * epoch milliseconds.
 */
const HEAD_TIMES = ['changedAt', 'askAgainAt'] as const;

/** A head as its document, without a seal. */
function headToDocument(head: Head): DocumentData {
  const since = Object.fromEntries(
    Object.entries(head.since).map(([purpose, at]) => [purpose, Timestamp.fromMillis(at)]),
  );
  const erased = (part: Erased | undefined): DocumentData | undefined =>
    part && { ...part, at: Timestamp.fromMillis(part.at) };
  const fields: DocumentData = { ...head, since, erasing: erased(head.erasing), closed: erased(head.closed) };
  for (const name of HEAD_TIMES) {
    const at = head[name];
    if (at !== undefined) fields[name] = Timestamp.fromMillis(at);
  }
  return withoutUndefined(fields) as DocumentData;
}

/** Firestore knows no `undefined`: a field that has none is not there. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null || value instanceof Timestamp) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutUndefined(member)]));
}

/**
 * Returns a head from its document without checking its seal; of a chain that is not there, an
 * empty one. For verification; every decision uses `readHead`.
 *
 * @throws ComplianceError `ledger.unreadable` if it has not a head's shape
 */
export function headFromDocument(chain: string, data: DocumentData | undefined): Head {
  if (data === undefined) return emptyHead(chain);
  const fields = withoutSeal(data);
  const moment = (value: unknown): Instant => momentOf(value, 'a time of a head');
  for (const name of HEAD_TIMES) if (fields[name] !== undefined) fields[name] = moment(fields[name]);
  if (isMap(fields['since']))
    fields['since'] = Object.fromEntries(Object.entries(fields['since']).map(([purpose, at]) => [purpose, moment(at)]));
  for (const name of ['erasing', 'closed'] as const) {
    const part: unknown = fields[name];
    if (isMap(part)) fields[name] = { ...part, at: moment(part['at']) };
  }
  if (!isHead(fields)) throw unreadable('a head');
  return fields;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** A head as it is stored: whole, with its seal. */
export const sealedHead = (chain: string, head: Head, keys: PseudonymKeys): DocumentData =>
  sealed(headPath(chain), headToDocument(head), keys);

/** An entry as it is stored: whole, with its seal. */
export const sealedEntry = (chain: string, entry: Entry, keys: PseudonymKeys): DocumentData =>
  sealed(entryPath(chain, entry.id), entryToDocument(entry), keys);

/**
 * Returns the head that decides; of a chain that is not there, an empty one.
 *
 * @throws ComplianceError `seal.broken` or `ledger.unreadable`: nothing is decided from another's
 *   head
 */
export function readHead(chain: string, data: DocumentData | undefined, keys: PseudonymKeys): Head {
  return headFromDocument(chain, data && unsealed(headPath(chain), data, keys));
}

/** Returns an entry that the backend wrote. @throws ComplianceError as `readHead` does */
export const readEntry = (chain: string, id: string, data: DocumentData, keys: PseudonymKeys): Entry =>
  entryFromDocument(id, unsealed(entryPath(chain, id), data, keys));

/**
 * Returns a head; null if there is none, or somebody else wrote it: verification names that.
 *
 * @throws ComplianceError `ledger.unreadable` as `readHead` does
 */
export const ourHead = (chain: string, data: DocumentData | undefined, keys: PseudonymKeys): Head | null =>
  data !== undefined && isSealed(headPath(chain), data, keys) ? readHead(chain, data, keys) : null;

/** The same of an entry. */
export const ourEntry = (chain: string, id: string, data: DocumentData, keys: PseudonymKeys): Entry | null =>
  isSealed(entryPath(chain, id), data, keys) ? readEntry(chain, id, data, keys) : null;

/** True if this seal is that of a head, as the backend writes it. */
export const isHeadSealed = (chain: string, head: Head, seal: string | undefined, keys: PseudonymKeys): boolean =>
  isSealed(headPath(chain), { ...headToDocument(head), [SEAL]: seal }, keys);

/** True if this seal is that of an entry, as the backend writes it. */
export const isEntrySealed = (chain: string, entry: Entry, seal: string | undefined, keys: PseudonymKeys): boolean =>
  isSealed(entryPath(chain, entry.id), { ...entryToDocument(entry), [SEAL]: seal }, keys);

/** One write of a chain. */
interface ChainWrite {
  readonly chain: string;
  readonly head: Head;
  readonly entries?: readonly Entry[];
  /** The head must not be there yet. */
  readonly isNew?: boolean;
}

/**
 * Writes the head of a chain, and creates the entries that come with it: every write of the ledger.
 */
export function writeChain(
  tx: Transaction,
  { clients, keys }: OwnStore,
  { chain, head, entries = [], isNew = false }: ChainWrite,
): void {
  const own = clients.own();
  for (const entry of entries) tx.create(entryRef(own, chain, entry.id), sealedEntry(chain, entry, keys));
  const [ref, stored] = [headRef(own, chain), sealedHead(chain, head, keys)];
  if (isNew) tx.create(ref, stored);
  else tx.set(ref, stored);
}

/** Writes an entry anew after its hold or its restriction is over: it keeps no data any more. */
export function endKeeping(
  tx: Transaction,
  { clients, keys }: OwnStore,
  { chain, entry }: { readonly chain: string; readonly entry: Entry },
): void {
  const { keepsUntil, ...over } = entry;
  if (keepsUntil !== undefined) tx.set(entryRef(clients.own(), chain, entry.id), sealedEntry(chain, over, keys));
}
