import type { Context } from '../../platform/context.ts';
import { LeftError, PermanentError } from '../../platform/errors.ts';
import { foldEmail } from '../../subject/emails.ts';
import type { ProvenEmail } from '../../subject/identity.ts';
import { marketingToken, marketingUrl } from '../../subject/marketingLink.ts';
import { isSuppressed } from '../../subject/suppression.ts';
import { manual, manualForRefused, type Task } from '../officerTasks.ts';
import { done } from '../outcomes.ts';
import type { Change, NamedRecord, Outcome, Progress, Scope } from '../system.ts';
import { block } from './block.ts';
import { callBrevo } from './client.ts';
import { contactsBy, contactsToBlock, getContact, isPlain, hasUnsearchable, type Contact } from './contacts.ts';
import { manifest } from './manifest.ts';
import { hasObjected } from './objections.ts';

/** An answer to any purpose: the purpose itself changes nothing at Brevo. */
type Consent = Omit<Extract<Change, { kind: 'consent' }>, 'kind' | 'purpose'>;

/**
 * Brings an answer to Brevo. The marketing list has those who may be written to and nobody else.
 * Given, the contact exists under the person's uid, is in the list and not blocklisted. Given to be
 * in the address book only (`silent`), or withdrawn, it is blocklisted and out of the list, in one
 * call. It stays, so that marketing does not start again (Art. 21(3)). Its address is never changed
 * then, since Brevo would subscribe it again. A person who unsubscribed at Brevo itself stays
 * unsubscribed until they answer anew (`objected`). No contact is made under an address whose owner
 * objected before an erasure (subject/suppression.ts), until an officer lifts that.
 *
 * @throws PermanentError `config` if no marketing list is set
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
    for (const { id } of handles) await block(context, id);
    return { settled: refusedBy(named, scope, change, handles.length, forOfficer) };
  }
  const listId = listOf(context);
  const { email } = change;
  if (!isReachable(scope, email)) return { settled: [unreachable(named, scope, email)] };
  if (forOfficer.length > 0) return { settled: forOfficer };
  const [handle] = handles;
  const contact = handle === undefined ? null : await getContact(context, 'contact_id', handle.id);
  if (contact !== null && objectedSince(contact, scope, change, listId)) return { settled: objected(named, 1) };
  if (await isKept(context, contact, email)) return { settled: objected(named, contact === null ? 0 : 1) };
  const common = {
    emailBlacklisted: change.silent === true,
    ext_id: scope.subject.uid,
  };
  if (contact === null) {
    const lists = change.silent === true ? {} : { listIds: [listId] };
    const attributes = linkOf(context, scope, change, email);
    await callBrevo(context, (brevo) => brevo.contacts.createContact({ email, ...common, ...lists, attributes }));
  } else {
    const silent = contact.listIds.includes(listId) ? { unlinkListIds: [listId] } : {};
    const lists = change.silent === true ? silent : { listIds: [listId] };
    await callBrevo(context, (brevo) =>
      brevo.contacts.updateContact({
        identifier: contact.id,
        identifierType: 'contact_id',
        ...common,
        ...lists,
        // The answer was given for this address: it is the one to write to.
        attributes: { EMAIL: email, ...linkOf(context, scope, change, email) },
      }),
    );
  }
  return checkConsent(context, named, scope, change);
}

/** The contacts that an answer changes. */
export const contactsFor = (context: Context, { subject }: Scope, { granted, email }: Consent) =>
  granted ? contactsBy(context, subject, email) : contactsToBlock(context, subject, email);

/** Reads back. @throws ComplianceError `brevo.left` if Brevo does not hold the answer */
export async function checkConsent(
  context: Context,
  named: NamedRecord,
  scope: Scope,
  change: Consent,
): Promise<Progress> {
  const { handles, refused } = await contactsFor(context, scope, change);
  const forOfficer = manualForRefused(named, { ...scope, refused }, manifest.id);
  const { email } = change;
  if (change.granted) {
    if (!isReachable(scope, email)) return { settled: [unreachable(named, scope, email)] };
    if (forOfficer.length > 0) return { settled: forOfficer };
    if (handles.length === 0 && (await isKept(context, null, email))) return { settled: objected(named, 0) };
    if (handles.length === 0) throw left();
  }
  for (const { id } of handles) {
    const contact = await getContact(context, 'contact_id', id);
    if (!change.granted) {
      if (contact !== null && !contact.emailBlacklisted) throw left();
      continue;
    }
    const listId = listOf(context);
    if (contact === null) throw left();
    if (objectedSince(contact, scope, change, listId)) return { settled: objected(named, 1) };
    if (email !== undefined && (await isKept(context, contact, email))) return { settled: objected(named, 1) };
    const silent = change.silent === true;
    if (contact.emailBlacklisted !== silent || contact.listIds.includes(listId) === silent) throw left();
  }
  return { settled: refusedBy(named, scope, change, handles.length, forOfficer) };
}

