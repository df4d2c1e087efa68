import {
  FieldPath,
  Filter,
  type CollectionReference,
  type DocumentReference,
  type Firestore,
  type Query,
} from 'firebase-admin/firestore';
import type { Clients } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import { batches, millisOf, MOST_VALUES } from '../../platform/firestore.ts';
import {
  collectionId,
  collectionPath,
  databaseOf,
  fillPath,
  isRoot,
  isSegment,
  matchPath,
  parseTemplate,
} from '../../policy/lookup.ts';
import type { Party, PolicyRecord } from '../../policy/schema.ts';
import { foldEmail } from '../../subject/emails.ts';
import { isUid } from '../../subject/identity.ts';
import { timesBy, type RowTimes } from '../rowFate.ts';
import type { Subject } from '../system.ts';
import { trunkOf } from './visit/trunks.ts';

export const databaseFor = (clients: Clients, record: PolicyRecord): Firestore =>
  databaseOf(record) === 'compliance' ? clients.own() : clients.app();

/** The root of a query for all descendants. */
export type Trunk = DocumentReference | CollectionReference;

/**
 * A place of one person's rows. `mine` is asked about every document that a query found, before it
 * is touched. The policy's full path must match: `teams/x/sessions/s` is not `users/x/sessions/s`.
 * The person's variable or field must be this person's.
 */
export interface Place {
  readonly db: Firestore;
  /** The one document, if the person's id is its name. */
  readonly document?: DocumentReference;
  /**
   * The root of the rows, with nothing of other persons. Read whole, it has all below the rows too.
   */
  readonly trunk?: Trunk;
  /**
   * Read whole instead of `query`, one after the other in the order of their names: rows, and all
   * that lies below and between them.
   */
  readonly parts?: () => Promise<readonly Trunk[]>;
  /** Without an order. Null: the place is one document. */
  readonly query: Query | null;
  /**
   * The rows that have this field, in the order of its values; absent: all that the query finds, in
   * the order of their names.
   */
  readonly having?: FieldPath;
  /**
   * Is everything that the query finds the person's? Then a count of it is a count of their rows.
   */
  readonly exact: boolean;
  /** The fields that `mine` asks for. */
  readonly fields: readonly string[];
  readonly mine: (path: string, get: (field: string) => unknown) => boolean;
}

/**
 * Returns the places of one person's rows, to be visited one after the other; no row is in two of
 * them. None: no row is theirs by name; nothing finds rows of a person without an account by a uid.
 *
 * @throws PermanentError `subject.uid` or `subject.pseudonym` for one that cannot be part of a
 * path, `policy.subject` if the record names no person that Firestore could look for
 */
export function placesOf(clients: Clients, record: PolicyRecord, subject: Subject): Place[] {
  const db = databaseFor(clients, record);
  const by = record.subject;
  if ('none' in by) return [];
  if ('handle' in by) throw new PermanentError('policy.subject', `${record.path}: Firestore knows no ${by.handle}`);
  if ('pathVariable' in by) {
    const uid = uidOf(subject);
    return uid === null ? [] : [byVariable(db, record.path, by.pathVariable, uid)];
  }
  if ('pseudonymVariable' in by)
    return pseudonymsOf(subject).map((name) => byVariable(db, record.path, by.pseudonymVariable, name));
  if ('pseudonymField' in by)
    return pseudonymsOf(subject).flatMap((name) => byField(db, record.path, by.pseudonymField, name));
  const uid = uidOf(subject);
  if ('parties' in by) return byParties(db, record.path, by.parties, uid);
  return by.email === undefined
    ? byField(db, record.path, by.field, uid)
    : byFieldOrEmail(db, record.path, { field: by.field, email: by.email }, uid, subject.verifiedEmails);
}

/**
 * The places of rows that name no account and one of these addresses; none if the record's rows
 * name no address.
 */
export function placesByAddress(clients: Clients, record: PolicyRecord, addresses: readonly string[]): Place[] {
  const by = record.subject;
  if (!('field' in by) || by.email === undefined || addresses.length === 0) return [];
  const names = { field: by.field, email: by.email };
  return byFieldOrEmail(databaseFor(clients, record), record.path, names, null, addresses);
}

/** Null: a person without an account. @throws PermanentError `subject.uid` */
export function uidOf({ uid }: Subject): string | null {
  if (uid === '') return null;
  if (isUid(uid)) return uid;
  throw new PermanentError(
    'subject.uid',
    'this uid cannot be part of a path: no document of the contract can be theirs',
  );
}

function pseudonymsOf({ pseudonym, otherPseudonyms = [] }: Subject): readonly string[] {
  const names = [pseudonym, ...otherPseudonyms];
  if (names.every(isSegment)) return names;
  throw new PermanentError('subject.pseudonym', 'this subject has no pseudonym that could be part of a path');
}

function byField(db: Firestore, template: string, field: string, value: string | null): Place[] {
  if (value === null) return [];
  const query = everyRow(db, template).where(field, '==', value);
  const mine: Place['mine'] = (path, get) => matchPath(template, path) !== null && get(field) === value;
  return [{ db, query, mine, exact: isRoot(template), fields: [field] }];
}

/**
 * Finds rows that name the person as one of several: a place for each of the parties. A row in
 * which they are two of them is in the first.
 */
