import { databaseOf, devicePermissionIds, recordOf } from './lookup.ts';
import { DEVICE_PLACE, OWN_PLACES } from './own/places.ts';
import { collectionPath } from './paths.ts';
import type { Policy, PolicyRecord } from './schema.ts';

/** Rights of Art. 15 to 21, as a person asks for them. */
export const requestTypes = ['access', 'portability', 'erasure', 'rectification', 'restriction', 'objection'] as const;

/** The most characters of a text in the `details` of a request. */
export const MAX_REQUEST_TEXT = 2_000;

/** The documents of the contract (docs/architecture.md) that functions listen to, as templates. */
export const contract = {
  consents: OWN_PLACES.consents.path,
  devicePermissions: DEVICE_PLACE.path,
  privacyRequests: OWN_PLACES.privacyRequests.path,
  ageBands: OWN_PLACES.ageBands.path,
  guardianships: OWN_PLACES.guardianships.path,
  restrictions: OWN_PLACES.restrictions.path,
} as const;

/** The contract's paths. One that is absent belongs to a part that the policy does without. */
export type Paths = Readonly<Record<Exclude<keyof typeof contract, 'devicePermissions'>, string>> & {
  /** Absent if the policy asks devices for nothing. */
  readonly devicePermissions?: string;
  /** Absent if the policy has no contact form. */
  readonly contactRequests?: string;
  /** Absent if the policy names no profile. */
  readonly profiles?: string;
};

/** The contract's paths as far as the policy uses them, and the place of contact requests. */
export function pathsOf(policy: Policy): Paths {
  const { devicePermissions, ...paths } = contract;
  const contactRequests = contactPath(policy);
  const profiles = profilePath(policy);
  return {
    ...paths,
    ...(devicePermissionIds(policy).length === 0 ? {} : { devicePermissions }),
    ...(contactRequests === null ? {} : { contactRequests }),
    ...(profiles === null ? {} : { profiles }),
  };
}

/** The id of the record that makes a policy have a contact form: rules, callable, counting. */
export const CONTACT_RECORD = 'contactRequests';

/** The documents of the contact form; null: the policy has none. */
export const contactPath = ({ records }: Policy): string | null => records[CONTACT_RECORD]?.path ?? null;

/** The collection of contact requests; null: the policy has no contact form. */
export function contactCollection(policy: Policy): string | null {
  const path = contactPath(policy);
  return path === null ? null : collectionPath(path);
}

/** True of a record with one document a person, found by their uid alone. */
export const isProfile = (record: PolicyRecord): boolean =>
  record.system === 'firestore' &&
  databaseOf(record) === '(default)' &&
  'pathVariable' in record.subject &&
  record.path.endsWith(`{${record.subject.pathVariable}}`) &&
  record.path.split('{').length === 2;

/** The people's profiles as a template, such as `users/{uid}`; null: the policy names none. */
const profilePath = (policy: Policy): string | null =>
  policy.profile === undefined ? null : recordOf(policy, policy.profile.record).path;
