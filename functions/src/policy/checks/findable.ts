import { recordsOfSystem, variableOf } from '../lookup.ts';
import { parseTemplate } from '../paths.ts';
import { partiesOf } from '../parties.ts';
import type { PolicyRecord } from '../schema.ts';
import { eachRecord, finding, ifReadable, type Check } from './problem.ts';

/** Each record can be asked for: its system finds a person by this subject, and has such fields. */

/** The fields that a record names, with the place in the policy where it does. */
function fieldsOf({ subject, timestamp, identifies, mentions, files, fate, ...record }: PolicyRecord) {
  const named: [place: string, field: string | null | undefined][] = [
    ['timestamp', timestamp],
    ['identifies.field', identifies?.field],
    ...(mentions ?? []).map(({ field }, n): [string, string] => [`mentions.${n}.field`, field]),
    ...(files ?? []).map((one, n): [string, string | undefined] => [
      `files.${n}.field`,
      'field' in one ? one.field : undefined,
    ]),
    ...(record.export.leaveOut ?? []).map((field, n): [string, string] => [`export.leaveOut.${n}`, field]),
    ...partiesOf({ subject }).map(({ field }, n): [string, string] => [`subject.parties.${n}.field`, field]),
    ...fate.flatMap(({ when, then }, n): [string, string][] => [
      ...('field' in when ? [[`fate.${n}.when.field`, when.field] as [string, string]] : []),
      ...(then.do === 'anonymise' ? then.fields.map((one): [string, string] => [`fate.${n}.then.fields`, one]) : []),
    ]),
  ];
  if ('field' in subject) named.push(['subject.field', subject.field], ['subject.email', subject.email]);
  if ('pseudonymField' in subject) named.push(['subject.pseudonymField', subject.pseudonymField]);
  return named.flatMap(([place, field]) => (typeof field === 'string' ? [{ place, field }] : []));
}

/** True if Firestore can have such a field: names between dots, none with a reserved letter. */
const isFieldPath = (field: string): boolean =>
  field.split('.').every((name) => /^[^~*/[\]]+$/.test(name) && !/^__.*__$/.test(name));

/** A query for a field that cannot be there is refused at the first sweep or erasure. */
const badField: Check = (policy) =>
  recordsOfSystem(policy, 'firestore').flatMap(({ id, record }) =>
    fieldsOf(record).flatMap(({ place, field }) =>
      finding(
        `records.${id}.${place}`,
        isFieldPath(field)
          ? undefined
          : `Firestore has no field '${field}': write names, with a dot between them and none of ~ * / [ ]`,
      ),
    ),
  );

/** The subjects by which rows of a system cannot be looked for. */
const subjectUnfindable = eachRecord('.subject', (record) => {
  const { system, subject, path } = record;
  if ('none' in subject) return undefined;
  const variable = variableOf(record);
  if (system === 'firestore') {
    if ('handle' in subject)
      return `Firestore finds nobody by '${subject.handle}': name a variable of the path, or a field`;
    return variable === undefined || isFirst(path, variable)
      ? undefined
      : `in '${path}' {${variable}} must come before every other variable, or a person's rows could not be found: count on a field instead`;
  }
  if (system !== 'storage') return undefined;
  if (variable === undefined) return 'files are found by their path alone: name a variable of the path, or say nobody';
  return isFirst(path, variable) && !path.endsWith(`{${variable}}`)
    ? undefined
    : `in '${path}' {${variable}} must be a folder and come before every other variable, as in users/{uid}/**`;
});

/** True if no other variable stands before this one; `subject-variable` finds a missing one. */
const isFirst = (path: string, variable: string): boolean => {
  const first = ifReadable(() => parseTemplate(path), []).find((segment) => 'variable' in segment);
  return first === undefined || first.variable === variable || !path.includes(`{${variable}}`);
};

export const findableChecks: Record<string, Check> = { 'bad-field': badField, 'subject-unfindable': subjectUnfindable };
