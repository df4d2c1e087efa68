import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { policy } from '../../functions/policies/deployed.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { factsOf } from '../../functions/src/policy/versions/facts.ts';
import { versionInForce } from '../../functions/src/policy/versions/inForce.ts';

/**
 * True if AMIKEO's policy is deployed. A few tests read files that are generated for it in this
 * repository (secrets of its functions, hashes of its texts). With another policy deployed they are
 * skipped.
 */
export const isAmikeo = policy === amikeo;
if (!isAmikeo) console.log("Skipped where so marked: AMIKEO's own files. Another policy is deployed.");

/** The version of AMIKEO's policy that people answer to: it is in force by the clocks of tests. */
export const AMIKEO_VERSION = versionInForce(amikeo, Date.UTC(2026, 5, 1));

/**
 * A policy with one more version instead of its draft. Its texts are those of the version in force,
 * and it ends these consents.
 */
export function changing(policy: Policy, version: string, ends: readonly string[], announced = '2026-01-01'): Policy {
  const texts = policy.notices[versionInForce(policy, Date.UTC(2026, 5, 1))] ?? {};
  const text = { en: 'Something is new.', fr: 'Quelque chose est nouveau.' };
  const facts = factsOf(policy).purposes;
  const endsConsents = Object.fromEntries(ends.flatMap((id) => (facts[id] ? [[id, facts[id]]] : [])));
  return {
    ...policy,
    version,
    notices: { ...policy.notices, [version]: texts },
    changes: { [version]: { announced, kind: ends.length > 0 ? 'purposes' : 'information', endsConsents, text } },
  };
}

/** A policy with its next version as a draft, also if it is announced by now. */
export function asDraft(policy: Policy): Policy {
  const draft = structuredClone(policy);
  for (const change of Object.values(draft.changes ?? {})) delete change.announced;
  return draft;
}

/** A policy whose draft was announced, and is in force since a day. */
export function asPublished(policy: Policy, version: string): Policy {
  const published = JSON.parse(JSON.stringify(policy).replaceAll(policy.version, version)) as Policy;
  for (const change of Object.values(published.changes ?? {})) change.announced = '2026-01-01';
  return published;
}
