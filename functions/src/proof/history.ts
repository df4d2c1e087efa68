import type { Firestore } from 'firebase-admin/firestore';
import type { Entry, Head } from '../ledger/chain.ts';
import { chainsOf, entryFromDocument, headFromDocument, headRef } from '../ledger/store.ts';
import { verifyChain, type ChainProblem } from '../ledger/verifyChain.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';

/** What reading a person's history takes: no policy, no queue, so that the command can do it as well. */
export type Reader = Pick<Context, 'keys' | 'clients' | 'now' | 'config'>;

/** One chain as it is stored. */
export interface StoredChain {
  readonly chain: string;
  readonly head: Head;
  /** By `seq`. */
  readonly entries: readonly Entry[];
}

/** What the ledger has of one person: all chains of one account, the oldest first. */
export interface History {
  readonly chains: readonly StoredChain[];
  /** Of all chains, in the order in which they were recorded. */
  readonly entries: readonly Entry[];
  readonly problems: readonly ChainProblem[];
  /** A chain that the oldest one continues and that is no longer there: its period had ended. */
  readonly ended?: string;
}

/** The name of the chain in which a person's history goes on. */
export const latestChain = (history: History): StoredChain | undefined => history.chains.at(-1);

async function entriesOf(own: Firestore, chain: string): Promise<Entry[]> {
  const stored = await headRef(own, chain).collection('entries').orderBy('seq').get();
  return stored.docs.map((document) => entryFromDocument(document.id, document.data()));
}

/** Reads the entries of a chain that its head, read before, knows: nothing recorded since. */
async function chainUpTo(own: Firestore, chain: string, head: Head): Promise<StoredChain> {
  const entries = head.seq === 0 ? [] : await entriesOf(own, chain);
  // An entry without a number stays: verification names it.
  return { chain, head, entries: entries.filter(({ seq }) => !(seq > head.seq)) };
}

async function readChain(own: Firestore, chain: string): Promise<StoredChain | null> {
  const [head, entries] = await Promise.all([headRef(own, chain).get(), entriesOf(own, chain)]);
  return head.exists || entries.length > 0 ? { chain, head: headFromDocument(chain, head.data()), entries } : null;
}

/** The history that ends with this chain, verified: it, and what it continues. Null where there is no such chain. */
export async function historyOf(own: Firestore, chain: string): Promise<History | null> {
  const latest = await readChain(own, chain);
  return latest === null ? null : historyBefore(own, latest);
}

/** The same, up to a head that was read before. */
export const historyUpTo = async (own: Firestore, chain: string, head: Head): Promise<History> =>
  historyBefore(own, await chainUpTo(own, chain, head));

/**
 * Is it another person's, whose account is gone and whose erasure has not begun yet?
 *
 * @param createdAt of the account that uses the uid now, in whole seconds
 */
export const isOlderAccounts = ({ entries }: History, createdAt: number): boolean =>
  entries.some(({ recordedAt }) => recordedAt < createdAt * 1000);

async function historyBefore(own: Firestore, latest: StoredChain): Promise<History> {
  const { chain } = latest;
  const chains = [latest];
  const seen = new Set([chain]);
  let ended: string | undefined;
  for (let next = latest.head.continues; next !== undefined && !seen.has(next.chain);) {
    seen.add(next.chain);
    const former = await readChain(own, next.chain);
    if (former === null) {
      ended = next.chain;
      break;
    }
    chains.unshift(former);
    next = former.head.continues;
  }
  return {
    chains,
    entries: chains.flatMap(({ entries }) => entries),
    problems: chains.flatMap((stored, index) => problemsOf(stored, chains[index - 1])),
    ...defined({ ended }),
  };
}

/** What is wrong with a chain, and with where it continues the one before. */
function problemsOf({ chain, head, entries }: StoredChain, former: StoredChain | undefined): ChainProblem[] {
  const problems = verifyChain(chain, head, entries);
  const link = head.continues;
  const [first] = entries;
  if (link === undefined) return problems;
  const ends = former === undefined || (former.head.seq === link.seq && former.head.hash === link.hash);
  const says =
    first === undefined ||
    (first.continues?.chain === link.chain && first.continues.seq === link.seq && first.continues.hash === link.hash);
  return ends && says ? problems : [...problems, { chain, seq: 1, problem: 'unlinked' }];
}

/**
 * The histories of everybody who ever used a uid, the oldest first: after an erasure a uid can be another person's. Each holds all chains of
 * one account, whatever key they were written under.
 */
export async function historiesOfUid(reader: Reader, uid: string): Promise<History[]> {
  const chains = await chainsOf(reader, uid);
  const continued = new Set(chains.flatMap(({ head }) => head.continues?.chain ?? []));
  const last = chains.filter(({ chain }) => !continued.has(chain));
  const histories = await Promise.all(last.map(({ chain }) => historyOf(reader.clients.own(), chain)));
  return histories.filter((history) => history !== null);
}
