import type { Instant } from '../platform/time.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import type { Ground, RecordId } from '../policy/schema.ts';
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

/**
 * The people whose rows stay: by uid, and those by pseudonym of whom only the ledger still knows
 * it.
 */
export class HeldPeople {
  readonly uids: ReadonlySet<string>;
  readonly pseudonyms: ReadonlySet<string>;
  readonly #keys: PseudonymKeys;

  /** @param pseudonyms without the number of a further chain */
  constructor(uids: ReadonlySet<string>, pseudonyms: ReadonlySet<string>, keys: PseudonymKeys) {
    this.uids = uids;
    this.pseudonyms = pseudonyms;
    this.#keys = keys;
  }

  get isEmpty(): boolean {
    return this.uids.size === 0 && this.pseudonyms.size === 0;
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
    const names = new Set([...this.uids].flatMap((uid) => pseudonymsOf(uid, this.#keys)));
    return (pseudonym) => {
      const name = withoutGeneration(pseudonym);
      return names.has(name) || this.pseudonyms.has(name);
    };
  }
}
