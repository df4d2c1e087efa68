import { addPeriod } from '../calendar.ts';
import { allRecords, databaseOf, parentPath, personalFiles } from '../lookup.ts';
import { overlap } from '../paths.ts';
import { partyFields } from '../parties.ts';
import type { FateRule, Policy, PolicyRecord } from '../schema.ts';
import { eachRecord, eachRule, finding, ifReadable, undeclared, variablesOf, type Check } from './problem.ts';

/**
 * The ends of records: each record ends, the ways out fit it, and nothing is kept without a period.
 */

const isEnd = ({ then }: FateRule): boolean => then.do !== 'retain';

const noEnd = eachRecord('.fate', ({ fate }) =>
  fate.some(isEnd) ? undefined : 'it is only retained and never ends: add a rule that deletes, anonymises or archives',
);

const outlivesAccount = eachRecord('.fate', ({ fate, subject }) =>
  'none' in subject ||
  !fate.some(isEnd) ||
  fate.some((r) => isEnd(r) && ('field' in r.when || ('event' in r.when && r.when.event === 'accountDeleted')))
    ? undefined
    : "neither time nor the account's end ends it: add a rule counted from a field or from 'accountDeleted' (Art. 5(1)(e), 17(1))",
);

const retainWithoutPeriod = eachRule('', ({ then, after }) =>
  then.do === 'retain' && addPeriod(0, after, 'UTC') === 0
    ? `it is retained on ${then.ground.article} for no time at all: give the period, or remove the rule`
    : undefined,
);

const archiveNowhere = eachRule('', ({ then }, record, policy) => {
  if (then.do !== 'archive') return undefined;
  const target = policy.records[then.to];
  if (!target) return `unknown record '${then.to}' to archive to: declare it under 'records', or correct the name`;
  if (target === record) return 'it is archived to itself: name the record that is the archive';
  if (target.system !== record.system) return `'${then.to}' is of another system: an archive is of the same one`;
  if (target.system === 'firestore' && databaseOf(target) !== 'compliance')
    return `the archive '${then.to}' lies in the app's database, which rules can open to clients: give it the database 'compliance'`;
  if (!target.fate.some((r) => isEnd(r) && r.then.do !== 'archive'))
    return `the archive '${then.to}' has no end of its own: give it one`;
  return undefined;
});

const anonymiseNamesPerson = eachRule('', ({ then }, record) => {
  if (then.do !== 'anonymise') return undefined;
  const { subject } = record;
  if ('pathVariable' in subject || 'pseudonymVariable' in subject)
    return 'its path names the person, so that removing fields leaves it personal: delete it, or archive it';
  const naming =
    'field' in subject
      ? [subject.field, subject.email]
      : 'pseudonymField' in subject
        ? [subject.pseudonymField]
        : partyFields(record);
  const field = naming.find((name) => name !== undefined && !then.fields.includes(name));
  return field !== undefined ? `the field '${field}' would go on naming the person: add it to 'fields'` : undefined;
});

/**
 * Two rules that do the same, counted from the same, are a period that was changed in one place
 * only.
 */
const duplicateRule = eachRule('', (rule, { fate }) => {
  const first = fate.findIndex(
    (other) => isEnd(other) === isEnd(rule) && JSON.stringify(other.when) === JSON.stringify(rule.when),
  );
  return first < fate.indexOf(rule) && fate[first]?.then.do === rule.then.do
    ? `rule ${first} does the same, counted from the same: keep the one that is meant`
    : undefined;
});

/**
 * A cut-off never finds a row without the field. Such rows are counted and reported only if the
 * record names a timestamp.
 */
const undatedSweep = eachRule('', ({ when, then }, record) =>
  'field' in when &&
  then.do !== 'retain' &&
  record.timestamp === null &&
  !record.fate.some((r) => 'event' in r.when && r.when.event === 'accountDeleted' && isEnd(r))
    ? `only '${when.field}' ends it, and 'timestamp' is null, so that rows without the field stay unseen for ever: name the record's timestamp`
    : undefined,
);

/**
 * A part that ends with its whole must lie directly below it, and have no end by time of its own.
 */
const endsWithMismatch = eachRecord('.endsWith', (record, policy) => {
  const { endsWith } = record;
  if (endsWith === undefined) return undefined;
  const whole = policy.records[endsWith];
  if (!whole) return `unknown record '${endsWith}' to end with: declare it under 'records', or correct the name`;
  const above = record.system === 'firestore' ? parentPath(record.path) : null;
  const same = whole.system === record.system && databaseOf(whole) === databaseOf(record);
  if (above === null || !same || !ifReadable(() => overlap(above, whole.path), true))
    return `'${record.path}' does not lie directly below '${whole.path}': only documents below another one end with it`;
  if (!whole.fate.some(({ then }) => then.do === 'delete'))
    return `'${endsWith}' is never deleted, so that its parts would stay for ever: give it a rule that deletes`;
  return record.fate.some(({ when, then }) => 'field' in when && then.do !== 'retain')
    ? `it ends with '${endsWith}' as a whole, and a rule of its own ends it by time: remove the rule, or 'endsWith'`
    : undefined;
});

