import { find } from '../../erasure/officer.ts';
import { erasureOf, type PurposeAnswers } from '../../ledger/chain.ts';
import { latestHead } from '../../ledger/find.ts';
import { lastYes } from '../../ledger/standing.ts';
import type { Context } from '../../platform/context.ts';
import { keyedHash } from '../../platform/keys.ts';
import type { Instant } from '../../platform/time.ts';
import { endedByObjection, messageChannels } from '../../policy/purposes/marketing.ts';
import { addressBehind } from '../../subject/addresses.ts';
import { isUid } from '../../subject/identity.ts';
import { claimedReceiver } from '../../subject/proven.ts';
import { isSuppressed, suppress } from '../../subject/suppression.ts';
import type { Progress } from '../../systems/system.ts';
import { ownerOf, type Owner } from '../ways/owner.ts';
import { beginObjection } from './begin.ts';
import { brevoJobs, type BrevoJob } from './job.ts';

const DONE: Progress = { settled: [] };

/**
 * Begins an objection if Brevo's own state of the contact says that the person unsubscribed, since
 * their last yes. Nothing that the event said is believed but the address to look at. Of an address
 * that Brevo does not know nothing happens. Runs twice harmlessly.
 */
async function believe(context: Context, { input: { subjectKey, at: toldAt } }: BrevoJob): Promise<Progress> {
  const email = await addressBehind(context, subjectKey);
  const [{ getContact, isPlain, ownerOf: uidOf }, { objectedAt }] = await Promise.all([
    import('../../systems/brevo/contacts.ts'),
    import('../../systems/brevo/objections.ts'),
  ]);
  if (email === undefined || !isPlain(email)) return DONE;
  const contact = await getContact(context, 'email_id', email);
  if (contact === null) return DONE;
  const { subject, chain } = await personOf(context, email, uidOf(contact));
  const { uid } = subject;
  const { head } = await latestHead(context, uid === '' ? `email/${email}` : uid);
  const channels = messageChannels(context.policy);
  const since = Math.max(...channels.map((purpose) => lastAgreed(head.consents[purpose] ?? {})));
  const told = objectedAt(context, contact, { uid, since });
  if (told === null) return DONE;
  const at = told.at ?? toldAt;
  const isErased = erasureOf(head) !== undefined;
  if (uid !== '' && isErased) {
    await suppress(context.clients.own(), [claimedReceiver(email)], context.keys, at);
    return DONE;
  }
  const purposes = endedByObjection(context.policy, channels);
  const isKnown =
    uid === ''
      ? await isSuppressed(context, email)
      : purposes.every((purpose) => hasObjectedSince(head.consents[purpose], told.at ?? since));
  if (isKnown) return DONE;
  // Without a time there is one objection since the last yes, however often it is told.
  const which = told.at === undefined ? `since ${since}` : String(told.at);
  const name = keyedHash('request', ['brevo', chain, which], context.keys);
  await beginObjection(context, {
    ...{ uid, chain, requestId: `brevo-${name}`, channel: 'brevo', purposes, at },
    ...(uid === '' ? { subjectKey } : {}),
  });
  return DONE;
}

/** When somebody last said yes for the person, themselves or a parent or guardian. */
const lastAgreed = (answers: PurposeAnswers): Instant =>
  Math.max(lastYes(answers), answers.holder?.granted === true ? answers.holder.at : -Infinity);

/** Nobody who never objected has, since whenever. */
const hasObjectedSince = (answers: PurposeAnswers | undefined, at: Instant): boolean =>
  answers?.objectedAt !== undefined && answers.objectedAt >= at;

/** Finds the person of a contact: the account that it names, else the owner of the address. */
async function personOf(context: Context, email: string, uid: string | undefined): Promise<Owner> {
  if (uid !== undefined && isUid(uid)) {
    const found = await find(context, { uid });
    if (found.isKnown && !found.erased) return found;
  }
  return ownerOf(context, email);
}

export const brevoRunner = (context: Context) => brevoJobs.runner({ believed: (job) => believe(context, job) });
