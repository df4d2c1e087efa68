import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import { isBlockedInList } from './block.ts';
import type { Contact } from './contacts.ts';
import { lastObjection, unsubscriptions } from './objections.ts';

/** A contact before its address changes: after the change nobody could tell any more. */
export interface Moving {
  /** True if the contact was blocklisted, by anybody. */
  readonly blocked: boolean;
  /** True if the person may be written to, or could be before, by their answers. */
  readonly allowed: boolean;
  /** The latest moment at which they can have objected at Brevo; absent: they have not. */
  readonly objectedAt?: Instant;
  /** The number of unsubscriptions that Brevo told of. */
  readonly unsubscribed: number;
  /** True if the contact was in the marketing list. */
  readonly listed: boolean;
}

/**
 * Has the change of its address blocklisted a contact that a yes has put into the list meanwhile?
 * Its owner does that at Brevo as well. But by the note no yes stood, and the contact was not in
 * the list: the change was made to leave it blocked. Brevo tells of no further unsubscription.
 */
export const isBlockedByMove = (
  context: Pick<Context, 'config'>,
  contact: Contact,
  known: Moving | undefined,
): boolean =>
  known !== undefined &&
  !known.listed &&
  !known.allowed &&
  isBlockedInList(context, contact) &&
  unsubscriptions(contact).length <= known.unsubscribed;

/** Notes a contact whose address is to change, or has changed, beside the note before. Pure. */
export function notedOf(
  context: Pick<Context, 'config'>,
  contact: Contact,
  {
    uid,
    messagesSince,
    known,
  }: { readonly uid: string; readonly messagesSince: Instant | undefined; readonly known: Moving | undefined },
): Moving {
  const { brevoMarketingList: list } = context.config;
  const times = unsubscriptions(contact);
  const isOurs = isBlockedByMove(context, contact, known);
  // The change of its address can have hidden that they unsubscribed meanwhile.
  const isNew = known !== undefined && times.length > known.unsubscribed;
  const last = isOurs ? undefined : lastObjection(contact, uid, list);
  const objected = [known?.objectedAt, last, ...(isNew ? times : [])];
  const objectedAt = Math.max(...objected.filter((at) => at !== undefined));
  return {
    blocked: contact.emailBlacklisted || known?.blocked === true,
    allowed: messagesSince !== undefined || known?.allowed === true,
    ...(Number.isFinite(objectedAt) ? { objectedAt } : {}),
    unsubscribed: times.length,
    listed: !isOurs && list !== undefined && contact.listIds.includes(list),
  };
}

/** Has its owner objected at Brevo, and said no yes since? */
export const hasObjectedBy = ({ objectedAt }: Moving, since: Instant = 0): boolean =>
  objectedAt !== undefined && objectedAt >= since;
