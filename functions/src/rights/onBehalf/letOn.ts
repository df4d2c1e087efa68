import { Timestamp } from 'firebase-admin/firestore';
import { isHeld } from '../../requests/onBehalf.ts';
import type { Context } from '../../platform/context.ts';
import { decide, type Decided } from '../answers/decide.ts';
import type { FoundRequest } from '../answers/find.ts';
import { proceed } from './proceed.ts';

/**
 * Lets a request go on that somebody made for a person, although the person disagrees: an officer
 * has looked at both sides. The copy lacks what the person wrote. Nobody lets on an erasure: the
 * person's word is the last one about what cannot be undone.
 *
 * @param officer pseudonym of the officer, if one was named
 */
export async function letOn(context: Context, found: FoundRequest, officer?: string): Promise<Decided> {
  const at = context.now();
  const decided = await decide(context, found, {
    state: 'letOn',
    at,
    by: { actor: 'officer', officer },
    change: (record) => {
      const { onBehalf, type } = record;
      if (onBehalf?.say !== 'disagrees' || !isHeld(record)) return { refused: 'notHeld' };
      if (type === 'erasure') return { refused: 'irreversible' };
      return { onBehalf: { ...onBehalf, letOnBy: officer ?? 'officer', letOnAt: Timestamp.fromMillis(at) } };
    },
  });
  // Done again, it does the rest that a crash left.
  const known = await proceed(context, found.ref);
  return decided.ok && known !== null ? { ok: true, record: known } : decided;
}
