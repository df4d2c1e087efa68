import { allRecords, fillPath, recordOf, type NamedRecord } from '../policy/lookup.ts';
import type { PersonValue, Policy, RecipientId, RecordId } from '../policy/schema.ts';

/**
 * The copies of a person's values at other companies, as the policy names them. A correction of the
 * person's own values is carried to each (Art. 16, 19). Pure.
 */

/** A record in another system, or a recipient without an interface, that has values of a person. */
export interface Mirror {
  readonly of: { readonly record: RecordId } | { readonly recipient: RecipientId };
  readonly values: readonly PersonValue[];
  /** True: it is told only of requests, and not of each change. */
  readonly isOnRequest: boolean;
}

/** Every mirror of the policy: the records first. */
export const mirrors = (policy: Policy): Mirror[] => [
  ...allRecords(policy).flatMap(({ id, record }) =>
    record.mirrors === undefined
      ? []
      : [{ of: { record: id }, values: Object.values(record.mirrors), isOnRequest: false }],
  ),
  ...Object.entries(policy.recipients).flatMap(([id, { mirrors: told }]) =>
    told === undefined ? [] : [{ of: { recipient: id }, values: told.values, isOnRequest: told.after === 'request' }],
  ),
];

/** The mirrors that are told of each change. */
const following = (policy: Policy): Mirror[] => mirrors(policy).filter(({ isOnRequest }) => !isOnRequest);

/** The path of one person's profile; null if the policy names none. */
export function profileOf(policy: Policy, uid: string): string | null {
  if (policy.profile === undefined) return null;
  const { path, subject } = recordOf(policy, policy.profile.record);
  return 'pathVariable' in subject ? fillPath(path, { [subject.pathVariable]: uid }) : null;
}

/** A document as data; undefined: there is none. */
type Document = Readonly<Record<string, unknown>> | undefined;

/** The mirrors that a new verified address concerns. */
export const mirrorsOfEmail = (policy: Policy): Mirror[] =>
  following(policy).filter(({ values }) => values.some((value) => 'account' in value));

/** The mirrors that a change of a profile concerns: those that have one of the changed values. */
export const mirrorsTouched = (policy: Policy, before: Document, after: Document): Mirror[] =>
  following(policy).filter(({ values }) =>
    values.some((value) => 'profile' in value && textOf(value, before) !== textOf(value, after)),
  );

/** The values that a mirror should have now, by the system's own names. */
export interface MirrorValues {
  readonly values: Readonly<Record<string, string>>;
  /** Names of values that the person has none of: nothing is emptied elsewhere for them. */
  readonly lacking: readonly string[];
}

/**
 * Returns the values that a mirror should have now. A value lacks if the profile has it not, or
 * empty.
 *
 * @param email the address that Auth has verified
 */
export function valuesFor(
  { record: { mirrors: named = {} } }: NamedRecord,
  profile: Document,
  email: string | undefined,
): MirrorValues {
  const all = Object.entries(named).map(
    ([name, value]) => [name, 'account' in value ? email : textOf(value, profile)] as const,
  );
  return {
    values: Object.fromEntries(all.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))),
    lacking: all.flatMap(([name, text]) => (text === undefined ? [name] : [])),
  };
}

/** The texts of some fields of a profile, without blanks around them; undefined if none has one. */
function textOf(
  { profile: fields }: Extract<PersonValue, { profile: unknown }>,
  profile: Document,
): string | undefined {
  const texts = fields.flatMap((field) => {
    const value = profile !== undefined && Object.hasOwn(profile, field) ? profile[field] : undefined;
    return typeof value === 'string' && value.trim() !== '' ? [value.trim()] : [];
  });
  return texts.length === 0 ? undefined : texts.join(' ');
}
