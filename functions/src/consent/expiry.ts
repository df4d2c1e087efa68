import { patched, type Head } from '../ledger/chain.ts';
import { EVENTS_LIVE_MS, type Amendment } from '../ledger/store.ts';
import type { Instant } from '../platform/time.ts';
import { addPeriod } from '../policy/calendar.ts';
import { reconsentPeriod } from '../policy/lookup.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { isNoLongerAsked, isSuperseded } from '../policy/versions/inForce.ts';
import { askedAgain, isCounted, patchOf } from '../ledger/standing.ts';
import { decideConsent } from './decide.ts';
import type { Answer } from './documents.ts';
import { backendEntry } from './terms.ts';

/**
 * Returns the consents that stand, or wait for an agreement, and are to be asked again now; with
 * the reason. A new version asks only for those of which it changed the facts.
 */
const dueAgain = (head: Head, policy: Policy, now: Instant) =>
  Object.entries(head.consents).flatMap(([purpose, { subject, holder }]) => {
    const at = head.since[purpose];
    if (at === undefined || !isCounted(head.current[purpose])) return [];
    const isOld = [subject, holder].some(
      (answer) => answer?.granted === true && isSuperseded(policy, purpose, answer.policyVersion, now),
    );
    if (isOld || isNoLongerAsked(policy, purpose, now)) return [{ purpose, reason: 'policyVersion' }];
    const end = addPeriod(at, reconsentPeriod(policy, purpose), policy.controller.timeZone);
    return end <= now ? [{ purpose, reason: 'period' }] : [];
  });

/** Returns the purposes whose consents are to be asked again now. */
export const purposesDue = (head: Head, policy: Policy, now: Instant): PurposeId[] =>
  dueAgain(head, policy, now).map(({ purpose }) => purpose);

/**
 * Asks again: each consent that is due is `expired` (CNIL: consent is asked again after a period;
 * Art. 7: to a new text). Null: none is.
 *
 * @param left purposes that are left out
 */
export function decideExpiry(
  head: Head,
  policy: Policy,
  now: Instant,
  left: readonly PurposeId[] = [],
): Amendment | null {
  const due = dueAgain(head, policy, now).filter(({ purpose }) => !left.includes(purpose));
  if (due.length === 0) return null;
  const changed = Object.fromEntries(due.map(({ purpose }) => [purpose, askedAgain(head.consents[purpose], now)]));
  const entries = due.map(({ purpose, reason }) => ({
    id: `expired_${purpose}_${head.seq}`,
    draft: { ...backendEntry(head, policy, purpose, now), state: 'expired', reason },
  }));
  return { entries, patch: patchOf(policy, head, changed, now) };
}

/**
 * Does a document answer anew for a consent that is due? It holds a yes that the ledger does not
 * know, and with which nothing is due: its event is on its way. One that is older than an event can
 * be is no such answer.
 *
 * @param writtenAt when a server wrote the document last, epoch milliseconds
 */
export function isAnsweredAnew(
  head: Head,
  policy: Policy,
  now: Instant,
  { purpose, after, writtenAt }: { readonly purpose: PurposeId; readonly after: Answer; readonly writtenAt: Instant },
): boolean {
  const at = Math.min(after.updatedAt ?? -Infinity, writtenAt);
  if (!after.granted || at <= now - EVENTS_LIVE_MS) return false;
  const change = { purpose, before: null, after, writtenAt: at, reconciled: true } as const;
  const verdict = decideConsent(change, head, { policy, now });
  return 'record' in verdict && !purposesDue(patched(head, verdict.patch ?? {}), policy, now).includes(purpose);
}
