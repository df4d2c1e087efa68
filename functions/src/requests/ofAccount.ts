import { jobsIn } from '../jobs/store.ts';
import { erasureOf } from '../ledger/chain.ts';
import { headsOf } from '../ledger/find.ts';
import type { OwnStore } from '../platform/context.ts';
import { batches, MOST_VALUES } from '../platform/firestore.ts';
import type { Instant } from '../platform/time.ts';
import { everyNameOfPerson } from '../subject/addresses.ts';
import { chainName, generationOf, withoutGeneration } from '../subject/pseudonym.ts';
import type { RequestType } from './request.ts';
import { requestsIn, requestsOf, type RequestRecord } from './store.ts';

/** An account, or a person without one, as an erasure names them. */
export interface Requester {
  /** Empty: a person without an account. */
  readonly uid: string;
  /** Their name among `subjects`; needed if there is no uid. */
  readonly key?: string | undefined;
  /** The name of the chain in which their erasure stands. */
  readonly pseudonym: string;
  /** Whole seconds since the epoch; null if nobody knows it. */
  readonly accountCreatedAt: number | null;
}

/**
 * Finds the requests of one account, under every pseudonym key. Accounts that had a uid one after
 * another can share a chain: the first erasure that begins takes it, and the others go on in the
 * next one. So a request belongs to the account that had the uid when it was received. Costs a
 * query for 30 names, and of an account a query for its jobs and the heads of the uid.
 *
 * @throws ComplianceError `seal.broken` or `ledger.unreadable` if a head is not ours
 */
export async function requestsOfAccount(
  store: OwnStore,
  requester: Requester,
  type?: RequestType,
): Promise<readonly { readonly key: string; readonly record: RequestRecord }[]> {
  const { uid, pseudonym } = requester;
  const own = store.clients.own();
  const users = uid === '' ? [] : await usersOf(store, uid);
  const names = await Promise.all(chainsUpTo(requester).map((chain) => everyNameOfPerson(store, requester, chain)));
  const pages = await Promise.all(
    [...batches(names.flat(), MOST_VALUES)].map((some) => requestsOf(own, some, type).get()),
  );
  const all = [...users, userOf(requester.accountCreatedAt, generationOf(pseudonym))];
  return pages
    .flatMap(({ docs }) => requestsIn(docs, store.keys).requests)
    .filter(({ record }) => uid === '' || isOf(requester, all, record));
}

/** The chains in which requests of an account can stand: its own, and those that it shared. */
function chainsUpTo({ uid, pseudonym, accountCreatedAt }: Requester): string[] {
  if (uid === '' || accountCreatedAt === null) return [pseudonym];
  const base = withoutGeneration(pseudonym);
  return Array.from({ length: generationOf(pseudonym) }, (_, before) => chainName(base, before + 1));
}

/** An account of a uid, with the number of the last chain that it can have used. */
interface User {
  /** Whole seconds since the epoch; `-Infinity` if nobody knows it. */
  readonly createdAt: number;
  readonly generation: number;
}

const userOf = (createdAt: number | null, generation: number): User => ({
  createdAt: createdAt ?? -Infinity,
  generation,
});

/** Finds the accounts of a uid with an erasure that is planned, has begun or is over. */
async function usersOf(store: OwnStore, uid: string): Promise<User[]> {
  const jobs = store.clients.own().collection('jobs').where('input.uid', '==', uid);
  const [found, heads] = await Promise.all([jobs.get(), headsOf(store, uid)]);
  const planned = jobsIn(found.docs, store.keys).jobs.flatMap(({ kind, pseudonym, input }): User[] => {
    const { accountCreatedAt: createdAt } = input;
    // A job that only begins an erasure, or takes it back, names no account.
    if (kind !== 'erasure' || pseudonym === undefined || !('accountCreatedAt' in input)) return [];
    return [userOf(typeof createdAt === 'number' ? createdAt : null, generationOf(pseudonym))];
  });
  const begun = heads.flatMap(({ generation, head }): User[] => {
    const erased = erasureOf(head);
    return erased === undefined ? [] : [userOf(erased.accountCreatedAt, generation)];
  });
  return [...planned, ...begun];
}

/** Is this request of the account, and of no other that has shared its chain? Pure. */
function isOf(
  { accountCreatedAt }: Pick<Requester, 'accountCreatedAt'>,
  users: readonly User[],
  { pseudonym, receivedAt }: Pick<RequestRecord, 'pseudonym' | 'receivedAt'>,
): boolean {
  return ownerAt(users, generationOf(pseudonym), receivedAt.toMillis()) === (accountCreatedAt ?? -Infinity);
}

/**
 * Returns the creation time of the account to which something in a chain belongs: the last one that
 * was there by then. Auth tells whole seconds, and the newer account gets its first one. Something
 * from before them all is of the first one: a letter can be older than an account.
 */
function ownerAt(users: readonly User[], generation: number, at: Instant): number | undefined {
  const there = users.filter((user) => user.generation >= generation).map(({ createdAt }) => createdAt);
  const before = there.filter((createdAt) => createdAt * 1000 <= at);
  return before.length > 0 ? Math.max(...before) : Math.min(...there);
}
