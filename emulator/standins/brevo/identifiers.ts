import { z } from 'zod';
import { invalid, notFound } from './errors.ts';
import type { BrevoState, Contact } from './state.ts';

export const identifierType = z.enum([
  'email_id',
  'phone_id',
  'contact_id',
  'ext_id',
  'whatsapp_id',
  'landline_number_id',
]);
export type IdentifierType = z.infer<typeof identifierType>;

/**
 * `+33 6 12`, `0033612` and `33612` are one number
 * (https://developers.brevo.com/reference/create-contact, "SMS").
 */
const phoneDigits = (number: string): string => number.replace(/\D/g, '').replace(/^00/, '');

/** The contact with this value in one of its identifying fields. */
export function findBy(state: BrevoState, type: IdentifierType, value: string): Contact | undefined {
  const contacts = [...state.contacts.values()];
  const byNumber = (attribute: string) =>
    contacts.find(({ attributes }) => {
      const own = attributes[attribute];
      return typeof own === 'string' && phoneDigits(own) === phoneDigits(value);
    });
  switch (type) {
    case 'email_id':
      return contacts.find((contact) => contact.email === value.toLowerCase());
    case 'contact_id':
      return state.contacts.get(Number(value));
    case 'ext_id':
      return contacts.find(({ attributes }) => attributes['EXT_ID'] === value);
    case 'phone_id':
      return byNumber('SMS');
    case 'whatsapp_id':
      return byNumber('WHATSAPP');
    case 'landline_number_id':
      return byNumber('LANDLINE_NUMBER');
  }
}

/**
 * The contact that a path names. Without `identifierType` only an e-mail address or a contact's id
 * is understood: an `ext_id` needs it (https://developers.brevo.com/reference/delete-contact,
 * "Option 1 … Option 2").
 */
export function contactOf(state: BrevoState, identifier: string, type: IdentifierType | undefined): Contact {
  const guessed = identifier.includes('@') ? 'email_id' : /^\d+$/.test(identifier) ? 'contact_id' : undefined;
  const kind = type ?? guessed;
  if (kind === undefined) throw invalid('Invalid email address');
  if (kind === 'contact_id' && !/^\d+$/.test(identifier)) throw invalid('Contact id should be an integer');
  if (kind === 'email_id' && !identifier.includes('@')) throw invalid('Invalid email address');
  const contact = findBy(state, kind, identifier);
  if (!contact) throw notFound('Contact does not exist');
  return contact;
}
