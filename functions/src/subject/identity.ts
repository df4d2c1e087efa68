import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../platform/clock.ts';
import { ComplianceError } from '../platform/errors.ts';
import { fresh, type Looks } from '../platform/looks.ts';
import { fillPath, isSegment, recordsOfSystem } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';
import { foldEmail, isAddressKey, isUnmistakable } from './emails.ts';

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
  /** The Identity Platform tenant of the account; null: the project's own pool; absent: nobody knows. */
  readonly tenantId?: string | null;
  /** E-mail addresses that Auth verified, in lower case (A to Z); the one that was learnt last comes first. */
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
  readonly phoneNumber?: string | undefined;
  readonly tenantId?: string | null | undefined;
  readonly providerData?:
    readonly { readonly providerId?: string | undefined; readonly uid?: string | undefined }[] | undefined;
  readonly metadata?: { readonly creationTime?: string | undefined } | undefined;
}

/** Creation time of an account in whole seconds (UTC): events tell milliseconds, Auth's records seconds. Null where it cannot be read. */
export function accountCreatedAt(user: Pick<UserRecordLike, 'metadata'>): number | null {
  const millis = Date.parse(user.metadata?.creationTime ?? '');
  return Number.isNaN(millis) ? null : Math.floor(millis / 1000);
}

/** Ways to sign in that are no account elsewhere: what they know is in the account itself. */
const NOT_FEDERATED: ReadonlySet<string> = new Set(['password', 'phone', 'anonymous']);

/**
 * The person as Auth knows them. Pure; an e-mail that Auth did not verify is a claim and is left out, and so is every e-mail that an identity
 * provider tells of, and one that could be mistaken for another.
 */
export function subjectFromAuth(user: UserRecordLike, pseudonym: string): Subject {
  const { email = '' } = user;
  const federated = (user.providerData ?? []).flatMap(({ providerId, uid }) =>
    providerId && uid && !NOT_FEDERATED.has(providerId) ? [`${providerId}:${uid}`] : [],
  );
  return canonical({
    uid: user.uid,
    pseudonym,
    accountCreatedAt: accountCreatedAt(user),
    verifiedEmails: user.emailVerified === true && isUnmistakable(email) ? [foldEmail(email)] : [],
    providerIds: {},
    phones: user.phoneNumber ? [user.phoneNumber] : [],
    federated,
  });
}

/** A subject in one form, so that two can be compared: lists in order (addresses: as they are), each value once, none empty where it may be absent. */
function canonical({ phones, federated, installations, ...subject }: Subject): Subject {
  const sorted = (values: readonly string[] = []): readonly string[] => [...new Set(values)].sort();
  const lists = { phones: sorted(phones), federated: sorted(federated), installations: sorted(installations) };
  const { uid, pseudonym, accountCreatedAt: createdAt, verifiedEmails, providerIds } = subject;
  const ids = Object.entries(providerIds).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    uid,
    pseudonym,
    accountCreatedAt: createdAt,
    verifiedEmails: [...new Set(verifiedEmails)],
    providerIds: Object.fromEntries(ids),
    ...Object.fromEntries(Object.entries(lists).filter(([, values]) => values.length > 0)),
  };
}

/** Is it the same, word for word? */
export const isSameSubject = (a: Subject, b: Subject): boolean =>
  JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));

/**
 * What is known after something new was learnt. Of the same account everything adds up; a younger account under the same uid is
 * another person and begins empty; what is learnt late about an older one changes nothing.
 */
export function mergeSubjects(before: Subject | null, learnt: Subject): Subject {
  if (before === null) return learnt;
  const [then, now] = [before.accountCreatedAt, learnt.accountCreatedAt];
  if (then !== null && now !== null && then !== now) return now > then ? learnt : before;
  const both = (list: 'verifiedEmails' | 'phones' | 'federated' | 'installations'): string[] => [
    ...(learnt[list] ?? []),
    ...(before[list] ?? []),
  ];
  return canonical({
    ...learnt,
    accountCreatedAt: now ?? then,
    verifiedEmails: both('verifiedEmails'),
    providerIds: { ...before.providerIds, ...learnt.providerIds },
    phones: both('phones'),
    federated: both('federated'),
    installations: both('installations'),
  });
}

