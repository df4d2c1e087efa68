import { Timestamp, type DocumentData, type Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import type { OwnStore } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { ComplianceError } from '../platform/errors.ts';
import { millisOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { isSealed, sealed } from '../crypto/seal.ts';
import { fillPath, isSegment, recordsOfSystem } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';
import { foldEmail, isAddressKey, isUnmistakable } from './emails.ts';

declare const proof: unique symbol;

/**
 * An e-mail address that proves, at this moment, which person a row belongs to. Only
 * subject/proven.ts makes one.
 */
export type ProvenEmail = string & { readonly [proof]: 'email' };
/**
 * A telephone number (E.164) that proves, at this moment, which person a row belongs to. Only
 * subject/proven.ts makes one.
 */
export type ProvenPhone = string & { readonly [proof]: 'phone' };

/**
 * Everything that servers learnt of an account while it lived. It is history: it proves nothing by
 * itself. Lives in `subjects/{uid}` while the account does, and goes when its erasure completes.
 */
export interface Known {
  /** Empty: a person without an account, known by an e-mail address that an officer proved. */
  readonly uid: string;
  readonly pseudonym: string;
  /**
   * Creation time of the account in whole seconds since the epoch; null if nobody knows it any
   * more.
   */
  readonly accountCreatedAt: number | null;
  /**
   * The Identity Platform tenant of the account; null: the project's own pool; absent: nobody
   * knows.
   */
  readonly tenantId?: string | null;
  /** Every e-mail address that Auth ever verified, A to Z in lower case; the newest comes first. */
  readonly verifiedEmails: readonly string[];
  /** The address that Auth has of the account without having verified it, as of the last look. */
  readonly unverifiedEmails?: readonly string[];
  /**
   * Ids in other systems that a server wrote, by handle name (`stripeCustomer`, `brevoContact`).
   */
  readonly providerIds: Readonly<Record<string, string>>;
  /** Every telephone number that Auth ever verified (E.164). */
  readonly phones?: readonly string[];
  /** Accounts at identity providers that Auth linked: `google.com:1234`. */
  readonly federated?: readonly string[];
  /** Ids of the app's installations, as the app wrote them: claims, for an officer to compare. */
  readonly installations?: readonly string[];
  /**
   * The verified identifiers as the account's deletion event had them; absent: no such event came.
   */
  readonly atDeletion?: VerifiedNow;
  /**
   * A forged document stood in this one's place. Nothing of that counts, and nobody knows any more
   * the knowledge before it: an officer looks for the person elsewhere.
   */
  readonly historyLost?: true;
}

/** The identifiers of an account that Auth holds as verified at one moment. */
export interface VerifiedNow {
  readonly emails: readonly string[];
  readonly phones: readonly string[];
}

/** A person as the systems know them, with the proofs of this moment (subject/proven.ts). */
export interface Subject extends Omit<Known, 'verifiedEmails' | 'unverifiedEmails' | 'phones' | 'atDeletion'> {
  /**
   * Addresses that prove: of an account at most one, the one that Auth calls verified at this
   * moment.
   */
  readonly verifiedEmails: readonly ProvenEmail[];
  /** Telephone numbers that prove. */
  readonly phones?: readonly ProvenPhone[];
  /** Identifiers that prove nothing: their candidates are for an officer to judge. */
  readonly unproven?: readonly Unproven[];
}

/**
 * An identifier that was the person's, or that they claim, and the reason why it proves nothing
 * now.
 */
export interface Unproven {
  readonly kind: 'email' | 'phone';
  readonly value: string;
  readonly reason: UnprovenReason;
}

/**
 * Was verified once; never was; another living account has verified it; other systems could take it
 * for another one.
 */
export type UnprovenReason =
  'formerAddress' | 'emailNotVerified' | 'addressOfAnother' | 'addressMistakable' | 'formerPhone' | 'phoneOfAnother';

/** A person with no proof but the uid. */
export const uidAlone = ({
  uid,
  pseudonym,
  accountCreatedAt: createdAt = null,
  tenantId,
}: Pick<Subject, 'uid' | 'pseudonym'> & Partial<Pick<Subject, 'accountCreatedAt' | 'tenantId'>>): Subject => ({
  uid,
  pseudonym,
  accountCreatedAt: createdAt,
  ...defined({ tenantId }),
  verifiedEmails: [],
  providerIds: {},
});

/** The values of one kind by which to look for a person: those that prove come first. */
export const identifiersOf = (
  { verifiedEmails, phones = [], unproven = [] }: Subject,
  kind: Unproven['kind'],
): string[] => [
  ...(kind === 'email' ? verifiedEmails : phones),
  ...unproven.flatMap((one) => (one.kind === kind ? [one.value] : [])),
];

/** A candidate that a system found. Only subject/prove.ts turns it into a `Handle`. */
export interface Candidate {
  readonly system: string;
  readonly id: string;
  /** How it was found. */
  readonly by: 'uid' | 'serverWritten' | 'email' | 'phone';
  /** The uid that the other side names as the owner, if it names one. */
  readonly namesUid?: string | undefined;
  /** The address or telephone number by which it was found, if it was. */
  readonly value?: string | undefined;
  /**
   * Creation time of the account that it is, in whole seconds, if the system tells it: a uid can be
   * used again.
   */
  readonly accountCreatedAt?: number | undefined;
}

/** An id in a system that is proven to be the person's. */
export interface Handle {
  readonly system: string;
  readonly id: string;
  /** The identifier that alone proved it: if that proves no more, nothing does. */
  readonly only?: { readonly by: 'email' | 'phone'; readonly value: string };
}

export type RefusalReason =
  UnprovenReason | 'namesSomebodyElse' | 'namesNobody' | 'ambiguous' | 'anotherAccount' | 'accountUnknown';

/** A candidate that could not be proven, and why. */
export interface Refusal {
  readonly candidate: Candidate;
  readonly reason: RefusalReason;
}

/**
 * The most that Auth allows a uid to be, in bytes (Identity Platform: uid of 1 to 128 characters).
 */
const MAX_UID_BYTES = 128;

/**
 * Can this string be used as a uid in paths and queries? No slash, not `.` or `..`, not `__x__`, at
 * most 128 bytes.
 */
export const isUid = (value: string): boolean => isSegment(value) && Buffer.byteLength(value, 'utf8') <= MAX_UID_BYTES;

/** A user as Auth's Admin SDK, or an event of it, tells. */
export interface UserRecordLike {
  readonly uid: string;
  /** Of an account without one, events say null. */
  readonly email?: string | null | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly phoneNumber?: string | null | undefined;
  readonly tenantId?: string | null | undefined;
  readonly providerData?:
    readonly { readonly providerId?: string | undefined; readonly uid?: string | undefined }[] | undefined;
  readonly metadata?: { readonly creationTime?: string | undefined } | undefined;
}

/**
 * Returns the creation time of an account in whole seconds (UTC): events tell milliseconds, Auth's
 * records seconds. Null if it cannot be read.
 */
export function accountCreatedAt(user: Pick<UserRecordLike, 'metadata'>): number | null {
  const millis = Date.parse(user.metadata?.creationTime ?? '');
  return Number.isNaN(millis) ? null : Math.floor(millis / 1000);
}

/** Ways to sign in that are no account elsewhere: their data are in the account itself. */
const NOT_FEDERATED: ReadonlySet<string> = new Set(['password', 'phone', 'anonymous']);

/**
 * The identifiers that Auth holds as verified at this moment. Pure. Leaves out an address that
 * other systems could mistake for another one, and one that only an identity provider tells of.
 */
export const verifiedIn = ({ email, emailVerified, phoneNumber }: UserRecordLike): VerifiedNow => ({
  emails: emailVerified === true && email && isUnmistakable(email) ? [foldEmail(email)] : [],
  phones: phoneNumber ? [phoneNumber] : [],
});

/** Reads the facts that Auth tells of an account. Pure. */
export function knownFromAuth(user: UserRecordLike, pseudonym: string): Known {
  const email = user.email ?? '';
  const { tenantId = null } = user;
  const federated = (user.providerData ?? []).flatMap(({ providerId, uid }) =>
    providerId && uid && !NOT_FEDERATED.has(providerId) ? [`${providerId}:${uid}`] : [],
  );
  const { emails, phones } = verifiedIn(user);
  return canonical({
    uid: user.uid,
    pseudonym,
    accountCreatedAt: accountCreatedAt(user),
    tenantId,
    verifiedEmails: emails,
    unverifiedEmails: email !== '' && emails.length === 0 ? [foldEmail(email)] : [],
    providerIds: {},
    phones,
    federated,
  });
}

/**
 * Brings known data into one form, so that two can be compared: lists in order, each value once; an
 * empty list is absent.
 */
function canonical({ phones, federated, installations, unverifiedEmails, ...known }: Known): Known {
  const sorted = (values: readonly string[] = []): readonly string[] => [...new Set(values)].sort();
  const lists = {
    unverifiedEmails: sorted(unverifiedEmails),
    phones: [...new Set(phones)],
    federated: sorted(federated),
    installations: sorted(installations),
  };
  const { uid, pseudonym, accountCreatedAt: createdAt, tenantId, verifiedEmails, providerIds } = known;
  const { atDeletion, historyLost } = known;
  const ids = Object.entries(providerIds).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    uid,
    pseudonym,
    accountCreatedAt: createdAt,
    ...defined({ tenantId }),
    verifiedEmails: [...new Set(verifiedEmails)],
    providerIds: Object.fromEntries(ids),
    ...Object.fromEntries(Object.entries(lists).filter(([, values]) => values.length > 0)),
    ...defined({ atDeletion, historyLost }),
  };
}

/** Is it the same, word for word? */
export const isSameKnown = (a: Known, b: Known): boolean =>
  JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));

