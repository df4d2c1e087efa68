import { recipientDataTypes } from '../lookup.ts';
import { isProfile } from '../contract.ts';
import { IDENTIFIERS, type Policy } from '../schema.ts';
import { quote, unknown, type Check, type Finding } from './problem.ts';

/**
 * References between the parts of a policy: every name leads somewhere, both sides agree, nothing
 * is left over.
 */

const missing = (path: string, kind: string, ids: readonly string[], section: keyof Policy): Finding[] =>
  ids.length === 0
    ? []
    : [{ path, message: `unknown ${kind} ${quote(ids)}: declare it under '${section}', or correct the name` }];

/** Parts with their paths. */
const named = <T>(section: string, parts: Record<string, T>): [string, T][] =>
  Object.entries(parts).map(([id, part]) => [`${section}.${id}`, part]);

type Purposeful = Pick<Policy['recipients'][string], 'purposes'>;

const unknownPurpose: Check = ({ purposes, recipients, recipientCategories, records }) => [
  ...[
    ...named<Purposeful>('recipients', recipients),
    ...named<Purposeful>('recipientCategories', recipientCategories),
  ].flatMap(([path, r]) => missing(`${path}.purposes`, 'purpose', unknown(r.purposes, purposes), 'purposes')),
  ...Object.entries(records).flatMap(([id, r]) => [
    ...missing(`records.${id}.purposes`, 'purpose', unknown(r.purposes, purposes), 'purposes'),
    ...r.fate.flatMap(({ when }, index) =>
      'withdrawn' in when
        ? missing(`records.${id}.fate.${index}.when`, 'purpose', unknown([when.withdrawn], purposes), 'purposes')
        : [],
    ),
  ]),
];

const unknownRecipient: Check = ({ purposes, recipients }) =>
  Object.entries(purposes).flatMap(([id, p]) =>
    missing(`purposes.${id}.recipients`, 'recipient', unknown(p.recipients, recipients), 'recipients'),
  );

const unknownDataType: Check = ({ dataTypes, purposes, recipients, records, devicePermissions, profile }) => [
  ...missing('profile.values', 'data type', unknown(Object.keys(profile?.values ?? {}), dataTypes), 'dataTypes'),
  ...[...named('purposes', purposes), ...named('records', records)].flatMap(([path, part]) =>
    missing(`${path}.dataTypes`, 'data type', unknown(part.dataTypes, dataTypes), 'dataTypes'),
  ),
  ...Object.entries(recipients).flatMap(([id, r]) =>
    r.dataTypes === 'all'
      ? []
      : missing(`recipients.${id}.dataTypes`, 'data type', unknown(r.dataTypes, dataTypes), 'dataTypes'),
  ),
  ...Object.entries(devicePermissions).flatMap(([id, p]) =>
    missing(`devicePermissions.${id}.dataType`, 'data type', unknown([p.dataType], dataTypes), 'dataTypes'),
  ),
];

const unknownSubjectCategory: Check = ({ purposes, subjectCategories }) =>
  Object.entries(purposes).flatMap(([id, p]) =>
    missing(
      `purposes.${id}.subjects`,
      'category of data subjects',
      unknown(p.subjects, subjectCategories),
      'subjectCategories',
    ),
  );

const oneSided: Check = ({ purposes, recipients }) => [
  ...Object.entries(purposes).flatMap(([purpose, { recipients: named }]) =>
    named
      .filter((id) => recipients[id] && !recipients[id].purposes.includes(purpose))
      .map((id) => ({
        path: `recipients.${id}.purposes`,
        message: `the purpose '${purpose}' names this recipient, but the recipient does not name it: add '${purpose}' here, or remove the recipient there`,
      })),
  ),
  ...Object.entries(recipients).flatMap(([id, recipient]) =>
    recipient.purposes
      .filter((purpose) => purposes[purpose] && !purposes[purpose].recipients.includes(id))
      .map((purpose) => ({
        path: `purposes.${purpose}.recipients`,
        message: `the recipient '${id}' names this purpose, but the purpose does not name it: add '${id}' here, or remove the purpose there`,
      })),
  ),
];