const subjectRef = (own: Firestore, uid: string) => {
  if (!isUid(uid)) throw new ComplianceError('subject.uid', 'this uid cannot be part of a path');
  return own.collection('subjects').doc(uid);
};

/** What servers know of a person; null where they know nobody. */
export async function readSubject(own: Firestore, uid: string, looks: Looks = fresh): Promise<Subject | null> {
  const data = (await looks.document(subjectRef(own, uid))).data();
  return data === undefined ? null : subjectFromDocument(uid, data);
}

/**
 * Adds what was learnt to what is known, in one transaction; answers the result. Running it twice changes nothing more. Who is learnt of is not
 * missing any more.
 */
export async function learnSubject(own: Firestore, learnt: Subject): Promise<Subject> {
  const ref = subjectRef(own, learnt.uid);
  return own.runTransaction(async (tx) => {
    const data = (await tx.get(ref)).data();
    const before = data === undefined ? null : subjectFromDocument(learnt.uid, data);
    const merged = mergeSubjects(before, learnt);
    const isNews = before === null || !isSameSubject(before, merged);
    if (isNews || missingSince(data) !== undefined) tx.set(ref, { ...merged });
    return merged;
  });
}

/** Ends what is known of a person, if it still is this account: of another one under the same uid nothing is touched. */
export async function forgetSubject(own: Firestore, subject: Subject): Promise<void> {
  const ref = subjectRef(own, subject.uid);
  await own.runTransaction(async (tx) => {
    const data = (await tx.get(ref)).data();
    if (data === undefined) return;
    const createdAt = subjectFromDocument(subject.uid, data).accountCreatedAt;
    if (createdAt === null || subject.accountCreatedAt === null || createdAt === subject.accountCreatedAt)
      tx.delete(ref);
  });
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/** What `subjects/{uid}` says; of a person without an account the uid is empty (addresses.ts). */
export function subjectFromDocument(uid: string, data: Record<string, unknown>): Subject {
  const { pseudonym, accountCreatedAt: createdAt, verifiedEmails, providerIds } = data;
  const ids = typeof providerIds === 'object' && providerIds !== null ? Object.entries(providerIds) : [];
  return canonical({
    uid,
    pseudonym: typeof pseudonym === 'string' ? pseudonym : '',
    accountCreatedAt: typeof createdAt === 'number' ? createdAt : null,
    verifiedEmails: texts(verifiedEmails),
    providerIds: Object.fromEntries(ids.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    phones: texts(data['phones']),
    federated: texts(data['federated']),
    installations: texts(data['installations']),
  });
}

/** Since when Auth does not know the account any more, as far as the nightly comparison has seen; undefined: it does. */
export function missingSince(data: Record<string, unknown> | undefined): Instant | undefined {
  const at = data?.['missingSince'];
  return at instanceof Timestamp ? at.toMillis() : undefined;
}

/**
 * The name of a person's document among `subjects`: the uid, or of a person without an account the key of their proven address (addresses.ts).
 * For a job's input: `uid`, and `subjectKey` where the uid is empty.
 *
 * @throws ComplianceError `subject.key` where it is neither
 */
export function subjectKey({
  uid,
  subjectKey: key,
}: {
  readonly uid?: unknown;
  readonly subjectKey?: unknown;
}): string {
  if (typeof uid === 'string' && isUid(uid)) return uid;
  if (uid === '' && typeof key === 'string' && isAddressKey(key)) return key;
  throw new ComplianceError('subject.key', 'neither a uid nor the key of a proven address');
}

/**
 * The ids in other systems that servers keep in the app's own documents (`identifies` in the policy), by handle name. They find candidates;
 * `prove` still asks the other side whom it names.
 */
export async function serverWrittenIds(
  app: Firestore,
  policy: Policy,
  uid: string,
  looks: Looks = fresh,
): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const { record } of recordsOfSystem(policy, 'firestore')) {
    if (record.identifies === undefined || !('pathVariable' in record.subject)) continue;
    const document = await looks.document(app.doc(fillPath(record.path, { [record.subject.pathVariable]: uid })));
    const value: unknown = document.get(record.identifies.field);
    if (typeof value === 'string' && value !== '') ids[record.identifies.handle] = value;
  }
  return ids;
}
