import { Timestamp, type DocumentData, type Transaction } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { alreadyExists } from '../platform/codes.ts';
import { defined } from '../platform/defined.ts';
import { ComplianceError } from '../platform/errors.ts';
import {
  restraintName,
  restraintNames,
  statedAfter,
  statement,
  statementIn,
  statements,
  type RestraintKind,
  type Statement,
} from '../subject/statements.ts';
import { isUid } from '../subject/identity.ts';
import { generationOf } from '../subject/pseudonym.ts';
import { append, type Erased, type Head } from './chain.ts';
import type { Draft } from './entry.ts';
import { endKeeping, ourHead } from './documents.ts';
import type { Numbered } from './find.ts';
import { withVersion } from './restrained.ts';
import { keepingEntry, statementEntry } from './forgotten.ts';
import { isOfErasureAlone, NEVER, restraintsWith, runsAt, type Restraint } from './restraints.ts';
import { showChange, type Heads, type Showing } from './shown/show.ts';
import { locate, successorOf, writeLocated, type Located } from './store.ts';

/**
 * Sets, changes and ends legal holds and restrictions (Art. 18). The document, the entry in the
 * person's chain and the head that remembers it are one transaction.
 */

/** A hold or a restriction as it is found. */
export interface Found {
  /** Its document; one of an older version than the chain remembers counts as unsealed. */
  readonly known: Statement | null;
  /** The newest version that a chain of the person remembers. */
  readonly remembered: Restraint | undefined;
}

/** The version that a chain records: the chain, its head before, and the time of the version. */
interface RecordedVersion {
  readonly chain: string;
  readonly head: Head;
  readonly at: Instant;
}

/** A decision about it. */
export interface RestraintChange {
  /** Its fields from now on, without the time of this version; null: the document is deleted. */
  readonly data: DocumentData | null;
  /**
   * The change that the chain records. `ended` is recorded by the chains that remember it as
   * running.
   */
  readonly state: 'set' | 'ended';
  readonly actor: NonNullable<Draft['actor']>;
  readonly officer?: string | undefined;
  readonly until?: Instant | undefined;
  /** Of restrictions: those that run from now on. */
  readonly parts?: Restraint['parts'] | undefined;
  /** When the person was told that a restriction ends. */
  readonly toldAt?: Instant | undefined;
  /** Writes that belong to its entry, in the same transaction: a job. */
  readonly also?: (tx: Transaction, recorded: RecordedVersion) => void;
}

/** The result. */
export interface Restrained extends Found {
  readonly changed: boolean;
  /** The chains that remember it, with those that they continue. */
  readonly chains: readonly string[];
  /** It was set, and no chain could record it: its head is not as the backend wrote it. */
  readonly unrecorded?: ComplianceError | undefined;
  /** A restriction of somebody who is erased: nothing was set. */
  readonly isErased?: boolean;
  /** The heads that it changed. */
  readonly heads?: readonly Heads[];
}

/**
 * Changes a legal hold or a restriction, if `decide` says so. A chain that an erasure has closed
 * takes a hold too: it outlives the erasure. It takes no restriction, which would stay with the uid
 * and meet its next person. Costs 3 reads and a query, and 4 writes; runs twice
 * harmlessly if `decide` does.
 *
 * @param of.uid absent: of somebody whom only the chain knows, so that nothing can be set
 * @param of.name its name in the ledger, for one whose id nobody knows any more
 * @param decide pure but for what it reads in the transaction, which may ask more than once
 * @throws ComplianceError `seal.broken` if somebody else wrote the head of the person's chain. One
 *   that is set is written all the same, since it keeps data: set again, it is recorded
 */
export async function changeRestraint(
  context: Context,
  of: { readonly kind: RestraintKind; readonly id: string; readonly uid?: string; readonly name?: string },
  decide: (found: Found, tx: Transaction) => Promise<RestraintChange | null> | RestraintChange | null,
): Promise<Restrained> {
  const own = context.clients.own();
  let place: Place = { over: 0, evenClosed: false };
  for (;;) {
    const outcome = await againIfBegun(() => own.runTransaction((tx) => attempt(context, tx, of, { place, decide })));
    if (!('closed' in outcome)) {
      await show(context, of, outcome);
      if (outcome.unrecorded !== undefined) throw outcome.unrecorded;
      return outcome;
    }
    place = await placeAfter(context, of.uid ?? '', place, outcome);
    if (place.evenClosed && of.kind === 'restrictions')
      return { ...outcome.found, changed: false, chains: [], isErased: true };
  }
}

/**
 * Ends one, or a part of it, on behalf of the backend. An end needs no account: only the chains
 * that remember it record it. Runs twice harmlessly.
 *
 * @param decide pure
 * @throws ComplianceError `seal.broken` if somebody else wrote the head of the person's chain
 */
export async function endRestraint(
  store: Ending,
  of: { readonly kind: RestraintKind; readonly id: string },
  decide: (found: Found) => RestraintChange | null,
): Promise<void> {
  const place: Place = { over: 0, evenClosed: true };
  const outcome = await store.clients.own().runTransaction((tx) => attempt(store, tx, of, { place, decide }));
  if (!('closed' in outcome)) await show(store, of, outcome);
}

/** Everything that an end needs. */
export type Ending = OwnStore & Showing;

/** Shows the app that a restriction began or ended. The document of one is named by the uid. */
async function show(
  showing: Showing,
  { kind, id }: { readonly kind: RestraintKind; readonly id: string },
  { heads = [] }: Restrained,
): Promise<void> {
  if (kind === 'restrictions') for (const one of heads) await showChange(showing, id, one);
}

/** The chain of the person that takes it. */
interface Place {
  /** The chains up to this generation are over: somebody else has the uid since. */
  readonly over: number;
  readonly evenClosed: boolean;
}

