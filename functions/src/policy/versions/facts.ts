import { allRecords } from '../lookup.ts';
import type { FateRule, Policy, Purpose, PurposeFacts } from '../schema.ts';

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

function otherFacts({ controller, recipients, rights, ageOfConsent }: Policy): [string, string][] {
  const { name, address, country, email, dataProtectionOfficer, supervisoryAuthority } = controller;
  return [
    ['controller', [name, address, country, email].join(' · ')],
    ['controller.dataProtectionOfficer', dataProtectionOfficer ?? 'none'],
    ['controller.supervisoryAuthority', supervisoryAuthority.name],
    ['ageOfConsent', String(ageOfConsent.years)],
    ['rights.reconsentAfter', rights.reconsentAfter.period],
    ...sortedEntries(recipients).flatMap(([id, { role, countries, safeguards, kept }]): [string, string][] => [
      [`recipients.${id}.role`, role],
      [`recipients.${id}.countries`, sorted(countries).join(', ')],
      [`recipients.${id}.safeguards`, sorted(safeguards).join(', ')],
      [`recipients.${id}.kept`, `${kept.period} after ${kept.from}`],
    ]),
  ];
}

const sorted = (items: readonly string[]): string[] => [...new Set(items)].sort();

const sortedEntries = <T>(parts: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1));
