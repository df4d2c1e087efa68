import { FieldPath } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { documentsOf, SLIM } from '../../platform/firestore.ts';
import type { Instant } from '../../platform/time.ts';
import { accountsWith } from '../../subject/accounts.ts';
import { addressKeys, emailHashes, foldEmail, isAddressKey, nameOfAddress } from '../../subject/emails.ts';
import type { Holdable } from '../../subject/hold.ts';
import { isUid } from '../../subject/identity.ts';
import { isSubjectSealed, knownFromDocument } from '../../subject/known.ts';
import { pseudonymsOf, withoutGeneration } from '../../subject/pseudonym.ts';
import { holdableHashes, marksHeldBy, readTombstone } from '../../subject/tombstones.ts';

/** A hold by an address, as the retention asks for it. */
export interface HeldAddress {
  readonly email: string;
  /** The accounts that have the address, or had it. */
  readonly uids: readonly string[];
  /** The pseudonyms of erased people with this address. */
  readonly pseudonyms: readonly string[];
  readonly records: readonly string[] | null;
  readonly until: Instant;
}

type Reader = Pick<Context, 'clients' | 'keys' | 'config' | 'now'>;
type Scope = Pick<HeldAddress, 'records' | 'until'>;

/**
 * Finds the addresses of the holds on people without an account, the accounts that were made with
 * them since, and the erased people with one. Rows that a ground keeps name these still. A hold
 * without its document is found by the chain of an address that is still kept. Costs a read for
 * each kept address, and three queries and a call to Auth for each held one.
 *
 * @param held the scopes by the key of the address
 * @param gone the ends of holds without a document, by pseudonym
 * @throws ComplianceError `hold.address` if the address of a hold is kept no longer: its rows
 *   cannot be told from others, and nothing is ended
 */
export async function heldAddresses(
  context: Reader,
  held: ReadonlyMap<string, readonly Scope[]>,
  gone: ReadonlyMap<string, Instant>,
): Promise<HeldAddress[]> {
  if (held.size === 0 && gone.size === 0) return [];
  const { keys } = context;
  const found: HeldAddress[] = [];
  const missing = new Set(held.keys());
  for (const email of await keptAddresses(context)) {
    const byKey = addressKeys(email, keys).flatMap((key) => (missing.delete(key), held.get(key) ?? []));
    const byChain = pseudonymsOf(nameOfAddress(email), keys).flatMap((one) => gone.get(one) ?? []);
    const scopes = [...byKey, ...byChain.map((until) => ({ records: null, until }))];
    if (scopes.length === 0) continue;
    const uids = await accountsOfAddress(context, email);
    const erased = await marksHeldBy(context, email);
    const pseudonyms = [...new Set(erased.map(({ chain }) => withoutGeneration(chain)))];
    found.push(...scopes.map((scope) => ({ email, uids, pseudonyms, ...scope })));
  }
  if (missing.size === 0) return found;
  throw new ComplianceError(
    'hold.address',
    'the address of a legal hold is kept no longer, so that nobody can say which rows it keeps: set it again with --email, or lift it',
  );
}

/**
 * Returns everything by which a legal hold can name an erased person: also the addresses of which
 * their tombstones have hashes alone. A hold keeps its address, so it is found if its document is
 * gone, or the pseudonym key has changed since. Costs a read for each tombstone, and for each kept
 * address.
 *
 * @param known the uid, empty if it is gone, and the addresses that are known still
 * @param more hashes of addresses that outlived the tombstones
 */
export async function holdableErased(
  context: Reader,
  chains: readonly string[],
  known: Omit<Holdable, 'keys'>,
  more: readonly string[] = [],
): Promise<Holdable> {
  const marks = await Promise.all(chains.map((chain) => readTombstone(context, chain)));
  const hashes = new Set([...marks.flatMap(holdableHashes), ...more]);
  const isOne = (email: string): boolean => emailHashes(email, context.keys).some((hash) => hashes.has(hash));
  const kept = hashes.size === 0 ? [] : (await keptAddresses(context)).filter(isOne);
  return {
    ...known,
    emails: [...new Set([...known.emails, ...kept])],
    keys: [...hashes].map((hash) => `email_${hash}`),
  };
}

async function keptAddresses({ clients, keys }: Reader): Promise<string[]> {
  const own = clients.own();
  const id = FieldPath.documentId();
  const all = own.collection('subjects').where(id, '>=', 'email_v').where(id, '<', 'email_w').orderBy(id);
  const emails: string[] = [];
  for await (const document of documentsOf(all, SLIM)) {
    if (!isAddressKey(document.id) || !isSubjectSealed(document.id, document.data(), keys)) continue;
    const { verifiedEmails, unverifiedEmails = [] } = knownFromDocument('', document.data());
    emails.push(...[...verifiedEmails, ...unverifiedEmails].slice(0, 1).map(foldEmail));
  }
  return emails;
}

/** The accounts that have verified an address, now or at some time. */
async function accountsOfAddress(context: Reader, email: string): Promise<string[]> {
  const known = context.clients.own().collection('subjects').where('verifiedEmails', 'array-contains', email);
  const ids = (await known.select().get()).docs.map(({ id }) => id);
  const living = await accountsWith(context, { email });
  const now = living.flatMap(({ uid, emailVerified }) => (emailVerified ? [uid] : []));
  return [...new Set([...ids, ...now])].filter((id) => isUid(id) && !isAddressKey(id));
}
