import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { messageChannels } from '../policy/purposes/marketing.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { emailHash, emailHashes } from './emails.ts';
import type { ProvenEmail, Subject } from './identity.ts';

/**
 * A person that objected to marketing (Art. 21(2) and (3)) is not written to again, also after an
 * erasure. Nothing else is left of them: `suppressions/{keyed hash of the address}` has the time,
 * and nothing that names anybody. No new contact is made under such an address, and none that is
 * blocklisted is subscribed.
 */

const refOf = (own: Firestore, hash: string) => own.collection('suppressions').doc(hash);

/**
 * Does an objection to these purposes outlive the account by the hash of the address? Only one to
 * being written to: the hash stops every message, and nothing else.
 */
export const outlivesAccount = (policy: Policy, purposes: readonly PurposeId[]): boolean =>
  messageChannels(policy).some((purpose) => purposes.includes(purpose));

/**
 * Did the person object to being written to (Art. 21(2)), and not say yes since? A yes that was
 * never given, or was taken back (Art. 7(3)), is no objection: nobody is written to without a yes.
 */
export const hasObjected = (policy: Policy, current: Readonly<Record<PurposeId, string>>): boolean =>
  outlivesAccount(
    policy,
    Object.keys(current).filter((purpose) => current[purpose] === 'objected'),
  );

/** Keeps the objection for each address. Written again it counts from the later time. */
export async function suppress(
  own: Firestore,
  emails: readonly ProvenEmail[],
  keys: PseudonymKeys,
  at: Instant,
): Promise<void> {
  for (const email of emails) await suppressHash(own, emailHash(email, keys), at);
}

/** The same for an address of which only the keyed hash is known. 1 read, 1 write. */
export async function suppressHash(own: Firestore, hash: string, at: Instant): Promise<void> {
  const ref = refOf(own, hash);
  await own.runTransaction(async (tx) => {
    const known: unknown = (await tx.get(ref)).get('objectedAt');
    if (!(known instanceof Timestamp) || known.toMillis() < at) tx.set(ref, { objectedAt: Timestamp.fromMillis(at) });
  });
}

/**
 * Did somebody object under this address? Asked under every key that there is: an objection may be
 * older than the current one.
 */
export async function isSuppressed(context: Pick<Context, 'clients' | 'keys'>, email: string): Promise<boolean> {
  const own = context.clients.own();
  const kept = await own.getAll(...emailHashes(email, context.keys).map((hash) => refOf(own, hash)));
  return kept.some(({ exists }) => exists);
}

/**
 * Ends an objection: the owner of the address wants to be written to again, and has told an officer
 * so. Answers whether there was one.
 */
export async function liftSuppression(context: Pick<Context, 'clients' | 'keys'>, email: string): Promise<boolean> {
  const own = context.clients.own();
  const there = await isSuppressed(context, email);
  for (const hash of emailHashes(email, context.keys)) await refOf(own, hash).delete();
  return there;
}

/** The will of an erased person at that moment. */
export interface LastWill {
  readonly subject: Pick<Subject, 'verifiedEmails'>;
  /** The current states in the head of the person's chain. */
  readonly current: Readonly<Record<PurposeId, string>>;
  /**
   * The person unsubscribed at the marketing system itself (`contactObjected` of
   * systems/brevo/objections.ts).
   */
  readonly contactObjected?: boolean;
  /** When it counts from: the same for every attempt. */
  readonly at: Instant;
}

/**
 * Keeps the objection of an erased person, before the marketing system forgets them: by the
 * addresses that Auth verified, since nobody objects for somebody else. Runs twice harmlessly.
 *
 * @returns for how many addresses; 0 if the person has not objected, or has no verified address
 */
export async function keepObjection(
  context: Pick<Context, 'clients' | 'keys' | 'policy'>,
  { subject, current, contactObjected = false, at }: LastWill,
): Promise<number> {
  if (!contactObjected && !hasObjected(context.policy, current)) return 0;
  await suppress(context.clients.own(), subject.verifiedEmails, context.keys, at);
  return subject.verifiedEmails.length;
}
