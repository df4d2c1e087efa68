import {
  Timestamp,
  type DocumentData,
  type DocumentReference,
  type Firestore,
  type Transaction,
} from 'firebase-admin/firestore';
import type { Instant } from '../platform/clock.ts';
import { alreadyExists } from '../platform/codes.ts';
import type { Context } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import { eventKey } from '../platform/intake.ts';
import { DAY_MS } from '../platform/time.ts';
import { findAccount } from '../subject/accounts.ts';
import { accountCreatedAt as createdAtOf } from '../subject/identity.ts';
import { chainName, pseudonymOf } from '../subject/pseudonym.ts';
import {
  append,
  continuing,
  emptyHead,
  ENTRY_TIMES,
  erasureOf,
  isNewerAccount,
  patched,
  type Draft,
  type Entry,
  type Erased,
  type Head,
  type HeadPatch,
} from './chain.ts';

export function headRef(own: Firestore, chain: string): DocumentReference {
  return own.collection('ledger').doc(chain);
}

/** An entry as its document: the times are Firestore timestamps. */
export function entryToDocument(entry: Entry): DocumentData {
  const fields: DocumentData = { ...entry };
  delete fields['id'];
  for (const name of ENTRY_TIMES) {
    const at = entry[name];
    if (at !== undefined) fields[name] = Timestamp.fromMillis(at);
  }
  return fields;
}

/**
 * Returns an entry from its document. A time has one form, since the hash is over milliseconds: a
 * number, a text or a part of a millisecond would share the hash of another time.
 *
 * @throws ComplianceError `ledger.unreadable` for a time that is not a timestamp of whole milliseconds
 */
export function entryFromDocument(id: string, data: DocumentData): Entry {
  const fields: DocumentData = { ...data, id };
  for (const name of ENTRY_TIMES) {
    const value: unknown = data[name];
    if (value === undefined && !REQUIRED_TIMES.has(name)) continue;
    if (!(value instanceof Timestamp) || value.nanoseconds % 1_000_000 !== 0)
      throw new ComplianceError(
        'ledger.unreadable',
        `an entry of the ledger has no such ${name} as the backend writes`,
      );
    fields[name] = value.toMillis();
  }
  return fields as Entry;
}

const REQUIRED_TIMES: ReadonlySet<string> = new Set(['occurredAt', 'recordedAt']);

/** Moments at the top of a head: timestamps, because queries ask for them. Those within maps are epoch milliseconds. */
const HEAD_TIMES = ['changedAt', 'askAgainAt'] as const;

export function headToDocument(head: Head): DocumentData {
  const since = Object.fromEntries(
    Object.entries(head.since).map(([purpose, at]) => [purpose, Timestamp.fromMillis(at)]),
  );
  const erased = (part: Erased | undefined): DocumentData | undefined =>
    part && { ...part, at: Timestamp.fromMillis(part.at) };
  const fields: DocumentData = { ...head, since, erasing: erased(head.erasing), closed: erased(head.closed) };
  for (const name of HEAD_TIMES) {
    const at = head[name];
    if (at !== undefined) fields[name] = Timestamp.fromMillis(at);
  }
  return withoutUndefined(fields) as DocumentData;
}

/** Firestore knows no `undefined`: a field that has none is not there. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null || value instanceof Timestamp) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutUndefined(member)]));
}

export function headFromDocument(chain: string, data: DocumentData | undefined): Head {
  if (data === undefined) return emptyHead(chain);
  const fields: DocumentData = { ...emptyHead(chain), ...data };
  const since = (data['since'] ?? {}) as Record<string, Timestamp>;
  fields['since'] = Object.fromEntries(Object.entries(since).map(([purpose, at]) => [purpose, at.toMillis()]));
  for (const name of HEAD_TIMES) if (data[name] instanceof Timestamp) fields[name] = data[name].toMillis();
  for (const name of ['erasing', 'closed'] as const) {
    const part = data[name] as { at: Timestamp; accountCreatedAt: number | null } | undefined;
    if (part !== undefined) fields[name] = { ...part, at: part.at.toMillis() };
  }
  return fields as Head;
}

/** The outcome of a recording. `duplicate`: this event is in the chain already; `noDecision`: it was ignored. */
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
 * - `denied`: nobody named the one who acts as guardian of this person.
 */
export type Rejection = 'late' | 'overBudget' | 'unpublished' | 'notAsked' | 'denied';

