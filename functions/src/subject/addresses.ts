import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import { ComplianceError } from '../platform/errors.ts';
import type { OwnStore } from '../platform/context.ts';
import { sealed } from '../crypto/seal.ts';
import { createIfAbsent } from '../platform/firestore.ts';
import { addressKey, addressKeys, foldEmail, isAddressKey, isUnmistakable, nameOfAddress } from './emails.ts';
import { type Known } from './identity.ts';
import { isSubjectSealed, knownFromDocument, subjectPath } from './known.ts';
import { everyNameOf } from './pseudonym.ts';

/**
 * People without an account: known by an address that they proved to an officer, in
 * `subjects/email_{keyed hash of the address}`. It is there while an erasure or a legal hold runs,
 * and until every request of theirs is answered (rights/ways/withoutAccount.ts).
 */

const refOf = (own: Firestore, key: string) => {
  if (!isAddressKey(key)) throw new ComplianceError('subject.key', 'not the key of a proven address');
  return own.collection('subjects').doc(key);
};

/**
 * Makes sure that nobody mistakes this address for another one.
 *
 * @throws ComplianceError `subject.email` if other systems could take it for another one
 */
export function assertUnmistakable(email: string): void {
  if (isUnmistakable(email.trim())) return;
  const what = 'this address could be mistaken for another one: erase by hand what is of it';
  throw new ComplianceError('subject.email', what);
}

/**
 * Keeps the address that a person has proven; answers its key, for the job (`subjectKey`). Running
 * it twice changes nothing more.
 *
 * @throws ComplianceError `subject.email` for an address that other systems could take for another
 * one
 */
export async function learnAddress(
  { clients, keys }: OwnStore,
  { email, provenAt }: { readonly email: string; readonly provenAt: Instant },
): Promise<string> {
  assertUnmistakable(email);
  const key = addressKey(email, keys);
  const proven = { verifiedEmails: [foldEmail(email.trim())], provenAt: Timestamp.fromMillis(provenAt) };
  await refOf(clients.own(), key).set(sealed(subjectPath(key), proven, keys));
  return key;
}

/**
 * Keeps an address that a request names and nobody has proven: an answer goes there, and nothing
 * else rests on it. A proven one stays as it is.
 *
 * @returns its key
 * @throws ComplianceError `subject.email` as above
 */
export async function noteAddress({ clients, keys }: OwnStore, email: string): Promise<string> {
  assertUnmistakable(email);
  const key = addressKey(email, keys);
  const claimed = { unverifiedEmails: [foldEmail(email.trim())] };
  await createIfAbsent(refOf(clients.own(), key), sealed(subjectPath(key), claimed, keys));
  return key;
}

/**
 * Returns the person, by the key of their address; the uid is empty, and so is the pseudonym. Null
 * if nothing is kept (any more), or if the backend did not write it so.
 */
export async function readAddress({ clients, keys }: OwnStore, key: string): Promise<Known | null> {
  const data = (await refOf(clients.own(), key).get()).data();
  return data === undefined || !isSubjectSealed(key, data, keys) ? null : knownFromDocument('', data);
}

/** Returns the address behind a key, proven or not; undefined if it is kept no longer. 1 read. */
export async function addressBehind(store: OwnStore, key: string): Promise<string | undefined> {
  const known = await readAddress(store, key);
  return known?.verifiedEmails[0] ?? known?.unverifiedEmails?.[0];
}

/**
 * Returns the key of an address, then its keys under the other pseudonym keys. If the address is
 * kept no longer, the given key is the only one. Costs 1 read if there are more keys.
 */
export async function everyKeyOf(store: OwnStore, key: string): Promise<string[]> {
  const email = Object.keys(store.keys.keys).length === 1 ? undefined : await addressBehind(store, key);
  return email === undefined ? [key] : [...new Set([key, ...addressKeys(email, store.keys)])];
}

/**
 * Returns the name of a person's chain, then its names under the other keys of the pseudonyms. Of
 * an account they go by the uid, of a person without one by their address. If that is kept no
 * longer, the given name is the only one. Costs 1 read of a person without an account, if there are
 * more keys.
 */
export async function everyNameOfPerson(
  store: OwnStore,
  { uid, key }: { readonly uid: string; readonly key?: string | undefined },
  chain: string,
): Promise<string[]> {
  if (uid !== '') return everyNameOf(uid, chain, store.keys);
  const isAlone = key === undefined || Object.keys(store.keys.keys).length === 1;
  const email = isAlone ? undefined : await addressBehind(store, key);
  return email === undefined ? [chain] : everyNameOf(nameOfAddress(email), chain, store.keys);
}

/**
 * Forgets the person: the address, and the ids that their erasures had collected. Runs twice
 * harmlessly.
 */
export async function forgetAddress(own: Firestore, key: string): Promise<void> {
  const ref = refOf(own, key);
  for (const identity of await ref.collection('identities').listDocuments()) await identity.delete();
  await ref.delete();
}