/**
 * The attribute of a contact that is written to: the link by which the reader of a message objects.
 * Empty if no attribute is set for it (`BREVO_LINK_ATTRIBUTE`), or links have no address.
 */
function linkOf(
  { config, keys }: Context,
  { subject }: Scope,
  { silent }: Consent,
  email: ProvenEmail,
): Readonly<Record<string, string>> {
  const { brevoLinkAttribute, linksUrl } = config;
  if (silent === true || brevoLinkAttribute === undefined || linksUrl === undefined) return {};
  return { [brevoLinkAttribute]: marketingUrl(linksUrl, marketingToken(subject, email, keys)) };
}

/** Is it an address of the person's that proves, and of a kind that Brevo takes? */
const isReachable = ({ subject }: Scope, email: ProvenEmail | undefined): email is ProvenEmail =>
  email !== undefined && subject.verifiedEmails.includes(email) && isPlain(email);

/** Nobody can be written to: there is no proven address, or Brevo takes none of its kind. */
const unreachable = ({ id }: NamedRecord, scope: Scope, email: ProvenEmail | undefined): Outcome =>
  manual(
    id,
    scope,
    1,
    email !== undefined && scope.subject.verifiedEmails.includes(email) ? 'brevoRefuses' : 'emailNotVerified',
  );

/**
 * The outcome of a no. An address without proof is nobody's to block: if nothing names the person,
 * and such an address is known of them, an officer looks. So does one if Brevo was not asked about
 * the address of the answer.
 */
function refusedBy(
  named: NamedRecord,
  scope: Scope,
  { email }: Consent,
  blocked: number,
  forOfficer: readonly Outcome[],
): Outcome[] {
  const byHand = (what: Task): Outcome[] => [manual(named.id, scope, 1, what)];
  if (blocked === 0 && forOfficer.length === 0) {
    if (hasUnsearchable(email === undefined ? [] : [email])) return byHand('brevoUnasked');
    const hasClaim = (scope.subject.unproven ?? []).some(({ kind }) => kind === 'email');
    if (scope.subject.verifiedEmails.length === 0 && hasClaim) return byHand('emailNotVerified');
  }
  return [done(named.id, blocked, 'changed'), ...forOfficer];
}

function listOf(context: Context): number {
  const listId = context.config.brevoMarketingList;
  if (listId === undefined)
    throw new PermanentError('config', 'BREVO_MARKETING_LIST is not set: no list to put a contact into');
  return listId;
}

/**
 * Would this make or subscribe a contact under an address whose owner objected before they were
 * erased? A contact that is there under it, and is not blocklisted, was made before, or by somebody
 * else.
 */
const isKept = async (context: Context, contact: Contact | null, email: string): Promise<boolean> =>
  (contact === null || contact.emailBlacklisted || foldEmail(contact.email ?? '') !== email) &&
  (await isSuppressed(context, email));

/**
 * Did the person unsubscribe at Brevo after the answer that lets them be written to? Then neither a
 * retry nor the consent to another purpose subscribes them again.
 */
const objectedSince = (contact: Contact, { subject, now }: Scope, change: Consent, listId: number): boolean =>
  change.silent !== true && hasObjected(contact, subject.uid, change.messagesSince ?? change.decidedAt ?? now, listId);

const left = () => new LeftError('brevo.left', 'Brevo does not hold the answer that was given');

/**
 * Left as it is: the person said no, at Brevo after they had said yes here, or before an erasure.
 */
const objected = (named: NamedRecord, count: number): Outcome[] => [
  { record: named.id, count, outcome: 'done', how: 'objected' },
];
