import { Timestamp } from 'firebase-admin/firestore';
import type { JobPlan } from '../../jobs/catalog.ts';
import type { Run } from '../../jobs/types.ts';
import { readingBack, walk } from '../../jobs/eachRecord.ts';
import { stampOf, type Instant } from '../../platform/time.ts';
import type { Context } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import { millisOf } from '../../platform/firestore.ts';
import { isSealed } from '../../crypto/seal.ts';
import { answerBy } from '../../policy/calendar.ts';
import type { Policy } from '../../policy/schema.ts';
import { holdableErased } from '../../ledger/held/addresses.ts';
import { holdsOn } from '../../ledger/holds.ts';
import { holdableOf, type Hold } from '../../subject/hold.ts';
import { accountCreatedAt, uidAlone, verifiedIn, type Subject } from '../../subject/identity.ts';
import { provenBefore } from '../../subject/proven.ts';
import { changeTombstone, readTombstone } from '../../subject/tombstones.ts';
import { accountsWith, findAccounts } from '../../subject/accounts.ts';
import { isHeld } from '../../systems/outcomes.ts';
import { visitPerson } from '../../systems/person.ts';
import { loadSystem } from '../../systems/registry.ts';
import type { Change, Cursor, Progress, Scope } from '../../systems/system.ts';
import { untilOver } from '../holdTasks/whileHeld.ts';
import { accountOf, assertUidFree, forgetIdentity, identityRef } from '../identity.ts';
import { recordsToErase } from '../plan.ts';
import { replayJobs, type ReplayJob } from '../job.ts';

/**
 * Does an erasure again that a restored backup undid (docs/restore.md): in the app's database,
 * which was restored. Storage, Auth and other companies were not rolled back with it.
 */

/** An erased person that is there again. */
export interface Returned {
  /** Empty if only rows under a proven address are theirs, and nobody knows the uid any more. */
  readonly uid: string;
  /** Of a person without a uid: the key of one of the addresses. */
  readonly subjectKey?: string;
  /** Their tombstones, the newest last: it says which account it was, and when it ended. */
  readonly chains: readonly [string, ...string[]];
  readonly accountCreatedAt: number | null;
  readonly deletedAt: Instant;
  /** Rows under an address that were written after this moment were not restored. */
  readonly erasedAt: Instant;
  /** The erasure that is done again. */
  readonly of: string;
  /**
   * Addresses under which rows that name no uid were found; each is one that the erasure had
   * proven.
   */
  readonly addresses: readonly string[];
}

export const newestChain = ({ chains }: Pick<Returned, 'chains'>): string => chains[chains.length - 1] ?? chains[0];

/**
 * The name of a run: the minute in which it began (UTC). The same run again makes the same jobs.
 */
export const runOf = (at: Instant): string => stampOf(at).slice(0, 'YYYYMMDDThhmm'.length);

/**
 * Plans the job that ends one person's restored rows. Pure. `replay` ends them, `replayCheck` reads
 * them back and notes it in the tombstones.
 */
export function planReplay(policy: Policy, person: Returned, run: string, now: Instant): JobPlan {
  const { chains, addresses, ...known } = person;
  const chain = newestChain(person);
  return replayJobs.plan({
    id: `replay_${chain}_${run}`,
    pseudonym: chain,
    input: { ...known, chains: [...chains], addresses: addresses.length, run },
    dueAt: answerBy(policy, now),
    steps: [{ id: 'replay' }, { id: 'replayCheck', after: ['replay'] }],
  });
}

/**
 * @throws PermanentError `address_gone` if the addresses are not kept any more, and the job has not
 * ended yet
 */
async function personOf(context: Context, job: ReplayJob): Promise<Subject> {
  const { uid, pseudonym, accountCreatedAt: createdAt } = accountOf(job);
  const ref = identityRef(context.clients.own(), job);
  const data = (await ref.get()).data();
  // Of forged ones none is believed: the job stops, as if they were gone.
  const kept: unknown = data !== undefined && isSealed(ref.path, data, context.keys) ? data['addresses'] : [];
  const verifiedEmails = Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  if (verifiedEmails.length < job.input.addresses) {
    const noted: unknown = (await readTombstone(context, pseudonym))?.['replays'];
    if (!Array.isArray(noted) || !noted.includes(job.id))
      throw new PermanentError(
        'address_gone',
        'the addresses of this person are not kept any more: cancel this job and start another run',
      );
  }
  return provenBefore(uidAlone({ uid, pseudonym, accountCreatedAt: createdAt }), verifiedEmails);
}

/** The change of an erasure to rows of the app's database, for those that are there now. */
export const replayChange = ({ deletedAt }: { deletedAt: Instant }): Change => ({
  kind: 'erase',
  accountDeletedAt: deletedAt,
});

