import type { Timestamp } from 'firebase-admin/firestore';
import type { HeldPower } from '../ledger/entry.ts';
import type { Instant } from '../platform/time.ts';
import { strongest, type Ruling } from '../policy/powers.ts';
import type { Regime, Say } from '../policy/regimes.ts';
import type { Policy } from '../policy/schema.ts';
import { isFinal, type RequestStatus, type RequestType } from './request.ts';

/**
 * A request that somebody makes for another person. The person is told first and can disagree:
 * until it goes on it is held, and nothing acts by it. Pure.
 */

/** By which power it was asked, and the person's own word about it. */
export interface OnBehalf {
  /** Pseudonym of the holder; absent if they have no account, and an officer entered it. */
  readonly holder?: string;
  readonly regime: Regime;
  /** When it goes on without a word of the person; absent: not before they agree. */
  readonly goesOnAt?: Timestamp;
  /** If their yes is needed, they have until then for it at least, however late it was entered. */
  readonly wordBy?: Timestamp;
  /** The person's last word; absent: none yet. */
  readonly say?: Say;
  readonly saidAt?: Timestamp;
  /** How many words of theirs were heard. */
  readonly words?: number;
  /** An officer lets it go on although the person disagrees: their pseudonym, or `officer`. */
  readonly letOnBy?: string;
  readonly letOnAt?: Timestamp;
}

/** The fields of a request's record that decide here. */
interface Asked {
  readonly type: string;
  readonly status: RequestStatus;
  readonly dueAt: Timestamp;
  readonly begunAt?: Timestamp | undefined;
  readonly onBehalf?: OnBehalf | undefined;
}

/** True of a request that waits for the person's word, or for an officer because of it. */
export const isHeld = ({ onBehalf, status, begunAt }: Asked): boolean =>
  onBehalf !== undefined && begunAt === undefined && !isFinal(status);

/** The powers over the person, as the head of their chain has them. */
type Powers = readonly HeldPower[] | undefined;
type Ruled = Pick<Policy, 'powers'>;

/**
 * Decides by the power by which it was asked, as it stands now. One that is gone from the head is
 * over.
 */
function rulingOn(
  policy: Ruled,
  powers: Powers,
  { type, onBehalf }: Pick<Asked, 'type' | 'onBehalf'>,
  { say, now }: { readonly say: Say | undefined; readonly now: Instant },
): Ruling {
  const isTheirs = ({ holder, regime }: HeldPower): boolean =>
    holder === onBehalf?.holder && regime === onBehalf?.regime;
  const asked = { right: type as RequestType, say, now };
  return strongest(policy, (powers ?? []).filter(isTheirs), asked)?.ruling ?? { may: 'no', because: 'ended' };
}

/** True if an officer has let on what can be undone; nobody lets on an erasure. */
const isLetOn = ({ type, onBehalf }: Pick<Asked, 'type' | 'onBehalf'>): boolean =>
  onBehalf?.letOnBy !== undefined && type !== 'erasure';

/** Until when the person can say yes, if it is needed: its due day, or later if it came late. */
export const wordUntil = ({ dueAt, onBehalf }: Pick<Asked, 'dueAt' | 'onBehalf'>): Instant =>
  Math.max(dueAt.toMillis(), onBehalf?.wordBy?.toMillis() ?? -Infinity);

/** The next thing that happens to a held request. */
export type HeldPlan =
  /** It is not held: it has begun, or has ended. */
  | { readonly do: 'nothing' }
  /** The person has time for a word until then. */
  | { readonly do: 'wait'; readonly until: Instant }
  /** They disagree: an officer looks at both sides. */
  | { readonly do: 'officer'; readonly until: Instant }
  | { readonly do: 'begin' }
  | { readonly do: 'refuse'; readonly reason: HeldRefusal };

/** `powerEnded`: the power counts no longer. `notConfirmed`: the person's yes did not come. */
type HeldRefusal = 'powerEnded' | 'disagreed' | 'notConfirmed';

/**
 * Plans the next thing. A disagreement stops everything that cannot be undone: an officer can let
 * on the rest, and never an erasure. It ends a request for which the person's yes is needed. A
 * power that is over lets nothing begin.
 */
export function planHeld(policy: Ruled, powers: Powers, asked: Asked, now: Instant): HeldPlan {
  const { onBehalf } = asked;
  if (onBehalf === undefined || !isHeld(asked)) return { do: 'nothing' };
  const { say } = onBehalf;
  const dueAt = asked.dueAt.toMillis();
  const ruling = rulingOn(policy, powers, asked, { say, now });
  if (ruling.may === 'yes') {
    const at = onBehalf.goesOnAt?.toMillis() ?? dueAt;
    return say === undefined && now < at ? { do: 'wait', until: at } : { do: 'begin' };
  }
  const until = wordUntil(asked);
  if (ruling.may === 'withPerson')
    return now < until ? { do: 'wait', until } : { do: 'refuse', reason: 'notConfirmed' };
  if (ruling.because !== 'person') return { do: 'refuse', reason: 'powerEnded' };
  if (rulingOn(policy, powers, asked, { say: undefined, now }).may !== 'yes')
    return { do: 'refuse', reason: 'disagreed' };
  return isLetOn(asked) ? { do: 'begin' } : { do: 'officer', until: dueAt };
}

/**
 * May a holder still have what their request began, its archive or its erasure? Their power runs,
 * and the person did not disagree; or an officer let it go on.
 */
export const mayStillHave = (
  policy: Ruled,
  powers: Powers,
  asked: Pick<Asked, 'type' | 'onBehalf'>,
  now: Instant,
): boolean =>
  rulingOn(policy, powers, asked, { say: isLetOn(asked) ? undefined : asked.onBehalf?.say, now }).may === 'yes';
