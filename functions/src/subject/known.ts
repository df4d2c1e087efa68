import { Timestamp, type DocumentData, type Firestore } from 'firebase-admin/firestore';
import { isSealed, sealed } from '../crypto/seal.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import { millisOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import type { Instant } from '../platform/time.ts';
import { collectionId, collectionPath, databaseOf, fillPath, recordsOfSystem } from '../policy/lookup.ts';
import type { Policy, PolicyRecord } from '../policy/schema.ts';
import { isAddressKey } from './emails.ts';
import { pseudonymsOf, withoutGeneration } from './pseudonym.ts';
import { canonical, isSameKnown, isUid, mergeKnown, type Known, type Subject } from './identity.ts';

/** `subjects/{uid}`: the servers' knowledge of a person, as it is kept. Each document is sealed. */

const subjectRef = (own: Firestore, uid: string) => {
  if (!isUid(uid)) throw new ComplianceError('subject.uid', 'this uid cannot be part of a path');
  return own.collection('subjects').doc(uid);
};

/** The path of the servers' knowledge of a person, by their uid or the key of their address. */
export const subjectPath = (key: string): string => `subjects/${key}`;

/** True if the backend wrote this document of `subjects` so. */
export const isSubjectSealed = (key: string, data: DocumentData, keys: PseudonymKeys): boolean =>
  isSealed(subjectPath(key), data, keys);

/**
 * Reads the proofs in a document of `subjects`. A forged one proves only that earlier knowledge is
 * lost.
 */
export const knownIn = (uid: string, data: DocumentData, keys: PseudonymKeys): Known =>
  isSubjectSealed(uid, data, keys)
    ? knownFromDocument(uid, data)
    : { uid, pseudonym: '', accountCreatedAt: null, verifiedEmails: [], providerIds: {}, historyLost: true };

/** Reads the servers' knowledge of an account; null if they know nobody. */
export async function readKnown({ clients, keys }: OwnStore, uid: string): Promise<Known | null> {
  const data = (await subjectRef(clients.own(), uid).get()).data();
  return data === undefined ? null : knownIn(uid, data, keys);
}

/**
 * Adds new data to known ones, in one transaction; answers the result. Running it twice changes
 * nothing more. A person with new data is not missing any more. The document is written whole,
 * and sealed; of a forged one nothing is merged.
 */
export async function learn({ clients, keys }: OwnStore, added: Known): Promise<Known> {
  const ref = subjectRef(clients.own(), added.uid);
  return clients.own().runTransaction(async (tx) => {
    const data = (await tx.get(ref)).data();
    const before = data === undefined ? null : knownIn(added.uid, data, keys);
    const merged = mergeKnown(before, added);
    const isNews = before === null || !isSameKnown(before, merged);
    const isOurs = data !== undefined && isSubjectSealed(added.uid, data, keys);
    if (isNews || !isOurs || missingSince(data) !== undefined)
      tx.set(ref, sealed(subjectPath(added.uid), { ...merged }, keys));
    return merged;
  });
}

/**
 * Notes that the recipients of a person's address are being told of the newest one. Nothing changes
 * if another address was verified meanwhile, or if the document is not as the backend wrote it. In
 * one transaction: 1 read, 1 write.
 */
export async function settleAddress({ clients, keys }: OwnStore, { uid, verifiedEmails }: Known): Promise<void> {
  const ref = subjectRef(clients.own(), uid);
  await clients.own().runTransaction(async (tx) => {
    const data = (await tx.get(ref)).data();
    if (data === undefined || !isSubjectSealed(uid, data, keys)) return;
    const { addressMoved, ...known } = knownFromDocument(uid, data);
    if (addressMoved === undefined || known.verifiedEmails[0] !== verifiedEmails[0]) return;
    // An account that is missed meanwhile keeps the time since when.
    if (missingSince(data) === undefined) tx.set(ref, sealed(subjectPath(uid), known, keys));
  });
}

/** The sealed document of an account that Auth no longer has, with the time since when. */
export const missedDocument = (uid: string, data: DocumentData, at: Instant, keys: PseudonymKeys): DocumentData =>
  sealed(subjectPath(uid), { ...data, missingSince: Timestamp.fromMillis(at) }, keys);

/**
 * Forgets a person, if the document still is of this account: another one under the same uid is not
 * touched.
 */
