import { allRecords, recipientDataTypes } from '../lookup.ts';
import { isProfile } from '../contract.ts';
import type { DataTypeId, PersonValue, Policy, Recipient, RecordId } from '../schema.ts';
import { eachRecipient, finding, quote, undeclared, type Check, type Message } from './problem.ts';

/**
 * Values of a person at other companies: each of them is in the profile, and somebody can carry it.
 * That a system knows how is checked with its manifest (scripts/generate/systems.ts).
 */

/** Every value with its place in the policy. */
const valuesIn = (policy: Policy): { path: string; value: PersonValue }[] => [
  ...allRecords(policy).flatMap(({ id, record }) =>
    Object.entries(record.mirrors ?? {}).map(([name, value]) => ({ path: `records.${id}.mirrors.${name}`, value })),
  ),
  ...Object.entries(policy.recipients).flatMap(([id, { mirrors }]) =>
    (mirrors?.values ?? []).map((value, index) => ({ path: `recipients.${id}.mirrors.values.${index}`, value })),
  ),
  ...Object.entries(policy.profile?.values ?? {}).map(([type, value]) => ({ path: `profile.values.${type}`, value })),
];

/** Names the fields that a record's client does not know. A record without one may have any. */
export function fieldsUnknown({ records }: Policy, id: RecordId, fields: readonly string[]): Message {
  const client = records[id]?.client;
  const { texts = {}, servers = [] } = client ?? {};
  const stray = fields.filter((field) => !Object.hasOwn(texts, field) && !servers.includes(field));
  return client === undefined || stray.length === 0
    ? undefined
    : `'${id}' has no field ${quote(stray)} that its 'client' knows: add it to 'texts' or 'servers' there, or correct the name`;
}

/** Says that a record is none of people's profiles. */
export function notOfProfiles(policy: Policy, id: RecordId): Message {
  const record = Object.hasOwn(policy.records, id) ? policy.records[id] : undefined;
  if (record === undefined) return undeclared(policy, 'records', [id]);
  return isProfile(record)
    ? undefined
    : `'${id}' has no one document a person in the app's database: name the record of their profiles, as users/{uid}`;
}

/** A field that nobody writes would never change, and no correction would leave. */
const mirrorNowhere: Check = (policy) =>
  valuesIn(policy).flatMap(({ path, value }) => {
    if (!('profile' in value)) return [];
    const message =
      policy.profile === undefined
        ? "the policy does not say where profiles are: name their record in 'profile'"
        : fieldsUnknown(policy, policy.profile.record, value.profile);
    return finding(path, message);
  });

const profileNowhere: Check = (policy) =>
  policy.profile === undefined ? [] : finding('profile.record', notOfProfiles(policy, policy.profile.record));

/** An officer tells recipients without an interface. The values of the others are in records. */
const mirrorOfInterface = eachRecipient('.mirrors', ({ mirrors, reach }) =>
  mirrors !== undefined && 'systems' in reach
    ? `it has an interface (${quote(reach.systems)}): say in its records which values they have, and remove it here`
    : undefined,
);

/** The parts of a value, each with its origin. Fields that are joined are several parts. */
const partsOf = (value: PersonValue): string[] =>
  'account' in value ? [`account.${value.account}`] : value.profile.map((field) => `profile.${field}`);

/** The data types of the profile that a recipient is given, and that no correction would reach. */
function notTold(policy: Policy, recipient: Recipient): DataTypeId[] {
  const { values = {} } = policy.profile ?? {};
  const told = new Set((recipient.mirrors?.values ?? []).flatMap(partsOf));
  return recipientDataTypes(policy, recipient).filter((type) => {
    const value = Object.hasOwn(values, type) ? values[type] : undefined;
    return value !== undefined && !partsOf(value).every((part) => told.has(part));
  });
}

/**
 * Art. 19: an officer tells a recipient of the values in its `mirrors` alone, and the letter says
 * that it has the same data as we have. So nothing of the profile that it is given is left out.
 */
const mirrorMissing = eachRecipient('.mirrors', (recipient, policy) => {
  const types = notTold(policy, recipient);
  const isExcepted = recipient.notMirrored !== undefined && recipient.mirrors === undefined;
  return 'systems' in recipient.reach || types.length === 0 || isExcepted
    ? undefined
    : `it is given ${quote(types)} of the profile, and no correction of ${types.length === 1 ? 'it' : 'them'} would reach it (Art. 19): add the ${types.length === 1 ? 'value' : 'values'} of 'profile.values' to 'mirrors.values'; or tell it of nothing, with the reason in 'notMirrored'`;
});

/** A reason to tell a recipient of no correction fits to one that would have to be told. */
const notMirroredForNothing = eachRecipient('.notMirrored', (recipient, policy) =>
  recipient.notMirrored !== undefined &&
  (recipient.mirrors !== undefined || 'systems' in recipient.reach || notTold(policy, recipient).length === 0)
    ? "it has 'mirrors' or an interface, or is given nothing of the profile ('profile.values'): remove it"
    : undefined,
);

export const mirrorChecks: Record<string, Check> = {
  'mirror-nowhere': mirrorNowhere,
  'profile-nowhere': profileNowhere,
  'mirror-of-interface': mirrorOfInterface,
  'mirror-missing': mirrorMissing,
  'not-mirrored-for-nothing': notMirroredForNothing,
};