/** Art. 5(1)(b): data are held for a purpose that names them. */
const dataWithoutPurpose: Check = ({ purposes, records, recipients }) =>
  [...named<HolderOfData>('records', records), ...named<HolderOfData>('recipients', recipients)].flatMap(
    ([path, part]) => {
      if (part.dataTypes === 'all') return [];
      const wanted = new Set(part.purposes.flatMap((p) => purposes[p]?.dataTypes ?? []));
      const stray = part.dataTypes.filter((type) => !wanted.has(type));
      return stray.length === 0
        ? []
        : [
            {
              path: `${path}.dataTypes`,
              message: `none of its purposes (${quote(part.purposes)}) names ${quote(stray)}: add the data type to the purpose that needs it, or do not hold it (Art. 5(1)(b), (c))`,
            },
          ];
    },
  );

type HolderOfData = Pick<Policy['recipients'][string], 'dataTypes' | 'purposes'>;

const unusedDataType: Check = (policy) => {
  const used = new Set([
    ...Object.values(policy.purposes).flatMap((p) => p.dataTypes),
    ...Object.values(policy.records).flatMap((r) => r.dataTypes),
    ...Object.values(policy.recipients).flatMap((r) => (r.dataTypes === 'all' ? [] : recipientDataTypes(policy, r))),
    ...Object.values(policy.devicePermissions).map((p) => p.dataType),
  ]);
  return Object.keys(policy.dataTypes)
    .filter((id) => !used.has(id))
    .map((id) => ({
      path: `dataTypes.${id}`,
      message: 'no purpose, record, recipient or device authorization has this data type: use it, or remove it',
    }));
};

const identifiers: readonly string[] = IDENTIFIERS;

/** An officer's sheet has what the policy names: a name that nobody writes would leave it empty. */
const unknownIdentifier: Check = ({ recipients, records }) => {
  const ids = new Set(Object.values(records).flatMap(({ identifies }) => identifies?.handle ?? []));
  return Object.entries(recipients).flatMap(([id, { knownBy = [], reach }]) => {
    const path = `recipients.${id}.knownBy`;
    if (knownBy.length > 0 && 'systems' in reach)
      return [{ path, message: 'its interface finds people by itself: remove it, or say what an officer does there' }];
    const stray = knownBy.filter((name) => !identifiers.includes(name) && !ids.has(name));
    return stray.length === 0
      ? []
      : [
          {
            path,
            message: `nothing is known of a person as ${quote(stray)}: use ${quote(IDENTIFIERS)}, or the 'identifies.handle' of a record`,
          },
        ];
  });
};

/** A country that nobody can read would leave each letter with the controller's own authority. */
const countryNowhere: Check = ({ rights: { countryField }, records }) => {
  if (countryField === undefined) return [];
  const { record: named, field } = countryField;
  const record = Object.hasOwn(records, named) ? records[named] : undefined;
  const path = 'rights.countryField.record';
  if (record === undefined) return missing(path, 'record', [named], 'records');
  if (!isProfile(record)) {
    const message = `'${named}' has no one document a person in the app's database: name the record of their profiles, as users/{uid}`;
    return [{ path, message }];
  }
  const { texts = {}, servers = [] } = record.client ?? {};
  return record.client === undefined || Object.hasOwn(texts, field) || servers.includes(field)
    ? []
    : [
        {
          path: 'rights.countryField.field',
          message: `'${named}' has no field '${field}' that its 'client' knows: add it to 'texts' or 'servers' there, or correct the name`,
        },
      ];
};

export const referenceChecks: Record<string, Check> = {
  'unknown-purpose': unknownPurpose,
  'unknown-recipient': unknownRecipient,
  'unknown-data-type': unknownDataType,
  'unknown-subject-category': unknownSubjectCategory,
  'one-sided': oneSided,
  'unknown-identifier': unknownIdentifier,
  'country-nowhere': countryNowhere,
  'data-without-purpose': dataWithoutPurpose,
  'unused-data-type': unusedDataType,
};
