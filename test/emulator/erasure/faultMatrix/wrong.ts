/** A fault, in words; `kind` says how it counts. */
export interface Wrong {
  /**
   * The kinds of faults:
   *
   * - `false done`: it is said to be done, or whole, and is not
   * - `left behind`: something is left that must not be there
   * - `not ended`: neither completed nor blocked, or not completed after an officer's retry
   */
  readonly kind: 'false done' | 'left behind' | 'others touched' | 'not ended' | 'other';
  readonly what: string;
}
