import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import { parsedTime } from '../rowFate.ts';
import type { Scope } from '../system.ts';
import { contactsOf, getContact, ownerOf, type Contact } from './contacts.ts';

/**
 * Did the person unsubscribe at Brevo itself, so that their objection has to outlive them there?
 * Asked before an erasure deletes the contact. A contact that this backend blocklisted (a
 * withdrawal, a restriction) says nothing of the person's own.
 *
 * @param since when the newest answer was given that let them be written to; absent: no
 * unsubscription is too old to count
 */
export async function contactObjected(
  context: Context,
  scope: Pick<Scope, 'subject' | 'handles'>,
  since: Instant = -Infinity,
): Promise<boolean> {
  for (const id of contactsOf(scope)) {
    const contact = await getContact(context, 'contact_id', id);
    if (contact !== null && hasObjected(contact, scope.subject.uid, since, context.config.brevoMarketingList))
      return true;
  }
  return false;
}

/** Has the person objected at Brevo, at a moment or after it? */
export function hasObjected(contact: Contact, uid: string, since: Instant, listId: number | undefined): boolean {
  const at = lastObjection(contact, uid, listId);
  return at !== undefined && at >= since;
}

/**
 * Returns the latest moment at which the person can have objected at Brevo; undefined: they have
 * not.
 *
 * - Brevo tells of an unsubscription or a complaint in a campaign, with its time: that time
 * decides.
 * - Blocklisted, and in the list: that is never our doing, since we blocklist and unlink in one
 * call. Brevo does not tell since when. The contact's last change is the latest that it can be, and
 * our own bringing of an answer changes the contact after that answer.
 * - Blocklisted and not in the list: our doing if the contact names the uid; otherwise somebody
 * else's, as above.
 */
export function lastObjection(contact: Contact, uid: string, listId: number | undefined): Instant | undefined {
  if (!contact.emailBlacklisted) return undefined;
  const ours = ownerOf(contact) === uid && !(listId !== undefined && contact.listIds.includes(listId));
  // A time that cannot be read is not older than anything.
  const changedAt = parsedTime(contact.modifiedAt) ?? Number.MAX_SAFE_INTEGER;
  const times = [...unsubscriptions(contact), ...(ours ? [] : [changedAt])];
  return times.length === 0 ? undefined : Math.max(...times);
}

/**
 * Returns when the person objected at Brevo; `at` is absent if it tells no time. Null if they have
 * not, or did before a moment.
 */
export function objectedAt(
  context: Pick<Context, 'config' | 'now'>,
  contact: Contact,
  { uid, since }: { readonly uid: string; readonly since: Instant },
): { readonly at?: Instant } | null {
  if (!hasObjected(contact, uid, since, context.config.brevoMarketingList)) return null;
  const told = unsubscriptions(contact).filter((at) => at >= since);
  return told.length === 0 ? {} : { at: Math.min(context.now(), Math.max(...told)) };
}

/**
 * Returns when the person unsubscribed, or complained, in campaigns, as far as Brevo tells (epoch
 * milliseconds).
 */
export function unsubscriptions({ statistics }: Contact): number[] {
  const told = statistics as Contact['statistics'] | undefined;
  const events = [...(told?.unsubscriptions?.userUnsubscription ?? []), ...(told?.complaints ?? [])];
  return events.map(({ eventTime }) => parsedTime(eventTime)).filter((at) => at !== undefined);
}
