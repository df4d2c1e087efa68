import {
  FieldPath,
  type DocumentReference,
  type DocumentSnapshot,
  type Firestore,
  type Query,
} from 'firebase-admin/firestore';
import type { Context, OwnStore } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import { findAccount } from '../subject/accounts.ts';
import { accountCreatedAt as createdAtOf } from '../subject/identity.ts';
import { generationOf, isPseudonym, pseudonymOf, pseudonymsOf } from '../subject/pseudonym.ts';
import { emptyHead, erasureOf, isNewerAccount, type Head } from './chain.ts';
import { entryPath, headRef, readHead } from './documents.ts';

/** Finds the chains of a person, by the uid, under every key of the pseudonyms. */

/**
 * Returns the creation time of the account in whole seconds since the epoch, or null if there is
 * none.
 */
export async function accountCreatedAt(context: Context, uid: string): Promise<number | null> {
  const user = await findAccount(context, { uid });
  return user === null ? null : createdAtOf(user);
}

/** A chain with its head, and its number among those of the uid. */
export interface Numbered {
  readonly generation: number;
  readonly chain: string;
  readonly head: Head;
}

/** Reads a head by its name, in a transaction. */
type ReadHead = (ref: DocumentReference) => Promise<DocumentSnapshot>;

/** The first names after a pseudonym, and after those of all its further chains. */
const [FIRST_FURTHER, AFTER_ALL] = ['~', '~:'] as const;

/** Finds the heads of a pseudonym: its own, and those with a number. */
const headsNamed = (own: Firestore, pseudonym: string): Query =>
  own.collection('ledger').orderBy(FieldPath.documentId()).startAt(pseudonym).endBefore(`${pseudonym}${AFTER_ALL}`);

/**
 * The chains of a uid that decide, oldest first, each under the newest key that has one. Costs 1
 * read if the first chain is there and no erasure has begun in it. A later one begins only behind
 * an erasure, and costs 1 read more than `chainsByName`.
 *
 * @throws ComplianceError `seal.broken` or `ledger.unreadable` as `readHead` does
 */
export async function decidingChains(context: OwnStore, uid: string, read?: ReadHead): Promise<readonly Numbered[]> {
  const { clients, keys } = context;
  const chain = pseudonymOf(uid, keys);
  const ref = headRef(clients.own(), chain);
  const data = (await (read?.(ref) ?? ref.get())).data();
  const head = data && readHead(chain, data, keys);
  if (head !== undefined && erasureOf(head) === undefined) return [{ generation: 1, chain, head }];
  return chainsByName(context, uid, read);
}

/**
 * The same chains, found by their names and not counted: if the first person's chain is deleted by
 * its period, the next person's is still found. Nor does an older head that somebody puts back hide
 * a later chain. One query for each key, until one has the first chain: 1 read, and 1 more for each
 * chain but the first.
 *
 * @param read reads each of them again in a transaction: the query is outside of it, since it would
 *   lock the names of others as well
 * @throws ComplianceError as `decidingChains` does
 */
async function chainsByName(context: OwnStore, uid: string, read?: ReadHead): Promise<readonly Numbered[]> {
  const { clients, keys } = context;
  const found = new Map<number, Numbered>();
  for (const pseudonym of pseudonymsOf(uid, keys)) {
    const { docs } = await headsNamed(clients.own(), pseudonym).get();
    for (const document of docs) {
      const { id: chain } = document;
      const generation = generationOf(chain);
      if (!isPseudonym(chain) || found.has(generation)) continue;
      const data = (read === undefined ? document : await read(document.ref)).data();
      if (data !== undefined) found.set(generation, { generation, chain, head: readHead(chain, data, keys) });
    }
    // Nothing of an older key comes after the first chain under this one.
    if (found.has(1)) break;
  }
  const chains = [...found.values()].sort((a, b) => a.generation - b.generation);
  // A later chain begins only behind an erasure: somebody put an older head back.
  return chains.filter(({ head }, index) => index === chains.length - 1 || erasureOf(head) !== undefined);
}

/**
 * The heads of everybody who has or had a uid, oldest first, each under the newest key that has
 * one, up to the first whose erasure is not over. Costs as much as `decidingChains`.
 */
export const headsOf = async (context: OwnStore, uid: string): Promise<readonly Numbered[]> =>
  untilOpen(await decidingChains(context, uid));

