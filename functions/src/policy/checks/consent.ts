import { canBeStopped, systemIds } from '../lookup.ts';
import { marketingChannels } from '../purposes/marketing.ts';
import type { Policy, Purpose } from '../schema.ts';
import { quote, type Check, type Finding } from './problem.ts';

/** Consents: the place of the question, its purposes, and the effects of a no. */

const eachPurpose = (policy: Policy, find: (purpose: Purpose, path: string) => string | undefined): Finding[] =>
  Object.entries(policy.purposes).flatMap(([id, purpose]) => {
    const message = find(purpose, id);
    return message === undefined ? [] : [{ path: `purposes.${id}`, message }];
  });

const consentMissing: Check = (policy) =>
  eachPurpose(policy, (p) =>
    p.legalBasis === 'consent' && !p.consent
      ? "it rests on consent, and nobody is asked: set 'consent' to true, or name another legal basis (Art. 6(1)(a), 7(1))"
      : undefined,
  );

const consentUnexplained: Check = (policy) =>
  eachPurpose(policy, (p) =>
    p.consent && p.legalBasis !== 'consent' && p.consentFor === undefined
      ? `a consent is asked for, but it rests on ${p.legalBasis}: say in 'consentFor' which part needs the consent, or make consent its legal basis`
      : undefined,
  );

const consentContradiction: Check = (policy) =>
  eachPurpose(policy, (p) =>
    p.consentFor !== undefined && (!p.consent || p.legalBasis === 'consent')
      ? "'consentFor' is for a purpose on another basis that asks for a consent for a part of it: remove it, or set 'consent' and the basis accordingly"
      : undefined,
  );

const effectWithoutConsent: Check = (policy) =>
  eachPurpose(policy, (p) =>
    (p.effects?.length ?? 0) > 0 && !p.consent
      ? "it has effects of an answer, and nobody is asked: set 'consent' to true, or remove the effects"
      : undefined,
  );

const unknownEffectSystem: Check = (policy) => {
  const known = new Set(systemIds({ ...policy, purposes: {} }));
  return Object.entries(policy.purposes).flatMap(([id, { effects = [] }]) =>
    effects
      .map((effect, index) => ({ effect, index }))
      .filter(({ effect }) => !known.has(effect.system))
      .map(({ effect, index }) => ({
        path: `purposes.${id}.effects.${index}`,
        message: `no record and no recipient is of the system '${effect.system}': correct the name, or declare what it holds`,
      })),
  );
};

/** True if neither a withdrawal nor an upheld objection (Art. 21) ends this purpose. */
const neverEnds = (purpose: Purpose | undefined): boolean =>
  purpose !== undefined && !purpose.consent && !canBeStopped(purpose.legalBasis);

const withdrawalWithoutConsent: Check = ({ purposes, records }) =>
  Object.entries(records).flatMap(([id, record]) =>
    record.fate.flatMap(({ when }, index) =>
      'withdrawn' in when && neverEnds(purposes[when.withdrawn])
        ? [
            {
              path: `records.${id}.fate.${index}.when`,
              message: `'${when.withdrawn}' asks for no consent, and nobody can stop it by an objection, so it is never withdrawn: count from something else`,
            },
          ]
        : [],
    ),
  );

const profilingForNothing: Check = (policy) => {
  const channels = marketingChannels(policy);
  return eachPurpose(policy, ({ profilingFor = [] }) => {
    const others = profilingFor.filter((id) => !channels.includes(id));
    return others.length === 0
      ? undefined
      : `its profiling is said to serve ${quote(others)}, which is no direct marketing: name purposes with an effect 'messages' or with 'advertises' (Art. 21(2))`;
  });
};

export const consentChecks: Record<string, Check> = {
  'consent-missing': consentMissing,
  'consent-unexplained': consentUnexplained,
  'consent-contradiction': consentContradiction,
  'effect-without-consent': effectWithoutConsent,
  'unknown-effect-system': unknownEffectSystem,
  'withdrawal-without-consent': withdrawalWithoutConsent,
  'profiling-for-nothing': profilingForNothing,
};
