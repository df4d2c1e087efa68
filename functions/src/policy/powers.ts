import { addPeriod } from './calendar.ts';
import type { Decider, EvidenceKind, Regime, Right, Say } from './regimes.ts';
import type { Policy } from './schema.ts';

/** Epoch milliseconds. */
type Instant = number;

/**
 * Decides about powers: may somebody act for a person? Everything that one does for another asks
 * `ruleOn`, and nothing else decides.
 */

/** A power to act for a person, as far as it decides. */
export interface Power {
  readonly regime: Regime;
  /** The rights that the judgment or the mandate names. */
  readonly scope: readonly Right[];
  /** The deciding side, as the judgment or the mandate says it. */
  readonly decides: Decider;
  readonly from: Instant;
  /** Its end: the 18th birthday, the judgment's end. It ends by itself. */
  readonly until?: Instant;
}

/** Why somebody may not act. */
export type PowerRefusal =
  /** The power begins later. */
  | 'notBegun'
  /** The power is over. */
  | 'ended'
  /** The judgment or the mandate does not name this right. */
  | 'scope'
  /** The policy does not let this regime use this right. */
  | 'regime'
  /** The person disagrees. */
  | 'person';

/** The answer: yes, yes once the person agrees, or no. */
export type Ruling =
  { readonly may: 'yes' } | { readonly may: 'withPerson' } | { readonly may: 'no'; readonly because: PowerRefusal };

type Powers = Pick<Policy, 'powers'>;

/** Rights that take nothing away: they protect the person, and can be undone. */
const PROTECTING: readonly Right[] = ['restriction', 'objection'];

/** True of a right that goes on although the person disagrees. */
export const isProtecting = (right: Right): boolean => PROTECTING.includes(right);

const no = (because: PowerRefusal): Ruling => ({ may: 'no', because });

/**
 * Decides if a power lets its holder use a right of the person. Pure.
 *
 * @param say the person's own word about this act; undefined: none yet
 * @param now a power counts from `from` and no longer at `until`
 */
export function ruleOn(
  { powers }: Powers,
  power: Power,
  { right, say, now }: { readonly right: Right; readonly say?: Say | undefined; readonly now: Instant },
): Ruling {
  if (now < power.from) return no('notBegun');
  if (power.until !== undefined && power.until <= now) return no('ended');
  if (!power.scope.includes(right)) return no('scope');
  const act = actOf({ powers }, power, right);
  if (act === 'never') return no('regime');
  if (say === 'agrees') return { may: 'yes' };
  if (say === 'disagrees') return act === 'alone' && isProtecting(right) ? { may: 'yes' } : no('person');
  return { may: act === 'alone' ? 'yes' : 'withPerson' };
}

/** How a power lets its holder use a right, without a word of the person. Pure. */
export function actOf(
  { powers }: Powers,
  { regime, decides }: Pick<Power, 'regime' | 'decides'>,
  right: Right,
): 'alone' | 'together' | 'never' {
  const act = powers?.regimes[regime]?.acts[right] ?? 'never';
  if (act !== 'asJudged') return act;
  return decides === 'holder' ? 'alone' : 'together';
}

const RANK = { yes: 0, withPerson: 1, no: 2 } as const;

/**
 * Decides by the strongest of several powers; a person can be parent and mandatary. Pure.
 *
 * @returns the ruling and its power; null if there is none
 */
export function strongest<P extends Power>(
  policy: Powers,
  powers: readonly P[],
  asked: { readonly right: Right; readonly say?: Say | undefined; readonly now: Instant },
): { readonly power: P; readonly ruling: Ruling } | null {
  const ruled = powers.map((power) => ({ power, ruling: ruleOn(policy, power, asked) }));
  return ruled.sort((a, b) => RANK[a.ruling.may] - RANK[b.ruling.may])[0] ?? null;
}

/** The fields of a power as it is stated, before it counts. */
interface StatedPower {
  readonly regime: Regime;
  readonly scope: readonly Right[];
  readonly decides?: Decider | undefined;
  readonly evidence: { readonly kind: EvidenceKind; readonly seenAt: Instant };
  readonly from: Instant;
  readonly until?: Instant | undefined;
}

/** Finds fields of a stated power that contradict its regime or each other. Pure. */
export function contradictionsIn(
  { powers, controller: { timeZone } }: Pick<Policy, 'powers' | 'controller'>,
  { regime, scope, decides = 'person', evidence, from, until }: StatedPower,
  now: Instant,
): ('regime' | 'scope' | 'decides' | 'evidence' | 'until')[] {
  const allowed = powers?.regimes[regime];
  if (allowed === undefined) return ['regime'];
  const latest = allowed.longest === undefined ? Infinity : addPeriod(now, allowed.longest, timeZone);
  const ends = until ?? Infinity;
  return [
    ...(scope.some((right) => allowed.acts[right] === 'never') ? (['scope'] as const) : []),
    ...(allowed.decides.includes(decides) ? [] : (['decides'] as const)),
    ...(allowed.evidence.includes(evidence.kind) && evidence.seenAt <= now ? [] : (['evidence'] as const)),
    ...(ends <= from || ends > latest ? (['until'] as const) : []),
  ];
}
