import { addJob, enqueueJob, jobRef, jobsIn } from '../../jobs/store.ts';
import type { Job } from '../../jobs/types.ts';
import type { Instant } from '../../platform/time.ts';
import type { Context, OwnStore } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { sealed } from '../../crypto/seal.ts';
import { addressKey } from '../../subject/emails.ts';
import { peopleOfHolds } from '../../ledger/holds.ts';
import { uidAlone } from '../../subject/identity.ts';
import { withoutGeneration } from '../../subject/pseudonym.ts';
import { subjectKey } from '../../subject/known.ts';
import { provenBefore } from '../../subject/proven.ts';
import { visitPerson } from '../../systems/person.ts';
import type { Outcome } from '../../systems/system.ts';
import { identityAt } from '../identity.ts';
import {
  livingAccounts,
  newestChain,
  ownersOf,
  planReplay,
  replayChange,
  replayHolds,
  replayRecords,
  type Returned,
} from './replay.ts';
import { erasedSince, type Buried, type LeftAlone } from './erased.ts';
import { Matcher, nameOf, presentIn, sizeOf, sourcesOf } from './find.ts';

/**
 * The reason why an erasure is not done again although something is there: an officer separates
 * restored rows from those that are somebody's today.
 */
export type InUse = {
  readonly chain: string;
  /** The paths of rows that name no uid, at most 20. */
  readonly paths?: readonly string[];
} & (
  | { readonly why: 'anotherAccount'; readonly uid: string }
  /** Another account has verified the address since. */
  | { readonly why: 'addressOfAnother'; readonly uid: string }
  /** Somebody has written under the address since the erasure. */
  | { readonly why: 'writtenSince' }
  /** A legal hold runs whose document is gone: nobody knows the uid by which it would count. */
  | { readonly why: 'holdGone' }
);

/** The people that are there again, and those left to an officer. */
export interface Found {
  readonly returned: readonly Returned[];
  readonly inUse: readonly InUse[];
}

/** Today's users of the uids and addresses, by Auth, which no restore of Firestore rolls back. */
export interface Living {
  /** Creation times in whole seconds, by uid. */
  readonly accounts: ReadonlyMap<string, number | null>;
  /** Uids, by verified address. */
  readonly owners: ReadonlyMap<string, string>;
}

const erasedAt = ({ completedAt, deletedAt }: Buried): Instant => completedAt ?? deletedAt;

/**
 * Decides which erasures are done again. Pure.
 *
 * A uid that lives under another creation time is another person's. An account of the same creation
 * time was brought back by hand, and is the erased one. Rows under an address go with the person of
 * a uid that is known, so that their legal holds count; otherwise they alone are ended.
 */
export function sortOut(
  { uids, addresses, held, gone }: Pick<Matcher, 'uids' | 'addresses' | 'held' | 'gone'>,
  { accounts, owners }: Living,
  keys: Context['keys'],
): Found {
  const people = new Map<string, Returned>();
  const inUse: InUse[] = [];
  const isAnothers = (uid: string, { accountCreatedAt }: Buried): boolean => {
    const living = accounts.get(uid);
    return living !== undefined && (living === null || living !== accountCreatedAt);
  };
  for (const [uid, buried] of uids) {
    const newest = buried.at(-1);
    if (newest === undefined) continue;
    if (isAnothers(uid, newest)) inUse.push({ chain: newest.chain, why: 'anotherAccount', uid });
    else people.set(uid, { uid, ...summaryOf(buried, newest), addresses: [] });
  }
  for (const [address, { buried, rows }] of addresses) {
    const newest = buried.at(-1);
    if (newest === undefined) continue;
    const { chain } = newest;
    const { paths } = rows;
    const [uid, of] = [...uids, ...held].find(([, all]) => all.some((one) => buried.includes(one))) ?? [];
    const owner = owners.get(address);
    const isUsed = uid !== undefined && isAnothers(uid, of?.at(-1) ?? newest);
    if (owner !== undefined && owner !== uid) inUse.push({ chain, why: 'addressOfAnother', uid: owner, paths });
    else if (rows.newest !== undefined && rows.newest > Math.max(...buried.map(erasedAt)))
      inUse.push({ chain, why: 'writtenSince', paths });
    // Nobody can tell by the uid whether the hold is the erased person's or the other account's.
    else if (isUsed && held.has(uid)) inUse.push({ chain, why: 'anotherAccount', uid, paths });
    else if ((uid === undefined || isUsed) && buried.some((one) => gone.has(withoutGeneration(one.chain))))
      inUse.push({ chain, why: 'holdGone', paths });
    else {
      const mine = isUsed ? undefined : uid;
      const key = mine ?? `chain ${chain}`;
      const theirs = mine === undefined || of === undefined ? buried : of;
      const summary = summaryOf(theirs, theirs.at(-1) ?? newest);
      const whom = mine === undefined ? { uid: '', subjectKey: addressKey(address, keys) } : { uid: mine };
      const known = people.get(key) ?? { ...whom, ...summary, addresses: [] };
      people.set(key, { ...known, addresses: [...known.addresses, address] });
    }
  }
  return { returned: [...people.values()], inUse };
}

const summaryOf = (buried: readonly Buried[], newest: Buried): Omit<Returned, 'uid' | 'addresses'> => {
  const before = buried.filter((one) => one !== newest).map(({ chain }) => chain);
  return {
    // One more than nothing: the newest is last.
    chains: [...before, newest.chain] as unknown as Returned['chains'],
    accountCreatedAt: newest.accountCreatedAt,
    deletedAt: newest.deletedAt,
    erasedAt: Math.max(...buried.map(erasedAt)),
    of: newest.job,
  };
};

