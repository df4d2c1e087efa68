import { canBeStopped, systemIds } from '../lookup.ts';
import { marketingChannels } from '../purposes/marketing.ts';
import type { Purpose } from '../schema.ts';
import { eachPurpose, eachRule, finding, quote, type Check } from './problem.ts';

/** Consents: the place of the question, its purposes, and the effects of a no. */

const consentMissing = eachPurpose('', (p) =>
  p.legalBasis === 'consent' && !p.consent
    ? "it rests on consent, and nobody is asked: set 'consent' to true, or name another legal basis (Art. 6(1)(a), 7(1))"
    : undefined,
);

const consentUnexplained = eachPurpose('', (p) =>
  p.consent && p.legalBasis !== 'consent' && p.consentFor === undefined
    ? `a consent is asked for, but it rests on ${p.legalBasis}: say in 'consentFor' which part needs the consent, or make consent its legal basis`
    : undefined,
);

const consentContradiction = eachPurpose('', (p) =>
  p.consentFor !== undefined && (!p.consent || p.legalBasis === 'consent')
    ? "'consentFor' is for a purpose on another basis that asks for a consent for a part of it: remove it, or set 'consent' and the basis accordingly"
    : undefined,
);

const effectWithoutConsent = eachPurpose('', (p) =>
  (p.effects?.length ?? 0) > 0 && !p.consent
    ? "it has effects of an answer, and nobody is asked: set 'consent' to true, or remove the effects"
    : undefined,
);

const unknownEffectSystem: Check = (policy) => {
  const known = new Set(systemIds({ ...policy, purposes: {} }));
  return Object.entries(policy.purposes).flatMap(([id, { effects = [] }]) =>
    effects.flatMap(({ system }, index) =>
      finding(
        `purposes.${id}.effects.${index}`,
        known.has(system)
          ? undefined
          : `no record and no recipient is of the system '${system}': correct the name, or declare what it holds`,
      ),
    ),
  );
};

/** True if neither a withdrawal nor an upheld objection (Art. 21) ends this purpose. */
const neverEnds = (purpose: Purpose | undefined): boolean =>
  purpose !== undefined && !purpose.consent && !canBeStopped(purpose.legalBasis);

const withdrawalWithoutConsent = eachRule('.when', ({ when }, _record, { purposes }) =>
  'withdrawn' in when && neverEnds(purposes[when.withdrawn])
    ? `'${when.withdrawn}' asks for no consent, and nobody can stop it by an objection, so it is never withdrawn: count from something else`
    : undefined,
);

const profilingForNothing = eachPurpose('', ({ profilingFor = [] }, policy) => {
  const channels = marketingChannels(policy);
  const others = profilingFor.filter((id) => !channels.includes(id));
  return others.length === 0
    ? undefined
    : `its profiling is said to serve ${quote(others)}, which is no direct marketing: name purposes with an effect 'messages' or with 'advertises' (Art. 21(2))`;
});

export const consentChecks: Record<string, Check> = {
  'consent-missing': consentMissing,
  'consent-unexplained': consentUnexplained,
  'consent-contradiction': consentContradiction,
  'effect-without-consent': effectWithoutConsent,
  'unknown-effect-system': unknownEffectSystem,
  'withdrawal-without-consent': withdrawalWithoutConsent,
  'profiling-for-nothing': profilingForNothing,
};
