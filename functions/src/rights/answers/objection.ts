import { latestHead } from '../../ledger/find.ts';
import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import type { PurposeId } from '../../policy/schema.ts';
import type { RefusalReason } from '../../requests/reply.ts';
import { canBeUpheld, isCarriedOut, marketingEndedBy, mayRefuse } from '../objection/plan.ts';
import { wishesIn } from '../plan.ts';
import { stillStopped } from '../restriction/lift.ts';
import { earliestEnd, nameOfRequest } from '../restriction/plan.ts';
import type { Refused } from './decide.ts';
import { detailsOf, type FoundRequest } from './find.ts';
import { restrictionOfRequest } from './paused.ts';

/** The letters about an objection to a purpose: each says only that which is so. */

/** The part of an officer's order that decides about an objection. */
type Order =
  | { readonly kind: 'extended' }
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

/** The purpose that an objection names; undefined of another right. Costs at most 1 read. */
export async function purposeOf(context: Context, found: FoundRequest): Promise<PurposeId | undefined> {
  if (found.record.type !== 'objection') return undefined;
  const named = (await detailsOf(context, found)).known['purpose'];
  return typeof named === 'string' ? named : undefined;
}

/**
 * Says why a reply to an objection of an account would not be true or lawful; undefined: it is.
 * Costs 2 reads.
 */
export async function untrue(
  context: Context,
  found: FoundRequest,
  order: Order,
  purpose: PurposeId | undefined,
): Promise<Refused | undefined> {
  const { policy } = context;
  const { record, ref } = found;
  if (purpose === undefined || order.kind === 'extended') return undefined;
  if (order.kind === 'answered') return canBeUpheld(policy, purpose) && !isCarriedOut(record) ? 'notUpheld' : undefined;
  if (!mayRefuse(policy, purpose, order.reason)) return 'reason';
  const { head } = await latestHead(context, ref.uid);
  return head.current[purpose] === 'objected' ? 'stopped' : undefined;
}

/**
 * Says that advertising was not stopped yet; undefined: it was, or the reply says nothing of it. A
 * no to direct marketing is weighed against nothing (Art. 21(3)): it is carried out, and answered
 * then. Of somebody whom nothing finds it can be refused for that. Costs at most 1 read.
 */
export async function unstopped(context: Context, found: FoundRequest, order: Order): Promise<Refused | undefined> {
  const { ref, record } = found;
  if (record.type !== 'objection' || order.kind === 'extended' || isCarriedOut(record)) return undefined;
  if (order.kind === 'refused' && order.reason === 'unidentified' && ref.uid === '') return undefined;
  const { marketing, objectsTo } = wishesIn('objection', (await detailsOf(context, found)).known);
  const isStop = marketing !== undefined || marketingEndedBy(context.policy, objectsTo).length > 0;
  return isStop ? 'notCarriedOut' : undefined;
}

/** The end of the pause that a refused objection had brought. */
export interface PauseEnds {
  /** The day from which data are used again (Art. 18(3)). */
  readonly usedAgain: Instant;
  /** True if another restriction still stops that use on this day. */
  readonly isStillStopped: boolean;
}

/**
 * Returns the end of the pause if an objection is refused now; undefined if nothing is restricted
 * for it. Costs 3 reads, and 4 more if something is.
 */
export async function pauseEnds(
  context: Context,
  found: FoundRequest,
  { kind }: Pick<Order, 'kind'>,
): Promise<PauseEnds | undefined> {
  if (found.record.type !== 'objection' || kind !== 'refused') return undefined;
  const { uid, key } = found.ref;
  const paused = await restrictionOfRequest(context, found);
  if (paused === undefined) return undefined;
  const usedAgain = paused.liftsAt ?? earliestEnd(context.policy, context.now());
  const { purposes = Object.keys(context.policy.purposes) } = paused;
  const still = await stillStopped(context, { uid, name: nameOfRequest(key, context.keys) }, paused, usedAgain);
  return { usedAgain, isStillStopped: purposes.every((id) => still.includes(id)) };
}
