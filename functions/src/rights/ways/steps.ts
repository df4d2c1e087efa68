import { Timestamp } from 'firebase-admin/firestore';
import type { Runner } from '../../jobs/catalog.ts';
import { runnerOf, type JobOf } from '../../jobs/define.ts';
import { createJob } from '../../jobs/store.ts';
import { latestHead } from '../../ledger/find.ts';
import { tellLink } from '../../messages/link.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { PermanentError } from '../../platform/errors.ts';
import { createIfAbsent } from '../../platform/firestore.ts';
import { keyedHash, type PseudonymKeys } from '../../platform/keys.ts';
import type { Instant } from '../../platform/time.ts';
import { recordUnder } from '../../requests/find.ts';
import { isFinal, type Entered } from '../../requests/request.ts';
import {
  refOf,
  requestRef,
  requestsIn,
  requestsOf,
  sealedRequest,
  type RequestRecord,
  type RequestRef,
} from '../../requests/store.ts';
import { addressBehind, everyNameOfPerson, learnAddress } from '../../subject/addresses.ts';
import { claimedReceiver } from '../../subject/proven.ts';
import { keyVersionOf } from '../../subject/pseudonym.ts';
import { outlivesAccount, suppress } from '../../subject/suppression.ts';
import type { Progress } from '../../systems/system.ts';
import { beginObjection } from '../objection/begin.ts';
import { brevoRunner } from '../objection/brevo.ts';
import { pauseRunner } from '../objection/pause.ts';
import { isCarriedOut, marketingEndedBy, objectedPurposes } from '../objection/plan.ts';
import { objectionRunner } from '../objection/steps.ts';
import { decideRequest, forOfficer, newRecord, type RightsRequest } from '../plan.ts';
import { queueForms } from '../queue.ts';
import { confirmJobs, mailJobs, type ConfirmJob } from './job.ts';
import { linkNamed, tokenOf } from './link.ts';
import { ownerOf, type Owner } from './owner.ts';

/** Every form of the kind `request`: queued requests, links that are sent, links that were used. */
export const requestRunner = (context: Context): Runner =>
  runnerOf(
    mailJobs.runner({ link: (job) => mail(context, job) }),
    confirmJobs.runner({ confirm: (job) => confirm(context, job) }),
    objectionRunner(context),
    pauseRunner(context),
    brevoRunner(context),
    ...queueForms(context),
  );

const NOTHING: Progress = { settled: [] };

/** Sends the link, as long as it works. The same attempt again is the same message. */
async function mail(context: Context, job: JobOf<typeof mailJobs>): Promise<Progress> {
  const { link: name } = job.input;
  const link = await linkNamed(context, name);
  if (link === null || link.silent === true) return NOTHING;
  const email = await addressBehind(context, link.subjectKey);
  const base = context.config.linksUrl;
  if (email === undefined) return NOTHING;
  if (base === undefined) throw new PermanentError('config', 'LINKS_URL is not set: no link can be written');
  await tellLink(context, {
    id: job.id,
    to: claimedReceiver(email),
    locale: link.language,
    since: job.createdAt,
    asks: link.asks,
    url: `${base.href.replace(/\/$/, '')}/${tokenOf(name, link, context.keys)}`,
    until: link.expiresAt.toMillis(),
  });
  return NOTHING;
}

/**
 * Carries out the wish of a used link. Stopping marketing begins at once, also if the person chose
 * it among the purposes. Any other purpose that they object to is paused (Art. 18(1)(d)). Any other
 * right is noted and waits: for the person's sign-in in the app, or for an officer. Runs twice
 * harmlessly.
 *
 * @throws PermanentError `address_gone` if the address is kept no longer
 */
async function confirm(context: Context, job: ConfirmJob): Promise<Progress> {
  const { link, subjectKey, asks, purpose, at } = job.input;
  const { policy } = context;
  const email = await addressBehind(context, subjectKey);
  if (email === undefined)
    throw new PermanentError('address_gone', 'the address of this link is kept no longer: cancel this job');
  await learnAddress(context, { email, provenAt: at });
  const { subject, chain } = await ownerOf(context, email);
  const { head } = await latestHead(context, subject.uid === '' ? `email/${email}` : subject.uid);
  const ended = asks === 'marketing' ? objectedPurposes(policy, undefined) : marketingEndedBy(policy, purpose);
  const isStop = asks === 'marketing' || ended.length > 0;
  // An erasure that runs answers every request, and ends marketing. The objection outlives it.
  if (head.erasing !== undefined && head.closed === undefined) {
    if (outlivesAccount(policy, ended))
      await suppress(context.clients.own(), [claimedReceiver(email)], context.keys, at);
    return NOTHING;
  }
  if (isStop)
    await beginObjection(context, {
      ...{ uid: subject.uid, chain, requestId: requestIdOf(link, context.keys), channel: 'link', at },
      purposes: ended,
      ...(subject.uid === '' ? { subjectKey } : {}),
      entered: enteredBy(at),
      ...defined({ purpose }),
    });
  else await note(context, job, { subject, chain });
  return NOTHING;
}

/** The id of the request of a link, the same under every pseudonym key. */
const requestIdOf = (link: string, keys: PseudonymKeys): string =>
  `link-${keyedHash('request', ['link', link], keys, keyVersionOf(link))}`;

/** A link proves the mailbox, and nothing else. */
const enteredBy = (at: Instant): Entered => ({
  at: Timestamp.fromMillis(at),
  power: 'self',
  identity: { method: 'mailbox', result: 'proven' },
});

/**
 * Records a request that came by a link: once, also if one of its type is noted already, about the
 * same purpose. Pauses the purpose that it names.
 */
async function note(
  context: Context,
  { input: { link, subjectKey, asks, purpose, at } }: ConfirmJob,
  { subject, chain: today }: Owner,
): Promise<void> {
  if (asks === 'marketing') return;
  const own = context.clients.own();
  const requestId = requestIdOf(link, context.keys);
  const request: RightsRequest = { requestId, type: asks, receivedAt: at, ...defined({ objectsTo: purpose }) };
  const names = await everyNameOfPerson(context, { uid: subject.uid, key: subjectKey }, today);
  // The request of this very link keeps the name under which it was recorded, also if a newer
  // pseudonym key is in use now.
  const refIn = (name: string): RequestRef => refOf(subject.uid, name, requestId, context.keys);
  const chain = (await recordUnder(context, names, (name) => refIn(name).key))?.chain ?? today;
  const ref = refIn(chain);
  const open = requestsIn((await requestsOf(own, names, asks).get()).docs, context.keys).requests;
  // One that was carried out waits for others alone: a yes may have come since.
  const isNoted = open.some(
    ({ key, record }) =>
      key !== ref.key &&
      record.channel === 'link' &&
      record.details?.['purpose'] === purpose &&
      !isFinal(record.status) &&
      !isCarriedOut(record),
  );
  if (isNoted) return;
  const { dueAt, job } = decideRequest(context, subject.uid, chain, request);
  // A mailbox alone begins no erasure and no export.
  const pause = asks === 'objection' ? job : undefined;
  const record: RequestRecord = {
    ...newRecord(chain, request, forOfficer(dueAt, pause), at),
    channel: 'link',
    // Somebody with an account is known by it.
    ...(subject.uid === '' ? { subjectKey } : {}),
    entered: enteredBy(at),
    ...(purpose === undefined ? {} : { details: { purpose } }),
  };
  await createIfAbsent(requestRef(own, ref.key), sealedRequest(ref.key, record, context.keys));
  if (pause !== undefined) await createJob(context, pause);
}
