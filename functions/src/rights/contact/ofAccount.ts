import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { DAY_MS, MINUTE_MS, type Instant } from '../../platform/time.ts';
import { reject } from '../../platform/intake.ts';
import { keyedHash } from '../../platform/keys.ts';
import { contactCollection } from '../../policy/contract.ts';
import { isUid } from '../../subject/identity.ts';
import { pseudonymOf } from '../../subject/pseudonym.ts';

/**
 * Contact requests of people with an account come through the rules, and rules count nothing: the
 * backend counts after the write. Anonymous sign-in gives any number of uids, so the rules refuse
 * it. Those people use the callable, which counts their network.
 */

/**
 * How many contact requests of one account are taken as they are in a day, and how many are kept at
 * all.
 */
export const CONTACTS_PER_DAY = { plain: 5, kept: 20 } as const;

/**
 * The contact requests of an account in the day that began with the first of them: keyed hashes of
 * their ids, in order.
 */
interface Window {
  readonly taken: readonly string[];
  readonly expiresAt: Timestamp;
}

/** `held`: waits for an officer. `over`: more than a person writes in a day, and not kept. */
export type ContactVerdict = 'plain' | 'held' | 'over';

/**
 * Decides on one more contact request. Pure. Asked again, it gets the same answer.
 *
 * @param hash of the document's id
 */
export function judgeContact(taken: readonly string[], hash: string): ContactVerdict {
  const known = taken.indexOf(hash);
  const place = known === -1 ? taken.length : known;
  if (place < CONTACTS_PER_DAY.plain) return 'plain';
  return place < CONTACTS_PER_DAY.kept ? 'held' : 'over';
}

/** How long after its `createdAt` a document that came through the rules is written, at most. */
const AT_ONCE_MS = MINUTE_MS;

/** One delivery of the event that a contact request was written. */
export interface ContactWritten {
  /** The document's id. */
  readonly id: string;
  readonly data: DocumentData | undefined;
  /** When the server wrote it, epoch milliseconds. */
  readonly writtenAt: Instant;
}

/**
 * Counts a contact request of an account that was written. Beyond `plain` it waits for an officer;
 * beyond `kept` it goes, and one document a day in `rejectedEvents` says so. Runs twice harmlessly.
 * Costs a read and at most 2 writes.
 */
export async function onContactRequestCreated(
  context: Context,
  { id, data = {}, writtenAt }: ContactWritten,
): Promise<void> {
  const { uid, createdAt } = data as Record<string, unknown>;
  const collection = contactCollection(context.policy);
  // Of a policy without a contact form the collection is the app's own business.
  if (collection === null) return;
  // The callable has counted those without a uid, and those that say whether they are held: no
  // client can write that.
  if (typeof uid !== 'string' || !isUid(uid) || 'heldForReview' in data) return;
  // The rules take the server's time only. A server has written an older one, as after an import or
  // a restore.
  if (!(createdAt instanceof Timestamp) || writtenAt - createdAt.toMillis() > AT_ONCE_MS) return;
  const verdict = await count(context, uid, keyedHash('rateLimit', ['contactRequest', uid, id], context.keys));
  if (verdict === 'plain') return;
  const ref = context.clients.app().collection(collection).doc(id);
  if (verdict === 'held') {
    // An erasure may have taken it meanwhile.
    await context.clients.app().runTransaction(async (tx) => {
      if ((await tx.get(ref)).exists) tx.update(ref, { heldForReview: true });
    });
    return;
  }
  await ref.delete();
  await reject(context, {
    template: `${collection}/{uid}`,
    pseudonym: pseudonymOf(uid, context.keys),
    issues: [{ code: 'over_budget', field: '(subject)' }],
  });
}

async function count(context: Context, uid: string, hash: string): Promise<ContactVerdict> {
  const own = context.clients.own();
  const ref = own.collection('rateLimits').doc(keyedHash('rateLimit', ['contactRequests', uid], context.keys));
  return own.runTransaction(async (tx) => {
    const now = context.now();
    const known = (await tx.get(ref)).data() as Window | undefined;
    const isOpen = known !== undefined && known.expiresAt.toMillis() > now;
    const { taken, expiresAt } = isOpen ? known : { taken: [], expiresAt: Timestamp.fromMillis(now + DAY_MS) };
    const verdict = judgeContact(taken, hash);
    if (verdict !== 'over' && !taken.includes(hash)) tx.set(ref, { taken: [...taken, hash], expiresAt });
    return verdict;
  });
}
