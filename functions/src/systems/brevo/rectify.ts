import { isDeepStrictEqual } from 'node:util';
import type { Brevo } from '@getbrevo/brevo';
import type { Context } from '../../platform/context.ts';
import { LeftError } from '../../platform/errors.ts';
import { foldEmail } from '../../subject/emails.ts';
import { namesAnother } from '../../subject/pseudonym.ts';
import { isSuppressed } from '../../subject/suppression.ts';
import { corrected, isEmpty, type Correction, type CorrectRows } from '../modes.ts';
import { manual, manualForAnothers, manualForRefused, type Task } from '../officerTasks.ts';
import type { Cursor } from '../system.ts';
import { block, blocking, isBlockedInList } from './block.ts';
import { callBrevo, isRefused } from './client.ts';
import { attributesOf, contactsOf, getContact, isPlain, ownerOf, type Contact } from './contacts.ts';
import { manifest } from './manifest.ts';
import { applyConsent } from './marketing.ts';
import { hasObjectedBy, isBlockedByMove, notedOf, type Moving } from './moving.ts';

/** The name of the verified address among the values; every other one is an attribute. */
const EMAIL = 'email';

type Values = Correction['values'];

/** Notes about contacts by their ids, kept from page to page. */
interface Notes {
  readonly moving: Readonly<Record<string, Moving>>;
  /** Contacts that were subscribed again by a change, until this backend blocked them. */
  readonly resubscribed: readonly string[];
}

function notesIn(cursor: Cursor | undefined): Notes {
  const { moving = {}, resubscribed = [] } = (cursor ?? {}) as Partial<Notes>;
  return { moving, resubscribed };
}

/**
 * Corrects the contacts that are proven to be the person's (Art. 16): sets the attributes and the
 * address that differ, and reads them back. Makes no contact. A value that a contact has, and the
 * person has not, is an officer's.
 *
 * Brevo subscribes a blocklisted contact again if its address changes
 * (https://developers.brevo.com/reference/update-contact). So the same call blocklists it. The
 * contact is noted before the change, and that it was subscribed again before it is blocked: a
 * crash loses neither. A further page reads it back and decides anew, by the answers of that moment
 * and the objections at Brevo. It blocks again, or it brings a yes that the call has overtaken.
 * Without values it looks at contacts with a note alone.
 *
 * @throws LeftError `brevo.left` if a contact does not hold a value, or is not blocklisted again
 */
