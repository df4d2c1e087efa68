/** Keys of the pseudonyms by version; `current` makes new ones, the others keep old ones findable. */
export interface PseudonymKeys {
  readonly current: number;
  readonly keys: Readonly<Record<number, string>>;
}

/** Private keys that sign evidence, by version; `current` signs, what the others signed is still trusted. */
export interface SigningKeys {
  readonly current: number;
  readonly keys: Readonly<Record<number, string>>;
}
