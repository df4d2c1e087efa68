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
  // Attributes by which Brevo knows a contact are proven, never claimed.
  corrects: {
    contacts: {
      profile: /^(?!(EMAIL|EXT_ID|SMS|WHATSAPP|LANDLINE_NUMBER)$)[A-Z][A-Z0-9_]{0,49}$/,
      email: /^email$/,
    },
  },
  secrets: ['BREVO_API_KEY'],
};
