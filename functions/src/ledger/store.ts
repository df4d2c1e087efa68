import {
  Timestamp,
  type DocumentData,
  type DocumentReference,
  type Firestore,
  type Transaction,
} from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { alreadyExists, eventKey } from '../platform/intake.ts';
import { chainName, pseudonymOf } from '../subject/pseudonym.ts';
import { append, emptyHead, type Draft, type Entry, type Erased, type Head } from './chain.ts';

const entryTimes = ['occurredAt', 'recordedAt'] as const;

export function headRef(own: Firestore, chain: string): DocumentReference {
  return own.collection('ledger').doc(chain);
}

/** An entry as its document: the times are Firestore timestamps. */
export function entryToDocument(entry: Entry): DocumentData {
  const fields: DocumentData = { ...entry };
  delete fields['id'];
  const times = Object.fromEntries(entryTimes.map((name) => [name, Timestamp.fromMillis(entry[name])]));
  return { ...fields, ...times };
}

export function entryFromDocument(id: string, data: DocumentData): Entry {
  const times = Object.fromEntries(entryTimes.map((name) => [name, (data[name] as Timestamp).toMillis()]));
  return { ...data, ...times, id } as Entry;
}

export function headToDocument(head: Head): DocumentData {
  const since = Object.fromEntries(
    Object.entries(head.since).map(([purpose, at]) => [purpose, Timestamp.fromMillis(at)]),
  );
  const erased = (part: Erased | undefined): DocumentData | undefined =>
    part && { ...part, at: Timestamp.fromMillis(part.at) };
  const { seq, hash, current } = head;
  const parts = { erasing: erased(head.erasing), closed: erased(head.closed) };
  return {
    seq,
    hash,
    current,
    since,
    ...Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)),
  };
}

export function headFromDocument(chain: string, data: DocumentData | undefined): Head {
  if (data === undefined) return emptyHead(chain);
  const since = Object.fromEntries(
    Object.entries(data['since'] as Record<string, Timestamp>).map(([p, at]) => [p, at.toMillis()]),
  );
  const erased = (name: 'erasing' | 'closed'): Partial<Head> => {
    const part = data[name] as { at: Timestamp; accountCreatedAt: number | null } | undefined;
    return part === undefined ? {} : { [name]: { ...part, at: part.at.toMillis() } };
  };
  const { seq, hash, current } = data as Head;
  return { seq, hash, current, since, ...erased('erasing'), ...erased('closed') };
}

/** What a recording came to. `late`: the person was erased and the event belongs to the account that is gone. */
export type Recorded =
  | { readonly recorded: true; readonly entry: Entry; readonly becameCurrent: boolean; readonly chain: string }
  | { readonly recorded: false; readonly because: 'duplicate' | 'noDecision' | 'late'; readonly chain: string };

/**
 * Decides from the head what is to be recorded: null where there is nothing, `late` where the person is being erased. Runs inside a
 * transaction and may run more than once.
 */
export type Decide = (head: Head) => Draft | null | 'late';

/** Writes that belong to the entry, in its transaction (a job). Only called with what really is recorded. */
export type Also = (tx: Transaction, recorded: { entry: Entry; becameCurrent: boolean; chain: string }) => void;

/** Uids that are used again and again end somewhere. */
const MAX_GENERATIONS = 50;

/**
 * Records one event in the chain of a person: 1 read and 2 writes, and those of `also`. The event's id makes the entry once, however often it
 * is delivered. Where the chain is closed by an erasure, Auth decides: an account created after it begins a new chain, otherwise the event
 * came late.
 */
export async function record(
  context: Context,
  uid: string,
  eventId: string,
  decide: Decide,
  also?: Also,
): Promise<Recorded> {
  const pseudonym = pseudonymOf(uid, context.keys);
  for (let generation = 1; generation <= MAX_GENERATIONS; generation++) {
    const chain = chainName(pseudonym, generation);
    const outcome = await recordInChain(context, chain, eventKey(eventId), decide, also);
    if (!('closed' in outcome)) return outcome;
    if (!(await accountIsNewer(context, uid, outcome.closed))) return { recorded: false, because: 'late', chain };
  }
  throw new RangeError('a uid with more than 50 generations of accounts');
}

async function recordInChain(
  context: Context,
  chain: string,
  eventId: string,
  decide: Decide,
  also: Also | undefined,
): Promise<Recorded | { closed: Erased }> {
  const own = context.clients.own();
  try {
    return await own.runTransaction(async (tx) => {
      const head = headFromDocument(chain, (await tx.get(headRef(own, chain))).data());
      if (head.closed) return { closed: head.closed };
      const draft = decide(head);
      if (draft === null) return { recorded: false, because: 'noDecision', chain } as const;
      if (draft === 'late') return { closed: head.erasing ?? { at: context.now(), accountCreatedAt: null } };
      const { entry, head: next, becameCurrent } = append(head, eventId, draft);
      tx.create(headRef(own, chain).collection('entries').doc(eventId), entryToDocument(entry));
      tx.set(headRef(own, chain), headToDocument(next));
      also?.(tx, { entry, becameCurrent, chain });
      return { recorded: true, entry, becameCurrent, chain } as const;
    });
  } catch (error) {
    if (alreadyExists(error)) return { recorded: false, because: 'duplicate', chain };
    throw error;
  }
}

/** Is the account that has this uid today another one than the one that was erased? Whole seconds, UTC: Auth's records hold no more. */
async function accountIsNewer(context: Context, uid: string, closed: Erased): Promise<boolean> {
  const created = await accountCreatedAt(context, uid);
  if (created === null) return false;
  return closed.accountCreatedAt === null ? created * 1000 > closed.at : created > closed.accountCreatedAt;
}

/** Creation time of the account in whole seconds since the epoch, or null where there is none. */
export async function accountCreatedAt(context: Context, uid: string): Promise<number | null> {
  const auth = await context.clients.auth();
  try {
    return Math.floor(Date.parse((await auth.getUser(uid)).metadata.creationTime) / 1000);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'auth/user-not-found') return null;
    throw error;
  }
}

/** The head of a person's latest chain, with its name. */
export async function latestHead(context: Context, uid: string): Promise<{ chain: string; head: Head }> {
  const own = context.clients.own();
  const pseudonym = pseudonymOf(uid, context.keys);
  for (let generation = 1; ; generation++) {
    const chain = chainName(pseudonym, generation);
    const head = headFromDocument(chain, (await headRef(own, chain).get()).data());
    if (!head.closed || generation === MAX_GENERATIONS) return { chain, head };
    const following = await headRef(own, chainName(pseudonym, generation + 1)).get();
    if (!following.exists) return { chain, head };
  }
}
