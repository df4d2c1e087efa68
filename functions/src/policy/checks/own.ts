import { allRecords, databaseOf } from '../lookup.ts';
import type { OwnPlace } from '../own/place.ts';
import { ownPlaces } from '../own/places.ts';
import type { FateRule, Policy, PolicyRecord } from '../schema.ts';
import { finding, type Check, type Finding } from './problem.ts';

/**
 * The places in which the backend itself writes: each has a record that finds its people and ends
 * with their account. Otherwise an erasure would end `completed` and leave them there.
 */

const SPREAD = "spread ownRecords(…) of functions/src/policy/own/records.ts into 'records'";

const isAt = (record: PolicyRecord, place: OwnPlace): boolean =>
  record.system === place.system &&
  record.path === place.path &&
  databaseOf(record) === (place.database ?? '(default)') &&
  record.bucket === place.bucket;

/** True if both find their people in the same way; the order of the fields is none. */
const isOfSame = ({ subject }: PolicyRecord, place: OwnPlace): boolean =>
  place.subject === 'nobody'
    ? 'none' in subject
    : JSON.stringify(Object.entries(subject).sort()) === JSON.stringify(Object.entries(place.subject).sort());

const isOfAccount = ({ when }: FateRule): boolean => 'event' in when && when.event === 'accountDeleted';

/** The end that the account's deletion asks for, if the record lacks it. */
function endMissing({ fate }: PolicyRecord, { ends }: OwnPlace): string | undefined {
  const rules = fate.filter(isOfAccount).map(({ then }) => then);
  for (const end of ends) {
    if ((end === 'account' || end === 'proof') && !rules.some((then) => then.do === 'delete'))
      return "delete it on 'accountDeleted'";
    const kept =
      typeof end === 'object' && 'loses' in end
        ? end.loses.filter((field) => !rules.some((then) => then.do === 'anonymise' && then.fields.includes(field)))
        : [];
    if (kept.length > 0) return `anonymise ${kept.join(', ')} on 'accountDeleted'`;
  }
  return undefined;
}

function problemsAt(policy: Policy, id: string, place: OwnPlace): Finding[] {
  const where = `'${place.path}' (${place.bucket === undefined ? `database ${place.database ?? '(default)'}` : `bucket of ${place.bucket}`})`;
  const there = allRecords(policy).filter(({ record }) => isAt(record, place));
  const [first] = there;
  if (first === undefined)
    return finding(
      `records.${id}`,
      `the backend writes to ${where}, and no record declares it, so that it would survive an erasure: ${SPREAD}`,
    );
  const named = there.find(({ record }) => isOfSame(record, place));
  if (named === undefined)
    return finding(
      `records.${first.id}.subject`,
      `the backend names the people of ${where} in another way (${JSON.stringify(place.subject)}), so that no erasure would find them: ${SPREAD}`,
    );
  const missing = endMissing(named.record, place);
  return finding(
    `records.${named.id}.fate`,
    missing === undefined ? undefined : `it would survive an erasure: ${missing}, or ${SPREAD}`,
  );
}

const ownRecord: Check = (policy) => [...ownPlaces(policy)].flatMap(([id, place]) => problemsAt(policy, id, place));

export const ownChecks: Record<string, Check> = { 'own-record': ownRecord };
