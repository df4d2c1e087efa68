/** The faults of one external call. */
export const kinds = [
  /** The process is killed before the call reaches the other side. */
  'killed-before',
  /**
   * The process is killed when the call had its effect, and before anything is known or recorded of
   * it.
   */
  'killed-after',
  '429',
  '500',
  /** JSON without the `error` key, by which some SDKs tell a failure from a success. */
  '500-no-error',
  /** It had its effect, and the answer never comes. */
  'timeout',
  /** The connection ends before it had an effect. */
  'reset-before',
  /** It had its effect; the connection ends before the answer. */
  'reset-after',
  /** 200 with a page that does not fit the request. */
  'garbage',
  /** The same task, event or tick is delivered a second time at this moment: both run at once. */
  'duplicate',
  /**
   * This task stands still here, until its lease is over and an other one has gone on as far as it
   * can; then it goes on.
   */
  'out-of-order',
] as const;

/**
 * All events of a call. The last: it stands still while the person takes the request back, and
 * everything that follows from that is done.
 */
export const everyKind = [...kinds, 'taken-back'] as const;
export type Kind = (typeof everyKind)[number];

/**
 * How a call fails: the other kinds end the process, or run it twice, or let something happen
 * meanwhile.
 */
export type Failure = Exclude<Kind, 'killed-before' | 'killed-after' | 'duplicate' | 'out-of-order' | 'taken-back'>;

const FAILURES: ReadonlySet<Kind> = new Set<Failure>([
  '429',
  '500',
  '500-no-error',
  'timeout',
  'reset-before',
  'reset-after',
  'garbage',
]);
export const isFailure = (kind: Kind): kind is Failure => FAILURES.has(kind);

/** Does the call have its effect, although its caller learns nothing of it? */
export const hasEffect = (kind: Kind): boolean =>
  kind === 'timeout' || kind === 'reset-after' || kind === 'killed-after';

/** The system that a call goes to. `app` and `own` are the two databases of Firestore. */
export const systems = ['stripe', 'brevo', 'auth', 'storage', 'app', 'own', 'tasks'] as const;
export type SystemName = (typeof systems)[number];

/**
 * Codes of gRPC: Firestore's answer, or its client's reading of a broken connection. Garbage has
 * none: the protocol's own framing refuses it, and its client says `internal`, as for a 500.
 */
export const GRPC: Readonly<Record<Exclude<Failure, 'garbage'>, { readonly code: number; readonly name: string }>> = {
  '429': { code: 8, name: 'RESOURCE_EXHAUSTED' },
  '500': { code: 13, name: 'INTERNAL' },
  '500-no-error': { code: 2, name: 'UNKNOWN' },
  timeout: { code: 4, name: 'DEADLINE_EXCEEDED' },
  'reset-before': { code: 14, name: 'UNAVAILABLE' },
  'reset-after': { code: 14, name: 'UNAVAILABLE' },
};

/** Kinds that a system can meet. */
export const applies = (system: SystemName, kind: Kind): boolean =>
  kind !== 'garbage' || (system !== 'app' && system !== 'own' && system !== 'tasks');
