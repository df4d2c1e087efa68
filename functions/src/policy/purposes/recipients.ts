import { manualRecipients } from '../lookup.ts';
import type { Policy, PurposeId } from '../schema.ts';

/** Recipients without an interface, by the consent that their data rest on. Pure. */

/**
 * Returns the recipients without an interface that have data for a consent: those that the policy
 * names, and those that an earlier text named.
 */
export function recipientsOfConsent(policy: Policy, purpose: PurposeId): ReturnType<typeof manualRecipients> {
  const earlier = Object.values(policy.changes ?? {}).flatMap(
    ({ endsConsents }) => endsConsents[purpose]?.recipients ?? [],
  );
  return manualRecipients(policy).filter(
    ({ id, recipient }) => recipient.purposes.includes(purpose) || earlier.includes(id),
  );
}
