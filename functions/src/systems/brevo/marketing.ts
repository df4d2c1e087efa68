import type { Context } from '../../platform/context.ts';
import { ComplianceError, PermanentError } from '../../platform/errors.ts';
import { prove } from '../../subject/prove.ts';
import { manual, manualForRefused, texts } from '../manual.ts';
import type { Change, NamedRecord, Outcome, Progress, Scope } from '../system.ts';
import { callBrevo } from './client.ts';
import { findContacts, getContact } from './contacts.ts';
import { manifest } from './manifest.ts';

type Consent = Extract<Change, { kind: 'consent' }>;

/**
 * Brings an answer to Brevo. Given: the contact exists under the person's uid, is in the marketing list and not blocklisted (unless `silent`). Withdrawn: it is
 * blocklisted and out of the list, and stays, so that marketing does not start again (Art. 21(3)); its address is never
 * changed, since Brevo would subscribe it again.
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
  const listId = context.config.brevoMarketingList;
  if (listId === undefined)
    throw new PermanentError('config', 'BREVO_MARKETING_LIST is not set: no list to put a contact into');
  const email = change.email.toLowerCase();
  if (!scope.subject.verifiedEmails.includes(email))
    return { settled: [manual(named.id, scope, 1, texts.emailNotVerified)] };
  if (forOfficer.length > 0) return { settled: forOfficer };
  const common = {
    attributes: { ...change.attributes },
    emailBlacklisted: change.silent === true,
    listIds: [listId],
    ext_id: scope.subject.uid,
  };
  const [id] = handles;
  if (id === undefined) await callBrevo(context, (brevo) => brevo.contacts.createContact({ email, ...common }));
  else {
    // The answer was given for this address: it is the one to write to.
    const attributes = { ...common.attributes, EMAIL: email };
    await callBrevo(context, (brevo) =>
      brevo.contacts.updateContact({ identifier: Number(id), identifierType: 'contact_id', ...common, attributes }),
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
    const listed = contact?.listIds.includes(context.config.brevoMarketingList ?? -1) ?? false;
    const holds = change.granted
      ? contact?.emailBlacklisted === (change.silent === true) && listed
      : contact === null || contact.emailBlacklisted;
    if (!holds) throw left();
  }
  return { settled: [...done(named, handles.length), ...forOfficer] };
}

const left = () => new ComplianceError('brevo.left', 'Brevo does not hold the answer that was given');

const done = (named: NamedRecord, count: number): Outcome[] => [
  { record: named.id, count, outcome: 'done', ...(count > 0 ? { how: 'changed' as const } : {}) },
];

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
