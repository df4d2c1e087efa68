import { canonicalJson } from '../crypto/canonical.ts';
import { sha256Hex } from '../crypto/hash.ts';
import { iso, utcDay, type Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import { holdsAlone } from './restraints.ts';
import type { Budget, Carried, Draft, Entry, Erased, Head, PurposeAnswers } from './shape.ts';

export type { Answered, Entry, Erased, Head, PurposeAnswers, StatedVersions } from './shape.ts';

/**
 * The append-only ledger as pure functions: one chain per data subject, each entry hashed together
 * with the one before it. Changing, removing, adding or re-ordering an entry breaks the chain from
 * there on. Hash: SHA-256 over canonical JSON (RFC 8785); times are ISO 8601 in UTC with
 * milliseconds.
 */

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

/** The changes of a decision in the head beside the chain itself; `undefined` removes a field. */
export type HeadPatch = { readonly [K in keyof Carried | 'stated' | 'erasing' | 'givenUp']?: Head[K] | undefined };

/** The head after a patch. */
export function patched(head: Head, patch: HeadPatch): Head {
  return defined({ ...head, ...patch }) as Head;
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

const linkOf = ({ chain, seq, hash }: NonNullable<Entry['continues']>) => ({ chain, seq, hash });

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
