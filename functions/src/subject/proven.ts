import type { UserRecord } from 'firebase-admin/auth';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { accountsOf, accountsWith, usedTwice } from './accounts.ts';
import { readAddress } from './addresses.ts';
import { foldEmail, isUnmistakable } from './emails.ts';
import {
  accountCreatedAt,
  knownFromAuth,
  mergeKnown,
  verifiedIn,
  type Known,
  type ProvenEmail,
  type ProvenPhone,
  type Subject,
  type Unproven,
  type VerifiedNow,
} from './identity.ts';
import { learn, readKnown } from './known.ts';

/**
 * Yields the proofs of a person; nothing else does. Export, access, consents, messages,
 * suppression, retention and erasure take only these.
 *
 * - The uid always proves.
 * - Of an account that lives: the address and telephone that Auth holds as verified at this moment.
 * - Of an account that was deleted: those that its deletion event had; if no event came, the uid
 * alone.
 * - Of a person without an account: the address that an officer, or a link, has proven.
 * - Nothing that another living account has verified: addresses and numbers pass on.
 *
 * Every other identifier, former or claimed, is `unproven`: it may find candidates for an officer,
 * and nothing more.
 */

/**
 * Names an account. `accountCreatedAt`: whole seconds; absent: the account that has the uid now.
 */
export interface WhichAccount {
  readonly uid: string;
  readonly pseudonym: string;
  readonly accountCreatedAt?: number | null;
  readonly tenantId?: string | null;
}

/**
 * A person, and their account as Auth knows it now: null if it is gone, or if the uid is another
 * account's.
 */
export interface Proven {
  readonly subject: Subject;
  readonly account: UserRecord | null;
  /** Everything known before, with Auth's present answer: history, for `learn`. */
  readonly known: Known | null;
}

/**
 * Proves the person of an account. Writes nothing. Costs 1 read, and calls to Auth: the account in
 * each pool, and each identifier.
 *
 * @throws PermanentError `uid_in_use` if two pools have an account of this uid: they share
 * documents, and nobody can tell which account is meant
 */
export async function provenByAccount(context: Context, which: WhichAccount): Promise<Proven> {
  const { uid, pseudonym } = which;
  const stored = await readKnown(context, uid);
  const living = await accountsOf(context, uid);
  if (living.length > 1) throw usedTwice();
  // The account that has the uid now may have moved since its tenant was stored.
  const isNow = which.accountCreatedAt === undefined;
  const pool = which.tenantId === undefined && !isNow ? stored?.tenantId : which.tenantId;
  const account =
    living.find(
      (user) =>
        isSame(which.accountCreatedAt, accountCreatedAt(user)) &&
        (pool === undefined || (user.tenantId ?? null) === pool),
    ) ?? null;
  const createdAt =
    which.accountCreatedAt ?? (account && accountCreatedAt(account)) ?? stored?.accountCreatedAt ?? null;
  // Facts about an earlier or later account of this uid are another person's.
  const before = stored !== null && isSame(createdAt, stored.accountCreatedAt) ? stored : null;
  const known = account === null ? before : mergeKnown(before, knownFromAuth(account, pseudonym));
  const now = account === null ? (before?.atDeletion ?? NOTHING) : verifiedIn(account);
  const { tenantId = which.tenantId, federated, installations, historyLost } = known ?? {};
  const subject = await withoutOthers(context, {
    uid,
    pseudonym,
    accountCreatedAt: createdAt,
    providerIds: known?.providerIds ?? {},
    ...defined({ tenantId, federated, installations, historyLost }),
    ...provenBy(now, known),
  });
  return { subject, account, known };
}

/**
 * Proves the person of an account, and keeps Auth's data of one that lives: a further read and
 * write if it is news.
 */
export async function proveAndLearn(context: Context, which: WhichAccount): Promise<Proven> {
  const proven = await provenByAccount(context, which);
  if (proven.account !== null && proven.known !== null) await learn(context, proven.known);
  return proven;
}

/**
 * Proves a person without an account, by the key of the address that they proved to an officer
 * (subject/addresses.ts).
 *
 * @returns null if the address is not kept any more
 */
export async function provenByAddress(context: Context, key: string, pseudonym: string): Promise<Subject | null> {
  const kept = await readAddress(context, key);
  if (kept === null || kept.verifiedEmails.length === 0) return null;
  return provenByOfficer(context, kept.verifiedEmails, pseudonym);
}

