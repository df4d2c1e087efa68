/** From the settled state to the one that nobody can tell. */
export const RANK = [
  ...(['done', 'retained', 'expiring', 'pending', 'submitted'] as const),
  ...(['disproportionate', 'impossible', 'refused', 'unconfirmed', 'manual', 'unknown'] as const),
] as const;

/** The final state of something; in a list of several outcomes, the one that leaves most to do. */
export type CertificateState = (typeof RANK)[number];

/**
 * The one of several states that leaves most to do; of none, `unknown`: silence is never `done`.
 */
export function worstState(states: readonly CertificateState[]): CertificateState {
  if (states.length === 0) return 'unknown';
  return RANK[Math.max(...states.map((state) => RANK.indexOf(state)))] ?? 'unknown';
}