function byParties(db: Firestore, template: string, parties: readonly Party[], uid: string | null): Place[] {
  if (uid === null) return [];
  const isIn = ({ field, as }: Party, get: (field: string) => unknown): boolean => {
    const value = get(field);
    return as === 'array' ? Array.isArray(value) && value.includes(uid) : value === uid;
  };
  const fields = [...new Set(parties.map(({ field }) => field))];
  return parties.map((party, n) => ({
    db,
    query: everyRow(db, template).where(party.field, party.as === 'array' ? 'array-contains' : '==', uid),
    mine: (path, get) =>
      matchPath(template, path) !== null && isIn(party, get) && !parties.slice(0, n).some((other) => isIn(other, get)),
    exact: n === 0 && isRoot(template),
    fields,
  }));
}

/**
 * Ways of writing an address: as addresses are compared, and as keyboards write them by themselves.
 */
const SPELLINGS: readonly ((email: string) => string)[] = [
  (email) => email,
  (email) => email.toUpperCase(),
  // The first letter of a field, and of each word in it.
  (email) => email.replace(/^[a-z]/, (letter) => letter.toUpperCase()),
  (email) => email.replace(/[^@]*/, (local) => local.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase())),
];

/**
 * Finds rows that name the uid; and rows that name no uid, in which a verified address stands. A
 * person who is named by a uid is named by nothing else, so that somebody else's row stays somebody
 * else's whatever address they typed.
 *
 * Firestore compares texts exactly: an address is looked for in lower case, in capitals, with a
 * capital first, and with a capital at each word before the `@`. One that a form stored in another
 * mixture, or with blanks around it, is not found: forms should store it trimmed and in lower case.
 */
function byFieldOrEmail(
  db: Firestore,
  template: string,
  { field, email }: { readonly field: string; readonly email: string },
  uid: string | null,
  verified: readonly string[],
): Place[] {
  const addresses = new Set(verified.map(foldEmail).filter((address) => address !== ''));
  const spelt = [...addresses].flatMap((address) => [...new Set(SPELLINGS.map((spell) => spell(address)))]);
  if (spelt.length === 0) return byField(db, template, field, uid);
  return [...batches(spelt, MOST_VALUES - 1)].map((part, n) => {
    const named = n === 0 ? uid : null;
    const has = Filter.where(email, 'in', part);
    const mine: Place['mine'] = (path, get) => {
      if (matchPath(template, path) === null) return false;
      const owner = get(field);
      if (named !== null && owner === named) return true;
      return namesNobody(owner) && isAmong(part, get(email));
    };
    const query = everyRow(db, template).where(named === null ? has : Filter.or(Filter.where(field, '==', named), has));
    return { db, query, mine, exact: false, fields: [field, email] };
  });
}

const namesNobody = (owner: unknown): boolean => owner === undefined || owner === null || owner === '';

const isAmong = (addresses: readonly string[], value: unknown): boolean =>
  typeof value === 'string' && addresses.includes(value);

function byVariable(db: Firestore, template: string, variable: string, value: string): Place {
  const segments = parseTemplate(template);
  const at = segments.findIndex((segment) => 'variable' in segment && segment.variable === variable);
  const isOpen = (index: number) => index !== at && 'variable' in (segments[index] ?? {});
  const mine = (path: string) => matchPath(template, path)?.[variable] === value;
  if (at < 0 || segments.slice(0, at).some((_, index) => isOpen(index))) {
    throw new PermanentError('policy.subject', `${template}: {${variable}} must come before every other variable`);
  }
  if (at === segments.length - 1) {
    const document = db.doc(fillPath(template, { [variable]: value }));
    return { db, document, query: null, mine, exact: true, fields: [] };
  }
  const trunk = trunkAt(db, fillPath(trunkOf(template, variable), { [variable]: value }));
  if (!segments.slice(at + 1, -1).some((_, index) => isOpen(at + 1 + index))) {
    const collection = fillPath(collectionPath(template), { [variable]: value });
    return { db, trunk, query: db.collection(collection), mine, exact: true, fields: [] };
  }
  // Documents further down, under parents with unknown names: a range of names under the person's
  // own document, never a scan.
  const owner = fillPath(
    template
      .split('/')
      .slice(0, at + 1)
      .join('/'),
    { [variable]: value },
  );
  const query = db
    .collectionGroup(collectionId(template))
    .where(FieldPath.documentId(), '>', db.doc(owner))
    .where(FieldPath.documentId(), '<', db.doc(`${owner}\u0000`));
  return { db, trunk, query, mine, exact: false, fields: [] };
}

/** A document or a collection, by its path. */
export const trunkAt = (db: Firestore, path: string): Trunk =>
  path.split('/').length % 2 === 0 ? db.doc(path) : db.collection(path);

/** Every row of a record, and of collections of the same name elsewhere: match each path. */
export function everyRow(db: Firestore, template: string): Query {
  return isRoot(template) ? db.collection(collectionPath(template)) : db.collectionGroup(collectionId(template));
}

/** The times of a document that its fate counts from. */
export const timesOf = (record: PolicyRecord, get: (field: string) => unknown): RowTimes =>
  timesBy(record, (field) => millisOf(get(field)));
