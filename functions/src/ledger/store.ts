import type { Transaction } from 'firebase-admin/firestore';
import { DAY_MS, type Instant } from '../platform/time.ts';
import { alreadyExists } from '../platform/codes.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { eventKey } from '../platform/intake.ts';
import { chainName, pseudonymOf } from '../subject/pseudonym.ts';
import {
  append,
  continuing,
  emptyHead,
  erasureOf,
  isNewerAccount,
  patched,
  type Entry,
  type Erased,
  type Head,
  type HeadPatch,
} from './chain.ts';
import type { Draft } from './entry.ts';
import { entryRef, headRef, readEntry, readHead, writeChain } from './documents.ts';
import { accountCreatedAt, decidingChains, type Numbered } from './find.ts';
import { showChange, showState, type Heads } from './shown/show.ts';

/**
 * The outcome of a recording. `duplicate`: this event is in the chain already; `noDecision`: it was
 * ignored.
 */
export type Recorded =
  | { readonly recorded: true; readonly entry: Entry; readonly becameCurrent: boolean; readonly chain: string }
  | {
      readonly recorded: false;
      readonly because: 'duplicate' | 'noDecision' | Rejection;
      readonly chain: string;
    };

/**
 * Why an event is not recorded that would be a decision.
 *
 * - `late`: the person was erased, and the event belongs to the account that is gone.
 * - `overBudget`: more of this kind in a day than one person makes.
 * - `unpublished`: a yes to a text that was never published.
 * - `notAsked`: the policy does not ask for this purpose, or no longer.
 * - `denied`: nobody named the actor as guardian of this person.
 */
export type Rejection = 'late' | 'overBudget' | 'unpublished' | 'notAsked' | 'denied';

/** The decision about one event. */
export type Verdict =
  | {
      readonly record: Draft;
      /** The entry's changes in the head. */
      readonly patch?: HeadPatch;
      /**
       * True if it counts from now on. An answer that came late is recorded and changes nothing.
       */
      readonly becameCurrent?: boolean;
    }
  | { readonly ignore: true }
  | { readonly reject: Rejection };

/** Decides about an event from the head. Pure: a transaction may ask more than once. */
export type Decide = (head: Head) => Verdict;

/** Records a draft, unless an erasure of the person has begun. */
export const unlessErased =
  (draft: () => Draft): Decide =>
  ({ erasing }) =>
    erasing ? { reject: 'late' } : { record: draft() };

/**
 * Writes that belong to the entry, in its transaction (a job). Only called with entries that really
 * are recorded.
 */
export type Also = (tx: Transaction, recorded: Heads & { entry: Entry; becameCurrent: boolean; chain: string }) => void;

/** The same of several entries at once. */
type AlsoAmended = (tx: Transaction, amended: Heads & { entries: readonly Entry[]; chain: string }) => void;

/**
 * Several entries at once, by their ids, and their changes in the head; no entries: the head only.
 */
export interface Amendment {
  readonly entries: readonly { readonly id: string; readonly draft: Draft }[];
  readonly patch: HeadPatch;
}

/** Uids that are used again and again end somewhere. */
const MAX_GENERATIONS = 50;

/**
 * How long an event can come again (24 hours of retries, and some): so long a chain that goes on
 * under a new key asks the old one.
 */
export const EVENTS_LIVE_MS = 3 * DAY_MS;

/**
 * Records one event in the chain of a person: 1 read and 2 writes, and those of `also`; 1 read more
 * for the first entry of a person. If the app can see a difference, 1 write more shows it
 * (shown/show.ts). The event's id makes the entry once, however often it is delivered. If an
 * erasure has closed the chain, the account decides: an event of one that was created after it
 * begins a new chain, otherwise the event came late.
 *
 * @param more.at when the server wrote the event (epoch milliseconds): one from before the account
 *   that uses the uid now is an older account's
 * @param more.reads reads the other facts of the decision, in the same transaction and before it
 *   decides
 */
export async function record(
  context: Context,
  uid: string,
  eventId: string,
  decide: Decide,
  { also, at, reads }: { also?: Also; at?: Instant | undefined; reads?: (tx: Transaction) => Promise<void> } = {},
): Promise<Recorded> {
  const id = eventKey(eventId);
  return inChain<Recorded>(context, uid, at, async (tx, { chain, head, write }) => {
    if (await isInFormerChain(context, tx, head, id)) return { recorded: false, because: 'duplicate', chain } as const;
    await reads?.(tx);
    const verdict = decide(head);
    if ('ignore' in verdict) return { recorded: false, because: 'noDecision', chain } as const;
    if ('reject' in verdict) {
      if (verdict.reject === 'late') return { closed: head.erasing ?? { at: context.now(), accountCreatedAt: null } };
      return { recorded: false, because: verdict.reject, chain } as const;
    }
    const { record: draft, patch, becameCurrent = false } = verdict;
    const { entry, head: next } = append(chain, head, id, draft, patch);
    write(next, [entry]);
    also?.(tx, { entry, becameCurrent, chain, before: head, after: next });
    return { recorded: true, entry, becameCurrent, chain } as const;
  });
}