/**
 * Adds learnt data to known ones. Of the same account everything adds up. A younger account under
 * the same uid is another person and begins empty. Data learnt late about an older one change
 * nothing.
 */
export function mergeKnown(before: Known | null, learnt: Known): Known {
  if (before === null) return learnt;
  const [then, now] = [before.accountCreatedAt, learnt.accountCreatedAt];
  if (then !== null && now !== null && then !== now) return now > then ? learnt : before;
  const both = (list: 'verifiedEmails' | 'phones' | 'federated' | 'installations'): string[] => [
    ...(learnt[list] ?? []),
    ...(before[list] ?? []),
  ];
  const tenantId = learnt.tenantId === undefined ? before.tenantId : learnt.tenantId;
  const atDeletion = learnt.atDeletion ?? before.atDeletion;
  const historyLost = learnt.historyLost ?? before.historyLost;
  return canonical({
    ...learnt,
    accountCreatedAt: now ?? then,
    ...defined({ tenantId }),
    verifiedEmails: both('verifiedEmails'),
    providerIds: { ...before.providerIds, ...learnt.providerIds },
    phones: both('phones'),
    federated: both('federated'),
    installations: both('installations'),
    ...defined({ atDeletion, historyLost }),
  });
}

const subjectRef = (own: Firestore, uid: string) => {
  if (!isUid(uid)) throw new ComplianceError('subject.uid', 'this uid cannot be part of a path');
  return own.collection('subjects').doc(uid);
};

