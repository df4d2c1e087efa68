import { FieldPath, type Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../../platform/time.ts';
import { countOf, millisOf, pagesOf } from '../../platform/firestore.ts';
import type { PseudonymKeys } from '../../platform/keys.ts';
import { databaseOf, matchPath, parseTemplate, recordsOfSystem } from '../../policy/lookup.ts';
import { partyFields, subjectsIn } from '../../policy/parties.ts';
import type { Policy, PolicyRecord } from '../../policy/schema.ts';
import { emailHashes, foldEmail } from '../../subject/emails.ts';
import type { HeldPeople } from '../../subject/hold.ts';
import { isUid } from '../../subject/identity.ts';
import { pseudonymsOf, withoutGeneration } from '../../subject/pseudonym.ts';
import { everyRow } from '../../systems/firestore/place.ts';
import type { Buried } from './erased.ts';

/**
 * A tombstone has no uid, only the keyed hash of one: so everybody in the app's database is hashed
 * and compared. This is the one place that reads a whole collection, for an officer and after a
 * restore only.
 */

/** A source of people. Each document is one read. */
export type Source =
  /**
   * The names of a collection's documents are uids; also of those that only have something below
   * them.
   */
  | { readonly kind: 'names'; readonly collection: string }
  /** Fields of rows hold uids, or an address if they hold none. */
  | { readonly kind: 'fields'; readonly record: PolicyRecord; readonly fields: readonly string[] };

/** Pure. Every source of a policy, each collection of names once. */
export function sourcesOf(policy: Policy): Source[] {
  const names = new Set<string>();
  const rows: Source[] = [];
  for (const { record } of recordsOfSystem(policy, 'firestore')) {
    if (databaseOf(record) !== '(default)') continue;
    const { subject, mentions = [] } = record;
    if ('pathVariable' in subject) names.add(collectionOf(record.path, subject.pathVariable));
    const fields = [...mentions.map(({ field }) => field), ...partyFields(record)];
    if ('field' in subject) fields.push(subject.field, ...(subject.email === undefined ? [] : [subject.email]));
    if (fields.length > 0) rows.push({ kind: 'fields', record, fields: [...new Set(fields)] });
  }
  return [...[...names].map((collection): Source => ({ kind: 'names', collection })), ...rows];
}

/**
 * Returns the collection with documents named by the variable: `users/{uid}/sessions/{id}` ->
 * `users`.
 */
function collectionOf(template: string, variable: string): string {
  const parts = template.split('/');
  const at = parseTemplate(template).findIndex((part) => 'variable' in part && part.variable === variable);
  return parts.slice(0, at).join('/');
}

export const nameOf = (source: Source): string =>
  source.kind === 'names' ? source.collection : source.record.path.replace(/\{\w+\}/g, '*');

/**
 * Counts the documents of a source that exist: as many reads, and one for each that does not exist
 * and has something below it.
 */
export const sizeOf = (db: Firestore, source: Source): Promise<number> =>
  countOf(source.kind === 'names' ? db.collection(source.collection) : everyRow(db, source.record.path));

/** Somebody present: by uid, or by the address in a row that names no uid. */
export type Present =
  | { readonly uid: string }
  | { readonly address: string; readonly path: string; readonly writtenAt: Instant | undefined };

const PAGE = 1000;

/**
 * Yields everybody named by a source, often more than once.
 *
 * @param progress is told how many documents were read so far
 */
export async function* presentIn(
  db: Firestore,
  source: Source,
  progress: (read: number) => void,
): AsyncGenerator<Present> {
  if (source.kind === 'names') {
    const refs = await db.collection(source.collection).listDocuments();
    progress(refs.length);
    for (const { id } of refs) yield { uid: id };
    return;
  }
  const { record, fields } = source;
  const select = record.timestamp === null ? fields : [...new Set([...fields, record.timestamp])];
  const query = everyRow(db, record.path)
    .orderBy(FieldPath.documentId())
    .select(...select);
  let read = 0;
  for await (const { documents } of pagesOf(query, PAGE)) {
    for (const document of documents) {
      if (matchPath(record.path, document.ref.path) !== null)
        yield* namedBy(record, document.ref.path, (field) => document.get(field));
    }
    progress((read += documents.length));
  }
}

/** Yields the people that a row names. Pure. A person named by a uid is named by nothing else. */
export function* namedBy(record: PolicyRecord, path: string, get: (field: string) => unknown): Generator<Present> {
  const { subject, mentions = [], timestamp } = record;
  for (const { field, as } of mentions) {
    const value = get(field);
    const values: unknown[] =
      as === 'array' && Array.isArray(value) ? value : as === 'key' ? Object.keys(value ?? {}) : [value];
    for (const uid of values) if (typeof uid === 'string') yield { uid };
  }
  for (const uid of subjectsIn(record, get)) yield { uid };
  if (!('field' in subject)) return;
  const uid = get(subject.field);
  if (typeof uid === 'string' && uid !== '') yield { uid };
  const address = subject.email === undefined ? undefined : get(subject.email);
  if (!(uid === undefined || uid === null || uid === '') || typeof address !== 'string') return;
  const at = timestamp === null ? undefined : get(timestamp);
  yield { address: foldEmail(address.trim()), path, writtenAt: millisOf(at) };
}

/** Rows that name no uid, under one address. */
export interface AddressRows {
  readonly paths: readonly string[];
  readonly newest: Instant | undefined;
}

/** As many rows of an address are named to an officer. */
const MOST_PATHS = 20;

/**
 * Compares everybody with the list of the erased, under every version of the pseudonym key; chains
 * of a uid that was used again count.
 */
export class Matcher {
  /** Tombstones by uid. */
  readonly uids = new Map<string, readonly Buried[]>();
  /** Tombstones by address, with the rows. */
  readonly addresses = new Map<string, { buried: readonly Buried[]; rows: AddressRows }>();
  /**
   * Tombstones by uid of the people named by legal holds, whether anything of them is there or
   * not.
   */
  readonly held = new Map<string, readonly Buried[]>();
  /** Pseudonyms of people on whom a legal hold runs whose document is gone. */
  readonly gone = new Set<string>();
  readonly #byPseudonym = new Map<string, Buried[]>();
  readonly #byEmail = new Map<string, Buried[]>();
  readonly #keys: PseudonymKeys;

  constructor(erased: readonly Buried[], keys: PseudonymKeys) {
    this.#keys = keys;
    const into = (map: Map<string, Buried[]>, key: string, one: Buried) => map.set(key, [...(map.get(key) ?? []), one]);
    for (const one of [...erased].sort((a, b) => a.deletedAt - b.deletedAt)) {
      into(this.#byPseudonym, withoutGeneration(one.chain), one);
      for (const hash of one.emails) into(this.#byEmail, hash, one);
    }
  }

  see(present: Present): void {
    if (!('uid' in present)) this.#seeAddress(present);
    else if (!this.uids.has(present.uid)) this.#note(this.uids, present.uid);
  }

  /**
   * Sees the people of legal holds: somebody found by an address alone may be one of them.
   *
   * @param pseudonyms of people on whom a hold runs whose document is gone
   */
  seeHeld({ uids, pseudonyms }: Pick<HeldPeople, 'uids' | 'pseudonyms'>): void {
    for (const uid of uids) this.#note(this.held, uid);
    for (const pseudonym of pseudonyms) this.gone.add(pseudonym);
  }

  #note(map: Map<string, readonly Buried[]>, uid: string): void {
    if (!isUid(uid)) return;
    const found = pseudonymsOf(uid, this.#keys).flatMap((pseudonym) => this.#byPseudonym.get(pseudonym) ?? []);
    found.sort((a, b) => a.deletedAt - b.deletedAt);
    if (found.length > 0) map.set(uid, found);
  }

  #seeAddress({ address, path, writtenAt }: Extract<Present, { address: string }>): void {
    const known = this.addresses.get(address);
    const buried = known?.buried ?? emailHashes(address, this.#keys).flatMap((hash) => this.#byEmail.get(hash) ?? []);
    if (buried.length === 0) return;
    const newest = Math.max(known?.rows.newest ?? -Infinity, writtenAt ?? -Infinity);
    this.addresses.set(address, {
      buried: [...new Set(buried)].sort((a, b) => a.deletedAt - b.deletedAt),
      rows: {
        paths: [...(known?.rows.paths ?? []), path].slice(0, MOST_PATHS),
        newest: newest === -Infinity ? undefined : newest,
      },
    });
  }
}
