import { Timestamp, type DocumentData, type DocumentReference, type DocumentSnapshot } from 'firebase-admin/firestore';
import * as z from 'zod/mini';
import { isSealed, sealed, withoutSeal } from '../crypto/seal.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { ComplianceError } from '../platform/errors.ts';
import { keyedHash } from '../platform/keys.ts';
import { lazily } from '../platform/shapes.ts';
import type { Instant } from '../platform/time.ts';

/**
 * `officers/{pseudonym}`: the officers of the company by name. Decisions carry the pseudonym alone;
 * this directory, apart, leads to the name. An officer declares a name and does not prove it. A
 * removed officer decides nothing more. The row keeps the name for as long as claims can be
 * brought.
 */

/** An officer as the directory has them. */
export interface Officer {
  readonly pseudonym: string;
  /** Absent if somebody else wrote the row: it makes nobody an officer. */
  readonly name?: string;
  readonly addedAt?: Instant;
  readonly removedAt?: Instant;
  readonly isSealed: boolean;
}

/** The longest name, in characters. */
const LONGEST = 100;

const moment = () => z.instanceof(Timestamp);
const row = lazily(() =>
  z.strictObject({
    name: z.string().check(z.minLength(1), z.maxLength(LONGEST)),
    addedAt: moment(),
    removedAt: z.optional(moment()),
  }),
);

const folded = (text: string): string => text.normalize('NFC').trim().replace(/ +/g, ' ');

/**
 * Returns a name in its one form: no blanks around it, one between words.
 *
 * @throws ComplianceError `officer.name` if it is empty, too long or has control characters
 */
function nameIn(text: string): string {
  const name = folded(text);
  if (name === '' || name.length > LONGEST || /\p{C}/u.test(name))
    throw new ComplianceError('officer.name', `a name of an officer has 1 to ${LONGEST} visible characters`);
  return name;
}

/** Upper and lower case make no other person. */
const pseudonymOf = (name: string, { keys }: Pick<OwnStore, 'keys'>, version = keys.current): string =>
  `v${version}_${keyedHash('officer', [name.toLowerCase()], keys, version)}`;

/** Under every key that there is. */
const pseudonymsOf = (name: string, store: Pick<OwnStore, 'keys'>): string[] =>
  Object.keys(store.keys.keys).map((version) => pseudonymOf(name, store, Number(version)));

const directoryOf = ({ clients }: Pick<OwnStore, 'clients'>) => clients.own().collection('officers');

const rowOf = (ref: DocumentReference, fields: DocumentData, { keys }: OwnStore): DocumentData =>
  sealed(ref.path, fields, keys);

/** Reads a row; null if there is none. One that the backend did not write so names nobody. */
function officerIn(document: DocumentSnapshot, { keys }: OwnStore): Officer | null {
  const data = document.data();
  if (data === undefined) return null;
  const { id, ref } = document;
  const read = row().safeParse(withoutSeal(data));
  if (!read.success || !isSealed(ref.path, data, keys)) return { pseudonym: id, isSealed: false };
  const { name, addedAt, removedAt } = read.data;
  return {
    pseudonym: id,
    name,
    addedAt: addedAt.toMillis(),
    ...defined({ removedAt: removedAt?.toMillis() }),
    isSealed: true,
  };
}

/** Lists the directory: those who may decide first, then by name. Costs one read a row. */
export async function listOfficers(store: OwnStore): Promise<Officer[]> {
  const { docs } = await directoryOf(store).get();
  const rank = ({ removedAt }: Officer): number => (removedAt === undefined ? 0 : 1);
  return docs
    .flatMap((document) => officerIn(document, store) ?? [])
    .sort((a, b) => rank(a) - rank(b) || (a.name ?? '').localeCompare(b.name ?? ''));
}

/** True if the directory has any row, also of somebody who was removed. */
export const hasOfficers = async (store: OwnStore): Promise<boolean> =>
  !(await directoryOf(store).limit(1).get()).empty;

/**
 * Returns the pseudonym of an officer who may decide; null if nobody of this name does. Costs one
 * read for each pseudonym key.
 *
 * @throws ComplianceError `officer.name` for a text that is no name
 */
export async function officerNamed(store: OwnStore, text: string): Promise<string | null> {
  const found = await rowsNamed(store, nameIn(text));
  return found.find((officer) => officer.isSealed && officer.removedAt === undefined)?.pseudonym ?? null;
}

async function rowsNamed(store: OwnStore, name: string): Promise<Officer[]> {
  const refs = pseudonymsOf(name, store).map((pseudonym) => directoryOf(store).doc(pseudonym));
  const documents = await store.clients.own().getAll(...refs);
  return documents.flatMap((document) => officerIn(document, store) ?? []);
}

/** The result of a change of the directory. */
export interface OfficerChanged {
  readonly pseudonym: string;
  /** False: it was so before. */
  readonly changed: boolean;
}

/**
 * Adds an officer. One who was removed is an officer again, under the same pseudonym. Adding them
 * again changes nothing.
 *
 * @throws ComplianceError `officer.name` for a text that is no name
 */
export async function addOfficer(store: OwnStore & Pick<Context, 'now'>, text: string): Promise<OfficerChanged> {
  const name = nameIn(text);
  const known = (await rowsNamed(store, name)).find(({ isSealed: isOurs }) => isOurs)?.pseudonym;
  const pseudonym = known ?? pseudonymOf(name, store);
  const ref = directoryOf(store).doc(pseudonym);
  const changed = await store.clients.own().runTransaction(async (tx) => {
    const before = officerIn(await tx.get(ref), store);
    if (before?.isSealed === true && before.removedAt === undefined) return false;
    tx.set(ref, rowOf(ref, { name, addedAt: Timestamp.fromMillis(before?.addedAt ?? store.now()) }, store));
    return true;
  });
  return { pseudonym, changed };
}

/**
 * Removes an officer: from here on they decide nothing. A row that somebody else wrote is deleted.
 *
 * @param asked a name, or the pseudonym as the directory shows it
 * @returns null if nobody is called so
 */
export async function removeOfficer(
  store: OwnStore & Pick<Context, 'now'>,
  asked: string,
): Promise<OfficerChanged | null> {
  const all = await listOfficers(store);
  const names = pseudonymsOf(folded(asked), store);
  const found = all.find(({ pseudonym }) => pseudonym === asked || names.includes(pseudonym));
  if (found === undefined) return null;
  const ref = directoryOf(store).doc(found.pseudonym);
  const changed = await store.clients.own().runTransaction(async (tx) => {
    const document = await tx.get(ref);
    const before = officerIn(document, store);
    if (before === null || before.removedAt !== undefined) return false;
    const removedAt = Timestamp.fromMillis(store.now());
    if (!before.isSealed) tx.delete(ref);
    else tx.set(ref, rowOf(ref, { ...withoutSeal(document.data() ?? {}), removedAt }, store));
    return true;
  });
  return { pseudonym: found.pseudonym, changed };
}