/** The path of the servers' knowledge of a person, by their uid or the key of their address. */
export const subjectPath = (key: string): string => `subjects/${key}`;

/** True if the backend wrote this document of `subjects` so. */
export const isSubjectSealed = (key: string, data: DocumentData, keys: PseudonymKeys): boolean =>
  isSealed(subjectPath(key), data, keys);

/**
 * Reads the proofs in a document of `subjects`. A forged one proves only that earlier knowledge is
 * lost.
 */
export const knownIn = (uid: string, data: DocumentData, keys: PseudonymKeys): Known =>
  isSubjectSealed(uid, data, keys)
    ? knownFromDocument(uid, data)
    : { uid, pseudonym: '', accountCreatedAt: null, verifiedEmails: [], providerIds: {}, historyLost: true };

/** Reads the servers' knowledge of an account; null if they know nobody. */
export async function readKnown({ clients, keys }: OwnStore, uid: string): Promise<Known | null> {
  const data = (await subjectRef(clients.own(), uid).get()).data();
  return data === undefined ? null : knownIn(uid, data, keys);
}

/**
 * Adds learnt data to known ones, in one transaction; answers the result. Running it twice changes
 * nothing more. A person with new data is not missing any more. The document is written whole,
 * and sealed; of a forged one nothing is merged.
 */