export async function forgetKnown(
  { clients, keys }: OwnStore,
  subject: Pick<Subject, 'uid' | 'accountCreatedAt'>,
): Promise<void> {
  const ref = subjectRef(clients.own(), subject.uid);
  await clients.own().runTransaction(async (tx) => {
    const data = (await tx.get(ref)).data();
    if (data === undefined) return;
    const createdAt = knownIn(subject.uid, data, keys).accountCreatedAt;
    if (createdAt === null || subject.accountCreatedAt === null || createdAt === subject.accountCreatedAt)
      tx.delete(ref);
  });
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/**
 * Reads `subjects/{uid}` without checking its seal. A person without an account has an empty uid
 * (addresses.ts).
 */
export function knownFromDocument(uid: string, data: Record<string, unknown>): Known {
  const { pseudonym, accountCreatedAt: createdAt, tenantId, verifiedEmails, providerIds, atDeletion } = data;
  const ended = atDeletion as { readonly emails?: unknown; readonly phones?: unknown } | undefined;
  const ids = typeof providerIds === 'object' && providerIds !== null ? Object.entries(providerIds) : [];
  return canonical({
    uid,
    pseudonym: typeof pseudonym === 'string' ? pseudonym : '',
    accountCreatedAt: typeof createdAt === 'number' ? createdAt : null,
    ...(typeof tenantId === 'string' || tenantId === null ? { tenantId } : {}),
    verifiedEmails: texts(verifiedEmails),
    unverifiedEmails: texts(data['unverifiedEmails']),
    providerIds: Object.fromEntries(ids.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    phones: texts(data['phones']),
    federated: texts(data['federated']),
    installations: texts(data['installations']),
    ...(ended === undefined ? {} : { atDeletion: { emails: texts(ended.emails), phones: texts(ended.phones) } }),
    ...(data['addressMoved'] === true ? { addressMoved: true } : {}),
    ...(data['historyLost'] === true ? { historyLost: true } : {}),
  });
}

/**
 * Returns since when Auth does not know the account any more, as far as the nightly comparison has
 * seen; undefined: it does.
 */
export function missingSince(data: Record<string, unknown> | undefined): Instant | undefined {
  return millisOf(data?.['missingSince']);
}

/**
 * Names a person's document among `subjects`: the uid, or of a person without an account the key of
 * their proven address (addresses.ts). For a job's input: `uid`, and `subjectKey` if the uid is
 * empty.
 *
 * @throws ComplianceError `subject.key` if it is neither
 */
export function subjectKey({
  uid,
  subjectKey: key,
}: {
  readonly uid?: unknown;
  readonly subjectKey?: unknown;
}): string {
  if (typeof uid === 'string' && isUid(uid)) return uid;
  if (uid === '' && typeof key === 'string' && isAddressKey(key)) return key;
  throw new ComplianceError('subject.key', 'neither a uid nor the key of a proven address');
}

type OwnRecord = PolicyRecord & { readonly subject: { readonly pathVariable: string } };

const isIdentifying = (
  record: PolicyRecord,
): record is OwnRecord & { readonly identifies: NonNullable<PolicyRecord['identifies']> } =>
  record.identifies !== undefined && 'pathVariable' in record.subject;

/**
 * Returns the ids in other systems that servers keep in the app's own documents (`identifies` in
 * the policy), by handle name. They find candidates; `prove` still asks the other side for the uid.
 */
export async function serverWrittenIds(app: Firestore, policy: Policy, uid: string): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const { record } of recordsOfSystem(policy, 'firestore')) {
    if (!isIdentifying(record)) continue;
    const document = await app.doc(fillPath(record.path, { [record.subject.pathVariable]: uid })).get();
    const value: unknown = document.get(record.identifies.field);
    if (typeof value === 'string' && value !== '') ids[record.identifies.handle] = value;
  }
  return ids;
}

/**
 * Finds the account of chains in the identity map, under the key that it has or the one before;
 * null if nobody knows it any more.
 */
export async function uidOfChains({ clients, keys }: OwnStore, chains: readonly string[]): Promise<string | null> {
  const pseudonyms = chains.map(withoutGeneration);
  const found = await clients.own().collection('subjects').where('pseudonym', 'in', pseudonyms).limit(1).get();
  const uid = found.docs[0]?.id;
  // The field is a claim: the pseudonym follows from the uid and our key.
  return uid !== undefined && pseudonymsOf(uid, keys).some((one) => pseudonyms.includes(one)) ? uid : null;
}

/** The collection of the contract with documents named by the UUID of an installation. */
const INSTALLATIONS = 'installations';
/**
 * Claims for an officer to compare; each is a read, and nobody uses an app on more devices than
 * this.
 */
const MOST_INSTALLATIONS = 20;

const isInstallations = (record: PolicyRecord): record is OwnRecord =>
  'pathVariable' in record.subject &&
  databaseOf(record) === '(default)' &&
  collectionId(record.path) === INSTALLATIONS &&
  collectionPath(record.path).split('{').length === 2;

/** True if rows of this record tell by what recipients know the person. */
export const givesIds = (record: PolicyRecord): boolean =>
  record.system === 'firestore' && (isIdentifying(record) || isInstallations(record));

/**
 * Lists the installations that the app noted under the person's own path, by their names. Claims:
 * nothing is looked for by them.
 */
export async function installationsOf(
  { clients, policy }: Pick<Context, 'clients' | 'policy'>,
  uid: string,
): Promise<string[]> {
  const names: string[] = [];
  for (const { record } of recordsOfSystem(policy, 'firestore')) {
    if (!isInstallations(record)) continue;
    const path = fillPath(collectionPath(record.path), { [record.subject.pathVariable]: uid });
    const collection = clients.app().collection(path);
    names.push(...(await collection.limit(MOST_INSTALLATIONS).select().get()).docs.map(({ id }) => id));
  }
  return names.slice(0, MOST_INSTALLATIONS);
}
