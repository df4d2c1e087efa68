import type { Head } from '../ledger/chain.ts';
import type { Amendment } from '../ledger/store.ts';
import type { Instant } from '../platform/time.ts';
import { addPeriod } from '../policy/calendar.ts';
import { reconsentPeriod } from '../policy/lookup.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { isNoLongerAsked, isSuperseded } from '../policy/versions/inForce.ts';
import { askedAgain, patchOf, stands } from '../ledger/standing.ts';
import { backendEntry } from './terms.ts';

/** Why a consent is asked again. */
type AskAgain = 'policyVersion' | 'period';

/**
 * Returns the consents that stand, or wait for an agreement, and are to be asked again now; with
 * the reason. A new version asks only for those of which it changed the facts.
 */
function dueAgain(head: Head, policy: Policy, now: Instant): { purpose: PurposeId; reason: AskAgain }[] {
  return Object.entries(head.consents).flatMap(
    ([purpose, { subject, holder }]): { purpose: PurposeId; reason: AskAgain }[] => {
      const state = head.current[purpose];
      const at = head.since[purpose];
      if (at === undefined || !(stands(state) || state === 'pending')) return [];
      if (isNoLongerAsked(policy, purpose, now)) return [{ purpose, reason: 'policyVersion' }];
      const isOld = [subject, holder].some(
        (answer) => answer?.granted === true && isSuperseded(policy, purpose, answer.policyVersion, now),
      );
      if (isOld) return [{ purpose, reason: 'policyVersion' }];
      const end = addPeriod(at, reconsentPeriod(policy, purpose), policy.controller.timeZone);
      return end <= now ? [{ purpose, reason: 'period' }] : [];
    },
  );
}

/**
 * Asks again: each consent that is due is `expired` (CNIL: consent is asked again after a period;
 * Art. 7: to a new text). Null: none is.
 */
export function decideExpiry(head: Head, policy: Policy, now: Instant): Amendment | null {
  const due = dueAgain(head, policy, now);
  return due.length === 0 ? null : expire(head, policy, now, due);
}

function expire(
  head: Head,
  policy: Policy,
  now: Instant,
  due: readonly { purpose: PurposeId; reason: AskAgain }[],
): Amendment {
  const changed = Object.fromEntries(due.map(({ purpose }) => [purpose, askedAgain(head.consents[purpose], now)]));
  const entries = due.map(({ purpose, reason }) => ({
    id: `expired_${purpose}_${head.seq}`,
    draft: { ...backendEntry(head, policy, purpose, now), state: 'expired', reason },
  }));
  return { entries, patch: patchOf(policy, head, changed, now) };
}
