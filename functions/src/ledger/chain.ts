import { canonicalJson } from '../crypto/canonical.ts';
import { sha256Hex } from '../crypto/hash.ts';
import { iso, utcDay, type Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import type { PurposeId } from '../policy/schema.ts';
import type { Draft, HeldPower, Protection } from './entry.ts';
import { holdsAlone, type Restraints } from './restraints.ts';

/**
 * The append-only ledger as pure functions: one chain per data subject, each entry hashed together
 * with the one before it. Changing, removing, adding or re-ordering an entry breaks the chain from
 * there on. Hash: SHA-256 over canonical JSON (RFC 8785); times are ISO 8601 in UTC with
 * milliseconds.
 */

/**
 * The end of the chain that another one continues: the same person under an older version of the
 * pseudonym key.
 */
interface Continued {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
  readonly at: Instant;
}

/** The state of a head that follows from its entries. */
type Carried = Pick<
  Head,
  'current' | 'since' | 'consents' | 'protection' | 'powers' | 'restraints' | 'budget' | 'askAgainAt' | 'agreedTo'
>;

export interface Entry extends Draft {
  /** The id of the event that it records, which makes it once. */
  readonly id: string;
  /** The same, as a field of the record (ISO/IEC TS 27560: record id). */
  readonly recordId?: string;
  /** The chain's name: the pseudonym of the person. */
  readonly subject?: string;
  /**
   * First entry of a chain after a change of the pseudonym key: the chain with the person's earlier
   * history.
   */
  readonly continues?: Omit<Continued, 'at'>;
  /** The state that goes along with the person then. */
  readonly carries?: Carried;
  readonly seq: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** The latest answer of a deciding person, by the time it happened. */
export interface Answered {
  readonly granted: boolean;
  readonly at: Instant;
  readonly state: string;
  readonly policyVersion?: string;
  /** An officer entered it, and nobody proved it. */
  readonly entered?: true;
}

/** The answers to one purpose: enough to decide the next one without reading an entry. */
export interface PurposeAnswers {
  readonly subject?: Answered;
  readonly holder?: Answered;
  /** Agreements up to here no longer count: the person is asked again. */
  readonly askedAgainAt?: Instant;
  /** No entry says so: nothing stood that could have expired. */
  readonly askedSilently?: boolean;
  /** The objection that stands (Art. 21): the person has not said yes since. */
  readonly objectedAt?: Instant;
  /** The person's newest yes, if their latest answer is a no: it ends an objection from before. */
  readonly agreedAt?: Instant;
  /** The last document that was recorded, in the order in which the server wrote them. */
  readonly written?: { readonly at: Instant; readonly granted: boolean; readonly policyVersion?: string };
  /** Document times that the reconciliation recorded: their events may still come. */
  readonly reconciled?: readonly Instant[];
}

/** The newest version of each statement about the person that the protection was derived from. */
export interface StatedVersions {
  /** The newest of them all. */
  readonly at: Instant;
  /** By the id of its document; that of a band of age is the person's uid, and stands as `age`. */
  readonly of: Readonly<Record<string, Instant>>;
}

/** How many entries of a kind a person has had recorded on a day (UTC). */
export interface Budget {
  readonly day: string;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * How many entries of a kind each acting person can make in one chain on one day (UTC). It is far
 * above a person's use, and low enough that a broken or hostile client costs little. A withdrawal
 * is recorded, however much was spent (consent/decide.ts).
 */
export const DAILY_LIMITS: Readonly<Record<string, number>> = { consent: 100, devicePermission: 200 };

/**
 * Returns the budget after one more entry of a kind, or null if the day's is spent.
 *
 * @param holder pseudonym of the acting guardian: each has a budget of their own, beside the
 * person's
 */
export function spend(budget: Budget | undefined, kind: string, now: Instant, holder?: string): Budget | null {
  const day = utcDay(now);
  const counts = budget?.day === day ? budget.counts : {};
  const name = holder === undefined ? kind : `${kind} ${holder}`;
  const count = (counts[name] ?? 0) + 1;
  if (count > (DAILY_LIMITS[kind] ?? Infinity)) return null;
  return { day, counts: { ...counts, [name]: count } };
}

/**
 * The current state of a person, so that one read decides: an event that comes late does not
 * overtake a later one. It mirrors the data that ages, budgets and account generations need.
 */
export interface Head {
  readonly seq: number;
  readonly hash: string;
  /** When the last entry was written, by the function's clock. */
  readonly changedAt?: Instant;
  readonly current: Readonly<Record<PurposeId, string>>;
  readonly since: Readonly<Record<PurposeId, Instant>>;
  readonly consents: Readonly<Record<PurposeId, PurposeAnswers>>;
  readonly protection?: Protection;
  /** The powers to act for the person; absent: nobody has one. */
  readonly powers?: readonly HeldPower[];
  readonly stated?: StatedVersions;
  readonly restraints?: Restraints;
  readonly budget?: Budget;
  /** When the first of the consents that stand is to be asked again; absent if none stands. */
  readonly askAgainAt?: Instant;
  /** The texts that the consents were given to which stand or wait (`textName`); absent: none. */
  readonly agreedTo?: readonly string[];
  readonly continues?: Continued;
  /** The chain that goes on under a newer key: nothing is added to this one. */
  readonly continuedBy?: string;
  /**
   * An erasure has begun: documents that it deletes are no withdrawals, and nothing new of this
   * account is accepted.
   */
  readonly erasing?: Erased;
  /**
   * Ids of the entries that say that an erasure was given up: it does not begin, also if its job is
   * put back.
   */
  readonly givenUp?: readonly string[];
  /** The person was erased; the end of this chain. */
  readonly closed?: Erased;
  /**
   * The account that uses the uid since: creation time in whole seconds. Its events belong to the
   * next chain.
   */
  readonly successor?: number;
}

/** The changes of a decision in the head beside the chain itself; `undefined` removes a field. */
export type HeadPatch = {
  readonly [
    K in
      | 'current'
      | 'since'
      | 'consents'
      | 'protection'
      | 'powers'
      | 'stated'
      | 'restraints'
      | 'budget'
      | 'askAgainAt'
      | 'agreedTo'
      | 'erasing'
      | 'givenUp'
  ]?: Head[K] | undefined;
};

/** The head after a patch. */
export function patched(head: Head, patch: HeadPatch): Head {
  return defined({ ...head, ...patch }) as Head;
}

/** The account of a chain: a uid can be used again by another person. */
export interface Erased {
  readonly at: Instant;
  /** Whole seconds since the epoch; null if nobody knew it any more. */
  readonly accountCreatedAt: number | null;
}

/**
 * True if an account was created after the one that was erased: the uid is somebody else's since.
 *
 * @param createdAt whole seconds since the epoch
 */
export function isNewerAccount(erased: Erased, createdAt: number): boolean {
  return erased.accountCreatedAt === null ? createdAt * 1000 > erased.at : createdAt > erased.accountCreatedAt;
}

/** Returns the erasure of the chain's person: one that has begun, or is over. */
export const erasureOf = ({ erasing, closed }: Pick<Head, 'erasing' | 'closed'>): Erased | undefined =>
  closed ?? erasing;

/** Does this chain end, or is it about to, with another account of the same uid? */
export function isOfAnother(head: Head, createdAt: number | null): boolean {
  const erased = erasureOf(head);
  return erased !== undefined && createdAt !== null && erased.accountCreatedAt !== createdAt;
}

/**
 * The hash that the first entry of a chain follows: it names the chain, so that entries cannot move
 * to another one.
 */
export function genesisHash(chain: string): string {
  return sha256Hex(`amikeo-compliance ledger ${chain}`);
}

export function emptyHead(chain: string): Head {
  return { seq: 0, hash: genesisHash(chain), current: {}, since: {}, consents: {} };
}

/**
 * The fields of an entry that are moments: ISO 8601 in the hash, Firestore timestamps in the
 * document.
 */
export const ENTRY_TIMES = ['occurredAt', 'recordedAt', 'effectiveAt'] as const;

/** The hash of an entry: everything of it but the hash itself, and `keepsUntil`. */
export function entryHash(entry: Omit<Entry, 'hash'>): string {
  const fields: Record<string, unknown> = { ...entry };
  delete fields['hash'];
  delete fields['keepsUntil'];
  for (const name of ENTRY_TIMES) {
    const at = entry[name];
    if (at !== undefined) fields[name] = iso(at);
  }
  return sha256Hex(canonicalJson(fields));
}

/**
 * Appends one entry.
 *
 * @returns the entry and the head after it
 */
export function append(
  chain: string,
  head: Head,
  id: string,
  draft: Draft,
  patch: HeadPatch = {},
): { entry: Entry; head: Head } {
  const { continues } = head;
  const link =
    head.seq === 0 && continues !== undefined ? { continues: linkOf(continues), carries: carried(head) } : {};
  const unhashed = { ...draft, ...link, id, recordId: id, subject: chain, seq: head.seq + 1, previousHash: head.hash };
  const entry: Entry = { ...unhashed, hash: entryHash(unhashed) };
  return {
    entry,
    head: { ...patched(head, patch), seq: entry.seq, hash: entry.hash, changedAt: draft.recordedAt },
  };
}

const linkOf = ({ chain, seq, hash }: Continued): Omit<Continued, 'at'> => ({ chain, seq, hash });

/** The part of a purpose's answers that entries tell; they tell nothing of documents. */
export const answersOf = (all: PurposeAnswers): PurposeAnswers => {
  const { subject, holder, askedAgainAt, askedSilently, objectedAt, agreedAt } = all;
  return defined({ subject, holder, askedAgainAt, askedSilently, objectedAt, agreedAt });
};

function carried(head: Head): Carried {
  const { current, since, consents, protection, powers, restraints, budget, askAgainAt, agreedTo } = head;
  const answers = Object.entries(consents).map(([purpose, one]) => [purpose, answersOf(one)] as const);
  return {
    current,
    since,
    consents: Object.fromEntries(answers),
    ...defined({ protection, powers, restraints, budget, askAgainAt, agreedTo }),
  };
}

/**
 * Returns the head of a closed chain: its end, and the state of that moment. Legal holds go on
 * after an erasure; of a person who is gone nothing is left to restrict.
 */
export const proofOf = ({ seq, hash, current, since, restraints, continues, continuedBy, givenUp }: Head): Head => ({
  seq,
  hash,
  current,
  since,
  consents: {},
  ...defined({ restraints: holdsAlone(restraints), continues, continuedBy, givenUp }),
});

/**
 * Returns the head of a chain that continues another one: the current state goes with the person,
 * the chain begins anew.
 */
export function continuing(chain: string, old: { chain: string; head: Head }, at: Instant): Head {
  const { seq, hash } = old.head;
  // An erasure that was given up is known from the chain that says so.
  return {
    ...patched(old.head, { givenUp: undefined }),
    seq: 0,
    hash: genesisHash(chain),
    continues: { chain: old.chain, seq, hash, at },
  };
}
