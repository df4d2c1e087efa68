/** Keys of the pseudonyms by version; `current` makes new ones, the others keep old ones findable. */
export interface PseudonymKeys {
  readonly current: number;
  readonly keys: Readonly<Record<number, string>>;
}