interface Closed {
  readonly closed: Erased;
  readonly generation: number;
  readonly successor: number | undefined;
  readonly found: Found;
}

/** A closed chain takes it only if nobody else has the uid since. */
async function placeAfter(
  context: Context,
  uid: string,
  { over }: Place,
  { closed, generation, successor }: Closed,
): Promise<Place> {
  // The name of a person without an account is never given again.
  const next = isUid(uid) ? (successor ?? (await successorOf(context, uid, closed))) : null;
  const isReused = next !== null;
  return isReused ? { over: generation, evenClosed: false } : { over, evenClosed: true };
}

async function attempt(
  context: Ending,
  tx: Transaction,
  of: Parameters<typeof changeRestraint>[1],
  { place, decide }: { readonly place: Place; readonly decide: Parameters<typeof changeRestraint>[2] },
): Promise<Restrained | Closed> {
  const { kind, id, uid } = of;
  const { keys } = context;
  const ref = statements(context.clients.own(), kind).doc(id);
  const read = statementIn(await tx.get(ref), keys);
  const names = [...restraintNames(kind, id, keys), ...(of.name === undefined ? [] : [of.name])];
  const remembering = await chainsThatRemember(context, tx, names);
  const remembered = newestOf(remembering, names);
  const known = read && withVersion(read, remembered?.version);
  const found = { known, remembered: remembered?.version };
  const change = await decide(found, tx);
  const chains = remembering.flatMap(({ chain, head }) => [chain, ...(head.continues ? [head.continues.chain] : [])]);
  if (change === null) return { ...found, changed: false, chains };

  let unrecorded: ComplianceError | undefined;
  let targets: readonly Located[] = remembering;
  if (change.state === 'set' && targets.length === 0 && uid !== undefined) {
    const isOver = ({ generation }: Numbered): boolean => generation <= place.over;
    const located = await locate(context, tx, uid, isOver).catch(brokenSeal);
    if (located instanceof ComplianceError) unrecorded = located;
    else {
      const { generation, head } = located;
      const { closed, successor } = head;
      if (closed !== undefined && !place.evenClosed) return { closed, generation, successor, found };
      targets = [located];
    }
  }
  const now = context.now();
  const at = Math.max(statedAfter(known, now).toMillis(), (remembered?.version.at ?? -Infinity) + 1);
  const name = remembered?.name ?? restraintName(kind, id, keys);
  const { until, parts } = change.state === 'set' ? change : { until: now, parts: undefined };
  const version = defined({ name, kind, at, until, parts, toldAt: change.toldAt });
  const keepsUntil = change.state === 'set' && !isOfErasureAlone(version) ? (until ?? NEVER) : undefined;
  const isLeft = ({ head }: Located): boolean => {
    const before = head.restraints?.of[name];
    return change.state === 'ended' && (before === undefined || !runsAt(before, now));
  };
  const changing = targets.filter((located) => !isLeft(located));
  // Reads come before writes.
  const over: Awaited<ReturnType<typeof keepingEntry>>[] = [];
  for (const located of changing) over.push(await keepingEntry(tx, context, located, name));
  const heads: Heads[] = [];
  for (const located of changing) {
    const { chain, head } = located;
    const draft: Draft = {
      kind: 'statement',
      state: change.state,
      actor: change.actor,
      ...defined({ officer: change.officer, keepsUntil }),
      statement: version,
      occurredAt: now,
      recordedAt: now,
    };
    const restraints = restraintsWith(head.restraints, version);
    const next = append(chain, head, statementEntry(change.state, name, at), draft, { restraints });
    writeLocated(tx, context, located, next.head, [next.entry]);
    heads.push({ before: head, after: next.head });
  }
  for (const entry of over) if (entry !== null) endKeeping(tx, context, entry);
  const last = changing.at(-1);
  if (last !== undefined) change.also?.(tx, { chain: last.chain, head: last.head, at });
  if (change.data !== null) tx.set(ref, statement(ref, { ...change.data, statedAt: Timestamp.fromMillis(at) }, keys));
  else if (read !== null) tx.delete(ref);
  return { ...found, changed: true, chains, unrecorded, heads };
}

/** Does it again if a chain that it was to begin is there by now: then it goes on in that. */
async function againIfBegun<T>(work: () => Promise<T>, tries = 3): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (tries <= 1 || !alreadyExists(error)) throw error;
    return againIfBegun(work, tries - 1);
  }
}

/** Returns the error of a head that somebody else wrote; throws any other. */
function brokenSeal(error: unknown): ComplianceError {
  if (error instanceof ComplianceError && error.code === 'seal.broken') return error;
  throw error;
}

/**
 * The chains that remember one of these names. One without the right seal is none: verification
 * names it.
 */
async function chainsThatRemember(
  { clients, keys }: OwnStore,
  tx: Transaction,
  names: readonly string[],
): Promise<Located[]> {
  const query = clients.own().collection('ledger').where('restraints.names', 'array-contains-any', names);
  const { docs } = await tx.get(query);
  return docs.flatMap((document) => {
    const head = ourHead(document.id, document.data(), keys);
    return head === null ? [] : [{ chain: document.id, generation: generationOf(document.id), head }];
  });
}

/** Of the versions that chains remember, the newest, with its name. */
function newestOf(
  chains: readonly Located[],
  names: readonly string[],
): { readonly name: string; readonly version: Restraint } | undefined {
  const all = chains.flatMap(({ head }) =>
    names.flatMap((name) => {
      const version = head.restraints?.of[name];
      return version === undefined ? [] : [{ name, version }];
    }),
  );
  return all.sort((a, b) => b.version.at - a.version.at)[0];
}