/** The progress of a replay. */
export interface ReplayProgress {
  /** Before the first read: how many documents each source has. */
  counted?(sources: readonly { readonly name: string; readonly documents: number }[]): void;
  read?(source: string, documents: number): void;
}

/** One person that is erased again. */
interface Replayed {
  readonly chain: string;
  readonly by: 'uid' | 'address';
  readonly of: string;
  /** `created` by this call, or by an earlier one of the same run; absent in a dry run. */
  readonly job?: { readonly id: string; readonly state: 'created' | 'existed' };
  /** In a dry run: rows that would end, and rows that a hold or a ground keeps. */
  readonly outcomes?: readonly Outcome[];
}

export interface ReplayReport {
  readonly run: string;
  readonly since: Instant;
  readonly dryRun: boolean;
  /** How many erasures the list knows since then. */
  readonly erased: number;
  /** How many of them left nothing that is there now. */
  readonly nothingFound: number;
  readonly running: readonly LeftAlone[];
  readonly givenUp: readonly LeftAlone[];
  readonly again: readonly Replayed[];
  readonly inUse: readonly InUse[];
  readonly reads: number;
}

/**
 * Does every erasure again that the tombstones know since a moment, against the app's database as
 * it is now: after it was restored from a backup. Each person found gets a durable job
 * (`planReplay`), which the deployed functions run. This call itself deletes nothing.
 *
 * @param since when the backup was taken, or earlier: rows erased before that are not in it
 * @param run names the run (`runOf`): the same run again makes no second job
 * @throws ComplianceError `replay.run` if it is no name of a run, `replay.since` for a moment that
 * has not come
 */
export async function replayErasures(
  context: Context,
  { since, run, dryRun }: { readonly since: Instant; readonly run: string; readonly dryRun: boolean },
  progress: ReplayProgress = {},
): Promise<ReplayReport> {
  if (!/^\d{8}T\d{4}$/.test(run)) throw new ComplianceError('replay.run', 'a run is named like 20260301T0930');
  if (since > context.now()) throw new ComplianceError('replay.since', 'that moment has not come yet');
  const { again: erased, running, givenUp } = await erasedSince(context, since);
  const matcher = new Matcher(erased, context.keys);
  const reads = erased.length === 0 ? 0 : await lookAtEverybody(context, matcher, progress);
  const living = {
    accounts: await livingAccounts(context, [...new Set([...matcher.uids.keys(), ...matcher.held.keys()])]),
    owners: await ownersOf(context, [...matcher.addresses.keys()]),
  };
  const { returned, inUse } = sortOut(matcher, living, context.keys);
  const again: Replayed[] = [];
  for (const person of returned) {
    const base = { chain: newestChain(person), by: person.uid === '' ? 'address' : 'uid', of: person.of } as const;
    if (dryRun) again.push({ ...base, outcomes: await preview(context, person) });
    else again.push({ ...base, job: await makeJob(context, person, run) });
  }
  const seen = new Set([...returned.flatMap(({ chains }) => chains), ...inUse.map(({ chain }) => chain)]);
  const nothingFound = erased.filter(({ chain }) => !seen.has(chain)).length;
  return { run, since, dryRun, erased: erased.length, nothingFound, running, givenUp, again, inUse, reads };
}

async function lookAtEverybody(context: Context, matcher: Matcher, progress: ReplayProgress): Promise<number> {
  const app = context.clients.app();
  const sources = sourcesOf(context.policy);
  const counts: { name: string; documents: number }[] = [];
  for (const source of sources) counts.push({ name: nameOf(source), documents: await sizeOf(app, source) });
  progress.counted?.(counts);
  let reads = 0;
  for (const source of sources) {
    let of = 0;
    const told = (read: number): void => {
      of = read;
      progress.read?.(nameOf(source), read);
    };
    for await (const present of presentIn(app, source, told)) matcher.see(present);
    reads += of;
  }
  if (matcher.addresses.size > 0) matcher.seeHeld(await peopleOfHolds(context));
  return reads;
}

/** The addresses and the job in one transaction: neither is there without the other. */
async function makeJob(context: Context, person: Returned, run: string): Promise<NonNullable<Replayed['job']>> {
  const own = context.clients.own();
  const plan = planReplay(context.policy, person, run, context.now());
  const state = await own.runTransaction(async (tx) => {
    if ((await tx.get(jobRef(own, plan.id))).exists) return 'existed';
    const { addresses } = person;
    // Kept with the subject, not with the job, and gone with its last step.
    const ref = identityAt(own, subjectKey(person), plan.id);
    if (addresses.length > 0) tx.set(ref, sealed(ref.path, { addresses }, context.keys));
    addJob(tx, context, plan);
    return 'created';
  });
  await enqueueJob(context, plan);
  return { id: plan.id, state };
}

async function preview(context: Context, person: Returned): Promise<Outcome[]> {
  const { policy } = context;
  const { uid, accountCreatedAt, addresses } = person;
  const subject = provenBefore(uidAlone({ uid, pseudonym: newestChain(person), accountCreatedAt }), addresses);
  const holds = await replayHolds(context, subject, person.chains);
  const actions = visitPerson(context, { subject, handles: [], holds }, replayChange(person), Infinity);
  const outcomes: Outcome[] = [];
  for (const named of replayRecords(policy)) outcomes.push(...(await actions.preview(named)));
  return outcomes;
}

/** The jobs of a run, the unfinished ones first. */
export async function jobsOfRun({ clients, keys }: OwnStore, run: string): Promise<Job[]> {
  const found = await clients.own().collection('jobs').where('input.run', '==', run).get();
  const rank = ({ status }: Job): number => (status === 'completed' ? 2 : status === 'cancelled' ? 1 : 0);
  return jobsIn(found.docs, keys)
    .jobs.filter(({ steps }) => steps['replay'] !== undefined)
    .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
}
