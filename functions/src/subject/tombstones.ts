import { FieldPath, Timestamp, type DocumentData } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import type { OwnStore } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { MOST_VALUES } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { isSealed, sealed, withoutSeal } from '../crypto/seal.ts';
import { emailHashes } from './emails.ts';

/**
 * `tombstones/{chain}`: the lasting mark of an erasure. It refuses late events and effects, and
 * lets a restore be followed by the erasures that it undid. Pseudonymous personal data, with a
 * period of its own. Sealed: a mark of somebody else's makes nobody look erased.
 */
export interface Tombstone {
  readonly accountCreatedAt: number | null;
  readonly deletedAt: Instant;
  readonly job: string;
  /**
   * Hashes of the verified e-mail addresses (emails.ts): a complainant can be found as long as the
   * mark lasts.
   */
  readonly emails?: readonly string[];
  /**
   * Hashes of addresses that were theirs once. They find holds alone, and nobody's proof: somebody
   * else can have the address by now.
   */
  readonly formerEmails?: readonly string[];
}

const pathOf = (chain: string): string => `tombstones/${chain}`;

/**
 * The fields of a mark; undefined for a document that is not there, or that the backend did not
 * write so.
 */
export const tombstoneIn = (
  chain: string,
  data: DocumentData | undefined,
  keys: PseudonymKeys,
): DocumentData | undefined =>
  data !== undefined && isSealed(pathOf(chain), data, keys) ? withoutSeal(data) : undefined;

/** A mark with the chain that it is of. */
export interface Marked {
  readonly chain: string;
  readonly mark: DocumentData;
}

/**
 * Finds the marks of erased people by an address that they had verified: the erasure left its keyed
 * hash. A forged mark makes nobody's erasure this person's. 1 query.
 */
export const marksOfAddress = (store: OwnStore, email: string): Promise<Marked[]> => marksWith(store, 'emails', email);

/**
 * Finds the marks of erased people by an address that was theirs at any time: a legal hold on it
 * keeps their rows. 2 queries.
 */
export async function marksHeldBy(store: OwnStore, email: string): Promise<Marked[]> {
  return [...(await marksOfAddress(store, email)), ...(await marksWith(store, 'formerEmails', email))];
}

async function marksWith(
  { clients, keys }: OwnStore,
  field: 'emails' | 'formerEmails',
  email: string,
): Promise<Marked[]> {
  const hashes = emailHashes(email, keys).slice(-MOST_VALUES);
  const { docs } = await clients.own().collection('tombstones').where(field, 'array-contains-any', hashes).get();
  return docs.flatMap((document) => marked(document.id, document.data(), keys));
}

/** Finds the marks of every erasure under a pseudonym. 1 query. */
export async function marksOfPseudonym({ clients, keys }: OwnStore, pseudonym: string): Promise<Marked[]> {
  const all = clients.own().collection('tombstones').orderBy(FieldPath.documentId());
  const { docs } = await all.startAt(pseudonym).endBefore(`${pseudonym}~:`).get();
  return docs.flatMap((document) => marked(document.id, document.data(), keys));
}

function marked(chain: string, data: DocumentData, keys: PseudonymKeys): Marked[] {
  const mark = tombstoneIn(chain, data, keys);
  return mark === undefined ? [] : [{ chain, mark }];
}

/** The hashes of every address by which a legal hold can name an erased person. */
export const holdableHashes = (mark: DocumentData | undefined): string[] =>
  [mark?.['emails'], mark?.['formerEmails']].flatMap((hashes: unknown) =>
    Array.isArray(hashes) ? hashes.map(String) : [],
  );

/** Reads the mark of a chain; undefined if there is none. */
export const readTombstone = async ({ clients, keys }: OwnStore, chain: string): Promise<DocumentData | undefined> =>
  tombstoneIn(chain, (await clients.own().doc(pathOf(chain)).get()).data(), keys);

/**
 * Changes a mark in one transaction (1 read, 1 write); null writes nothing. Of a forged one nothing
 * stays.
 */
export async function changeTombstone(
  { clients, keys }: OwnStore,
  chain: string,
  change: (mark: DocumentData | undefined) => DocumentData | null,
): Promise<void> {
  const own = clients.own();
  const ref = own.doc(pathOf(chain));
  await own.runTransaction(async (tx) => {
    const next = change(tombstoneIn(chain, (await tx.get(ref)).data(), keys));
    if (next !== null) tx.set(ref, sealed(pathOf(chain), next, keys));
  });
}

const fieldsOf = ({ deletedAt, ...mark }: Tombstone): DocumentData => ({
  ...defined(mark),
  deletedAt: Timestamp.fromMillis(deletedAt),
});

/** Writes the mark, and keeps its former fields; writing it again changes nothing. */
export const bury = (store: OwnStore, chain: string, mark: Tombstone, completedAt?: Instant): Promise<void> =>
  changeTombstone(store, chain, (before = {}) => ({
    ...before,
    ...fieldsOf(mark),
    ...(completedAt === undefined ? {} : { completedAt: Timestamp.fromMillis(completedAt) }),
  }));

/** Writes the mark of an erasure that has begun (1 write). Writing it again changes nothing. */
export async function buryWithAddresses(
  { clients, keys }: OwnStore,
  chain: string,
  mark: Tombstone & Required<Pick<Tombstone, 'emails'>>,
): Promise<void> {
  await clients
    .own()
    .doc(pathOf(chain))
    .set(sealed(pathOf(chain), fieldsOf(mark), keys));
}
