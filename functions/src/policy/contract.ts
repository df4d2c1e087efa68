import { collectionPath } from './paths.ts';
import type { Policy } from './schema.ts';

/** The documents of the contract (docs/architecture.md) that functions listen to, as templates. */
export const contract = {
  consents: 'users/{uid}/consents/{purpose}',
  devicePermissions: 'users/{uid}/devicePermissions/{id}',
  privacyRequests: 'users/{uid}/privacyRequests/{id}',
  contactRequests: 'contactRequests/{id}',
  ageBands: 'ageBands/{uid}',
  guardianships: 'guardianships/{id}',
  restrictions: 'restrictions/{uid}',
} as const;

export type Paths = Readonly<Record<keyof typeof contract, string>>;

/** The contract's paths; contact requests are where the policy's record `contactRequests` is. */
export const pathsOf = ({ records }: Policy): Paths => ({
  ...contract,
  contactRequests: records['contactRequests']?.path ?? contract.contactRequests,
});

/** The collection of contact requests. */
export const contactCollection = (policy: Policy): string => collectionPath(pathsOf(policy).contactRequests);
