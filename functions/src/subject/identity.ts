import { isDeepStrictEqual } from 'node:util';
import { defined } from '../platform/defined.ts';
import { isSegment } from '../policy/lookup.ts';
import { foldEmail, isUnmistakable } from './emails.ts';

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
  /** Another address was verified than the newest known one, and nobody has told recipients yet. */
  readonly addressMoved?: true;
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
export interface Subject extends Omit<
  Known,
  'verifiedEmails' | 'unverifiedEmails' | 'phones' | 'atDeletion' | 'addressMoved'
> {
  /**
   * Addresses that prove: of an account at most one, the one that Auth calls verified at this
   * moment.
   */
  readonly verifiedEmails: readonly ProvenEmail[];
  /** The names that their chain has under other keys of the pseudonyms: rows bear them as well. */
  readonly otherPseudonyms?: readonly string[];
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
export function canonical(all: Known): Known {
  const { verifiedEmails, providerIds, phones, federated, installations, unverifiedEmails, ...known } = all;
  const sorted = (values: readonly string[] = []): readonly string[] => [...new Set(values)].sort();
  const lists = {
    unverifiedEmails: sorted(unverifiedEmails),
    phones: [...new Set(phones)],
    federated: sorted(federated),
    installations: sorted(installations),
  };
  const ids = Object.entries(providerIds).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...defined(known),
    verifiedEmails: [...new Set(verifiedEmails)],
    providerIds: Object.fromEntries(ids),
    ...Object.fromEntries(Object.entries(lists).filter(([, values]) => values.length > 0)),
  };
}

/** Is it the same, word for word? */
export const isSameKnown = (a: Known, b: Known): boolean => isDeepStrictEqual(canonical(a), canonical(b));

/** True if the address that is verified now is another one than the newest known one. */
function movedAddress(before: Known, { verifiedEmails: [now] }: Known): true | undefined {
  const then = before.verifiedEmails[0] ?? before.unverifiedEmails?.[0];
  return now !== undefined && then !== undefined && now !== then ? true : undefined;
}

/**
 * Adds new data to known ones. Of the same account everything adds up. A younger account under
 * the same uid is another person and begins empty. Data learnt late about an older one change
 * nothing.
 */
export function mergeKnown(before: Known | null, added: Known): Known {
  if (before === null) return added;
  const [then, now] = [before.accountCreatedAt, added.accountCreatedAt];
  if (then !== null && now !== null && then !== now) return now > then ? added : before;
  const both = (list: 'verifiedEmails' | 'phones' | 'federated' | 'installations'): string[] => [
    ...(added[list] ?? []),
    ...(before[list] ?? []),
  ];
  return canonical({
    ...before,
    ...added,
    accountCreatedAt: now ?? then,
    verifiedEmails: both('verifiedEmails'),
    // The last look alone tells these.
    unverifiedEmails: added.unverifiedEmails ?? [],
    providerIds: { ...before.providerIds, ...added.providerIds },
    phones: both('phones'),
    federated: both('federated'),
    installations: both('installations'),
    ...defined({ addressMoved: movedAddress(before, added) }),
  });
}