export async function learn({ clients, keys }: OwnStore, learnt: Known): Promise<Known> {
  const ref = subjectRef(clients.own(), learnt.uid);
  return clients.own().runTransaction(async (tx) => {
    const data = (await tx.get(ref)).data();
    const before = data === undefined ? null : knownIn(learnt.uid, data, keys);
    const merged = mergeKnown(before, learnt);
    const isNews = before === null || !isSameKnown(before, merged);
    const isOurs = data !== undefined && isSubjectSealed(learnt.uid, data, keys);
    if (isNews || !isOurs || missingSince(data) !== undefined)
      tx.set(ref, sealed(subjectPath(learnt.uid), { ...merged }, keys));
    return merged;
  });
}

/** The sealed document of an account that Auth no longer has, with the time since when. */
export const missedDocument = (uid: string, data: DocumentData, at: Instant, keys: PseudonymKeys): DocumentData =>
  sealed(subjectPath(uid), { ...data, missingSince: Timestamp.fromMillis(at) }, keys);

/**
 * Forgets a person, if the document still is of this account: another one under the same uid is not
 * touched.
 */
export async function forgetKnown(
  { clients, keys }: OwnStore,
  subject: Pick<Subject, 'uid' | 'accountCreatedAt'>,
): Promise<void> {
  const ref = subjectRef(clients.own(), subject.uid);
  await clients.own().runTransaction(async (tx) => {
    const data = (await tx.get(ref)).data();
    if (data === undefined) return;
    const createdAt = knownIn(subject.uid, data, keys).accountCreatedAt;
    if (createdAt === null || subject.accountCreatedAt === null || createdAt === subject.accountCreatedAt)
      tx.delete(ref);
  });
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/**
 * Reads `subjects/{uid}` without checking its seal. A person without an account has an empty uid
 * (addresses.ts).
 */
export function knownFromDocument(uid: string, data: Record<string, unknown>): Known {
  const { pseudonym, accountCreatedAt: createdAt, tenantId, verifiedEmails, providerIds, atDeletion } = data;
  const ended = atDeletion as { readonly emails?: unknown; readonly phones?: unknown } | undefined;
  const ids = typeof providerIds === 'object' && providerIds !== null ? Object.entries(providerIds) : [];
  return canonical({
    uid,
    pseudonym: typeof pseudonym === 'string' ? pseudonym : '',
    accountCreatedAt: typeof createdAt === 'number' ? createdAt : null,
    ...(typeof tenantId === 'string' || tenantId === null ? { tenantId } : {}),
    verifiedEmails: texts(verifiedEmails),
    unverifiedEmails: texts(data['unverifiedEmails']),
    providerIds: Object.fromEntries(ids.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    phones: texts(data['phones']),
    federated: texts(data['federated']),
    installations: texts(data['installations']),
    ...(ended === undefined ? {} : { atDeletion: { emails: texts(ended.emails), phones: texts(ended.phones) } }),
    ...(data['historyLost'] === true ? { historyLost: true } : {}),
  });
}

/**
 * Returns since when Auth does not know the account any more, as far as the nightly comparison has
 * seen; undefined: it does.
 */
export function missingSince(data: Record<string, unknown> | undefined): Instant | undefined {
  return millisOf(data?.['missingSince']);
}

/**
 * Names a person's document among `subjects`: the uid, or of a person without an account the key of
 * their proven address (addresses.ts). For a job's input: `uid`, and `subjectKey` if the uid is
 * empty.
 *
 * @throws ComplianceError `subject.key` if it is neither
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
 * Returns the ids in other systems that servers keep in the app's own documents (`identifies` in
 * the policy), by handle name. They find candidates; `prove` still asks the other side for the uid.
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
