import { allRecords, type NamedRecord } from '../lookup.ts';
import { isShared, partiesOf } from '../parties.ts';
import type { PolicyRecord } from '../schema.ts';
import { finding, quote, type Check, type Finding } from './problem.ts';

/**
 * Rows of several people: each is found by a field of its own. The end of one of them takes their
 * part from the row, and nothing of the others (Art. 15(4), 17(1)).
 */

/** The first thing that is wrong with the parties of a record. */
function wrongParties(record: PolicyRecord): string | undefined {
  const parties = partiesOf(record);
  if (record.system !== 'firestore')
    return `only rows of Firestore can have several subjects, and this record is in '${record.system}': say otherwise who the person is`;
  const fields = parties.map(({ field }) => field);
  const double = fields.find((field, n) => fields.indexOf(field) !== n);
  if (double !== undefined) return `'${double}' names two parties: give each a field of its own`;
  if (parties.length === 1 && parties[0]?.as === 'value')
    return `only '${fields[0] ?? ''}' names a person, so that a row has one subject: write { field: '${fields[0] ?? ''}' }`;
  for (const party of parties) {
    if (party.as === 'array') continue;
    const { wrote = [], masked = [] } = party;
    const naming = wrote.find((field) => fields.includes(field));
    if (naming !== undefined) return `'${naming}' says who a party is, and nobody wrote it: take it out of 'wrote'`;
    const left = masked.filter((field) => !wrote.includes(field));
    if (left.length > 0)
      return `${quote(left)} ${left.length === 1 ? 'is' : 'are'} masked for the others, and would stay in the row after the end of '${party.field}': add to its 'wrote'`;
  }
  const mentioned = (record.mentions ?? []).find(({ field }) => fields.includes(field));
  return mentioned === undefined
    ? undefined
    : `'${mentioned.field}' names a subject of the row already: take it out of 'mentions'`;
}

/** An event of one person may take that one out or keep the row: the row is the others', too. */
const wrongEnds = ({ id, record }: NamedRecord): Finding[] =>
  record.fate.flatMap(({ when, then }, index) =>
    finding(
      `records.${id}.fate.${index}`,
      'field' in when || then.do === 'delete' || then.do === 'retain'
        ? undefined
        : `the end of one person would ${then.do} the row of the others: write 'delete', which takes that one out and ends the row with the last of them`,
    ),
  );

const severalSubjects: Check = (policy) =>
  allRecords(policy)
    .filter(({ record }) => isShared(record))
    .flatMap((named) => [...finding(`records.${named.id}.subject`, wrongParties(named.record)), ...wrongEnds(named)]);

export const partyChecks: Record<string, Check> = { 'several-subjects': severalSubjects };
