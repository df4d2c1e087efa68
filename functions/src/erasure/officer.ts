import { cancel, release } from '../jobs/advance.ts';
import { noted } from '../jobs/officer.ts';
import { changeJob, jobsIn, loadJob } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import { latestHead } from '../ledger/find.ts';
import type { Instant } from '../platform/time.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { ComplianceError } from '../platform/errors.ts';
import type { PersonQuery } from '../proof/findPerson.ts';
import { accountsWith } from '../subject/accounts.ts';
import { assertUnmistakable, learnAddress } from '../subject/addresses.ts';
import { nameOfAddress, addressPseudonym, foldEmail } from '../subject/emails.ts';
import { isUid, type Subject } from '../subject/identity.ts';
import { isSubjectSealed, missedDocument, missingSince, serverWrittenIds } from '../subject/known.ts';
import { provenByAccount, provenByOfficer } from '../subject/proven.ts';
import { followingChain, namesOfChain, pseudonymOf } from '../subject/pseudonym.ts';
import { answerToOf, keepAnswerTo } from './answerTo.ts';
import { changeOrGiveUp, forgetGivenUp } from './giveUp.ts';
import { chainOfAccount, startErasure, type Started } from './start.ts';

/** An officer's view of erasures, and orders about them. */

/** Erasures that the circuit breaker holds, oldest first. `stuckJobs` names forged ones. */
export async function heldErasures({ clients, keys }: OwnStore): Promise<Job[]> {
  const found = await clients.own().collection('jobs').where('status', '==', 'held').get();
  return jobsIn(found.docs, keys)
    .jobs.filter(({ kind }) => kind === 'erasure')
    .sort((a, b) => a.createdAt - b.createdAt);
}

/**
 * Lets held erasures go on; `tick` enqueues them within a minute. Answers the ids of those that
 * were held.
 *
 * @param officer the pseudonym of the one who orders it, if they were named
 */
export async function releaseErasures(context: Context, ids: readonly string[], officer?: string): Promise<string[]> {
  const released: string[] = [];
  for (const id of ids) {
    const at = context.now();
    const changed = await changeJob(context, id, (job) => {
      const next = job.kind === 'erasure' ? release(job, at, { released: true }) : null;
      return next && noted(next, { order: 'released', at, officer });
    });
    if (changed?.applied === true) released.push(id);
  }
  return released;
}

/**
 * Gives held erasures up: nothing of these people was touched. Deliveries of the same deletion
 * start nothing any more, nor does the reconciliation for as long as the account stays away. A
 * later deletion does, and `erasure start`. Answers the ids of those that were held.
 *
 * @throws as `changeOrGiveUp` does, for the first that could not be given up, after all others
 */
export async function discardErasures(context: Context, ids: readonly string[], officer?: string): Promise<string[]> {
  const own = context.clients.own();
  const discarded: string[] = [];
  const refused: unknown[] = [];
  for (const id of ids) {
    const before = await loadJob(context, id);
    const now = context.now();
    const by = { by: 'officer', officer, now } as const;
    const changed = await changeOrGiveUp(context, id, by, (job) =>
      job.kind === 'erasure' && job.status === 'held' ? cancel(job, now) : null,
    ).catch((error: unknown) => {
      refused.push(error);
    });
    if (changed?.applied !== true) continue;
    discarded.push(id);
    if (before !== null) await forgetGivenUp(context, before);
    const uid = before?.input['uid'];
    if (typeof uid !== 'string' || !isUid(uid)) continue;
    // Missing since now, for the reconciliation: only an account that comes back and goes again
    // begins anew.
    const subject = own.collection('subjects').doc(uid);
    await own.runTransaction(async (tx) => {
      const data = (await tx.get(subject)).data();
      if (data !== undefined && isSubjectSealed(uid, data, context.keys) && missingSince(data) === undefined)
        tx.set(subject, missedDocument(uid, data, now, context.keys));
    });
  }
  if (refused.length > 0) throw refused[0];
  return discarded;
}

export interface Found {
  readonly subject: Subject;
  readonly chain: string;
  /** The names that the chain can have, one for each key of the pseudonyms; `chain` among them. */
  readonly names: readonly string[];
  readonly erased: boolean;
  /** Auth has the account, servers learnt of it, or the ledger has entries of it. */
  readonly isKnown: boolean;
  /** Auth has the account now. */
  readonly hasAccount: boolean;
}

/** The error of an order about somebody whom nobody knows. */
export const unknownPerson = (or = ''): ComplianceError =>
  new ComplianceError('officer.unknown', `neither Authentication nor this backend knows this uid: check it${or}`);

/**
 * Finds the person. An address leads to the account that Auth verified it for; if it has none, to a
 * person without an account.
 *
 * @throws ComplianceError `officer.uid` if it is no uid, `officer.email` for an address that an
 * account has without having verified it
 */
