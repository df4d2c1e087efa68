import {
  FieldPath,
  type DocumentReference,
  type Firestore,
  type Query,
  type QueryDocumentSnapshot,
} from 'firebase-admin/firestore';
import { PermanentError } from '../../platform/errors.ts';
import {
  collectionId,
  collectionPath,
  databaseOf,
  fillPath,
  isRoot,
  matchPath,
  parseTemplate,
} from '../../policy/lookup.ts';
import type { PolicyRecord } from '../../policy/schema.ts';
import { isUid } from '../../subject/identity.ts';
import type { Subject } from '../system.ts';
import type { Clients } from '../../platform/context.ts';

/** Rows per page: long query streams break in production after about a minute. */
export const PAGE = 500;

export const databaseFor = (clients: Clients, record: PolicyRecord): Firestore =>
  databaseOf(record) === 'compliance' ? clients.own() : clients.app();

/**
 * Where the rows of one person are. `mine` is asked about every document that a query found, before it is touched: the policy's
 * full path must match (`teams/x/sessions/s` is not `users/x/sessions/s`) and the person's variable or field must be this person's.
 */
export interface Place {
  readonly db: Firestore;
  /** The one document, where the person's id is its name. */
  readonly document?: DocumentReference;
  /** The person's collection, where all its documents are theirs. */
  readonly collection?: string;
  /** Without an order; every page orders by name. Null: nobody's rows by name. */
  readonly query: Query | null;
  mine(path: string, get: (field: string) => unknown): boolean;
}

/**
 * @throws PermanentError `subject.uid` for a uid that cannot be part of a path, `policy.subject` where the record names no person that
 * Firestore could look for
 */
export function placeOf(clients: Clients, record: PolicyRecord, subject: Subject): Place {
  const db = databaseFor(clients, record);
  const by = record.subject;
  if ('none' in by) return { db, query: null, mine: () => false };
  if ('handle' in by) throw new PermanentError('policy.subject', `${record.path}: Firestore knows no ${by.handle}`);
  const value = 'pathVariable' in by || 'field' in by ? uidOf(subject) : subject.pseudonym;
  if ('pathVariable' in by) return byVariable(db, record.path, by.pathVariable, value);
  if ('pseudonymVariable' in by) return byVariable(db, record.path, by.pseudonymVariable, value);
  const field = 'field' in by ? by.field : by.pseudonymField;
  return {
    db,
    query: everyRow(db, record.path).where(field, '==', value),
    mine: (path, get) => matchPath(record.path, path) !== null && get(field) === value,
  };
}

function uidOf(subject: Subject): string {
  if (isUid(subject.uid)) return subject.uid;
  throw new PermanentError(
    'subject.uid',
    'this uid cannot be part of a path: no document of the contract can be theirs',
  );
}

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
    return { db, document, query: null, mine };
  }
  if (!segments.slice(at + 1, -1).some((_, index) => isOpen(at + 1 + index))) {
    const collection = fillPath(collectionPath(template), { [variable]: value });
    return { db, collection, query: db.collection(collection), mine };
  }
  // Documents further down, under parents whose names nobody knows: a range of names under the person's own document, never a scan.
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
  return { db, query, mine };
}

/** Every row of a record, and of collections of the same name elsewhere: match each path. */
export function everyRow(db: Firestore, template: string): Query {
  return isRoot(template) ? db.collection(collectionPath(template)) : db.collectionGroup(collectionId(template));
}

/** The next rows by name. `after` is the full path of the last one. */
export async function nextPage(place: Place, after: string | undefined, fields: string[] | null): Promise<Page> {
  if (place.query === null) return { documents: [], last: undefined, full: false };
  let query = place.query.orderBy(FieldPath.documentId()).limit(PAGE);
  if (fields !== null) query = query.select(...fields);
  if (after !== undefined) query = query.startAfter(place.db.doc(after));
  const { docs } = await query.get();
  return {
    documents: docs.filter((document) => place.mine(document.ref.path, (field) => document.get(field))),
    last: docs.at(-1)?.ref.path,
    full: docs.length === PAGE,
  };
}

export interface Page {
  /** Matched: only these may be touched. */
  readonly documents: readonly QueryDocumentSnapshot[];
  readonly last: string | undefined;
  readonly full: boolean;
}