function untilOpen(chains: readonly Numbered[]): readonly Numbered[] {
  const open = chains.findIndex(({ head }) => head.closed === undefined);
  return open === -1 ? chains : chains.slice(0, open + 1);
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
 * removed has none. So the chains are found by name, and the entries are asked as well: one query
 * for each chain.
 *
 * @throws ComplianceError `ledger.set_back` if a chain has entries that its head does not know, or
 *   goes on in a chain whose head is gone
 */
export async function newestHeads(
  context: OwnStore,
  uid: string,
): Promise<readonly { readonly chain: string; readonly head: Head }[]> {
  const found = untilOpen(await chainsByName(context, uid));
  if (!(await isSetBack(context, uid, found))) return found;
  const versions = (heads: typeof found) => heads.map(({ chain, head }) => `${chain} ${head.seq}`).join(' ');
  // Recorded between the two reads.
  if (versions(untilOpen(await chainsByName(context, uid))) !== versions(found)) return newestHeads(context, uid);
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

async function isSetBack(context: OwnStore, uid: string, heads: readonly Numbered[]): Promise<boolean> {
  const last = heads.at(-1);
  const next = last?.head.continuedBy;
  // Of a chain that is over, the one that goes on may have ended a moment earlier.
  if (next !== undefined && (last?.head.closed === undefined || (await hasLater(context, { chain: next, seq: 0 }))))
    return true;
  const later = await Promise.all(heads.map(({ chain, head }) => hasLater(context, { chain, seq: head.seq })));
  if (later.includes(true)) return true;
  return (last === undefined || last.head.closed !== undefined) && hasHeadless(context, uid, last?.generation ?? 0);
}

/** True if a chain of the uid has entries, comes after a generation, and has no head. */
async function hasHeadless(context: OwnStore, uid: string, after: number): Promise<boolean> {
  for (const pseudonym of pseudonymsOf(uid, context.keys))
    for await (const chain of chainsWithEntries(context.clients.own(), pseudonym))
      if (generationOf(chain) > after) return true;
  return false;
}

/** Names the chains of a pseudonym that have entries, with a head or without. One read for each. */
async function* chainsWithEntries(own: Firestore, pseudonym: string): AsyncGenerator<string> {
  const entries = own.collectionGroup('entries').orderBy(FieldPath.documentId());
  // No character of an id comes before this one.
  const place = (chain: string): string => entryPath(chain, '!');
  const end = place(`${pseudonym}${AFTER_ALL}`);
  for (let from = pseudonym; ;) {
    const [first] = (await entries.startAt(place(from)).endBefore(end).limit(1).get()).docs;
    const chain = first?.ref.parent.parent?.id;
    if (chain === undefined) return;
    if (isPseudonym(chain)) yield chain;
    from = chain === pseudonym ? `${chain}${FIRST_FURTHER}` : `${chain}!`;
  }
}

async function hasLater({ clients }: OwnStore, { chain, seq }: { chain: string; seq: number }): Promise<boolean> {
  const later = headRef(clients.own(), chain).collection('entries').where('seq', '>', seq);
  return !(await later.limit(1).get()).empty;
}

/**
 * True if the latest chain of a uid is still that of a pseudonym. Once their erasure has begun, the
 * uid can become somebody else's, whom nothing that was begun for them may reach.
 */
export const isStillOf = ({ chain, head }: { chain: string; head: Head }, pseudonym: string): boolean =>
  erasureOf(head) === undefined && generationOf(chain) === generationOf(pseudonym);

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

/**
 * Names every chain of a uid that is there, oldest first, also one of which only entries are left.
 * A new one begins when the uid is used again after an erasure, and when the pseudonym key changes
 * (then it `continues` the one before).
 */
export async function chainsOf(context: OwnStore, uid: string): Promise<string[]> {
  const own = context.clients.own();
  const found = new Set<string>();
  for (const pseudonym of pseudonymsOf(uid, context.keys).reverse()) {
    for (const { id } of (await headsNamed(own, pseudonym).select().get()).docs) if (isPseudonym(id)) found.add(id);
    for await (const chain of chainsWithEntries(own, pseudonym)) found.add(chain);
  }
  return [...found].sort((a, b) => generationOf(a) - generationOf(b));
}
