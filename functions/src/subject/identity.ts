import type { Firestore } from 'firebase-admin/firestore';
import { ComplianceError } from '../platform/errors.ts';
import { fillPath, isSegment, recordsOfSystem } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';

/**
 * Who a person is to the systems: what Auth verified or a server wrote, never what a profile says (design: identity is proven).
 * Lives in `subjects/{uid}` while the account does, and goes when its erasure completes.
 */
export interface Subject {
  /** Empty: a person without an account, known by a proven e-mail address only. */
  readonly uid: string;
  readonly pseudonym: string;
  /** Creation time of the account in whole seconds since the epoch; null when nobody knows it any more. */
  readonly accountCreatedAt: number | null;
  /** E-mail addresses that Auth verified, in lower case. */
  readonly verifiedEmails: readonly string[];
  /** Ids in other systems that a server wrote, by handle name (`stripeCustomer`, `brevoContact`). */
  readonly providerIds: Readonly<Record<string, string>>;
  /** Telephone numbers that Auth verified (E.164). */
  readonly phones?: readonly string[];
  /** Accounts at identity providers that Auth linked: `google.com:1234`. */
  readonly federated?: readonly string[];
  /** Ids of the app's installations, as the app wrote them: claims, for an officer to compare; they find nothing by themselves. */
  readonly installations?: readonly string[];
}

/** What a system found that could be the person. Only subject/prove.ts turns it into a `Handle`. */
export interface Candidate {
  readonly system: string;
  readonly id: string;
  /** How it was found. */
  readonly by: 'uid' | 'serverWritten' | 'verifiedEmail';
  /** The uid that the other side names as the owner, if it names one. */
  readonly namesUid?: string | undefined;
  /** The address by which it was found, where it was. */
  readonly email?: string | undefined;
  /** Creation time of the account that it is, in whole seconds, where the system tells it: a uid can be used again. */
  readonly accountCreatedAt?: number | undefined;
}

/** An id in a system that is proven to be the person's. */
export interface Handle {
  readonly system: string;
  readonly id: string;
}

export type RefusalReason =
  'namesSomebodyElse' | 'namesNobody' | 'ambiguous' | 'emailNotVerified' | 'anotherAccount' | 'accountUnknown';

/** A candidate that could not be proven, and why. */
export interface Refusal {
  readonly candidate: Candidate;
  readonly reason: RefusalReason;
}

/** The most that Auth allows a uid to be, in bytes (Identity Platform: uid of 1 to 128 characters). */
const MAX_UID_BYTES = 128;

/** Can this string be used as a uid in paths and queries? No slash, not `.` or `..`, not `__x__`, at most 128 bytes. */
export const isUid = (value: string): boolean => isSegment(value) && Buffer.byteLength(value, 'utf8') <= MAX_UID_BYTES;

/** What Auth's Admin SDK, or an event of it, tells of a user. */
export interface UserRecordLike {
  readonly uid: string;
  readonly email?: string | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly metadata?: { readonly creationTime?: string | undefined } | undefined;
}

/** Creation time of an account in whole seconds (UTC): events tell milliseconds, Auth's records seconds. Null where it cannot be read. */
export function accountCreatedAt(user: Pick<UserRecordLike, 'metadata'>): number | null {
  const millis = Date.parse(user.metadata?.creationTime ?? '');
  return Number.isNaN(millis) ? null : Math.floor(millis / 1000);
}

/** The person as Auth knows them. Pure; an e-mail that Auth did not verify is a claim and is left out. */
export function subjectFromAuth(user: UserRecordLike, pseudonym: string): Subject {
  return {
    uid: user.uid,
    pseudonym,
    accountCreatedAt: accountCreatedAt(user),
    verifiedEmails: user.email !== undefined && user.emailVerified === true ? [user.email.toLowerCase()] : [],
    providerIds: {},
  };
}

/**
 * What is known after something new was learnt. Of the same account everything adds up; a younger account under the same uid is
 * another person and begins empty; what is learnt late about an older one changes nothing.
 */
export function mergeSubjects(known: Subject | null, learnt: Subject): Subject {
  if (known === null) return learnt;
  const [before, now] = [known.accountCreatedAt, learnt.accountCreatedAt];
  if (before !== null && now !== null && before !== now) return now > before ? learnt : known;
  return {
    ...learnt,
    accountCreatedAt: now ?? before,
    verifiedEmails: [...new Set([...known.verifiedEmails, ...learnt.verifiedEmails])].sort(),
    providerIds: { ...known.providerIds, ...learnt.providerIds },
  };
}

const subjectRef = (own: Firestore, uid: string) => {
  if (!isUid(uid)) throw new ComplianceError('subject.uid', 'this uid cannot be part of a path');
  return own.collection('subjects').doc(uid);
};

/** What servers know of a person; null where they know nobody. */
export async function readSubject(own: Firestore, uid: string): Promise<Subject | null> {
  const data = (await subjectRef(own, uid).get()).data();
  return data === undefined ? null : fromData(uid, data);
}

/** Adds what was learnt to what is known, in one transaction; answers the result. Running it twice changes nothing more. */
export async function learnSubject(own: Firestore, learnt: Subject): Promise<Subject> {
  const ref = subjectRef(own, learnt.uid);
  return own.runTransaction(async (tx) => {
    const data = (await tx.get(ref)).data();
    const known = data === undefined ? null : fromData(learnt.uid, data);
    const merged = mergeSubjects(known, learnt);
    if (JSON.stringify(merged) !== JSON.stringify(known)) tx.set(ref, { ...merged });
    return merged;
  });
}

/** Ends what is known of a person, if it still is this account: of another one under the same uid nothing is touched. */
export async function forgetSubject(own: Firestore, subject: Subject): Promise<void> {
  const ref = subjectRef(own, subject.uid);
  await own.runTransaction(async (tx) => {
    const data = (await tx.get(ref)).data();
    if (data === undefined) return;
    const known = fromData(subject.uid, data).accountCreatedAt;
    if (known === null || subject.accountCreatedAt === null || known === subject.accountCreatedAt) tx.delete(ref);
  });
}

function fromData(uid: string, data: Record<string, unknown>): Subject {
  const { pseudonym, accountCreatedAt: createdAt, verifiedEmails, providerIds } = data;
  const ids = typeof providerIds === 'object' && providerIds !== null ? Object.entries(providerIds) : [];
  return {
    uid,
    pseudonym: typeof pseudonym === 'string' ? pseudonym : '',
    accountCreatedAt: typeof createdAt === 'number' ? createdAt : null,
    verifiedEmails: Array.isArray(verifiedEmails) ? verifiedEmails.filter((e) => typeof e === 'string') : [],
    providerIds: Object.fromEntries(ids.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
  };
}

/**
 * The ids in other systems that servers keep in the app's own documents (`identifies` in the policy), by handle name. They find candidates;
 * `prove` still asks the other side whom it names.
 */
export async function serverWrittenIds(app: Firestore, policy: Policy, uid: string): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const { record } of recordsOfSystem(policy, 'firestore')) {
    if (record.identifies === undefined || !('pathVariable' in record.subject)) continue;
    const document = await app.doc(fillPath(record.path, { [record.subject.pathVariable]: uid })).get();
    const value: unknown = document.get(record.identifies.field);
    if (typeof value === 'string' && value !== '') ids[record.identifies.handle] = value;
  }
  return ids;
}
