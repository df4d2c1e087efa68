import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';

/** The facts about a state of a consent. */
export interface StateWords {
  /** Does the person agree, so that the purpose may be carried out? */
  readonly agrees: boolean;
  /** Did somebody say no? */
  readonly refuses: boolean;
  /**
   * Decides between two things at the same moment: a no counts first, then that the person is asked
   * again, then the rest.
   */
  readonly precedence: 0 | 1 | 2;
}

/** The states of the ledger. The context of a receipt has their terms (receipt/linkedData.ts). */
export const CONSENT_STATES = {
  given: { agrees: true, refuses: false, precedence: 0 },
  reconfirmed: { agrees: true, refuses: false, precedence: 0 },
  pending: { agrees: false, refuses: false, precedence: 0 },
  refused: { agrees: false, refuses: true, precedence: 2 },
  withdrawn: { agrees: false, refuses: true, precedence: 2 },
  objected: { agrees: false, refuses: true, precedence: 2 },
  expired: { agrees: false, refuses: false, precedence: 1 },
} as const satisfies Record<string, StateWords>;

export type ConsentState = keyof typeof CONSENT_STATES;

const UNKNOWN: StateWords = { agrees: false, refuses: false, precedence: 1 };

/** A state in easy words, said to the person. */
export function stateInWords(state: string, language: Language): string {
  const { states } = textsIn(language).receipt;
  return Object.hasOwn(CONSENT_STATES, state) ? states[state as ConsentState] : states.unknown;
}

/**
 * Returns the facts about a state. A state that this version of the backend does not know agrees to
 * nothing.
 */
export const stateWords = (state: string): StateWords =>
  Object.hasOwn(CONSENT_STATES, state) ? CONSENT_STATES[state as ConsentState] : UNKNOWN;