export const replayRecords = (policy: Policy) => recordsToErase(policy, 'firestore');

/** The legal holds on an erased person: by the uid, and by every address of theirs. */
export const replayHolds = async (context: Context, subject: Subject, chains: readonly string[]): Promise<Hold[]> =>
  holdsOn(context, await holdableErased(context, chains, holdableOf(subject)));

/** Runs the steps of `planReplay`. Each can run twice: rows that are gone stay gone. */
export async function replayStep(
  context: Context,
  job: ReplayJob,
  step: 'replay' | 'replayCheck',
  run: Run,
): Promise<Progress> {
  const { deletedAt } = accountOf(job);
  const subject = await personOf(context, job);
  const begins = run.cursor?.['place'] === undefined;
  if (begins) await assertNobodyElses(context, job, subject);
  const holds = await replayHolds(context, subject, job.input.chains);
  const actions = visitPerson(context, { subject, handles: [], holds }, replayChange({ deletedAt }), run.deadline);
  const records = replayRecords(context.policy);
  if (step === 'replay') return walk(records, actions.apply, { ...run, now: context.now });

  const progress = await walk(records, readingBack(actions), { ...run, now: context.now });
  if (!('settled' in progress)) return progress;
  if (progress.settled.some(isHeld)) {
    // From the beginning, when the holds may have ended: kept rows then end by themselves.
    const again: Cursor = { again: true };
    if (holds.length === 0) return { more: again };
    return { ...untilOver(context, holds), cursor: again, soFar: progress.settled };
  }
  await note(context, job);
  return progress;
}

/** The tombstones say so, and the addresses go. */
async function note(context: Context, job: ReplayJob): Promise<void> {
  const replayedAt = Timestamp.fromMillis(context.now());
  for (const chain of job.input.chains) {
    await changeTombstone(context, chain, (mark) => {
      if (mark === undefined) return null;
      const before: unknown = mark['replays'];
      const replays = [...new Set([...(Array.isArray(before) ? (before as unknown[]) : []), job.id])];
      return { ...mark, replayedAt, replays };
    });
  }
  await forgetIdentity(context, job);
}

/**
 * Looks once more before anything goes: today's user of the uid or an address is not the erased
 * person.
 *
 * @throws PermanentError `uid_in_use`, `email_in_use`, `address_in_use`: an officer separates the
 *   rows by hand, and cancels the job
 */
async function assertNobodyElses(context: Context, job: ReplayJob, subject: Subject): Promise<void> {
  const { uid, verifiedEmails: addresses } = subject;
  const byHand = 'separate what was restored from their rows by hand, then cancel this job';
  await assertUidFree(context, subject);
  if (addresses.length === 0) return;
  const owners = await ownersOf(context, addresses);
  if ([...owners.values()].some((owner) => owner !== uid))
    throw new PermanentError('email_in_use', `an account has verified an address of this person since: ${byHand}`);
  if (await hasNewerRows(context, job, subject))
    throw new PermanentError(
      'address_in_use',
      `somebody has written under an address of this person since the erasure: ${byHand}`,
    );
}

/** Rows that name no uid and were written after the erasure: they were not restored. */
async function hasNewerRows(context: Context, job: ReplayJob, subject: Subject): Promise<boolean> {
  const firestore = await loadSystem('firestore', context);
  const { policy } = context;
  const without = { ...subject, uid: '' };
  for (const named of replayRecords(policy)) {
    const by = named.record.subject;
    if (!('field' in by) || by.email === undefined || named.record.timestamp === null) continue;
    const scope: Scope = { policy, subject: without, handles: [], now: context.now(), deadline: Infinity };
    for await (const { data } of firestore.read(named, scope)) {
      if ((millisOf(data[named.record.timestamp]) ?? 0) > job.input.erasedAt) return true;
    }
  }
  return false;
}

/**
 * Returns the accounts that live under these uids, with their creation times in whole seconds
 * (null: Auth does not tell).
 */
export async function livingAccounts(context: Context, uids: readonly string[]): Promise<Map<string, number | null>> {
  const refs = uids.map((uid) => ({ uid }));
  return new Map([...(await findAccounts(context, refs))].map(([uid, user]) => [uid, accountCreatedAt(user)]));
}

/** The accounts, by uid, that have verified these addresses (in lower case) and live. */
export async function ownersOf(context: Context, addresses: readonly string[]): Promise<Map<string, string>> {
  const asked = new Set(addresses);
  const users = await accountsWith(context, ...addresses.map((email) => ({ email })));
  // Counts only an address that was asked for, however Auth has found the account.
  const verified = users.flatMap((user) => verifiedIn(user).emails.map((email) => [email, user.uid] as const));
  return new Map(verified.filter(([email]) => asked.has(email)));
}
