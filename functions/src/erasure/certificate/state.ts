import type { CertificateState } from './shape.ts';

/** From the settled state to the one that nobody can tell. */
const RANK: readonly CertificateState[] = ['done', 'retained', 'pending', 'submitted', 'manual', 'unknown'];

/**
 * The one of several states that leaves most to do; of none, `unknown`: silence is never `done`.
 */
export function worstState(states: readonly CertificateState[]): CertificateState {
  if (states.length === 0) return 'unknown';
  return RANK[Math.max(...states.map((state) => RANK.indexOf(state)))] ?? 'unknown';
}
