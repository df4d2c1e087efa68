import {
  allRecords,
  databaseOf,
  MAIL_SYSTEM,
  mailPurposes,
  recipientDataTypes,
  recipientsOfSystem,
  recordsOfSystem,
  sendsMail,
  systemIds,
  variableOf,
  type NamedRecord,
} from '../lookup.ts';
import { CONTACT_RECORD } from '../contract.ts';
import { isBelow, overlap, parseTemplate } from '../paths.ts';
import type { Policy, PolicyRecord, PurposeId } from '../schema.ts';
import { eachRecipient, eachRecord, finding, quote, type Check, type Finding } from './problem.ts';

/**
 * The places of records: paths that can be read, one record per place, and a recipient for every
 * system.
 */

function templateError(template: string): string | undefined {
  try {
    parseTemplate(template);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Records whose path can be read; the others are reported once, by `bad-path`. */
const readable = (policy: Policy): NamedRecord[] =>
  allRecords(policy).filter(({ record }) => templateError(record.path) === undefined);

const badPath = eachRecord('.path', ({ path }) => templateError(path));

const notADocument = eachRecord('.path', ({ system, path }) => {
  if (system !== 'firestore' || templateError(path) !== undefined) return undefined;
  const names = path.split('/');
  if (names.length % 2 !== 0 || path.endsWith('**'))
    return `'${path}' is not the path of a document: collections and documents take turns, as in users/{uid}/sessions/{id}`;
  const open = names.filter((name, at) => at % 2 === 0 && name.startsWith('{'));
  return open.length === 0
    ? undefined
    : `${quote(open)} of '${path}' stands for a collection, and no query can look for collections of any name: write a record for each`;
});

const shares = (a: NamedRecord, b: NamedRecord): boolean =>
  a.record.system === b.record.system &&
  databaseOf(a.record) === databaseOf(b.record) &&
  a.record.bucket === b.record.bucket;

/**
 * Rows of several people can be a record for each of them: the same path, found by another field.
 * Only one of the records may end the rows; the others take their own person out.
 */
const areOfTwo = ({ record: a }: NamedRecord, { record: b }: NamedRecord): boolean => {
  const fields = [a, b].map(({ subject }) => ('field' in subject ? subject.field : undefined));
  const leaves = [a, b].some(({ fate }) => fate.every(({ then }) => then.do === 'anonymise'));
  return a.path === b.path && !fields.includes(undefined) && fields[0] !== fields[1] && leaves;
};

const samePath: Check = (policy) => {
  const records = readable(policy);
  return records.flatMap((named, index) =>
    records
      .slice(0, index)
      .filter((other) => shares(named, other) && overlap(named.record.path, other.record.path))
      .filter((other) => !areOfTwo(named, other))
      .map((other) => ({
        path: `records.${named.id}.path`,
        message: `'${named.record.path}' and '${other.record.path}' of the record '${other.id}' can name the same row: make one record of them`,
      })),
  );
};

const subjectVariable = eachRecord('.subject', (record) => {
  const { path } = record;
  const variable = variableOf(record);
  return variable !== undefined && templateError(path) === undefined && !path.split('/').includes(`{${variable}}`)
    ? `the path '${path}' has no variable {${variable}}: correct the name, or say otherwise who the person is`
    : undefined;
});

/**
 * A document with declared collections below it has to say so, or its deletion would leave
 * undeclared documents below it.
 */
const subcollectionsUnsaid: Check = (policy) => {
  const records = readable(policy);
  return records
    .filter(({ record }) => record.system === 'firestore' && record.subcollections !== true)
    .flatMap((parent) =>
      records
        .filter((child) => shares(parent, child) && isBelow(child.record.path, parent.record.path))
        .slice(0, 1)
        .map((child) => ({
          path: `records.${parent.id}.subcollections`,
          message: `'${child.record.path}' lies below it: set 'subcollections' to true`,
        })),
    );
};

const wrongPlace: Check = (policy) =>
  allRecords(policy).flatMap(({ id, record: { system, database, bucket } }) => [
    ...finding(
      `records.${id}.database`,
      database !== undefined && system !== 'firestore'
        ? 'only Firestore has databases: remove it, or correct the system'
        : undefined,
    ),
    ...finding(
      `records.${id}.bucket`,
      bucket !== undefined && system !== 'storage'
        ? 'only Storage has buckets: remove it, or correct the system'
        : undefined,
    ),
  ]);

/**
 * Only documents can be searched for a uid. A field by which a row names its own person goes with
 * the row.
 */
const mention: Check = (policy) =>
  allRecords(policy).flatMap(({ id, record }) =>
    (record.mentions ?? []).flatMap((one, index) =>
      finding(`records.${id}.mentions.${index}`, wrongMention(record, one)),
    ),
  );

function wrongMention(
  { system, subject }: PolicyRecord,
  { field, as }: NonNullable<PolicyRecord['mentions']>[number],
): string | undefined {
  if (system !== 'firestore')
    return `only documents of Firestore are searched for mentions, and this record is in '${system}': remove it, and say under the recipient what an officer does there`;
  return as === 'value' && 'field' in subject && subject.field === field
    ? `'${field}' names the row's own person, and ends with the row: remove it, or correct the name`
    : undefined;
}

/** Art. 30(1)(d): the host of a record receives it. */
const systemWithoutRecipient: Check = (policy) => {
  const reached = new Set(
    Object.values(policy.recipients).flatMap(({ reach }) => ('systems' in reach ? reach.systems : [])),
  );
  return [...new Set(allRecords(policy).map(({ record }) => record.system))]
    .filter((system) => !reached.has(system))
    .map((system) => ({
      path: 'recipients',
      message: `records are held in '${system}', and no recipient is reached through it: declare who runs it (Art. 30(1)(d))`,
    }));
};

const systemWithoutRecord = eachRecipient('.reach', ({ reach }, policy) =>
  'systems' in reach && reach.systems.every((system) => recordsOfSystem(policy, system).length === 0)
    ? `no record is held in ${quote(reach.systems)}: declare what it holds, or say what an officer does there`
    : undefined,
);

const recipientDataMissing: Check = (policy) =>
  systemIds(policy).flatMap((system) => {
    const recipients = recipientsOfSystem(policy, system);
    if (recipients.length === 0) return [];
    const named = new Set(recipients.flatMap(({ recipient }) => recipientDataTypes(policy, recipient)));
    return recordsOfSystem(policy, system).flatMap(({ id, record }) => {
      const stray = record.dataTypes.filter((type) => !named.has(type));
      return finding(
        `records.${id}.dataTypes`,
        stray.length === 0
          ? undefined
          : `${quote(stray)} of it ${stray.length === 1 ? 'is' : 'are'} held in '${system}', and ${quote(recipients.map((r) => r.id))} does not list ${stray.length === 1 ? 'it' : 'them'}: add to the recipient's data types`,
      );
    });
  });

/**
 * Art. 30(1)(d): the carrier of e-mails receives the addresses of people: of messages about their
 * rights, and of answers to the contact form.
 */
const mailWithoutRecipient: Check = (policy) => {
  const carriers = recipientsOfSystem(policy, MAIL_SYSTEM).map(({ id }) => id);
  if (carriers.length === 0) return [];
  const unsaid = (purposes: readonly PurposeId[], why: string): Finding[] =>
    purposes
      .filter((id) => policy.purposes[id]?.recipients.some((one) => carriers.includes(one)) !== true)
      .map((purpose) => ({
        path: `purposes.${purpose}.recipients`,
        message: `${why} through '${MAIL_SYSTEM}', and this purpose of the messages does not say so: add ${quote(carriers)}, or another recipient that '${MAIL_SYSTEM}' reaches`,
      }));
  return [
    ...(sendsMail(policy) ? [] : unsaid(mailPurposes(policy), 'people are written to about their rights')),
    ...unsaid(policy.records[CONTACT_RECORD]?.purposes ?? [], 'answers to the contact form go out'),
  ];
};

/** An answer to the contact form speaks of the message: its carrier receives such data as well. */
const answerDataMissing: Check = (policy) => {
  const contact = policy.records[CONTACT_RECORD];
  if (contact === undefined) return [];
  const special = contact.dataTypes.filter((type) => policy.dataTypes[type]?.specialCategory === true);
  return recipientsOfSystem(policy, MAIL_SYSTEM).flatMap(({ id, recipient }) => {
    if (!recipient.purposes.some((purpose) => contact.purposes.includes(purpose))) return [];
    const stray = special.filter((type) => !recipientDataTypes(policy, recipient).includes(type));
    return finding(
      `recipients.${id}.dataTypes`,
      stray.length === 0
        ? undefined
        : `it carries answers to the contact form, which speak of the message: add ${quote(stray)}`,
    );
  });
};

export const placeChecks: Record<string, Check> = {
  'bad-path': badPath,
  'not-a-document': notADocument,
  'same-path': samePath,
  'subject-variable': subjectVariable,
  'subcollections-unsaid': subcollectionsUnsaid,
  'wrong-place': wrongPlace,
  mention,
  'system-without-recipient': systemWithoutRecipient,
  'system-without-record': systemWithoutRecord,
  'recipient-data-missing': recipientDataMissing,
  'mail-without-recipient': mailWithoutRecipient,
  'answer-data-missing': answerDataMissing,
};
