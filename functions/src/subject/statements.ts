import {
  Timestamp,
  type DocumentData,
  type DocumentReference,
  type DocumentSnapshot,
  type Firestore,
  type Query,
} from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import { millisOf } from '../platform/firestore.ts';
import { keyedHash, type PseudonymKeys } from '../platform/keys.ts';
import { isSealed, sealed, withoutSeal } from '../crypto/seal.ts';
import { keyVersions } from './pseudonym.ts';

/**
 * Statements of the app's servers and of officers about a person: how old they are, who decides for
 * them, whether their processing is restricted, what a legal hold keeps. Each is sealed by the
 * operation that takes it. A document without the right seal was written by somebody else: it gives
 * nobody a power and takes no protection away.
 */

/** The collections that hold statements, in the backend's own database. */
export const STATEMENTS = ['ageBands', 'guardianships', 'restrictions', 'legalHolds'] as const;
export type StatementKind = (typeof STATEMENTS)[number];

/** The kinds that keep data: a restriction of processing (Art. 18), a legal hold. */
export type RestraintKind = Extract<StatementKind, 'restrictions' | 'legalHolds'>;

/** A statement as it is stored. */
export interface Statement {
  readonly id: string;
  /** False if the backend did not write exactly this document here. */
  readonly isSealed: boolean;
  /** Its fields, without the seal. */
  readonly data: DocumentData;
}

export const statements = (own: Firestore, kind: StatementKind) => own.collection(kind);

/** A statement as it is written: whole, with its seal. */
export const statement = (ref: DocumentReference, data: DocumentData, keys: PseudonymKeys): DocumentData =>
  sealed(ref.path, data, keys);

/** Reads a statement; null if there is none. */
export function statementIn(document: DocumentSnapshot, keys: PseudonymKeys): Statement | null {
  const data = document.data();
  if (data === undefined) return null;
  return { id: document.id, isSealed: isSealed(document.ref.path, data, keys), data: withoutSeal(data) };
}

/**
 * When a version of a statement is written: later than the one before, whatever this instance's
 * clock says. The head of the person's chain remembers it (ledger/protection.ts).
 */
export const statedAfter = (known: Statement | null, now: Instant): Timestamp =>
  Timestamp.fromMillis(Math.max(now, ((known?.isSealed && statedAt(known)) || -Infinity) + 1));

/** When this version of a statement was written. */
export const statedAt = ({ data }: Pick<Statement, 'data'>): Instant | undefined => millisOf(data['statedAt']);

/** The statements that a query finds. */
export async function statementsOf(query: Query, keys: PseudonymKeys): Promise<Statement[]> {
  const { docs } = await query.get();
  return docs.flatMap((document) => statementIn(document, keys) ?? []);
}

/**
 * The id of a statement of which a person can have several. The same request with the same content
 * has the same id, and no text of the request stays in it. It begins with a letter: a command would
 * take a dash for an option.
 *
 * @param requestId as the one who states it chose it: tells two equal statements apart
 * @param content what JSON can hold, its members in one order
 */
export const statementId = (
  kind: StatementKind,
  requestId: string,
  content: object,
  keys: PseudonymKeys,
  version: number = keys.current,
): string => `stated_${keyedHash('statement', [kind, requestId, JSON.stringify(content)], keys, version)}`;

/** Its ids under every key that there is, that of today first: one that was stated keeps its id. */
export const statementIds = (
  kind: StatementKind,
  requestId: string,
  content: object,
  keys: PseudonymKeys,
): readonly [string, ...string[]] => {
  const idAt = (version?: number): string => statementId(kind, requestId, content, keys, version);
  return [idAt(), ...keyVersions(keys).slice(1).map(idAt)];
};

/**
 * Finds the document of a statement of which a person can have several: the one that is there under
 * an older key, else the one of today. A read for each older key.
 */
export async function statementRef(
  own: Firestore,
  kind: StatementKind,
  [id, ...older]: readonly [string, ...string[]],
): Promise<DocumentReference> {
  const refs = older.map((other) => statements(own, kind).doc(other));
  const found = refs.length === 0 ? [] : await own.getAll(...refs);
  return found.find(({ exists }) => exists)?.ref ?? statements(own, kind).doc(id);
}

/**
 * The name of a restriction or a legal hold in the ledger, which outlives its document. It is a
 * keyed hash of its id, so that nobody who reads both finds a uid by it.
 */
export const restraintName = (
  kind: RestraintKind,
  id: string,
  keys: PseudonymKeys,
  version: number = keys.current,
): string => `v${version}_${keyedHash('statementName', [kind, id], keys, version)}`;

/** Its names under every key that there is: the ledger keeps the one under which it was set. */
export const restraintNames = (kind: RestraintKind, id: string, keys: PseudonymKeys): string[] =>
  Object.keys(keys.keys).map((version) => restraintName(kind, id, keys, Number(version)));

const NAME = /^v\d+_[A-Za-z0-9_-]{43}$/;

/** True for a text of the form of such a name. */
export const isRestraintName = (text: string): boolean => NAME.test(text);
