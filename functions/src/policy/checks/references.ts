import { recipientDataTypes } from '../lookup.ts';
import { IDENTIFIERS, type DataTypeId, type PurposeId, type Recipient } from '../schema.ts';
import { fieldsUnknown, notOfProfiles } from './mirrors.ts';
import { eachPurpose, eachRecipient, finding, quote, undeclared, type Check } from './problem.ts';

/**
 * References between the parts of a policy: every name leads somewhere, both sides agree, nothing
 * is left over.
 */

/** Parts with their paths. */
const named = <T>(section: string, parts: Record<string, T>): [string, T][] =>
  Object.entries(parts).map(([id, part]) => [`${section}.${id}`, part]);

type Purposeful = Pick<Recipient, 'purposes'>;

const unknownPurpose: Check = (policy) => {
  const find = (path: string, ids: readonly PurposeId[]) => finding(path, undeclared(policy, 'purposes', ids));
  return [
    ...[
      ...named<Purposeful>('recipients', policy.recipients),
      ...named<Purposeful>('recipientCategories', policy.recipientCategories),
    ].flatMap(([path, { purposes }]) => find(`${path}.purposes`, purposes)),
    ...named('records', policy.records).flatMap(([path, { purposes, fate }]) => [
      ...find(`${path}.purposes`, purposes),
      ...fate.flatMap(({ when }, index) =>
        'withdrawn' in when ? find(`${path}.fate.${index}.when`, [when.withdrawn]) : [],
      ),
    ]),
  ];
};

const unknownRecipient = eachPurpose('.recipients', ({ recipients }, policy) =>
  undeclared(policy, 'recipients', recipients),
);

const unknownDataType: Check = (policy) => {
  const find = (path: string, types: readonly DataTypeId[]) => finding(path, undeclared(policy, 'dataTypes', types));
  return [
    ...find('profile.values', Object.keys(policy.profile?.values ?? {})),
    ...[
      ...named<HolderOfData>('purposes', policy.purposes),
      ...named<HolderOfData>('records', policy.records),
      ...named<HolderOfData>('recipients', policy.recipients),
    ].flatMap(([path, { dataTypes }]) => (dataTypes === 'all' ? [] : find(`${path}.dataTypes`, dataTypes))),
    ...named('devicePermissions', policy.devicePermissions).flatMap(([path, { dataType }]) =>
      find(`${path}.dataType`, [dataType]),
    ),
  ];
};

const unknownSubjectCategory = eachPurpose('.subjects', ({ subjects }, policy) =>
  undeclared(policy, 'subjectCategories', subjects),
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
  [
    ...named<HolderOfData & Purposeful>('records', records),
    ...named<HolderOfData & Purposeful>('recipients', recipients),
  ].flatMap(([path, part]) => {
    const wanted = new Set(part.purposes.flatMap((p) => purposes[p]?.dataTypes ?? []));
    const stray = part.dataTypes === 'all' ? [] : part.dataTypes.filter((type) => !wanted.has(type));
    return finding(
      `${path}.dataTypes`,
      stray.length === 0
        ? undefined
        : `none of its purposes (${quote(part.purposes)}) names ${quote(stray)}: add the data type to the purpose that needs it, or do not hold it (Art. 5(1)(b), (c))`,
    );
  });

type HolderOfData = Pick<Recipient, 'dataTypes'>;

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
const unknownIdentifier = eachRecipient('.knownBy', ({ knownBy = [], reach }, { records }) => {
  if (knownBy.length > 0 && 'systems' in reach)
    return 'its interface finds people by itself: remove it, or say what an officer does there';
  const ids = Object.values(records).flatMap(({ identifies }) => identifies?.handle ?? []);
  const stray = knownBy.filter((name) => !identifiers.includes(name) && !ids.includes(name));
  return stray.length === 0
    ? undefined
    : `nothing is known of a person as ${quote(stray)}: use ${quote(IDENTIFIERS)}, or the 'identifies.handle' of a record`;
});

/** A country that nobody can read would leave each letter with the controller's own authority. */
const countryNowhere: Check = (policy) => {
  const { countryField } = policy.rights;
  if (countryField === undefined) return [];
  const { record, field } = countryField;
  const wrong = finding('rights.countryField.record', notOfProfiles(policy, record));
  return wrong.length > 0 ? wrong : finding('rights.countryField.field', fieldsUnknown(policy, record, [field]));
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
