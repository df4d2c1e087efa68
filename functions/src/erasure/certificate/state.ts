import type { CertificateState } from './shape.ts';

/** From the settled state to the one that nobody can tell. */
export const RANK: readonly CertificateState[] = [
  ...(['done', 'retained', 'expiring', 'pending', 'submitted'] as const),
  ...(['disproportionate', 'impossible', 'refused', 'unconfirmed', 'manual', 'unknown'] as const),
];

/**
 * The one of several states that leaves most to do; of none, `unknown`: silence is never `done`.
 */
export function worstState(states: readonly CertificateState[]): CertificateState {
  if (states.length === 0) return 'unknown';
  return RANK[Math.max(...states.map((state) => RANK.indexOf(state)))] ?? 'unknown';
}