/**
 * Changes the head of a person's chain, with the entries that say so, in one transaction. Not for
 * events: a decision from the head decides itself whether anything is left to do, so that it runs
 * twice harmlessly.
 *
 * @returns the entries that were written; empty if there was nothing to do, or the person was
 * erased
 */
export async function amend(
  context: Context,
  uid: string,
  decide: (head: Head, chain: string) => Amendment | null,
  also?: AlsoAmended,
): Promise<readonly Entry[]> {
  const outcome = await inChain<{ entries: readonly Entry[] }>(context, uid, undefined, (tx, open) =>
    Promise.resolve({ entries: amended(tx, open, decide, also) }),
  );
  return 'entries' in outcome ? outcome.entries : [];
}

/**
 * Does the same for a chain of an unknown person (an identity map that was lost, accounts
 * that were imported): the open end of a chain, by its name. Nothing is done if the person is being
 * erased, or the chain goes on under another key.
 */
export async function amendChain(
  context: Context,
  chain: string,
  decide: (head: Head, chain: string) => Amendment | null,
): Promise<readonly Entry[]> {
  const own = context.clients.own();
  return own.runTransaction(async (tx) => {
    const data = (await tx.get(headRef(own, chain))).data();
    if (data === undefined) return [];
    const head = readHead(chain, data, context.keys);
    if (head.closed !== undefined || head.continuedBy !== undefined) return [];
    const located = { chain, head };
    return amended(
      tx,
      { ...located, write: (next, entries) => writeLocated(tx, context, located, next, entries) },
      decide,
    );
  });
}

/** Decides from the head and writes the result. */
function amended(
  tx: Transaction,
  { chain, head, write }: OpenChain,
  decide: (head: Head, chain: string) => Amendment | null,
  also?: AlsoAmended,
): readonly Entry[] {
  const amendment = head.erasing === undefined ? decide(head, chain) : null;
  if (amendment === null) return [];
  const entries: Entry[] = [];
  let next = patched(head, amendment.patch);
  for (const { id, draft } of amendment.entries) {
    const appended = append(chain, next, id, draft);
    entries.push(appended.entry);
    next = appended.head;
  }
  write(next, entries);
  also?.(tx, { entries, chain, before: head, after: next });
  return entries;
}

interface OpenChain {
  readonly chain: string;
  readonly head: Head;
  /**
   * Creates the entries and sets the head. If the chain continues an older one, marks that as
   * continued.
   */
  readonly write: (next: Head, entries: readonly Entry[]) => void;
}

/** Runs a transaction on the chain that is open for a person. */
async function inChain<T>(
  context: Context,
  uid: string,
  at: Instant | undefined,
  work: (tx: Transaction, open: OpenChain) => Promise<T | Closed>,
): Promise<T | Extract<Recorded, { recorded: false }>> {
  const own = context.clients.own();
  const { keys } = context;
  // Auth and events tell whole seconds: an event in the second in which the new account was created
  // is taken as its own.
  const isOlder = (createdAt: number): boolean => at !== undefined && at < createdAt * 1000;
  const first = pseudonymOf(uid, keys);
  let tried: Tried = { chain: first, generation: 1, head: emptyHead(first), ids: [] };
  for (let over = 0; ;) {
    let outcome: T | Closed;
    try {
      outcome = await own.runTransaction(async (tx) => {
        const found = await locate(context, tx, uid, ({ generation, head: { successor } }) => {
          return generation <= over || (successor !== undefined && !isOlder(successor));
        });
        const { chain, head } = found;
        tried = { ...found, ids: [] };
        if (head.closed) return { closed: head.closed, in: chain, successor: head.successor };
        return work(tx, {
          chain,
          head,
          write: (next, entries) => {
            tried = { ...found, ids: entries.map(({ id }) => id), next };
            writeLocated(tx, context, found, next, entries);
          },
        });
      });
    } catch (error) {
      if (!alreadyExists(error)) throw error;
      if (await areRecorded(context, tried)) {
        // The first delivery may have died between its commit and the state.
        await showState(context, uid, tried.head);
        return { recorded: false, because: 'duplicate', chain: tried.chain };
      }
      if (!(await isThereByNow(context, tried))) throw error;
      continue;
    }
    if (!isClosed(outcome)) {
      await show(context, uid, tried);
      return outcome;
    }
    // The account that uses the uid now is kept with the closed chain, so that Auth is asked once
    // and not for each event.
    const createdAt = outcome.successor ?? (await successorOf(context, uid, outcome.closed));
    if (createdAt === null || isOlder(createdAt))
      return { recorded: false, because: 'late', chain: chainName(first, tried.generation) };
    if (outcome.in !== undefined && outcome.successor === undefined)
      await keepSuccessor(context, outcome.in, createdAt);
    over = tried.generation;
  }
}

/** The chain of a transaction, the entries that it was to create, and the head after them. */
interface Tried extends Located {
  readonly ids: readonly string[];
  readonly next?: Head;
}