/**
 * Files that go with a row are the person's own: each name that is filled in lies under their
 * prefix, by a record of files.
 */
const filesOfNobody: Check = (policy) =>
  allRecords(policy).flatMap(({ id, record }) =>
    (record.files ?? []).flatMap((one, index) =>
      finding(`records.${id}.files.${index}`, filesMismatch(policy, record, one)),
    ),
  );

function filesMismatch(
  policy: Policy,
  { system, path, subject }: PolicyRecord,
  files: NonNullable<PolicyRecord['files']>[number],
): string | undefined {
  if (system !== 'firestore') return 'files go with rows of Firestore only: remove it';
  if (!('pathVariable' in subject || 'field' in subject))
    return 'nobody knows whose rows these are by uid, so that no file can be shown to be theirs: remove it';
  const places = personalFiles(policy);
  if (places.length === 0)
    return "no record says where the files of a person lie: declare one of the system 'storage' with a path such as users/{uid}/**";
  if (!('prefix' in files)) return undefined;
  const prefix = files.prefix.replace(/\/$/, '');
  const unknown = variablesOf(prefix).find((name) => !variablesOf(path).includes(name));
  if (unknown !== undefined) return `the path '${path}' has no variable '${unknown}' to fill into '${files.prefix}'`;
  const own = 'pathVariable' in subject ? `{${subject.pathVariable}}` : undefined;
  const isOwn = places.some((place) => {
    const folder = place.path.replace(/\/\*\*$/, '').replace(`{${place.variable}}`, own ?? '');
    return own !== undefined && `${prefix}/`.startsWith(`${folder}/`);
  });
  const known = places.map((place) => place.path).join(', ');
  return isOwn ? undefined : `'${files.prefix}' is not under the prefix of the row's own person (${known})`;
}

const contractUnwritten = eachRule('', ({ when }) =>
  'event' in when && when.event === 'contractEnded'
    ? "it counts from the end of a contract, and 'contract' does not say where that is written: add it with 'ended', or count from something else"
    : undefined,
);

/** A period that counts from the end of a contract needs to know where that is written. */
const contractNowhere: Check = (policy) => {
  const { contract } = policy;
  // Nobody can ask another company for the ends of everybody's contracts each night.
  const unwritten = contract?.ended === undefined ? contractUnwritten(policy) : [];
  if (contract === undefined) return unwritten;
  const record = policy.records[contract.record];
  const path = 'contract.record';
  if (record === undefined) return finding(path, undeclared(policy, 'records', [contract.record]));
  if (record.system !== 'firestore')
    return contract.ended === undefined
      ? unwritten
      : finding('contract.ended', `'${record.system}' tells by itself which contracts run: remove it`);
  if (contract.ended === undefined)
    return [...finding(path, "servers write into a field when a contract ended: name it in 'ended'"), ...unwritten];
  if (!('pathVariable' in record.subject || 'field' in record.subject))
    return finding(
      path,
      `'${contract.record}' does not say whose contract it is: name a record of Firestore with a person's uid`,
    );
  return 'pathVariable' in record.subject && parentPath(record.path) === null
    ? finding(
        path,
        `'${contract.record}' has one row a person: name a record with a row for each contract, below the person`,
      )
    : [];
};

/** A sign of activity is a row of the person's own, with a time. */
const badSign: Check = (policy) =>
  (policy.rights.inactivity?.signs ?? []).flatMap((id, index) => {
    const record = policy.records[id];
    const path = `rights.inactivity.signs.${index}`;
    if (record === undefined) return finding(path, undeclared(policy, 'records', [id]));
    return record.system === 'firestore' &&
      databaseOf(record) === '(default)' &&
      record.timestamp !== null &&
      'pathVariable' in record.subject &&
      parentPath(record.path) !== null
      ? []
      : finding(
          path,
          `'${id}' does not show when a person was active: name records with a timestamp in a person's own collection`,
        );
  });

const inactivityWithoutNotice = eachRule('', ({ when }, _record, { rights }) =>
  rights.inactivity === undefined && 'event' in when && when.event === 'inactive'
    ? "it counts from inactivity, and 'rights.inactivity' says nothing of a notice: add it, or count from something else"
    : undefined,
);

export const fateChecks: Record<string, Check> = {
  'no-end': noEnd,
  'outlives-account': outlivesAccount,
  'retain-without-period': retainWithoutPeriod,
  'archive-nowhere': archiveNowhere,
  'anonymise-names-person': anonymiseNamesPerson,
  'duplicate-rule': duplicateRule,
  'undated-sweep': undatedSweep,
  'ends-with': endsWithMismatch,
  'files-of-nobody': filesOfNobody,
  'bad-sign': badSign,
  'contract-nowhere': contractNowhere,
  'inactivity-without-notice': inactivityWithoutNotice,
};
