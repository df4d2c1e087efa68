import type { Entry, Head } from '../ledger/chain.ts';
import { entryFromDocument, headFromDocument, headRef } from '../ledger/documents.ts';
import { chainsOf } from '../ledger/find.ts';
import { verifySealed, type ChainProblem, type SealedEntry } from '../ledger/verifyChain.ts';
import { endOf, sealOf } from '../ledger/stored.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';

/**
 * The needs of reading a person's history: no policy and no queue, so that the command can do it as
 * well.
 */
export type Reader = Pick<Context, 'keys' | 'clients' | 'now' | 'config'>;

/** One chain as it is stored. */
export interface StoredChain {
  readonly chain: string;
  readonly head: Head;
  /** By `seq`. */
  readonly entries: readonly Entry[];
  readonly problems: readonly ChainProblem[];
}

/** One person's history in the ledger: all chains of one account, the oldest first. */
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

interface ReadEntry extends SealedEntry {
  readonly entry: Entry;
}

/**
 * Reads the entries of a chain by number. @throws ComplianceError `ledger.unreadable` for one that
 * is none
 */
async function entriesOf({ clients }: OwnStore, chain: string): Promise<ReadEntry[]> {
  const { docs } = await headRef(clients.own(), chain).collection('entries').orderBy('seq').get();
  return docs.map((document) => {
    const data = document.data();
    return { entry: entryFromDocument(document.id, data), seal: sealOf(data) };
  });
}

/** @throws ComplianceError `ledger.unreadable` for a head that is none */
async function readChain(ledger: OwnStore, chain: string): Promise<StoredChain | null> {
  const [stored, entries] = await Promise.all([headRef(ledger.clients.own(), chain).get(), entriesOf(ledger, chain)]);
  const data = stored.data();
  if (data === undefined && entries.length === 0) return null;
  const state = headFromDocument(chain, data);
  const head = data === undefined ? endOf(state) : { ...endOf(state), state, seal: sealOf(data) };
  return chainFrom(chain, state, entries, verifySealed(chain, head, entries, ledger));
}

/** Reads the entries of a chain that its head, read before, knows: nothing recorded since. */
async function chainUpTo(ledger: OwnStore, chain: string, head: Head): Promise<StoredChain> {
  const known = head.seq === 0 ? [] : (await entriesOf(ledger, chain)).filter(({ entry }) => entry.seq <= head.seq);
  return chainFrom(chain, head, known, verifySealed(chain, endOf(head), known, ledger));
}

const chainFrom = (
  chain: string,
  head: Head,
  entries: readonly ReadEntry[],
  problems: readonly ChainProblem[],
): StoredChain => ({ chain, head, entries: entries.map(({ entry }) => entry), problems });

/**
 * Returns the verified history that ends with this chain: the chain, and those that it continues.
 * Null if there is no such chain.
 */
export async function historyOf(ledger: OwnStore, chain: string): Promise<History | null> {
  const latest = await readChain(ledger, chain);
  return latest === null ? null : historyBefore(ledger, latest);
}

/** The same, up to a head that was read before. */
export const historyUpTo = async (ledger: OwnStore, chain: string, head: Head): Promise<History> =>
  historyBefore(ledger, await chainUpTo(ledger, chain, head));

/**
 * Does the history belong to another person, whose account is gone and whose erasure has not begun
 * yet?
 *
 * @param createdAt of the account that uses the uid now, in whole seconds
 */
export const isOlderAccounts = ({ entries }: History, createdAt: number): boolean =>
  entries.some(({ recordedAt }) => recordedAt < createdAt * 1000);

async function historyBefore(ledger: OwnStore, latest: StoredChain): Promise<History> {
  const { chain } = latest;
  const chains = [latest];
  const seen = new Set([chain]);
  let ended: string | undefined;
  for (let next = latest.head.continues; next !== undefined && !seen.has(next.chain);) {
    seen.add(next.chain);
    const former = await readChain(ledger, next.chain);
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

/** Lists the faults of a chain, and of the place at which it continues the one before. */
function problemsOf(
  { chain, head, entries, problems }: StoredChain,
  former: StoredChain | undefined,
): readonly ChainProblem[] {
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
 * Returns the histories of everybody who ever used a uid, the oldest first: after an erasure a uid
 * can be another person's. Each holds all chains of one account, under whichever keys they were
 * written.
 */
export async function historiesOfUid(reader: Reader, uid: string): Promise<History[]> {
  const names = await chainsOf(reader, uid);
  const chains = (await Promise.all(names.map((chain) => readChain(reader, chain)))).filter((chain) => chain !== null);
  const continued = new Set(chains.flatMap(({ head }) => head.continues?.chain ?? []));
  const last = chains.filter(({ chain }) => !continued.has(chain));
  return Promise.all(last.map((chain) => historyBefore(reader, chain)));
}
