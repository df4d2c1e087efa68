import type { SystemManifest } from '../system.ts';

/**
 * Marketing and e-mail. A record is a resource of the API: the contact, and the log of e-mails sent
 * to its address.
 */
export const manifest: SystemManifest = {
  id: 'brevo',
  name: 'Brevo',
  resources: ['contacts', 'smtp/emails'],
  searchedBy: ['email', 'phone'],
  secrets: ['BREVO_API_KEY'],
};
