import type { Brevo } from '@getbrevo/brevo';
import type { Context } from '../../platform/context.ts';
import { LeftError } from '../../platform/errors.ts';
import type { Instant } from '../../platform/time.ts';
import { foldEmail } from '../../subject/emails.ts';
import { namesAnother } from '../../subject/pseudonym.ts';
import { isSuppressed } from '../../subject/suppression.ts';
import { corrected, isEmpty, type Correction, type CorrectRows } from '../modes.ts';
import { manual, manualForAnothers, manualForRefused, type Task } from '../officerTasks.ts';
import type { Cursor } from '../system.ts';
import { callBrevo, isRefused } from './client.ts';
import { contactsOf, getContact, isPlain, ownerOf, type Contact } from './contacts.ts';
import { manifest } from './manifest.ts';
import { block, blocking } from './marketing.ts';
import { hasObjected, unsubscriptions } from './objections.ts';

/** The name of the verified address among the values; every other one is an attribute. */
const EMAIL = 'email';

type Values = Correction['values'];

/** A contact before its address changes: after the change nobody could tell any more. */
interface Moving {
  /** When it was noted: a yes after it counts more. */
  readonly at: Instant;
  /** True if the contact is not to be written to under its new address. */
  readonly blocked: boolean;
  /** True if the person may be written to, by their answers. */
  readonly allowed: boolean;
  /** The number of unsubscriptions that Brevo told of. */
  readonly unsubscribed: number;
}

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
 * (https://developers.brevo.com/reference/update-contact). So the same call blocklists it, and it
 * is read back on a further page, with the answers of that moment. That it was blocklisted is noted
 * before the change, and that it was subscribed again before it is blocked: a crash loses neither.
 * A yes that came after the note ends the block.
 *
 * @throws LeftError `brevo.left` if a contact does not hold a value, or is not blocklisted again
 */
export const correctContacts: CorrectRows = async (context, named, scope, correction, mode) => {
  const { values, lacking = [] } = correction;
  const notes = notesIn(scope.cursor);
  const anothers: string[] = [];
  const byHand: Task[] = [];
  let count = 0;
  for (const id of isEmpty(correction) ? [] : contactsOf(scope)) {
    const contact = await getContact(context, 'contact_id', id);
    if (contact === null) continue;
    if (namesAnother(ownerOf(contact), scope.subject, context.keys)) {
      anothers.push(id);
      continue;
    }
    const known = notes.moving[id];
    if (mode === 'end' && newAddress(contact, values) !== undefined) {
      const { uid } = scope.subject;
      const moving = await movingOf(context, contact, { uid, correction, known });
      if (moving !== known) return { more: { ...notes, moving: { ...notes.moving, [id]: moving } } };
    }
    const isResubscribed = isToBlock(contact, correction, known);
    if (mode === 'end' && isResubscribed) {
      if (!notes.resubscribed.includes(id)) return { more: { ...notes, resubscribed: [...notes.resubscribed, id] } };
      await block(context, id);
    }
    const tasks =
      mode === 'preview' ? untaken(values) : await correct(context, contact, values, { mode, moving: known });
    // The next page looks who may be written to by then.
    if (tasks === 'moved') return { more: { ...notes } };
    if (Object.keys(values).length > 0 && tasks.length === 0) count += 1;
    byHand.push(...tasks);
    if (lacking.some((name) => holds(contact, name))) byHand.push('rectifyLacking');
    const isBlocked = contact.emailBlacklisted || isResubscribed;
    if (notes.resubscribed.includes(id) && isBlocked) byHand.push('brevoResubscribed');
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

/** Did the person say yes to messages after this was noted? */
const isOver = ({ at }: Moving, since: Instant | undefined): boolean => since !== undefined && since > at;

/**
 * Notes a contact whose address is to change; what was noted before, if nothing is new. Blocked is
 * one whose owner said no, here or at Brevo, or under that address before an erasure.
 */
async function movingOf(
  context: Context,
  contact: Contact,
  {
    uid,
    correction: { values, messagesSince: since },
    known,
  }: { readonly uid: string; readonly correction: Correction; readonly known: Moving | undefined },
): Promise<Moving> {
  const { brevoMarketingList: list } = context.config;
  const before = known === undefined || isOver(known, since) ? undefined : known;
  const isNo = since === undefined || hasObjected(contact, uid, since, list);
  const blocked =
    before?.blocked === true ||
    (contact.emailBlacklisted && isNo) ||
    (await isSuppressed(context, newAddress(contact, values) ?? ''));
  const unsubscribed = unsubscriptions(contact).length;
  const allowed = since !== undefined;
  if (before?.blocked === blocked && before.unsubscribed === unsubscribed && before.allowed === allowed) return before;
  return { at: Math.max(context.now(), since ?? 0), blocked, allowed, unsubscribed };
}

/**
 * Has the change of its address subscribed a contact that is not to be written to? It was blocked
 * before and no yes came since; they unsubscribed at Brevo meanwhile; or they took their yes back.
 */
function isToBlock(
  contact: Contact,
  { values, messagesSince: since }: Correction,
  moving: Moving | undefined,
): boolean {
  if (moving === undefined || contact.emailBlacklisted || newAddress(contact, values) !== undefined) return false;
  const times = unsubscriptions(contact);
  const isUnsubscribed = times.length > moving.unsubscribed && times.some((at) => since === undefined || at >= since);
  const isTakenBack = moving.allowed && since === undefined;
  return (moving.blocked && !isOver(moving, since)) || isUnsubscribed || isTakenBack;
}

/**
 * Corrects one contact, or looks whether it is. Returns the tasks that are left for an officer; or
 * that its address was changed.
 */
async function correct(
  context: Context,
  before: Contact,
  values: Values,
  { mode, moving }: { readonly mode: 'end' | 'check'; readonly moving: Moving | undefined },
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
    const kept = moving?.blocked === true ? again : {};
    isTaken.push(await update(context, before, { attributes: { EMAIL: email }, ...kept }));
  }
  const now = isTaken.length === 0 ? before : await getContact(context, 'contact_id', String(before.id));
  if (now === null) return byHand;
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

function attributesOf({ attributes }: Contact): Readonly<Record<string, unknown>> {
  const known = attributes as Readonly<Record<string, unknown>> | undefined;
  return known ?? {};
}

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
