/** What is wrong, in words; `kind` tells what it counts as. */
export interface Wrong {
  /**
   * `false done`: it is said to be done, or whole, and is not. `left behind`: something lies where nothing may. `not ended`: neither completed nor
   * blocked, or not completed after an officer's retry.
   */
  readonly kind: 'false done' | 'left behind' | 'others touched' | 'not ended' | 'other';
  readonly what: string;
}
