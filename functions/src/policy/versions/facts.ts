import { allRecords } from '../lookup.ts';
import { inLanguage } from '../../texts/languages.ts';
import type {
  FateRule,
  KeptByRecipient,
  Policy,
  Purpose,
  PurposeFacts,
  PurposeId,
  RecipientId,
  Text,
} from '../schema.ts';
import type { PolicyFacts } from './lockFile.ts';

/**
 * The facts of a policy that people are told (Art. 13, 14), without its words. The lock keeps those
 * of each published version (docs/notices.lock.json), so that the next difference can be computed.
 */

/** The facts of a purpose: with another one, a consent to it ends. */
export const PURPOSE_FACTS = [
  'basis',
  'consent',
  'explicit',
  'endsAccount',
  'consentFor',
  'dataTypes',
  'recipients',
  'periods',
] as const satisfies readonly (keyof PurposeFacts)[];

export type PurposeFact = (typeof PURPOSE_FACTS)[number];

/** The kind of a purpose's fact. */
export const purposeKind = (name: PurposeFact): string => `purposes.*.${name}`;

const COUNTRIES = 'recipients.*.countries';

/** Returns a text in the policy's main language: its facts count in it. */
type Words = (text: Text | undefined) => string;

/** Every other kind of fact: its one value, or that of each id. */
const OTHERS: Readonly<Record<string, (policy: Policy, words: Words) => string | Readonly<Record<string, string>>>> = {
  controller: ({ controller: { name, address, country, email } }) => [name, address, country, email].join(' · '),
  'controller.dataProtectionOfficer': ({ controller }) => controller.dataProtectionOfficer ?? 'none',
  'controller.supervisoryAuthority': ({ controller }) => controller.supervisoryAuthority.name,
  ageOfConsent: ({ ageOfConsent }) => String(ageOfConsent.years),
  'rights.reconsentAfter': ({ rights }) => rights.reconsentAfter.period,
  'rights.automatedDecisions': ({ rights }, words) => words(rights.automatedDecisions.text),
  'rights.transmission.hosts': ({ rights }) => list(rights.transmission?.hosts ?? []),
  'powers.told': ({ powers }) => powers?.told.period ?? 'none',
  'powers.regimes.*': ({ powers }) =>
    each(powers?.regimes ?? {}, ({ acts, evidence, decides, longest }) =>
      [
        ...sortedEntries(acts).map(([right, act]) => `${right} ${act}`),
        `by ${list(evidence)}`,
        `decided by ${list(decides)}`,
        `at most ${longest ?? 'without end'}`,
      ].join('; '),
    ),
  'purposes.*.description': ({ purposes }, words) => each(purposes, ({ description }) => words(description)),
  'purposes.*.interest': ({ purposes }, words) => each(purposes, ({ interest }) => words(interest)),
  'purposes.*.provision': ({ purposes }, words) =>
    each(purposes, ({ provision: { required, optional = [], without } }) =>
      [required, ...sorted(optional), words(without)].join(', '),
    ),
  'purposes.*.trackersWithoutConsent': ({ purposes }, words) =>
    each(purposes, ({ trackersWithoutConsent }) => words(trackersWithoutConsent?.text)),
  'purposes.*.marketing': ({ purposes }) =>
    each(purposes, ({ advertises, profilingFor = [] }) =>
      [
        ...(advertises === true ? ['advertising'] : []),
        ...sorted(profilingFor).map((id) => `profiling for ${id}`),
      ].join(', '),
    ),
  'recipientCategories.*': ({ recipientCategories }, words) =>
    each(recipientCategories, ({ name, purposes, kept }) => `${words(name)}: ${list(purposes)}; ${keptLine(kept)}`),
  'recipients.*.name': ({ recipients }) => each(recipients, ({ name }) => name),
  'recipients.*.role': ({ recipients }) => each(recipients, ({ role }) => role),
  'recipients.*.controllerFor': ({ recipients }, words) =>
    each(recipients, ({ controllerFor }) => words(controllerFor?.text)),
  'recipients.*.dataTypes': ({ recipients }) =>
    each(recipients, ({ dataTypes }) => (dataTypes === 'all' ? dataTypes : list(dataTypes))),
  [COUNTRIES]: ({ recipients }) => each(recipients, ({ countries }) => list(countries)),
  'recipients.*.safeguards': ({ recipients }) => each(recipients, ({ safeguards }) => list(safeguards)),
  'recipients.*.kept': ({ recipients }) => each(recipients, ({ kept }) => keptLine(kept)),
};

