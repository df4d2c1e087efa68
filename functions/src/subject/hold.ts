import type { Instant } from '../platform/time.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import type { Ground, RecordId } from '../policy/schema.ts';
import { foldEmail, nameOfAddress } from './emails.ts';
import type { Subject } from './identity.ts';
import { pseudonymsOf, withoutGeneration } from './pseudonym.ts';

/**
 * A legal hold on what is kept of a person: on one record, or on all if none is named; without
 * `until`, until it is lifted. ledger/holds.ts finds those that run.
 */
export interface Hold {
  readonly record?: RecordId;
  readonly ground: Ground;
  readonly until?: Instant;
}

/** Everything by which a legal hold can name a person. */
export interface Holdable {
  /** Empty: a person without an account. */
  readonly uid: string;
  /** Every address that was ever proven to be theirs: a change of it leaves no hold behind. */
  readonly emails: readonly string[];
  /** Keys of addresses (emails.ts) of which nothing else is known any more. */
  readonly keys?: readonly string[];
}

/** Returns everything by which a hold can name a proven person: no address that they only claim. */
export const holdableOf = ({ uid, verifiedEmails, unproven = [] }: Proofs): Holdable => ({
  uid,
  emails: [
    ...verifiedEmails,
    ...unproven.flatMap(({ kind, value, reason }) => (kind === 'email' && WAS_PROVEN.has(reason) ? [value] : [])),
  ],
});

type Proofs = Pick<Subject, 'uid' | 'verifiedEmails' | 'unproven'>;

const WAS_PROVEN: ReadonlySet<string> = new Set(['formerAddress', 'addressOfAnother']);

/**
 * The people whose rows stay: by uid, and those by pseudonym of whom only the ledger still knows
 * it.
 */
export class HeldPeople {
  readonly uids: ReadonlySet<string>;
  readonly pseudonyms: ReadonlySet<string>;
  /** Addresses of held people without an account. */
  readonly emails: ReadonlySet<string>;
  readonly #keys: PseudonymKeys;

  /** @param pseudonyms without the number of a further chain */
  constructor(
    uids: ReadonlySet<string>,
    pseudonyms: ReadonlySet<string>,
    keys: PseudonymKeys,
    emails: ReadonlySet<string> = new Set(),
  ) {
    this.uids = uids;
    this.pseudonyms = pseudonyms;
    this.emails = emails;
    this.#keys = keys;
  }

  get isEmpty(): boolean {
    return this.uids.size === 0 && this.pseudonyms.size === 0 && this.emails.size === 0;
  }

  /** True if a row that names this address is held. */
  hasEmail(value: unknown): boolean {
    return typeof value === 'string' && this.emails.has(foldEmail(value.trim()));
  }

  /** True if a uid is that of a held person. Without pseudonyms no hash is made. */
  has(uid: string): boolean {
    if (this.uids.has(uid)) return true;
    return this.pseudonyms.size > 0 && pseudonymsOf(uid, this.#keys).some((one) => this.pseudonyms.has(one));
  }

  /**
   * The same for rows that name a person by pseudonym, under any key. A further chain of the same
   * pseudonym (`~2`) is held with it: rather too much than too little.
   */
  byPseudonym(): (pseudonym: string) => boolean {
    const held = [...this.uids, ...[...this.emails].map(nameOfAddress)];
    const names = new Set(held.flatMap((name) => pseudonymsOf(name, this.#keys)));
    return (pseudonym) => {
      const name = withoutGeneration(pseudonym);
      return names.has(name) || this.pseudonyms.has(name);
    };
  }
}
