import type { Text } from '../policy/schema.ts';

/** What is known about a state of a consent. */
export interface StateWords {
  /** Does the person agree, so that what they were asked for may be done? */
  readonly agrees: boolean;
  /** Did somebody say no? */
  readonly refuses: boolean;
  /** What counts of two things at the same moment: a no, then that the person is asked again, then the rest. */
  readonly precedence: 0 | 1 | 2;
  /** The state as a concept of the Data Privacy Vocabulary (https://w3id.org/dpv, `ConsentStatus`). */
  readonly dpv: string;
  /** In easy words, said to the person. */
  readonly words: Text;
}

/** The states of the ledger. */
export const CONSENT_STATES = {
  given: {
    agrees: true,
    refuses: false,
    precedence: 0,
    dpv: 'dpv:ConsentGiven',
    words: { en: 'You said yes.', fr: 'Vous avez dit oui.' },
  },
  reconfirmed: {
    agrees: true,
    refuses: false,
    precedence: 0,
    dpv: 'dpv:RenewedConsentGiven',
    words: { en: 'You said yes again.', fr: 'Vous avez dit oui une nouvelle fois.' },
  },
  pending: {
    agrees: false,
    refuses: false,
    precedence: 0,
    dpv: 'dpv:ConsentRequested',
    words: {
      en: 'An adult and you must both say yes. One of the two answers is missing.',
      fr: 'Un adulte et vous devez tous les deux dire oui. Il manque une des deux réponses.',
    },
  },
  refused: {
    agrees: false,
    refuses: true,
    precedence: 2,
    dpv: 'dpv:ConsentRefused',
    words: { en: 'You said no.', fr: 'Vous avez dit non.' },
  },
  withdrawn: {
    agrees: false,
    refuses: true,
    precedence: 2,
    dpv: 'dpv:ConsentWithdrawn',
    words: { en: 'You took your yes back.', fr: 'Vous avez repris votre oui.' },
  },
  expired: {
    agrees: false,
    refuses: false,
    precedence: 1,
    dpv: 'dpv:ConsentExpired',
    words: {
      en: 'Your yes no longer counts. You are asked again.',
      fr: 'Votre oui ne compte plus. La question vous est posée à nouveau.',
    },
  },
} as const satisfies Record<string, StateWords>;

export type ConsentState = keyof typeof CONSENT_STATES;

const UNKNOWN: StateWords = {
  agrees: false,
  refuses: false,
  precedence: 1,
  dpv: 'dpv:ConsentUnknown',
  words: { en: 'We do not know your answer.', fr: 'Nous ne connaissons pas votre réponse.' },
};

/** What is known about a state; one that this version of the backend does not know agrees to nothing. */
export const stateWords = (state: string): StateWords =>
  Object.hasOwn(CONSENT_STATES, state) ? CONSENT_STATES[state as ConsentState] : UNKNOWN;
