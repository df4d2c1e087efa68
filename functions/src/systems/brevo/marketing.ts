import type { Context } from '../../platform/context.ts';
import { ComplianceError, PermanentError } from '../../platform/errors.ts';
import { prove } from '../../subject/prove.ts';
import { manual, manualForRefused, texts } from '../manual.ts';
import type { Change, NamedRecord, Outcome, Progress, Scope } from '../system.ts';
import { callBrevo } from './client.ts';
import { findContacts, getContact, ownerOf, type Contact } from './contacts.ts';
import { manifest } from './manifest.ts';

type Consent = Extract<Change, { kind: 'consent' }>;

/**
 * Brings an answer to Brevo. The marketing list has those who may be written to and nobody else: given, the contact exists under the
 * person's uid, is in the list and not blocklisted; given to be in the address book only (`silent`), or withdrawn, it is blocklisted and out
 * of the list, in one call, and stays, so that marketing does not start again (Art. 21(3)); its address is never changed then, since Brevo
 * would subscribe it again. Who unsubscribed at Brevo itself stays unsubscribed until they answer anew (`objected`).
 *
 * @throws PermanentError `config` where no marketing list is set
 */
export async function applyConsent(
  context: Context,
  named: NamedRecord,
  scope: Scope,
  change: Consent,
): Promise<Progress> {
  const { handles, refused } = await contactsFor(context, scope, change);
  const forOfficer = manualForRefused(named, { ...scope, refused }, manifest.id);
  if (!change.granted) {
    for (const id of handles) await block(context, id);
    return { settled: [...done(named, handles.length), ...forOfficer] };
  }
  const listId = listOf(context);
  const email = change.email.toLowerCase();
  if (!scope.subject.verifiedEmails.includes(email))
    return { settled: [manual(named.id, scope, 1, texts.emailNotVerified)] };
  if (forOfficer.length > 0) return { settled: forOfficer };
  const [id] = handles;
  const contact = id === undefined ? null : await getContact(context, 'contact_id', id);
  if (contact !== null && hasObjected(contact, scope, change, listId)) return { settled: objected(named) };
  const common = {
    attributes: { ...change.attributes },
    emailBlacklisted: change.silent === true,
    ext_id: scope.subject.uid,
  };
  if (contact === null) {
    const lists = change.silent === true ? {} : { listIds: [listId] };
    await callBrevo(context, (brevo) => brevo.contacts.createContact({ email, ...common, ...lists }));
  } else {
    const silent = contact.listIds.includes(listId) ? { unlinkListIds: [listId] } : {};
    const lists = change.silent === true ? silent : { listIds: [listId] };
    // The answer was given for this address: it is the one to write to.
    const attributes = { ...common.attributes, EMAIL: email };
    await callBrevo(context, (brevo) =>
      brevo.contacts.updateContact({
        identifier: contact.id,
        identifierType: 'contact_id',
        ...common,
        ...lists,
        attributes,
      }),
    );
  }
  return checkConsent(context, named, scope, change);
}

/** Reads back. @throws ComplianceError `brevo.left` where Brevo does not hold the answer */
export async function checkConsent(
  context: Context,
  named: NamedRecord,
  scope: Scope,
  change: Consent,
): Promise<Progress> {
  const { handles, refused } = await contactsFor(context, scope, change);
  const forOfficer = manualForRefused(named, { ...scope, refused }, manifest.id);
  if (change.granted) {
    const verified = scope.subject.verifiedEmails.includes(change.email.toLowerCase());
    if (!verified) return { settled: [manual(named.id, scope, 1, texts.emailNotVerified)] };
    if (forOfficer.length > 0) return { settled: forOfficer };
    if (handles.length === 0) throw left();
  }
  for (const id of handles) {
    const contact = await getContact(context, 'contact_id', id);
    if (!change.granted) {
      if (contact !== null && !contact.emailBlacklisted) throw left();
      continue;
    }
    const listId = listOf(context);
    if (contact === null) throw left();
    if (hasObjected(contact, scope, change, listId)) return { settled: objected(named) };
    const silent = change.silent === true;
    if (contact.emailBlacklisted !== silent || contact.listIds.includes(listId) === silent) throw left();
  }
  return { settled: [...done(named, handles.length), ...forOfficer] };
}

function listOf(context: Context): number {
  const listId = context.config.brevoMarketingList;
  if (listId === undefined)
    throw new PermanentError('config', 'BREVO_MARKETING_LIST is not set: no list to put a contact into');
  return listId;
}

/**
 * Did the person unsubscribe at Brevo after the answer that lets them be written to? Then neither a retry nor the consent to another purpose
 * subscribes them again.
 *
 * - Brevo tells of an unsubscription or a complaint in a campaign, with its time: that time decides.
 * - Blocklisted, and in the list: that is never our doing, since we blocklist and unlist in one call. Since when, Brevo does not tell: the
 *   contact's last change is the latest that it can be, and our own bringing of an answer changes the contact after that answer.
 * - Blocklisted and not in the list: our doing where the contact names the uid; otherwise somebody else's, as above.
 */
function hasObjected(contact: Contact, scope: Scope, change: Consent, listId: number): boolean {
  if (change.silent === true || !contact.emailBlacklisted) return false;
  const since = change.messagesSince ?? change.decidedAt ?? scope.now;
  if (unsubscriptions(contact).some((at) => at >= since)) return true;
  const ours = ownerOf(contact) === scope.subject.uid && !contact.listIds.includes(listId);
  // A time that cannot be read is not older than anything.
  return !ours && !(Date.parse(contact.modifiedAt) < since);
}

/** When the person unsubscribed, or complained, in campaigns, as far as Brevo tells (epoch milliseconds). */
function unsubscriptions({ statistics }: Contact): number[] {
  const told = statistics as Contact['statistics'] | undefined;
  const events = [...(told?.unsubscriptions?.userUnsubscription ?? []), ...(told?.complaints ?? [])];
  return events.map(({ eventTime }) => Date.parse(eventTime)).filter((at) => !Number.isNaN(at));
}

const left = () => new ComplianceError('brevo.left', 'Brevo does not hold the answer that was given');

const done = (named: NamedRecord, count: number): Outcome[] => [
  { record: named.id, count, outcome: 'done', ...(count > 0 ? { how: 'changed' as const } : {}) },
];

/** Left as it is: the person said no at Brevo, after they had said yes here. */
const objected = (named: NamedRecord): Outcome[] => [{ record: named.id, count: 1, outcome: 'done', how: 'objected' }];

/** The person's contacts as of now; a consent changes them, so what was known before is not enough. */
async function contactsFor(context: Context, { subject }: Scope, change: Consent) {
  const email = change.email.toLowerCase();
  const one = { ...subject, verifiedEmails: subject.verifiedEmails.includes(email) ? [email] : [] };
  const { handles, refused } = prove(one, await findContacts(context, one));
  return { handles: handles.map(({ id }) => id), refused };
}

async function block(context: Context, id: string): Promise<void> {
  const contact = await getContact(context, 'contact_id', id);
  if (contact === null) return;
  const listId = context.config.brevoMarketingList;
  const unlink = listId !== undefined && contact.listIds.includes(listId) ? { unlinkListIds: [listId] } : {};
  await callBrevo(context, (brevo) =>
    brevo.contacts.updateContact({
      identifier: Number(id),
      identifierType: 'contact_id',
      emailBlacklisted: true,
      ...unlink,
    }),
  );
  const now = await getContact(context, 'contact_id', id);
  if (now !== null && !now.emailBlacklisted) throw left();
}
