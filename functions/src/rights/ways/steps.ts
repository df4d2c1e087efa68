import { Timestamp } from 'firebase-admin/firestore';
import { find } from '../../erasure/officer.ts';
import type { Runner } from '../../jobs/catalog.ts';
import { runnerOf, type JobOf } from '../../jobs/define.ts';
import { latestHead } from '../../ledger/find.ts';
import { tellLink } from '../../messages/link.ts';
import type { Context } from '../../platform/context.ts';
import { ComplianceError, PermanentError } from '../../platform/errors.ts';
import { createIfAbsent } from '../../platform/firestore.ts';
import { keyedHash } from '../../platform/keys.ts';
import type { Instant } from '../../platform/time.ts';
import { isFinal } from '../../requests/request.ts';
import {
  changeRequest,
  refOf,
  requestRef,
  requestsIn,
  requestsOf,
  sealedRequest,
  type RequestRecord,
} from '../../requests/store.ts';
import { learnAddress, readAddress } from '../../subject/addresses.ts';
import { addressPseudonym } from '../../subject/emails.ts';
import type { Subject } from '../../subject/identity.ts';
import { claimedReceiver, provenByOfficer } from '../../subject/proven.ts';
import type { Progress } from '../../systems/system.ts';
import { decideRequest, newRecord } from '../plan.ts';
import { queueForms } from '../queue.ts';
import { confirmJobs, mailJobs, type ConfirmJob } from './job.ts';
import { linkNamed, tokenOf } from './link.ts';
import { stopMarketing } from './marketing.ts';

/** Every form of the kind `request`: queued requests, links that are sent, links that were used. */
export const requestRunner = (context: Context): Runner =>
  runnerOf(
    mailJobs.runner({ link: (job) => mail(context, job) }),
    confirmJobs.runner({ confirm: (job, { deadline }) => confirm(context, job, deadline) }),
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

/** The address that a link was asked for, proven or not; undefined if it is kept no longer. */
async function addressBehind(context: Context, subjectKey: string): Promise<string | undefined> {
  const known = await readAddress(context, subjectKey);
  return known?.verifiedEmails[0] ?? known?.unverifiedEmails?.[0];
}

/**
 * Carries out the wish of a used link. Stopping marketing is done at once. Any other right is noted
 * and waits: for the person's sign-in in the app, or for an officer. Runs twice harmlessly.
 *
 * @throws PermanentError `address_gone` if the address is kept no longer
 */
async function confirm(context: Context, job: ConfirmJob, deadline: Instant): Promise<Progress> {
  const { subjectKey, asks, at } = job.input;
  const email = await addressBehind(context, subjectKey);
  if (email === undefined)
    throw new PermanentError('address_gone', 'the address of this link is kept no longer: cancel this job');
  await learnAddress(context, { email, provenAt: at });
  const { subject, chain } = await ownerOf(context, email);
  const { head } = await latestHead(context, subject.uid === '' ? `email/${email}` : subject.uid);
  // An erasure that runs answers every request, and stops marketing itself.
  if (head.erasing !== undefined && head.closed === undefined) return NOTHING;
  if (asks !== 'marketing') {
    await note(context, job, { subject, chain }, 'waiting');
    return NOTHING;
  }
  const progress = await stopMarketing(context, { subject, email: claimedReceiver(email), at }, deadline);
  if (!('settled' in progress)) return progress;
  const isLeft = progress.settled.some(({ outcome }) => outcome === 'manual');
  await note(context, job, { subject, chain }, isLeft ? 'waiting' : 'completed');
  return progress;
}

interface Owner {
  readonly subject: Subject;
  readonly chain: string;
}

/**
 * Finds the owner of a proven mailbox: the account that has verified it, else a person without an
 * account. An account that only names the address is not taken for the owner's.
 */
async function ownerOf(context: Context, email: string): Promise<Owner> {
  try {
    return await find(context, { email });
  } catch (error) {
    if (!(error instanceof ComplianceError) || error.code !== 'officer.email') throw error;
    const chain = addressPseudonym(email, context.keys);
    return { chain, subject: await provenByOfficer(context, [email], chain) };
  }
}

/** Records a request that came by a link: once, also if one of its type is noted already. */
async function note(
  context: Context,
  { input: { link, subjectKey, asks, at } }: ConfirmJob,
  { subject, chain }: Owner,
  status: 'waiting' | 'completed',
): Promise<void> {
  const own = context.clients.own();
  const type = asks === 'marketing' ? 'objection' : asks;
  const request = { requestId: `link-${keyedHash('request', ['link', link], context.keys)}`, type, receivedAt: at };
  const ref = refOf(subject.uid, chain, request.requestId, context.keys);
  const open = requestsIn((await requestsOf(own, chain, type).get()).docs, context.keys).requests;
  const isNoted = open.some(
    ({ key, record }) => key !== ref.key && record.channel === 'link' && !isFinal(record.status),
  );
  if (isNoted && status === 'waiting') return;
  const { dueAt } = decideRequest(context, subject.uid, chain, request);
  const decision = { status: 'waiting', dueAt, waitingFor: 'officer' } as const;
  const record: RequestRecord = {
    ...newRecord(chain, request, decision, at),
    channel: 'link',
    // Somebody with an account is known by it.
    ...(subject.uid === '' ? { subjectKey } : {}),
    entered: {
      at: Timestamp.fromMillis(at),
      power: 'self',
      identity: { method: 'mailbox', result: 'proven' },
    },
  };
  await createIfAbsent(requestRef(own, ref.key), sealedRequest(ref.key, record, context.keys));
  if (status === 'completed')
    await changeRequest(context, ref.key, () => ({ status, completedAt: Timestamp.fromMillis(context.now()) }));
}