export async function find(context: Context, person: PersonQuery): Promise<Found> {
  if ('uid' in person && !isUid(person.uid))
    throw new ComplianceError('officer.uid', 'this is not a uid of Firebase Auth');
  if ('email' in person) return byEmail(context, foldEmail(person.email.trim()));
  return byUid(context, person.uid);
}

const addressOfSomebody = (): ComplianceError =>
  new ComplianceError(
    'officer.email',
    'no account, or more than one, has verified this address: find out whose it is, and use --uid',
  );

async function byEmail(context: Context, email: string): Promise<Found> {
  const users = await accountsWith(context, { email });
  const owners = users.filter(({ emailVerified }) => emailVerified);
  const [owner] = owners;
  if (owners.length > 1 || (users.length > 0 && owner === undefined)) {
    throw addressOfSomebody();
  }
  return owner === undefined ? withoutAccount(context, email) : byUid(context, owner.uid, owner.tenantId ?? null);
}

async function byUid(context: Context, uid: string, tenantId?: string | null): Promise<Found> {
  const which = { uid, pseudonym: pseudonymOf(uid, context.keys), ...defined({ tenantId }) };
  const { subject, account, known } = await provenByAccount(context, which);
  const { chain, erased } = await chainOfAccount(context, uid, subject.accountCreatedAt);
  const ids = { ...subject.providerIds, ...(await serverWrittenIds(context.clients.app(), context.policy, uid)) };
  const isKnown = account !== null || known !== null || (await latestHead(context, uid)).head.seq > 0;
  return {
    subject: { ...subject, providerIds: ids, pseudonym: chain },
    chain,
    names: namesOfChain(uid, chain, context.keys),
    erased,
    isKnown,
    hasAccount: account !== null,
  };
}

/**
 * Returns a person known by an address only: their pseudonym is that of the address, and
 * each erasure is a chain of its own.
 *
 * @throws ComplianceError `subject.email` for an address that other systems could take for another
 * one, `officer.email` if an account has verified it meanwhile
 */
async function withoutAccount(context: Context, email: string): Promise<Found> {
  assertUnmistakable(email);
  const { chain, head } = await latestHead(context, `email/${email}`);
  const open = head.closed === undefined ? chain : followingChain(addressPseudonym(email, context.keys), chain);
  const subject = await provenByOfficer(context, [email], open);
  // Nobody would be erased, and the erasure would say that it ended.
  if (subject.verifiedEmails.length === 0) throw addressOfSomebody();
  const names = namesOfChain(nameOfAddress(email), open, context.keys);
  return { subject, chain: open, names, erased: false, isKnown: true, hasAccount: false };
}

/** Further orders of an officer with the start of an erasure. */
interface OfficersStart {
  /** Start it although nobody knows the uid: documents may be all that is left of the person. */
  readonly unknownUid?: boolean;
  /** The officer's pseudonym, if one was named. */
  readonly officer?: string | undefined;
  /** The address at which the person wants the last answer. It proves nothing. */
  readonly answerTo?: string | undefined;
}

/**
 * Starts an erasure by an officer: for an account, or for a person without one by their proven
 * address. The officer answers for the proof: an answer from the address, or a document.
 *
 * @param at when the person asked: the legal clock runs from there
 * @throws ComplianceError `officer.unknown` if neither Auth nor this backend knows the uid: a
 *   certificate would attest an erasure of nobody; `officer.email` for an `answerTo` that is none
 */
export async function startByOfficer(
  context: Context,
  person: PersonQuery,
  at: Instant,
  { unknownUid = false, officer, answerTo }: OfficersStart = {},
): Promise<StartedByOfficer> {
  const to = answerTo === undefined ? undefined : answerToOf(context.policy, answerTo);
  const { subject, chain, erased, isKnown } = await find(context, person);
  if (erased) return { job: null, state: 'erased' };
  if (!isKnown && !unknownUid) throw unknownPerson(', or give --unknown-uid');
  const [email] = subject.verifiedEmails;
  const key =
    subject.uid === '' && email !== undefined
      ? await learnAddress(context, { email, provenAt: context.now() })
      : undefined;
  const erasee = {
    uid: subject.uid,
    pseudonym: chain,
    accountCreatedAt: subject.accountCreatedAt,
    ...defined({ tenantId: subject.tenantId, subjectKey: key }),
  };
  const now = context.now();
  const times = { at: Math.min(at, now), from: now };
  const start = { by: 'officer', id: `officer:${now}`, ...times, requested: true, ...defined({ officer }) } as const;
  const started = await startErasure(context, erasee, start);
  if (to === undefined || started.job === null) return started;
  const isKept = await keepAnswerTo(context, started.job, { uid: subject.uid, to }, 'instead');
  return { ...started, answerTo: isKept ? 'kept' : 'tooLate' };
}

/**
 * The result of a start, and of the address for the last answer if one was given. `tooLate`: the
 * erasure has ended.
 */
type StartedByOfficer = Started & { readonly answerTo?: 'kept' | 'tooLate' };
