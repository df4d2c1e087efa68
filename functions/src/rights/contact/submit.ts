import { FieldValue } from 'firebase-admin/firestore';
import { networkOf, siteOf } from './clientAddress.ts';
import type { Context } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import { refusing, type Answer } from '../../platform/intake.ts';
import type { Instant } from '../../platform/time.ts';
import { contactCollection } from '../../policy/contract.ts';
import type { Caller } from '../../subject/signIn.ts';
import { countCalls } from '../../subject/rateLimit.ts';
import { textsIn } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';
import { readContact, type ContactRefusal } from './form.ts';

/** One call of the contact form. */
export interface ContactCall {
  readonly data: unknown;
  /** The caller's network address, if a proxy that is trusted has told it. */
  readonly address: string | undefined;
  /** The language of the answer. */
  readonly language: Language;
  /** Null if nobody is signed in, or the sign-in does not hold any more. */
  readonly caller: Pick<Caller, 'uid'> | null;
}

/**
 * How many calls of the contact form are taken in an hour, as multiples of `contactPerHour`. Pure.
 * A network counts for more than an address: a school or a home is behind one. A `site` of IPv6 has
 * many networks, and is one caller all the same. Past `all` a message waits for an officer; `most`
 * bounds what can be stored at all.
 */
export const contactLimits = (
  perAddress: number,
): Readonly<Record<'address' | 'network' | 'site' | 'all' | 'most', number>> => ({
  address: perAddress,
  network: 4 * perAddress,
  site: 16 * perAddress,
  all: 100 * perAddress,
  most: 400 * perAddress,
});

/**
 * Counts a call for the caller's network, and for its site of IPv6. First, and on its own: a
 * network that is refused uses up nothing of everybody's number.
 *
 * @param what names the called function
 * @returns null if the call may go on, otherwise when the next one may (epoch milliseconds)
 */
export async function countNetwork(
  context: Context,
  what: string,
  address: string | undefined,
): Promise<Instant | null> {
  const limits = contactLimits(context.config.contactPerHour);
  const network = networkOf(address);
  const site = siteOf(network);
  const { until } = await countCalls(context, what, [
    { name: `ip:${network}`, perHour: limits.network },
    ...(site === undefined ? [] : [{ name: `site:${site}`, perHour: limits.site }]),
  ]);
  return until;
}

/**
 * Writes a contact request: server time, and the uid of the caller if they are signed in, so that
 * it is theirs.
 *
 * Anybody can type anybody's e-mail address. So the answer never depends on it, and neither does
 * the work. Beyond its number the message is kept, and waits for an officer (`heldForReview`). So
 * does one beyond the number of all, since others sent those. A refusal depends on the caller's own
 * network or site, or on how much everybody sends, and says which. Callers whose network nobody
 * tells share one. No address is stored, only its keyed hash, which ends with the window. Costs 4
 * reads and 5 writes, with an IPv6 address one more of each.
 */
export async function submitContact(
  context: Context,
  call: ContactCall,
): Promise<Answer<{ id: string }, ContactRefusal>> {
  const collection = contactCollection(context.policy);
  // There is no such function then.
  if (collection === null) throw new PermanentError('policy.path', 'the policy has no contact form');
  const read = readContact(call.data);
  const texts = textsIn(call.language).answers.contact;
  const refuse = refusing(context, (code: ContactRefusal) => texts[code]);
  if (!read.ok) return refuse('invalid', { issues: read.issues });

  const fields = { ...read.form };
  // The language is for the answer; the contract's document has no such field.
  delete fields.locale;
  const until = await countNetwork(context, 'contact', call.address);
  if (until !== null) return refuse('rateLimited', { until });
  const limits = contactLimits(context.config.contactPerHour);
  const verdict = await countCalls(context, 'contact', [
    { name: 'all', perHour: limits.all, reportOnly: true },
    { name: 'most', perHour: limits.most },
    { name: `email:${fields.email}`, perHour: limits.address, reportOnly: true },
  ]);
  // The caller is not to blame.
  if (verdict.until !== null) return { ...refuse('rateLimited', { until: verdict.until }), message: texts.busy };

  const heldForReview = verdict.over.length > 0;
  // A row of an account always says it: a message counted here is not counted again
  // (contactOfAccount.ts).
  const more = call.caller ? { uid: call.caller.uid, heldForReview } : heldForReview ? { heldForReview } : {};
  const document = await context.clients
    .app()
    .collection(collection)
    .add({ ...fields, ...more, createdAt: FieldValue.serverTimestamp() });
  return { ok: true, result: { id: document.id } };
}