/** What becomes of one event. */
export type Verdict =
  | {
      readonly record: Draft;
      /** What the entry changes in the head. */
      readonly patch?: HeadPatch;
      /** True if it counts from now on. An answer that came late is recorded and changes nothing. */
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

/** Writes that belong to the entry, in its transaction (a job). Only called with what really is recorded. */
export type Also = (tx: Transaction, recorded: { entry: Entry; becameCurrent: boolean; chain: string }) => void;

/** Several entries at once, by their ids, and what they change in the head; no entries: the head only. */
export interface Amendment {
  readonly entries: readonly { readonly id: string; readonly draft: Draft }[];
  readonly patch: HeadPatch;
}

/** Uids that are used again and again end somewhere. */
const MAX_GENERATIONS = 50;

/** How long an event can come again (24 hours of retries, and some): so long a chain that goes on under a new key asks the old one. */
const EVENTS_LIVE_MS = 3 * DAY_MS;

/**
 * Records one event in the chain of a person: 1 read and 2 writes, and those of `also`. The event's
 * id makes the entry once, however often it is delivered. If an erasure has closed the chain,
 * the account decides: an event of one that was created after it begins a new chain, otherwise the
 * event came late.
 *
 * @param more.at when the server wrote the event (epoch milliseconds): one from before the account
 *   that uses the uid now is an older account's
 * @param more.reads reads what the decision needs beside the head, in the same transaction and
 *   before it decides
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
    also?.(tx, { entry, becameCurrent, chain });
    return { recorded: true, entry, becameCurrent, chain } as const;
  });
}

/**
 * Changes the head of a person's chain, with the entries that say so, in one transaction. Not for events: what is decided from the head
 * decides itself whether anything is left to do, so that it runs twice harmlessly.
 *
 * @returns the entries that were written; empty where there was nothing to do, or the person was erased
 */
export async function amend(
  context: Context,
  uid: string,
  decide: (head: Head, chain: string) => Amendment | null,
  also?: (tx: Transaction, amended: { entries: readonly Entry[]; chain: string }) => void,
): Promise<readonly Entry[]> {
  const outcome = await inChain<{ entries: readonly Entry[] }>(context, uid, undefined, (tx, open) =>
    Promise.resolve({ entries: amended(tx, open, decide, also) }),
  );
  return 'entries' in outcome ? outcome.entries : [];
}

/**
 * The same for a chain whose person nobody can name (an identity map that was lost, accounts that were imported): the open end of a chain,
 * by its name. Nothing is done where the person is being erased, or the chain goes on under another key.
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
    const head = headFromDocument(chain, data);
    if (head.closed !== undefined || head.continuedBy !== undefined) return [];
    const located = { chain, head };
    return amended(tx, { ...located, write: (next, entries) => write(tx, own, located, next, entries) }, decide);
  });
}

/** Decides from the head and writes what came of it. */
function amended(
  tx: Transaction,
  { chain, head, write }: OpenChain,
  decide: (head: Head, chain: string) => Amendment | null,
  also?: (tx: Transaction, amended: { entries: readonly Entry[]; chain: string }) => void,
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
  also?.(tx, { entries, chain });
  return entries;
}

interface OpenChain {
  readonly chain: string;
  readonly head: Head;
  /** Creates the entries and sets the head; where the chain continues an older one, marks that as continued. */
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
  for (let generation = 1; generation <= MAX_GENERATIONS; generation++) {
    const name = chainName(pseudonymOf(uid, context.keys), generation);
    let outcome: T | Closed;
    try {
      outcome = await own.runTransaction(async (tx) => {
        const found = await locate(context, tx, uid, generation);
        const { chain, head } = found;
        if (head.closed) return { closed: head.closed, in: chain, successor: head.successor };
        return work(tx, { chain, head, write: (next, entries) => write(tx, own, found, next, entries) });
      });
    } catch (error) {
      if (alreadyExists(error)) return { recorded: false, because: 'duplicate', chain: name };
      throw error;
    }
    if (!isClosed(outcome)) return outcome;
    // Which account uses the uid now is kept with the closed chain, so that Auth is asked once and not for each event.
    const late = { recorded: false, because: 'late', chain: name } as const;
    const createdAt = outcome.successor ?? (await successorOf(context, uid, outcome.closed));
    // Auth and events tell whole seconds: an event in the second in which the new account was created is taken as its own.
    if (createdAt === null || (at !== undefined && at < createdAt * 1000)) return late;
    if (outcome.in !== undefined && outcome.successor === undefined)
      await headRef(own, outcome.in).update({ successor: createdAt });
  }
  throw new RangeError('a uid with more than 50 generations of accounts');
}

/** The chain is over, or nearly: whose account it was, and whose uid it is since, if that is known. */
interface Closed {
  readonly closed: Erased;
  /** The closed chain; absent where the erasure has only begun. */
  readonly in?: string;
  readonly successor?: number | undefined;
}

const isClosed = (outcome: unknown): outcome is Closed =>
  typeof outcome === 'object' && outcome !== null && 'closed' in outcome;

interface Located {
  readonly chain: string;
  readonly head: Head;
  /** The chain under an older key that this one is to continue. */
  readonly former?: { readonly chain: string; readonly head: Head };
}

/** The chain of a generation under the newest key that has one; where only an older key has, the head of the chain that is to continue it. */
async function locate(context: Context, tx: Transaction, uid: string, generation: number): Promise<Located> {
  const own = context.clients.own();
  const { keys } = context;
  const chain = chainName(pseudonymOf(uid, keys), generation);
  const data = (await tx.get(headRef(own, chain))).data();
  if (data !== undefined) return { chain, head: headFromDocument(chain, data) };
  for (const older of olderVersions(keys)) {
    const name = chainName(pseudonymOf(uid, keys, older), generation);
    const found = (await tx.get(headRef(own, name))).data();
    if (found === undefined) continue;
    const head = headFromDocument(name, found);
    // Nothing is added to a chain that an erasure has reached: it ends under the key that it has.
    if (erasureOf(head)) return { chain: name, head };
    return { chain, head: continuing(chain, { chain: name, head }, context.now()), former: { chain: name, head } };
  }
  return { chain, head: emptyHead(chain) };
}

const olderVersions = ({ current, keys }: Context['keys']): number[] =>
  Object.keys(keys)
    .map(Number)
    .filter((version) => version !== current)
    .sort((a, b) => b - a);

function write(
  tx: Transaction,
  own: Firestore,
  { chain, former }: Located,
  next: Head,
  entries: readonly Entry[],
): void {
  for (const entry of entries)
    tx.create(headRef(own, chain).collection('entries').doc(entry.id), entryToDocument(entry));
  tx.set(headRef(own, chain), headToDocument(next));
  if (former === undefined) return;
  // What asks for the next answer goes with the person: no query finds the old end any more.
  const over = patched({ ...former.head, continuedBy: chain }, { askAgainAt: undefined, oldestVersion: undefined });
  tx.set(headRef(own, former.chain), headToDocument(over));
}

/** Was this event recorded before the key changed? Asked only as long as an event can come again. */
async function isInFormerChain(context: Context, tx: Transaction, { continues }: Head, id: string): Promise<boolean> {
  if (continues === undefined || context.now() - continues.at > EVENTS_LIVE_MS) return false;
  const own = context.clients.own();
  return (await tx.get(headRef(own, continues.chain).collection('entries').doc(id))).exists;
}

/** Creation time (whole seconds) of the account that has this uid today, if it is another one than the one that was erased. */
async function successorOf(context: Context, uid: string, closed: Erased): Promise<number | null> {
  const created = await accountCreatedAt(context, uid);
  return created !== null && isNewerAccount(closed, created) ? created : null;
}

/**
 * Returns the creation time of the account in whole seconds since the epoch, or null if there is
 * none.
 */
export async function accountCreatedAt(context: Context, uid: string): Promise<number | null> {
  const user = await findAccount(context, { uid });
  return user === null ? null : createdAtOf(user);
}

/** The head of a person's latest chain, with its name: the one that is open, or the last that was closed. */
export async function latestHead(context: Context, uid: string): Promise<{ chain: string; head: Head }> {
  let latest: { chain: string; head: Head } | undefined;
  for (let generation = 1; generation <= MAX_GENERATIONS; generation++) {
    const found = await newestOf(context, uid, generation);
    if (found === null) break;
    latest = found;
    if (!found.head.closed) break;
  }
  const chain = pseudonymOf(uid, context.keys);
  return latest ?? { chain, head: emptyHead(chain) };
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
  context: Context,
  uid: string,
  generation: number,
): Promise<{ chain: string; head: Head } | null> {
  const own = context.clients.own();
  for (const version of [context.keys.current, ...olderVersions(context.keys)]) {
    const chain = chainName(pseudonymOf(uid, context.keys, version), generation);
    const data = (await headRef(own, chain).get()).data();
    if (data !== undefined) return { chain, head: headFromDocument(chain, data) };
  }
  return null;
}

/**
 * Every chain of whoever uses a uid, oldest first: a new one begins when the uid is used again after an erasure, and when the pseudonym key
 * changes (then it `continues` the one before).
 */
export async function chainsOf(
  context: Pick<Context, 'clients' | 'keys'>,
  uid: string,
): Promise<{ chain: string; head: Head }[]> {
  const own = context.clients.own();
  const versions = [...olderVersions(context.keys).reverse(), context.keys.current];
  const chains: { chain: string; head: Head }[] = [];
  for (let generation = 1; generation <= MAX_GENERATIONS; generation++) {
    const names = versions.map((version) => chainName(pseudonymOf(uid, context.keys, version), generation));
    const heads = await Promise.all(names.map((name) => headRef(own, name).get()));
    const found = heads.flatMap((head) =>
      head.exists ? [{ chain: head.id, head: headFromDocument(head.id, head.data()) }] : [],
    );
    if (found.length === 0) break;
    chains.push(...found);
  }
  return chains;
}
