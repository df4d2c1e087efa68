import { allRecords } from '../lookup.ts';
import { inLanguage } from '../../texts/languages.ts';
import type { FateRule, Policy, Purpose, PurposeFacts, Text } from '../schema.ts';

/**
 * The facts of a policy that people are told (Art. 13, 14), without its words. The lock keeps those
 * of each published version (docs/notices.lock.json), so that the next difference can be computed.
 */

/** Facts by their place: `recipients.stripe.countries`. Each is one line of text. */
type OtherFacts = Readonly<Record<string, string>>;

export interface PolicyFacts {
  readonly purposes: Readonly<Record<string, PurposeFacts>>;
  readonly others: OtherFacts;
}

/** Returns the facts of a policy as it is written. Deterministic: everything is sorted. */
export function factsOf(policy: Policy): PolicyFacts {
  const purposes = sortedEntries(policy.purposes).map(([id, purpose]) => [id, purposeFacts(policy, id, purpose)]);
  return {
    purposes: Object.fromEntries(purposes) as PolicyFacts['purposes'],
    others: Object.fromEntries(otherFacts(policy)),
  };
}

const purposeFacts = (policy: Policy, id: string, purpose: Purpose): PurposeFacts => ({
  basis: purpose.legalBasis,
  consent: purpose.consent,
  ...(purpose.explicit === undefined ? {} : { explicit: true }),
  ...(purpose.endsAccount === undefined ? {} : { endsAccount: true }),
  dataTypes: sorted(purpose.dataTypes),
  recipients: sorted(purpose.recipients),
  periods: sorted(
    allRecords(policy).flatMap(({ record }) => (record.purposes.includes(id) ? record.fate.map(endOf) : [])),
  ),
});

/** One end of a record in one line. The name of the field that it counts from is not told. */
function endOf({ when, after, then }: FateRule): string {
  let from: string;
  if ('field' in when) from = when.from ?? 'a time';
  else from = 'event' in when ? when.event : `withdrawn ${when.withdrawn}`;
  return `${after} after ${from}: ${then.do}`;
}

/** The facts beside those of purposes. Texts count in the policy's main language. */
function otherFacts(policy: Policy): [string, string][] {
  const { controller, recipients, recipientCategories, purposes, rights, ageOfConsent, languages } = policy;
  const words = (text: Text | undefined): string => (text === undefined ? 'none' : inLanguage(text, languages[0]));
  const { name, address, country, email, dataProtectionOfficer, supervisoryAuthority } = controller;
  return [
    ['controller', [name, address, country, email].join(' · ')],
    ['controller.dataProtectionOfficer', dataProtectionOfficer ?? 'none'],
    ['controller.supervisoryAuthority', supervisoryAuthority.name],
    ['ageOfConsent', String(ageOfConsent.years)],
    ['rights.reconsentAfter', rights.reconsentAfter.period],
    ['rights.automatedDecisions', words(rights.automatedDecisions.text)],
    ['rights.transmission.hosts', sorted(rights.transmission?.hosts ?? []).join(', ')],
    ...sortedEntries(purposes).flatMap(([id, { interest, consentFor, provision }]): [string, string][] => [
      [`purposes.${id}.interest`, words(interest)],
      [`purposes.${id}.consentFor`, words(consentFor)],
      [`purposes.${id}.provision`, [provision.required, ...sorted(provision.optional ?? [])].join(', ')],
    ]),
    ...sortedEntries(recipientCategories).map(([id, { name, purposes: of }]): [string, string] => [
      `recipientCategories.${id}`,
      `${words(name)}: ${sorted(of).join(', ')}`,
    ]),
    ...sortedEntries(recipients).flatMap(([id, one]): [string, string][] => [
      [`recipients.${id}.name`, one.name],
      [`recipients.${id}.controllerFor`, words(one.controllerFor?.text)],
    ]),
    ...sortedEntries(recipients).flatMap(([id, { role, countries, safeguards, kept }]): [string, string][] => [
      [`recipients.${id}.role`, role],
      [`recipients.${id}.countries`, sorted(countries).join(', ')],
      [`recipients.${id}.safeguards`, sorted(safeguards).join(', ')],
      [`recipients.${id}.kept`, `${kept.period}${kept.orLonger === true ? ' or longer' : ''} after ${kept.from}`],
    ]),
  ];
}

const sorted = (items: readonly string[]): string[] => [...new Set(items)].sort();

const sortedEntries = <T>(parts: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1));