/**
 * Shows the app the head that a transaction wrote: here, so that no capability can change a head
 * and not show it.
 */
const show = async (context: Context, uid: string, { head, next }: Tried): Promise<void> =>
  next && showChange(context, uid, { before: head, after: next });

/** True if the head that was to be created is there: somebody else was faster. */
const isThereByNow = async ({ clients }: Context, { chain, isNew = false }: Located): Promise<boolean> =>
  isNew && (await headRef(clients.own(), chain).get()).exists;

/**
 * True if the entries are there. Something else that is there already (a job) must not make a
 * decision look recorded.
 *
 * @throws ComplianceError `seal.broken` for an entry that somebody else put there
 */
async function areRecorded({ clients, keys }: Context, { chain, ids }: Tried): Promise<boolean> {
  for (const id of ids) {
    const data = (await entryRef(clients.own(), chain, id).get()).data();
    if (data === undefined) return false;
    readEntry(chain, id, data, keys);
  }
  return ids.length > 0;
}

/** Keeps which account uses the uid of a closed chain now. Runs twice harmlessly. */
async function keepSuccessor(context: Context, chain: string, successor: number): Promise<void> {
  const own = context.clients.own();
  await own.runTransaction(async (tx) => {
    const head = readHead(chain, (await tx.get(headRef(own, chain))).data(), context.keys);
    if (head.closed) writeChain(tx, context, { chain, head: { ...head, successor } });
  });
}

/** The chain is over, or nearly: its account, and the uid's user since, if that is known. */
interface Closed {
  readonly closed: Erased;
  /** The closed chain; absent if the erasure has only begun. */
  readonly in?: string;
  readonly successor?: number | undefined;
}

const isClosed = (outcome: unknown): outcome is Closed =>
  typeof outcome === 'object' && outcome !== null && 'closed' in outcome;

export interface Located {
  readonly chain: string;
  readonly generation: number;
  readonly head: Head;
  /** It has no head yet. */
  readonly isNew?: boolean;
  /** The chain under an older key that this one is to continue. */
  readonly former?: { readonly chain: string; readonly head: Head };
}

/**
 * Finds the first chain of a uid that is not over: its end under the newest key that has one. If
 * only an older key has it, the head of the chain that is to continue it. If all are over, the
 * empty head of the chain that comes next.
 *
 * @param isOver true for a chain behind which another account uses the uid
 * @throws RangeError if a uid was used again too often
 */
export async function locate(
  context: OwnStore & Pick<Context, 'now'>,
  tx: Transaction,
  uid: string,
  isOver: (chain: Numbered) => boolean,
): Promise<Located> {
  const { keys } = context;
  const chains = await decidingChains(context, uid, (ref) => tx.get(ref));
  const found = chains.find((chain) => !isOver(chain));
  const generation = found?.generation ?? (chains.at(-1)?.generation ?? 0) + 1;
  if (generation > MAX_GENERATIONS) throw new RangeError('a uid with more than 50 generations of accounts');
  const chain = chainName(pseudonymOf(uid, keys), generation);
  if (found === undefined) return { chain, generation, head: emptyHead(chain), isNew: true };
  // Nothing is added to a chain that an erasure has reached: it ends under the key that it has.
  if (found.chain === chain || erasureOf(found.head)) return found;
  return { chain, generation, head: continuing(chain, found, context.now()), isNew: true, former: found };
}

/**
 * Writes a chain that was located; the one that it continues is over then. The head of a new one is
 * created: of two writers who saw none, one has to look again.
 */
export function writeLocated(
  tx: Transaction,
  context: OwnStore,
  { chain, former, isNew = false }: Pick<Located, 'chain' | 'former' | 'isNew'>,
  head: Head,
  entries: readonly Entry[],
): void {
  writeChain(tx, context, { chain, head, entries, isNew });
  if (former === undefined) return;
  // The fields that queries ask for go with the person: none finds the old end any more.
  const gone = { askAgainAt: undefined, agreedTo: undefined, restraints: undefined };
  const over = patched({ ...former.head, continuedBy: chain }, gone);
  writeChain(tx, context, { chain: former.chain, head: over });
}

/**
 * Was this event recorded before the key changed? Asked only as long as an event can come again.
 */
async function isInFormerChain(context: Context, tx: Transaction, { continues }: Head, id: string): Promise<boolean> {
  if (continues === undefined || context.now() - continues.at > EVENTS_LIVE_MS) return false;
  const data = (await tx.get(entryRef(context.clients.own(), continues.chain, id))).data();
  // A forged one must not make an event look recorded.
  if (data !== undefined) readEntry(continues.chain, id, data, context.keys);
  return data !== undefined;
}

/**
 * Returns the creation time (whole seconds) of the account that has this uid today; null if it is
 * the erased one, or there is none.
 */
export async function successorOf(context: Context, uid: string, closed: Erased): Promise<number | null> {
  const created = await accountCreatedAt(context, uid);
  return created !== null && isNewerAccount(closed, created) ? created : null;
}
