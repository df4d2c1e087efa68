import type { UserRecord } from 'firebase-admin/auth';
import type { DocumentSnapshot, Firestore, Query } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import { millisOf } from '../platform/firestore.ts';
import type { Instant } from '../platform/time.ts';
import { collectionPath, fillPath, matchPath, recordOf } from '../policy/lookup.ts';
import type { PolicyRecord } from '../policy/schema.ts';
import {
  findingOf,
  inactivityOf,
  inactivityRef,
  isInactivitySealed,
  lastActivityOf,
  type Finding,
  type Inactivity,
} from '../subject/activity.ts';
import { findAccount } from '../subject/accounts.ts';
import { accountCreatedAt, isUid } from '../subject/identity.ts';
import { prove } from '../subject/prove.ts';
import { provenByAccount } from '../subject/proven.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { databaseFor, everyRow } from '../systems/firestore/place.ts';
import { loadSystem } from '../systems/registry.ts';
import type { ErasureJob } from './job.ts';

/**
 * A person's contracts, by the record that the policy names (`contract`). A contract is a sign of
 * activity while it runs: nobody is erased as unused while they pay.
 */

/** The record of contracts that servers write in Firestore, and the place of its rows. */
export interface WrittenContracts {
  readonly record: PolicyRecord;
  /** The field that says when a contract ended. */
  readonly ended: string;
  readonly db: Firestore;
  readonly rows: Query;
}

/** Returns the contracts in Firestore; undefined if the policy has none there. */
export function writtenContracts({
  policy,
  clients,
}: Pick<Context, 'policy' | 'clients'>): WrittenContracts | undefined {
  const { contract } = policy;
  if (contract?.ended === undefined) return undefined;
  const record = recordOf(policy, contract.record);
  const db = databaseFor(clients, record);
  return { record, ended: contract.ended, db, rows: everyRow(db, record.path) };
}

/**
 * Returns the person of a row; undefined: nobody's, or a row of a collection of the same name
 * elsewhere.
 */
export function ownerOfContract({ path, subject }: PolicyRecord, row: DocumentSnapshot): string | undefined {
  const variables = matchPath(path, row.ref.path);
  if (variables === null) return undefined;
  const uid: unknown =
    'pathVariable' in subject ? variables[subject.pathVariable] : 'field' in subject ? row.get(subject.field) : '';
  return typeof uid === 'string' && isUid(uid) ? uid : undefined;
}

/**
 * When each contract of a person ended, by their rows in Firestore as they are now; undefined: it
 * runs.
 */
export async function contractEnds(
  { record, ended, db, rows }: WrittenContracts,
  uid: string,
): Promise<(Instant | undefined)[]> {
  const { path, subject } = record;
  const theirs =
    'field' in subject
      ? rows.where(subject.field, '==', uid)
      : 'pathVariable' in subject
        ? db.collection(fillPath(collectionPath(path), { [subject.pathVariable]: uid }))
        : undefined;
  if (theirs === undefined) return [];
  const { docs } = await theirs.get();
  const own = docs.filter((row) => ownerOfContract(record, row) === uid);
  return own.map((row) => millisOf(row.get(ended)));
}

/**
 * Returns until when a person has had a contract: now, if one runs; 0 if there was none. At another
 * company its system is asked, also about those that could not be proven: nothing is touched there,
 * and a doubt speaks for the person.
 *
 * @throws the errors of that system: while it cannot say, nobody is unused
 */
export async function lastContractAt(context: Context, user: UserRecord): Promise<Instant> {
  const { policy } = context;
  if (policy.contract === undefined) return 0;
  const now = context.now();
  const written = writtenContracts(context);
  if (written !== undefined) {
    const ends = await contractEnds(written, user.uid);
    return Math.max(0, ...ends.map((end) => Math.min(end ?? now, now)));
  }
  const named = { id: policy.contract.record, record: recordOf(policy, policy.contract.record) };
  const system = await loadSystem(named.record.system, context);
  if (system.lastContract === undefined)
    throw new ComplianceError('policy.contract', `the system ${system.id} knows no contracts`);
  const pseudonym = pseudonymOf(user.uid, context.keys);
  const { subject } = await provenByAccount(context, { uid: user.uid, pseudonym, tenantId: user.tenantId ?? null });
  const found = prove(subject, await system.find(subject));
  return system.lastContract(named, { policy, subject, ...found, now, deadline: Infinity });
}

/**
 * Returns the last sign of a person: of the account, of their rows, and of their contracts. The
 * contracts are asked for only if everything else is older than `since`: another company has them.
 */
export async function lastSignOf(context: Context, user: UserRecord, since: Instant): Promise<Instant> {
  const lastActiveAt = await lastActivityOf(context, user);
  return lastActiveAt > since ? lastActiveAt : Math.max(lastActiveAt, await lastContractAt(context, user));
}

/**
 * Decides about an account that was found unused, by every sign of its person. Contracts are asked
 * for only if something would follow: they are another company's.
 */
export async function findingNow(context: Context, known: Inactivity, user: UserRecord): Promise<Finding> {
  const lastActiveAt = await lastActivityOf(context, user);
  const finding = findingOf(context.policy, known, { lastActiveAt, now: context.now() });
  if (finding === 'cameBack' || finding === 'waits') return finding;
  const withContract = Math.max(lastActiveAt, await lastContractAt(context, user));
  return findingOf(context.policy, known, { lastActiveAt: withContract, now: context.now() });
}

/**
 * Is an account that was found unused still to end? It is not if its person was seen meanwhile, has
 * a contract, or has to be told again. Asked when its erasure begins, which can be long after it
 * was decided.
 */
export async function isStillUnused(
  context: Context,
  account: Pick<ErasureJob['input'], 'uid' | 'tenantId' | 'accountCreatedAt'>,
): Promise<boolean> {
  const user = await findAccount(context, account);
  // One that is gone, or has a successor, ends for that.
  if (user === null || accountCreatedAt(user) !== account.accountCreatedAt) return true;
  const document = await inactivityRef(context, account.uid).get();
  // A note of somebody else's ends no account.
  if (!isInactivitySealed(document, context.keys)) return false;
  return (await findingNow(context, inactivityOf(document), user)) === 'erase';
}
