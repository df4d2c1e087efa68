import type { Context, OwnStore } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import { findAccount } from '../subject/accounts.ts';
import { accountCreatedAt as createdAtOf } from '../subject/identity.ts';
import { chainName, pseudonymOf } from '../subject/pseudonym.ts';
import { emptyHead, erasureOf, isNewerAccount, type Head } from './chain.ts';
import { headRef, readHead } from './documents.ts';

/** Finds the chains of a person, by the uid, under every key of the pseudonyms. */

/** Uids that are used again and again end somewhere. */
export const MAX_GENERATIONS = 50;

/** The versions of the pseudonym key before the current one, the newest first. */
export const olderVersions = ({ current, keys }: Context['keys']): number[] =>
  Object.keys(keys)
    .map(Number)
    .filter((version) => version !== current)
    .sort((a, b) => b - a);

/**
 * Returns the creation time of the account in whole seconds since the epoch, or null if there is
 * none.
 */
export async function accountCreatedAt(context: Context, uid: string): Promise<number | null> {
  const user = await findAccount(context, { uid });
  return user === null ? null : createdAtOf(user);
}

/**
 * The heads of everybody who has or had a uid, oldest first, each under the newest key that has
 * one. Costs 1 read for a chain that is open, and 1 more for each that was closed before it.
 */
export async function headsOf(context: OwnStore, uid: string): Promise<{ chain: string; head: Head }[]> {
  const found: { chain: string; head: Head }[] = [];
  for (let generation = 1; generation <= MAX_GENERATIONS; generation++) {
    const next = await newestOf(context, uid, generation);
    if (next === null) break;
    found.push(next);
    if (!next.head.closed) break;
  }
  return found;
}

/**
 * The head of a person's latest chain, with its name: the one that is open, or the last that was
 * closed.
 */
export async function latestHead(context: Context, uid: string): Promise<{ chain: string; head: Head }> {
  const chain = pseudonymOf(uid, context.keys);
  return (await headsOf(context, uid)).at(-1) ?? { chain, head: emptyHead(chain) };
}

/**
 * The heads of everybody who has or had a uid, for a step that gives more, or ends more, than
 * before. An older head that somebody put back has its own right seal, and one that somebody
 * removed has none, so the entries are asked as well: one query for each chain.
 *
 * @throws ComplianceError `ledger.set_back` if a chain has entries that its head does not know, or
 *   goes on in a chain whose head is gone
 */
export async function newestHeads(context: OwnStore, uid: string): Promise<{ chain: string; head: Head }[]> {
  const found = await headsOf(context, uid);
  if (!(await isSetBack(context, uid, found))) return found;
  const versions = (heads: typeof found) => heads.map(({ chain, head }) => `${chain} ${head.seq}`).join(' ');
  // Recorded between the two reads.
  if (versions(await headsOf(context, uid)) !== versions(found)) return newestHeads(context, uid);
  throw new ComplianceError(
    'ledger.set_back',
    'the head of a chain is older than its entries, so that nothing is given or ended by it: compliance ledger verify names the chain',
  );
}

/** Returns the latest head, for such a step. @throws ComplianceError as `newestHeads` does */
export async function newestHead(context: Context, uid: string): Promise<{ chain: string; head: Head }> {
  const chain = pseudonymOf(uid, context.keys);
  return (await newestHeads(context, uid)).at(-1) ?? { chain, head: emptyHead(chain) };
}

async function isSetBack(
  context: OwnStore,
  uid: string,
  heads: readonly { readonly chain: string; readonly head: Head }[],
): Promise<boolean> {
  const last = heads.at(-1)?.head;
  if (last?.continuedBy !== undefined) return true;
  const known = heads.map(({ chain, head }) => ({ chain, seq: head.seq }));
  // The chain after these ones, and a head of it that somebody removed.
  const versions = [context.keys.current, ...olderVersions(context.keys)];
  const names = versions.map((version) => chainName(pseudonymOf(uid, context.keys, version), heads.length + 1));
  const next = last === undefined || last.closed ? names.map((chain) => ({ chain, seq: 0 })) : [];
  const later = await Promise.all([...known, ...next].map((one) => hasLater(context, one)));
  return later.includes(true);
}

async function hasLater({ clients }: OwnStore, { chain, seq }: { chain: string; seq: number }): Promise<boolean> {
  const later = headRef(clients.own(), chain).collection('entries').where('seq', '>', seq);
  return !(await later.limit(1).get()).empty;
}

/**
 * True if the erasure of this account has begun, or is over. Costs one read for each account that
 * had the uid.
 *
 * @param createdAt the account's creation time, whole seconds since the epoch
 */
export async function isBeingErased(context: Context, uid: string, createdAt: number): Promise<boolean> {
  const erased = erasureOf((await latestHead(context, uid)).head);
  return erased !== undefined && !isNewerAccount(erased, createdAt);
}

/** The chain of one generation under the newest key that has one. */
async function newestOf(
  context: OwnStore,
  uid: string,
  generation: number,
): Promise<{ chain: string; head: Head } | null> {
  const own = context.clients.own();
  for (const version of [context.keys.current, ...olderVersions(context.keys)]) {
    const chain = chainName(pseudonymOf(uid, context.keys, version), generation);
    const data = (await headRef(own, chain).get()).data();
    if (data !== undefined) return { chain, head: readHead(chain, data, context.keys) };
  }
  return null;
}

/**
 * Names every chain of the uid's present user, oldest first. A new one begins when the uid is used
 * again after an erasure, and when the pseudonym key changes (then it `continues` the one before).
 */
export async function chainsOf(context: OwnStore, uid: string): Promise<string[]> {
  const own = context.clients.own();
  const versions = [...olderVersions(context.keys).reverse(), context.keys.current];
  const chains: string[] = [];
  for (let generation = 1; generation <= MAX_GENERATIONS; generation++) {
    const names = versions.map((version) => chainName(pseudonymOf(uid, context.keys, version), generation));
    const heads = await Promise.all(names.map((name) => headRef(own, name).get()));
    const found = heads.flatMap(({ exists, id }) => (exists ? [id] : []));
    if (found.length === 0) break;
    chains.push(...found);
  }
  return chains;
}
