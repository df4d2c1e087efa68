import type { DocumentSnapshot, Firestore, Transaction } from 'firebase-admin/firestore';
import type { OwnStore } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import { batches, documentsOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import type { Entry, Head } from './chain.ts';
import { entryRef, headRef, ourEntry, ourHead } from './documents.ts';
import { isOfErasureAlone, runsAt, type RestraintVersion } from './restraints.ts';

/**
 * Finds legal holds and restrictions (Art. 18) that run by the entries of a chain, and that its
 * head does not know. Somebody removed the head, changed it, or put an older one back.
 */

/** One that runs, and the place of the entry that says so. */
interface Running {
  readonly chain: string;
  readonly seq: number;
  readonly version: RestraintVersion;
}

const PAGE = 300;

/**
 * Reads every entry by which an officer or a server set a hold or a restriction that still runs,
 * and then the head of each chain in which one runs. Costs one read for each entry, and one or two
 * for each of these chains; those that are over cost nothing. Entries come first: a head that is
 * read after them knows them.
 */
export async function forgottenRestraints(
  own: Firestore,
  keys: PseudonymKeys,
  now: Instant,
): Promise<{ readonly chain: string; readonly version: RestraintVersion }[]> {
  const entries = own.collectionGroup('entries').where('keepsUntil', '>', now).orderBy('keepsUntil');
  const newest = new Map<string, Running>();
  for await (const document of documentsOf(entries, PAGE)) {
    const chain = document.ref.parent.parent?.id ?? '';
    const entry = ourEntry(chain, document.id, document.data(), keys);
    if (entry !== null) note(newest, chain, entry);
  }
  const running = [...newest.values()].filter(({ version }) => runsAt(version, now));
  const known = await knownBy(own, keys, [...new Set(running.map(({ chain }) => chain))]);
  return running.filter(({ chain, seq }) => (known.get(chain) ?? 0) < seq);
}

/** An entry in its chain. */
interface Placed {
  readonly chain: string;
  readonly entry: Entry;
}

/**
 * Finds the entry that says of a hold or a restriction that it keeps data, in the chain that
 * remembers it or in one that this continues. Null if there is none, or somebody else wrote it:
 * verification names that. Costs one read, and two for each chain before.
 */
export async function keepingEntry(
  tx: Transaction,
  { clients, keys }: OwnStore,
  { chain, head }: { readonly chain: string; readonly head: Head },
  name: string,
): Promise<Placed | null> {
  const own = clients.own();
  const known = head.restraints?.of[name];
  // An erasure brings and ends its own restriction: its entry keeps nothing by itself.
  if (known === undefined || isOfErasureAlone(known)) return null;
  const id = statementEntry('set', name, known.at);
  let place: { readonly chain: string; readonly head: Head | null } = { chain, head };
  for (;;) {
    const data = (await tx.get(entryRef(own, place.chain, id))).data();
    if (data !== undefined) {
      const entry = ourEntry(place.chain, id, data, keys);
      return entry && { chain: place.chain, entry };
    }
    const former: string | undefined = place.head?.continues?.chain;
    if (former === undefined) return null;
    place = { chain: former, head: headIn(await tx.get(headRef(own, former)), keys) };
  }
}

/** Returns the id of the entry by which a version of a hold or a restriction was set or ended. */
export const statementEntry = (state: 'set' | 'ended', name: string, at: Instant): string => `${state}_${name}_${at}`;

/** Keeps the newest version of each, in whichever chain it stands. */
function note(newest: Map<string, Running>, chain: string, { seq, statement: version }: Entry): void {
  if (version !== undefined && version.at >= (newest.get(version.name)?.version.at ?? -Infinity))
    newest.set(version.name, { chain, seq, version });
}

/**
 * Returns up to which entry the heads of chains know them; 0 if a head can tell nothing. A chain
 * that another one continues (a new key) handed its holds over: then that head must be there too.
 */
async function knownBy(own: Firestore, keys: PseudonymKeys, chains: readonly string[]): Promise<Map<string, number>> {
  const known = new Map<string, number>();
  for (const batch of batches(chains, PAGE)) {
    const documents = await own.getAll(...batch.map((chain) => headRef(own, chain)));
    for (const document of documents) {
      const head = headIn(document, keys);
      let end = head;
      while (end?.continuedBy !== undefined) end = headIn(await headRef(own, end.continuedBy).get(), keys);
      known.set(document.id, end === null ? 0 : (head?.seq ?? 0));
    }
  }
  return known;
}

const headIn = (document: DocumentSnapshot, keys: PseudonymKeys): Head | null =>
  ourHead(document.id, document.data(), keys);
