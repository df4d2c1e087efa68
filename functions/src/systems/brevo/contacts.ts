import type { Brevo } from '@getbrevo/brevo';
import type { Context } from '../../platform/context.ts';
import { LeftError } from '../../platform/errors.ts';
import { foldEmail } from '../../subject/emails.ts';
import { identifiersOf, isUid, type ProvenEmail } from '../../subject/identity.ts';
import { phoneDigits } from '../../subject/phones.ts';
import { prove } from '../../subject/prove.ts';
import type { Candidate, Refusal, Scope, Subject } from '../system.ts';
import { callBrevo, expectAnswer } from './client.ts';
import { manifest } from './manifest.ts';

/** A contact as Brevo tells it. */
export type Contact = Brevo.GetContactInfoResponse;
type IdentifierType = 'email_id' | 'phone_id' | 'contact_id' | 'ext_id';

/** The contact; null if Brevo knows none. */
export async function getContact(
  context: Context,
  identifierType: IdentifierType,
  identifier: string,
): Promise<Contact | null> {
  const contact = await callBrevo(context, (brevo) => brevo.contacts.getContactInfo({ identifier, identifierType }));
  if (contact === null) return null;
  return expectAnswer(
    contact,
    ({ id, emailBlacklisted, listIds }) =>
      typeof id === 'number' && typeof emailBlacklisted === 'boolean' && Array.isArray(listIds),
  );
}

/** The attributes of a contact by their names; Brevo may leave them out. */
export function attributesOf({ attributes }: Contact): Readonly<Record<string, unknown>> {
  const known = attributes as Readonly<Record<string, unknown>> | undefined;
  return known ?? {};
}

/** The uid that a contact names: its external id. */
export function ownerOf(contact: Contact): string | undefined {
  const owner = attributesOf(contact)['EXT_ID'];
  return typeof owner === 'string' && owner !== '' ? owner : undefined;
}

/**
 * Finds contacts that could be the person's: those with the uid as external id, and those of an
 * address or a telephone number of theirs. A person without an account is looked for by address
 * only.
 */
export async function findContacts(context: Context, subject: Subject): Promise<Candidate[]> {
  const hasAccount = subject.uid !== '';
  if (hasAccount && !isUid(subject.uid)) return [];
  const found: Candidate[] = [];
  const own = hasAccount ? await getContact(context, 'ext_id', subject.uid) : null;
  if (own) found.push({ system: manifest.id, id: String(own.id), by: 'uid', namesUid: ownerOf(own) ?? subject.uid });
  const add = (contact: Contact, by: 'email' | 'phone', value: string) =>
    found.push({ system: manifest.id, id: String(contact.id), by, namesUid: ownerOf(contact), value });
  for (const email of identifiersOf(subject, 'email')) {
    const contact = isPlain(email) ? await getContact(context, 'email_id', email) : null;
    // Brevo compares addresses in its own way: its contact must have this very one.
    if (contact && foldEmail(contact.email ?? '') === email) add(contact, 'email', email);
  }
  for (const phone of identifiersOf(subject, 'phone')) {
    const contact = await getContact(context, 'phone_id', phoneDigits(phone));
    if (contact && phoneDigits(phoneOf(contact)) === phoneDigits(phone)) add(contact, 'phone', phone);
  }
  return found;
}

/** The telephone number of a contact; empty if it has none. */
function phoneOf(contact: Contact): string {
  const number = attributesOf(contact)['SMS'];
  return typeof number === 'string' || typeof number === 'number' ? String(number) : '';
}

/**
 * Matches addresses that every provider takes. Auth verifies others too: letters beyond ASCII,
 * quotes.
 */
const PLAIN = /^[a-z0-9._'+-]+@[a-z0-9.-]+\.[a-z]{2,}$/;

/**
 * Can Brevo be asked about this address? It refuses others, and a refusal would stop an erasure.
 */
export const isPlain = (email: string): boolean => PLAIN.test(email);

/** True if Brevo was not asked about one of these: nobody knows whether it has a contact. */
export const hasUnsearchable = (emails: readonly string[]): boolean => emails.some((email) => !isPlain(email));

/**
 * Returns the person's contacts as of now, by the address that an answer names: a consent makes and
 * changes them.
 */
export async function contactsBy(
  context: Context,
  subject: Subject,
  address: ProvenEmail | undefined,
): Promise<ReturnType<typeof prove>> {
  const verifiedEmails = subject.verifiedEmails.filter((email) => email === address);
  const one = { ...subject, verifiedEmails, unproven: [] };
  return prove(one, await findContacts(context, one));
}

/**
 * Returns the contacts that a no blocks: the person's, and the one of exactly the address, also if
 * it names somebody else. The address is proven, and a no only stops messages to it: its reader
 * could unsubscribe there as well.
 */
export async function contactsToBlock(
  context: Context,
  subject: Subject,
  address: ProvenEmail | undefined,
): Promise<{ readonly handles: readonly Pick<Candidate, 'id'>[]; readonly refused: readonly Refusal[] }> {
  const { handles, refused } = await contactsBy(context, subject, address);
  const isOfAddress = ({ candidate: { by, value } }: Refusal): boolean => by === 'email' && value === address;
  return {
    handles: [...handles, ...refused.filter(isOfAddress).map(({ candidate }) => candidate)],
    refused: refused.filter((one) => !isOfAddress(one)),
  };
}

/** The proven contacts of the person. */
export const contactsOf = ({ handles }: Pick<Scope, 'handles'>): string[] =>
  handles.filter(({ system }) => system === manifest.id).map(({ id }) => id);

/** Deletes a contact and reads back that it is gone. False: it was gone before. */
export async function deleteContact(context: Context, id: string): Promise<boolean> {
  const answer = await callBrevo(context, async (brevo) => {
    await brevo.contacts.deleteContact({ identifier: Number(id), identifierType: 'contact_id' });
    return true;
  });
  if ((await getContact(context, 'contact_id', id)) !== null) {
    throw new LeftError('brevo.left', 'the contact is there that should have ended');
  }
  return answer === true;
}
