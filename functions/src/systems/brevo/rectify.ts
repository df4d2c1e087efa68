import type { Brevo } from '@getbrevo/brevo';
import type { Context } from '../../platform/context.ts';
import { LeftError } from '../../platform/errors.ts';
import { foldEmail } from '../../subject/emails.ts';
import { namesAnother } from '../../subject/pseudonym.ts';
import { isSuppressed } from '../../subject/suppression.ts';
import { corrected, type CorrectRows, type Mode, type Values } from '../modes.ts';
import { manual, manualForAnothers, manualForRefused, type Task } from '../officerTasks.ts';
import type { Cursor } from '../system.ts';
import { callBrevo, isRefused } from './client.ts';
import { contactsOf, getContact, isPlain, ownerOf, type Contact } from './contacts.ts';
import { manifest } from './manifest.ts';
import { block, blocking } from './marketing.ts';
import { unsubscriptions } from './objections.ts';

/** The name of the verified address among the values; every other one is an attribute. */
const EMAIL = 'email';

/** The person's answer to being written to is older than a correction, and stands. */
interface Blocked {
  /** Contacts that were blocklisted before their address changed. */
  readonly blocked: readonly string[];
}

const blockedIn = (cursor: Cursor | undefined): readonly string[] =>
  (cursor as Partial<Blocked> | undefined)?.blocked ?? [];

/**
 * Corrects the contacts that are proven to be the person's (Art. 16): sets the attributes and the
 * address that differ, and reads them back. Makes no contact.
 *
 * Brevo subscribes a blocklisted contact again if its address changes
 * (https://developers.brevo.com/reference/update-contact). So the same call blocklists it, and it
 * is read back. That it was blocklisted is written down in the cursor before: after a crash nobody
 * could tell any more. If Brevo did not keep it, it is blocklisted again, and an officer is told.
 *
 * @throws LeftError `brevo.left` if a contact does not hold a value, or is not blocklisted again
 */
export const correctContacts: CorrectRows = async (context, named, scope, values, mode) => {
  const anothers: string[] = [];
  const byHand: Task[] = [];
  let count = 0;
  for (const id of Object.keys(values).length === 0 ? [] : contactsOf(scope)) {
    const contact = await getContact(context, 'contact_id', id);
    if (contact === null) continue;
    if (namesAnother(ownerOf(contact), scope.subject, context.keys)) {
      anothers.push(id);
      continue;
    }
    const blocked = blockedIn(scope.cursor);
    const toKeep = mode === 'end' && (await losesBlock(context, contact, values)) && !blocked.includes(id);
    if (toKeep) return { more: { blocked: [...blocked, id] } };
    const tasks =
      mode === 'preview'
        ? untaken(values)
        : await correct(context, contact, values, { mode, blocked: blocked.includes(id) });
    byHand.push(...tasks);
    count += tasks.some((task) => task !== 'brevoResubscribed') ? 0 : 1;
  }
  const forOfficer = [
    ...byHand.map((task) => manual(named.id, scope, 1, task)),
    ...manualForAnothers(named, scope, manifest.id, anothers),
    ...manualForRefused(named, scope, manifest.id),
  ];
  return { settled: corrected(named, count, forOfficer) };
};

/** The officer's part if Brevo takes no address of the kind that is among the values. */
const untaken = (values: Values): Task[] => (takes(values) ? [] : ['brevoRefuses']);

/** True if Brevo takes the address among the values, or if there is none. */
const takes = ({ [EMAIL]: email }: Values): boolean => email === undefined || isPlain(email);

/** Would a change of the address subscribe a contact again, or one whose owner objected before? */
async function losesBlock(context: Context, contact: Contact, values: Values): Promise<boolean> {
  const email = newAddress(contact, values);
  return email !== undefined && (contact.emailBlacklisted || (await isSuppressed(context, email)));
}

/** The address that a contact is to have; undefined: it has it, or Brevo takes none of its kind. */
const newAddress = (contact: Contact, values: Values): string | undefined => {
  const { [EMAIL]: email } = values;
  return email === undefined || !takes(values) || foldEmail(contact.email ?? '') === email ? undefined : email;
};

/** Corrects one contact, or looks whether it is. Returns the tasks that are left for an officer. */
async function correct(
  context: Context,
  before: Contact,
  values: Values,
  { mode, blocked }: { readonly mode: Exclude<Mode, 'preview'>; readonly blocked: boolean },
): Promise<Task[]> {
  const byHand = untaken(values);
  const [attributes, email] = [missingIn(before, values), newAddress(before, values)];
  const isLeft = (contact: Contact): boolean =>
    Object.keys(missingIn(contact, values)).length > 0 || newAddress(contact, values) !== undefined;
  if (mode === 'check') {
    if (isLeft(before)) throw left();
    return byHand;
  }
  const id = String(before.id);
  const isTaken: boolean[] = [];
  if (Object.keys(attributes).length > 0) isTaken.push(await update(context, before, { attributes }));
  if (email !== undefined) {
    // In the list stays one that its owner blocklisted: that says that they objected there.
    const again = before.emailBlacklisted ? { emailBlacklisted: true } : blocking(context, before);
    const kept = blocked ? again : {};
    isTaken.push(await update(context, before, { attributes: { EMAIL: email }, ...kept }));
  }
  const now = isTaken.length === 0 ? before : await getContact(context, 'contact_id', id);
  if (now === null) return byHand;
  // They may have unsubscribed between our look and our call, which then took that back.
  const isUnsubscribed = unsubscriptions(now).length > unsubscriptions(before).length;
  if ((blocked || isUnsubscribed) && !now.emailBlacklisted) {
    await block(context, id);
    byHand.push('brevoResubscribed');
  }
  if (isTaken.includes(false)) return [...byHand, 'rectifyRefused'];
  if (isLeft(now)) throw left();
  return byHand;
}

/** The attributes that a contact does not have as they are to be. */
function missingIn({ attributes }: Contact, values: Values): Record<string, string> {
  const known = (attributes as Readonly<Record<string, unknown>> | undefined) ?? {};
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => name !== EMAIL && known[name] !== value));
}

/** False: Brevo refuses the values, as an address that another contact has. */
async function update(
  context: Context,
  { id }: Contact,
  change: Partial<Pick<Brevo.UpdateContactRequest, 'attributes' | 'emailBlacklisted' | 'unlinkListIds'>>,
): Promise<boolean> {
  try {
    await callBrevo(context, (brevo) =>
      brevo.contacts.updateContact({ identifier: id, identifierType: 'contact_id', ...change }),
    );
    return true;
  } catch (error) {
    if (isRefused(error)) return false;
    throw error;
  }
}

const left = () => new LeftError('brevo.left', 'a contact at Brevo does not hold the corrected values');
