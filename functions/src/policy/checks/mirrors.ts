import { allRecords } from '../lookup.ts';
import { isProfile } from '../contract.ts';
import type { PersonValue, Policy } from '../schema.ts';
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

export const mirrorChecks: Record<string, Check> = {
  'mirror-nowhere': mirrorNowhere,
  'profile-nowhere': profileNowhere,
  'mirror-of-interface': mirrorOfInterface,
};