export const correctContacts: CorrectRows = async (context, named, scope, correction, mode) => {
  const { values, lacking = [], messagesSince } = correction;
  const notes = notesIn(scope.cursor);
  const anothers: string[] = [];
  const byHand: Task[] = [];
  let count = 0;
  for (const id of contactsOf(scope)) {
    const known = notes.moving[id];
    if (isEmpty(correction) && known === undefined) continue;
    const contact = await getContact(context, 'contact_id', id);
    if (contact === null) continue;
    if (namesAnother(ownerOf(contact), scope.subject, context.keys)) {
      anothers.push(id);
      continue;
    }
    const isMove = newAddress(contact, values) !== undefined;
    let isSilent = false;
    if (mode === 'end' && (isMove || known !== undefined)) {
      const moving = notedOf(context, contact, { uid: scope.subject.uid, messagesSince, known });
      if (isMove && !isDeepStrictEqual(moving, known))
        return { more: { ...notes, moving: { ...notes.moving, [id]: moving } } };
      isSilent = await isUnwanted(context, correction, { moving, contact });
      // Else every later look would take that for their objection, also after a death here.
      if (isBlockedByMove(context, contact, known)) await block(context, id);
      if (!isMove && isSilent && !contact.emailBlacklisted) {
        if (isLost(correction, moving, known) && !notes.resubscribed.includes(id))
          return { more: { ...notes, resubscribed: [...notes.resubscribed, id] } };
        await block(context, id, hasObjectedBy(moving, messagesSince));
      }
      // A yes that the change of the address has overtaken. One that cannot be brought is the
      // officer's by its own job.
      if (!isMove && !isSilent && contact.emailBlacklisted && messagesSince !== undefined)
        await applyConsent(context, named, scope, {
          granted: true,
          email: scope.subject.verifiedEmails[0],
          messagesSince,
        });
    }
    const tasks = mode === 'preview' ? untaken(values) : await correct(context, contact, values, { mode, isSilent });
    // The next page looks who may be written to by then.
    if (tasks === 'moved') return { more: { ...notes } };
    if (Object.keys(values).length > 0 && tasks.length === 0) count += 1;
    byHand.push(...tasks);
    if (lacking.some((name) => holds(contact, name))) byHand.push('rectifyLacking');
    if (notes.resubscribed.includes(id)) byHand.push('brevoResubscribed');
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

/** The address that a contact is to have; undefined: it has it, or Brevo takes none of its kind. */
const newAddress = (contact: Contact, values: Values): string | undefined => {
  const { [EMAIL]: email } = values;
  return email === undefined || !takes(values) || foldEmail(contact.email ?? '') === email ? undefined : email;
};

/**
 * Is the contact not to be written to? Its owner objected at Brevo and has said no yes since, or
 * objected under its address before an erasure. Or no yes stands, and they said no, or it was
 * blocklisted, or a yes stood before.
 */
async function isUnwanted(
  context: Context,
  { values: { [EMAIL]: email }, messagesSince: since, refusesMessages = false }: Correction,
  { moving, contact }: { readonly moving: Moving; readonly contact: Contact },
): Promise<boolean> {
  if (hasObjectedBy(moving, since)) return true;
  if (since === undefined && (refusesMessages || moving.blocked || moving.allowed)) return true;
  const address = email ?? contact.email;
  return address !== undefined && isSuppressed(context, foldEmail(address));
}

/**
 * Has the change of its address subscribed a contact that is to be blocked? It was blocked before,
 * they unsubscribed at Brevo meanwhile, or they took their yes back. Without the values nobody
 * knows that the address has changed.
 */
const isLost = ({ values }: Correction, moving: Moving, known: Moving | undefined): boolean =>
  known?.blocked === true || moving.unsubscribed !== known?.unsubscribed || values[EMAIL] !== undefined;

/**
 * Corrects one contact, or looks whether it is. Returns the tasks that are left for an officer; or
 * that its address was changed.
 */
async function correct(
  context: Context,
  before: Contact,
  values: Values,
  { mode, isSilent }: { readonly mode: 'end' | 'check'; readonly isSilent: boolean },
): Promise<Task[] | 'moved'> {
  const byHand = untaken(values);
  const [attributes, email] = [missingIn(before, values), newAddress(before, values)];
  const isLeft = (contact: Contact): boolean =>
    Object.keys(missingIn(contact, values)).length > 0 || newAddress(contact, values) !== undefined;
  if (mode === 'check') {
    if (isLeft(before)) throw left();
    return byHand;
  }
  const isTaken: boolean[] = [];
  if (Object.keys(attributes).length > 0) isTaken.push(await update(context, before, { attributes }));
  if (email !== undefined) {
    // In the list stays one that its owner blocklisted: that says that they objected there.
    const again = before.emailBlacklisted ? { emailBlacklisted: true } : blocking(context, before);
    const kept = isSilent ? again : {};
    isTaken.push(await update(context, before, { attributes: { EMAIL: email }, ...kept }));
  }
  const now = isTaken.length === 0 ? before : await getContact(context, 'contact_id', String(before.id));
  if (now === null) return byHand;
  // The change has overtaken a yes: blocklisted in the list would say that they objected at Brevo.
  const isListed = isBlockedInList(context, now) && !isBlockedInList(context, before);
  if (isSilent && email !== undefined && isListed) await block(context, String(now.id));
  if (isTaken.includes(false)) {
    // One of two changes was taken: if it was the address, the next page looks at the block.
    const isMoved = email !== undefined && newAddress(now, values) === undefined;
    return isMoved ? 'moved' : [...byHand, 'rectifyRefused'];
  }
  if (isLeft(now)) throw left();
  return email === undefined ? byHand : 'moved';
}

/** True if a contact has a text for a value. */
const holds = (contact: Contact, name: string): boolean => {
  const value = name === EMAIL ? contact.email : attributesOf(contact)[name];
  return value !== undefined && value !== null && value !== '';
};

/** The attributes that a contact does not have as they are to be. */
function missingIn(contact: Contact, values: Values): Record<string, string> {
  const known = attributesOf(contact);
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