/** Every kind of fact that this version of the backend records. */
export const KINDS: string[] = [...PURPOSE_FACTS.map(purposeKind), ...Object.keys(OTHERS)].sort();

/** Returns the facts of a policy as it is written. Deterministic: everything is sorted. */
export function factsOf(policy: Policy): PolicyFacts {
  const words: Words = (text) => (text === undefined ? 'none' : inLanguage(text, policy.languages[0]));
  const others = Object.entries(OTHERS).flatMap(([kind, of]): (readonly [string, string])[] => {
    const found = of(policy, words);
    if (typeof found === 'string') return [[kind, found]];
    return Object.entries(found).map(([id, value]) => [kind.replace('*', id), value] as const);
  });
  return {
    kinds: KINDS,
    purposes: each(policy.purposes, (purpose, id) => purposeFacts(policy, id, purpose, words)),
    others: Object.fromEntries(others),
  };
}

const purposeFacts = (policy: Policy, id: PurposeId, purpose: Purpose, words: Words): PurposeFacts => ({
  basis: purpose.legalBasis,
  consent: purpose.consent,
  ...(purpose.explicit === undefined ? {} : { explicit: true }),
  ...(purpose.endsAccount === undefined ? {} : { endsAccount: true }),
  ...(purpose.consentFor === undefined ? {} : { consentFor: words(purpose.consentFor) }),
  dataTypes: sorted(purpose.dataTypes),
  recipients: sorted(purpose.recipients),
  periods: sorted(periodsOf(policy, id)),
});

/**
 * Lists the ends of the records that a purpose uses, a line for each record: `usageEvents:
 * createdAt+P13M delete, withdrawn(analytics)+P0D delete`. The ledger writes them down as well.
 */
export const periodsOf = (policy: Policy, purpose: PurposeId): string[] =>
  allRecords(policy)
    .filter(({ record }) => record.purposes.includes(purpose))
    .map(({ id, record }) => `${id}: ${record.fate.map(endOf).join(', ')}`);

function endOf({ when, after, then }: FateRule): string {
  let from: string;
  if ('field' in when) from = when.from === undefined ? when.field : `${when.from}(${when.field})`;
  else from = 'event' in when ? when.event : `withdrawn(${when.withdrawn})`;
  return `${from}+${after} ${then.do}`;
}

const keptLine = ({ period, orLonger, from }: KeptByRecipient): string =>
  `${period}${orLonger === true ? ' or longer' : ''} after ${from}`;

/** Returns the kind of a fact by its place. Ids have no dots. */
export const kindOf = (path: string): string =>
  path
    .replace(/^(purposes|recipients)\.[^.]+\./, '$1.*.')
    .replace(/^(recipientCategories|powers\.regimes)\.[^.]+$/, '$1.*');

/** Returns the countries of each recipient, as far as the facts record them. */
export const countriesOf = ({ others }: PolicyFacts): Readonly<Record<RecipientId, readonly string[]>> =>
  Object.fromEntries(
    Object.entries(others)
      .filter(([path]) => kindOf(path) === COUNTRIES)
      .map(([path, countries]) => [path.split('.')[1] ?? path, countries.split(', ')]),
  );

const sorted = (items: readonly string[]): string[] => [...new Set(items)].sort();
const list = (items: readonly string[]): string => sorted(items).join(', ');

const sortedEntries = <T>(parts: Readonly<Partial<Record<string, T>>>): [string, T][] =>
  Object.entries(parts)
    .flatMap(([id, part]): [string, T][] => (part === undefined ? [] : [[id, part]]))
    .sort(([a], [b]) => (a < b ? -1 : 1));

const each = <T, R>(parts: Readonly<Partial<Record<string, T>>>, of: (part: T, id: string) => R): Record<string, R> =>
  Object.fromEntries(sortedEntries(parts).map(([id, part]) => [id, of(part, id)]));
