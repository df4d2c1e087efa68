import { FieldPath, type DocumentSnapshot, type Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import { batches, documentsOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { isSealed } from '../crypto/seal.ts';
import type { Entry, Head } from './chain.ts';
import type { Actor } from './entry.ts';
import { entryPath, headPath, headRef, readEntry, readHead } from './documents.ts';
import { runsAt, type RestraintVersion } from './restraints.ts';

/**
 * Finds legal holds and restrictions (Art. 18) that run by the entries of a chain, and that its
 * head does not know: somebody removed the head, changed it, or put an older one back.
 */

/** One that runs, and the place of the entry that says so. */
interface Running {
  readonly chain: string;
  readonly seq: number;
  readonly version: RestraintVersion;
}

/** An erasure brings and ends its own restriction as `backend`: those entries are not read. */
const ACTORS: readonly Actor[] = ['officer', 'server'];
const PAGE = 300;

/**
 * Reads every entry by which an officer or a server set or ended a hold or a restriction, and then
 * the head of each chain in which one runs. Costs one read for each entry, and one or two for each
 * of these chains. Entries come first: a head that is read after them knows them.
 */
export async function forgottenRestraints(
  own: Firestore,
  keys: PseudonymKeys,
  now: Instant,
): Promise<{ readonly chain: string; readonly version: RestraintVersion }[]> {
  const entries = own.collectionGroup('entries').where('kind', '==', 'statement').where('actor', 'in', ACTORS);
  const newest = new Map<string, Running>();
  for await (const document of documentsOf(entries.orderBy(FieldPath.documentId()), PAGE)) {
    const chain = document.ref.parent.parent?.id ?? '';
    // Verification names a forged entry.
    if (!isSealed(entryPath(chain, document.id), document.data(), keys)) continue;
    note(newest, chain, readEntry(chain, document.id, document.data(), keys));
  }
  const running = [...newest.values()].filter(({ version }) => runsAt(version, now));
  const known = await knownBy(own, keys, [...new Set(running.map(({ chain }) => chain))]);
  return running.filter(({ chain, seq }) => (known.get(chain) ?? 0) < seq);
}

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

/** Null: there is none, or it is not as the backend wrote it. */
function headIn(document: DocumentSnapshot, keys: PseudonymKeys): Head | null {
  const data = document.data();
  return data !== undefined && isSealed(headPath(document.id), data, keys) ? readHead(document.id, data, keys) : null;
}
