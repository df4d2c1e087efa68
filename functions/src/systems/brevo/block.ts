import type { Context } from '../../platform/context.ts';
import { LeftError } from '../../platform/errors.ts';
import { callBrevo } from './client.ts';
import { getContact, type Contact } from './contacts.ts';

/**
 * Returns the change that blocklists a contact and takes it out of the marketing list, in one call:
 * one that is blocklisted in the list has objected at Brevo (objections.ts).
 */
export function blocking(
  { config: { brevoMarketingList: list } }: Pick<Context, 'config'>,
  { listIds }: Pick<Contact, 'listIds'>,
): { emailBlacklisted: true; unlinkListIds?: number[] } {
  return { emailBlacklisted: true, ...(list !== undefined && listIds.includes(list) ? { unlinkListIds: [list] } : {}) };
}

/** True for a contact that is blocklisted, and in the marketing list all the same. */
export const isBlockedInList = (
  { config: { brevoMarketingList: list } }: Pick<Context, 'config'>,
  { emailBlacklisted, listIds }: Contact,
): boolean => emailBlacklisted && list !== undefined && listIds.includes(list);

/**
 * Blocklists a contact and takes it out of the marketing list, in one call; reads back. Calls once
 * more if a yes has put it into the list meanwhile.
 *
 * @param isTheirs true if its owner blocklisted it: it stays in the list, which says so
 * @throws LeftError `brevo.left` if it is not blocklisted afterwards
 */
export async function block(context: Context, id: string, isTheirs = false): Promise<void> {
  const contact = await getContact(context, 'contact_id', id);
  if (contact === null) return;
  const first = await blockOnce(context, contact, isTheirs);
  const isAgain = first !== null && !isTheirs && isBlockedInList(context, first);
  const now = isAgain ? await blockOnce(context, first, isTheirs) : first;
  if (now !== null && !now.emailBlacklisted) throw new LeftError('brevo.left', 'a contact at Brevo is not blocklisted');
}

async function blockOnce(context: Context, contact: Contact, isTheirs: boolean): Promise<Contact | null> {
  await callBrevo(context, (brevo) =>
    brevo.contacts.updateContact({
      identifier: contact.id,
      identifierType: 'contact_id',
      ...(isTheirs ? { emailBlacklisted: true } : blocking(context, contact)),
    }),
  );
  return getContact(context, 'contact_id', String(contact.id));
}
