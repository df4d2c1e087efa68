import { allRecords, manualRecipients, recipientDataTypes } from '../lookup.ts';
import { isProfile } from '../contract.ts';
import type { DataTypeId, PersonValue, Policy, Recipient } from '../schema.ts';
import { quote, unknown, type Check, type Finding } from './problem.ts';

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

/** A field that nobody writes would never change, and no correction would leave. */
const mirrorNowhere: Check = (policy) => {
  const record = policy.profile && policy.records[policy.profile.record];
  return valuesIn(policy).flatMap(({ path, value }): Finding[] => {
    if (!('profile' in value)) return [];
    if (policy.profile === undefined)
      return [{ path, message: "the policy does not say where profiles are: name their record in 'profile'" }];
    const { texts = {}, servers = [] } = record?.client ?? {};
    const stray = unknown(value.profile, { ...texts, ...Object.fromEntries(servers.map((name) => [name, true])) });
    return record?.client === undefined || stray.length === 0
      ? []
      : [
          {
            path,
            message: `'${policy.profile.record}' has no field ${quote(stray)} that its 'client' knows: add it to 'texts' or 'servers' there, or correct the name`,
          },
        ];
  });
};

const profileNowhere: Check = ({ profile, records }) => {
  if (profile === undefined) return [];
  const path = 'profile.record';
  const record = Object.hasOwn(records, profile.record) ? records[profile.record] : undefined;
  if (record === undefined)
    return [{ path, message: `unknown record '${profile.record}': declare it under 'records', or correct the name` }];
  return isProfile(record)
    ? []
    : [
        {
          path,
          message: `'${profile.record}' has no one document a person in the app's database: name the record of their profiles, as users/{uid}`,
        },
      ];
};

/** An officer tells recipients without an interface. The values of the others are in records. */
const mirrorOfInterface: Check = ({ recipients }) =>
  Object.entries(recipients).flatMap(([id, { mirrors, reach }]) =>
    mirrors !== undefined && 'systems' in reach
      ? [
          {
            path: `recipients.${id}.mirrors`,
            message: `it has an interface (${quote(reach.systems)}): say in its records which values they have, and remove it here`,
          },
        ]
      : [],
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
const mirrorMissing: Check = (policy) =>
  manualRecipients(policy).flatMap(({ id, recipient }): Finding[] => {
    const types = notTold(policy, recipient);
    return types.length === 0 || (recipient.notMirrored !== undefined && recipient.mirrors === undefined)
      ? []
      : [
          {
            path: `recipients.${id}.mirrors`,
            message: `it is given ${quote(types)} of the profile, and no correction of ${types.length === 1 ? 'it' : 'them'} would reach it (Art. 19): add the ${types.length === 1 ? 'value' : 'values'} of 'profile.values' to 'mirrors.values'; or tell it of nothing, with the reason in 'notMirrored'`,
          },
        ];
  });

/** A reason to tell a recipient of no correction fits to one that would have to be told. */
const notMirroredForNothing: Check = (policy) =>
  Object.entries(policy.recipients).flatMap(([id, recipient]) =>
    recipient.notMirrored !== undefined &&
    (recipient.mirrors !== undefined || 'systems' in recipient.reach || notTold(policy, recipient).length === 0)
      ? [
          {
            path: `recipients.${id}.notMirrored`,
            message:
              "it has 'mirrors' or an interface, or is given nothing of the profile ('profile.values'): remove it",
          },
        ]
      : [],
  );

export const mirrorChecks: Record<string, Check> = {
  'mirror-nowhere': mirrorNowhere,
  'profile-nowhere': profileNowhere,
  'mirror-of-interface': mirrorOfInterface,
  'mirror-missing': mirrorMissing,
  'not-mirrored-for-nothing': notMirroredForNothing,
};
