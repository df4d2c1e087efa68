import { trackersOf } from '../lookup.ts';
import type { LegalBasis, Provision } from '../schema.ts';
import { eachPurpose, quote, type Check } from './problem.ts';

/** The data that people give for a purpose, and the trackers that it uses on their devices. */

/** The bases on which data can be required in a way. */
const BASES: Readonly<Record<Provision['required'], (basis: LegalBasis) => boolean>> = {
  contract: (basis) => basis === 'contract',
  law: (basis) => basis === 'legalObligation',
  request: (basis) => basis !== 'consent',
  no: () => true,
  collected: (basis) => basis !== 'consent',
};

/** Art. 7(4): a consent that somebody has to give is none. Nor is one without a question. */
const provisionBasis = eachPurpose('.provision.required', ({ legalBasis, provision: { required } }) =>
  BASES[required](legalBasis)
    ? undefined
    : `its data are required ('${required}'), and it rests on ${legalBasis}: ${legalBasis === 'consent' ? "nobody can be made to agree, set 'no' (Art. 7(4))" : 'correct one of them'}`,
);

const provisionOptional = eachPurpose(
  '.provision.optional',
  ({ dataTypes, provision: { required, optional = [] } }) => {
    if (optional.length > 0 && required === 'no') return 'everything may be left out already: remove it';
    if (optional.length > 0 && required === 'collected')
      return 'nothing is asked, so nothing can be left out: remove it';
    const stray = optional.filter((type) => !dataTypes.includes(type));
    return stray.length === 0 ? undefined : `the purpose has no ${quote(stray)}: name data types of the purpose itself`;
  },
);

/** Directive 2002/58/EC, Art. 5(3). */
const trackerWithoutConsent = eachPurpose('.trackersWithoutConsent', (purpose, policy) => {
  const trackers = trackersOf(policy, purpose);
  return trackers.length > 0 && !purpose.consent && purpose.trackersWithoutConsent === undefined
    ? `${quote(trackers)} are trackers, and nobody is asked: ask for a consent, or say why the person's own request needs them`
    : undefined;
});

const exemptionForNothing = eachPurpose('.trackersWithoutConsent', (purpose, policy) => {
  if (purpose.trackersWithoutConsent === undefined) return undefined;
  if (purpose.consent) return 'a consent is asked for, which its trackers wait for: remove it';
  return trackersOf(policy, purpose).length === 0 ? 'none of its data types is a tracker: remove it' : undefined;
});

export const provisionChecks: Record<string, Check> = {
  'provision-basis': provisionBasis,
  'provision-optional': provisionOptional,
  'tracker-without-consent': trackerWithoutConsent,
  'exemption-for-nothing': exemptionForNothing,
};