/**
 * Proves a person without an account, by addresses that an officer answers for. An address that an
 * account has verified proves nothing.
 */
export function provenByOfficer(context: Context, emails: readonly string[], pseudonym: string): Promise<Subject> {
  const now = { emails: emails.map(foldEmail).filter(isUnmistakable), phones: [] };
  return withoutOthers(context, {
    uid: '',
    pseudonym,
    accountCreatedAt: null,
    providerIds: {},
    ...provenBy(now, null),
  });
}

/**
 * The address at which a person is written to about their rights: verified now, of an account that
 * lives; undefined if there is none.
 */
export async function addressOf(
  context: Context,
  which: Omit<WhichAccount, 'pseudonym'>,
): Promise<ProvenEmail | undefined> {
  const { subject, account } = await provenByAccount(context, { ...which, pseudonym: '' });
  return account === null || account.disabled ? undefined : subject.verifiedEmails[0];
}

/**
 * Returns the same person, with addresses that their own erasure left in its tombstone as keyed
 * hashes: they had been proven.
 */
export const provenBefore = (subject: Subject, emails: readonly string[]): Subject => ({
  ...subject,
  verifiedEmails: emails as readonly ProvenEmail[],
});

/**
 * Takes an address as the receiver of a link. The link is what proves it: nothing but that message
 * goes there before, and after it was used the mailbox is proven.
 */
export const claimedReceiver = (email: string): ProvenEmail => email as ProvenEmail;

/** Nothing is verified. */
const NOTHING: VerifiedNow = { emails: [], phones: [] };

const isSame = (a: number | null | undefined, b: number | null): boolean =>
  a === undefined || a === null || b === null || a === b;

/** Sorts identifiers into those that prove and those that prove nothing any more. Pure. */
function provenBy(now: VerifiedNow, known: Known | null): Pick<Subject, 'verifiedEmails' | 'phones' | 'unproven'> {
  const unproven: Unproven[] = [
    ...former('email', known?.verifiedEmails ?? [], now.emails, 'formerAddress'),
    ...(known?.unverifiedEmails ?? [])
      .filter((value) => !now.emails.includes(value))
      .map((value): Unproven => ({
        kind: 'email',
        value,
        reason: isUnmistakable(value) ? 'emailNotVerified' : 'addressMistakable',
      })),
    ...former('phone', known?.phones ?? [], now.phones, 'formerPhone'),
  ];
  return {
    verifiedEmails: now.emails as ProvenEmail[],
    ...(now.phones.length === 0 ? {} : { phones: now.phones as ProvenPhone[] }),
    ...(unproven.length === 0 ? {} : { unproven }),
  };
}

const former = (
  kind: Unproven['kind'],
  ever: readonly string[],
  now: readonly string[],
  reason: Unproven['reason'],
): Unproven[] => ever.filter((value) => !now.includes(value)).map((value) => ({ kind, value, reason }));

/** Returns the same person without identifiers that another living account has verified since. */
export const stillProven = (context: Context, subject: Subject): Promise<Subject> => withoutOthers(context, subject);

/**
 * Takes the proof from every identifier that another living account has verified: Auth is asked
 * about each.
 */
async function withoutOthers(context: Context, subject: Subject): Promise<Subject> {
  const anothers: Unproven[] = [];
  for (const kind of ['email', 'phone'] as const) {
    for (const value of kind === 'email' ? subject.verifiedEmails : (subject.phones ?? [])) {
      const accounts = await accountsWith(context, kind === 'email' ? { email: value } : { phoneNumber: value });
      const isAnothers = accounts.some(
        (user) =>
          !(user.uid === subject.uid && (user.tenantId ?? null) === (subject.tenantId ?? null)) &&
          (kind === 'phone' || verifiedIn(user).emails.includes(value)),
      );
      if (isAnothers) anothers.push({ kind, value, reason: kind === 'email' ? 'addressOfAnother' : 'phoneOfAnother' });
    }
  }
  if (anothers.length === 0) return subject;
  const isTheirs = (kind: Unproven['kind']) => (value: string) =>
    !anothers.some((one) => one.kind === kind && one.value === value);
  const { phones, ...rest } = subject;
  return {
    ...rest,
    verifiedEmails: subject.verifiedEmails.filter(isTheirs('email')),
    ...(phones === undefined ? {} : { phones: phones.filter(isTheirs('phone')) }),
    unproven: [...anothers, ...(subject.unproven ?? [])],
  };
}
