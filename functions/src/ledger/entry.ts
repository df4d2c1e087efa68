import type { Draft } from './shape.ts';

export type { ConsentTerms, Draft, HeldPower, Protection } from './shape.ts';

/** The actor of an entry. */
export type Actor = NonNullable<Draft['actor']>;

/** The actor of an order, and the pseudonym of the officer if one was named. */
export interface OrderedBy {
  readonly actor: Actor;
  readonly officer?: string | undefined;
  /** Pseudonym of a parent or guardian. */
  readonly holder?: string | undefined;
}
