import { Timestamp, type DocumentReference, type DocumentSnapshot } from 'firebase-admin/firestore';
import type { Runner } from '../jobs/catalog.ts';
import type { JobOf } from '../jobs/define.ts';
import { noticeJobs } from './job.ts';
import type { Job } from '../jobs/types.ts';
import { erasureOf } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import type { Context } from '../platform/context.ts';
import { ComplianceError, PermanentError, RetryAfterError } from '../platform/errors.ts';
import { createIfAbsent, versionOf, millisOf } from '../platform/firestore.ts';
import { DAY_MS } from '../platform/time.ts';
import { isRestricted } from '../ledger/holds.ts';
import { addressOf } from '../subject/proven.ts';
import type { Progress } from '../systems/system.ts';
import { mailOf } from './mail.ts';
import { KEY_LIVES_MS } from './send.ts';
import { reconsentText } from './texts.ts';

/**
 * Messages to people, one job each. `notifications/{job}` holds the message and its status:
 * `queued` (also: no sender is set, and the app shows it), `sending`, `sent`, `answered` (not
 * needed any more), `undeliverable` (no verified address), `failed` (refused: an officer).
 */

type NoticeJob = JobOf<typeof noticeJobs>;

const noticeRef = (context: Context, job: Job): DocumentReference =>
  context.clients.own().collection('notifications').doc(job.id);

/**
 * Returns the consents that are still asked. Null: the person is erased, or about to be, and nobody
 * writes to them any more.
 */
async function stillAsked(context: Context, { uid, purposes }: NoticeJob['input']): Promise<readonly string[] | null> {
  const { head } = await latestHead(context, uid);
  if (erasureOf(head)) return null;
  return purposes.filter((purpose) => head.current[purpose] === 'expired');
}

/** Writes the notification down, once. */
async function queue(context: Context, job: NoticeJob): Promise<Progress> {
  const wanted = job.input;
  if ((await stillAsked(context, wanted)) === null) return { settled: [] };
  const { uid, purposes, language } = wanted;
  const fields = { uid, kind: 'reconsent', language, purposes, status: 'queued' };
  await createIfAbsent(noticeRef(context, job), { ...fields, createdAt: Timestamp.fromMillis(context.now()) });
  return { settled: [] };
}

/**
 * Sends it to the address that Auth verified. A restricted person gets no message until the
 * restriction is lifted (Art. 18(2): their data are stored, and nothing else). Nothing is done
 * without their answer either way.
 */
async function send(context: Context, job: NoticeJob): Promise<Progress> {
  const wanted = job.input;
  const ref = noticeRef(context, job);
  const document = await ref.get();
  const status: unknown = document.get('status');
  // Over its period, erased with the person, or settled before.
  if (status !== 'queued' && status !== 'sending' && status !== 'failed') return { settled: [] };
  const asked = await stillAsked(context, wanted);
  if (asked === null) return { settled: [] };
  if (asked.length === 0) return settle(ref, { status: 'answered' });
  if (await isRestricted(context, wanted.uid))
    return { wait: context.now() + DAY_MS, why: 'the processing of this person is restricted' };
  const mail = await mailOf(context);
  if (mail === null) return { settled: [] };
  const to = await addressOf(context, { uid: wanted.uid });
  if (to === undefined) return settle(ref, { status: 'undeliverable' });

  const message = { id: job.id, to, ...reconsentText(context.policy, asked, wanted.language) };
  const sent = isOld(context, document) && (await mail.wasSent(message));
  if (!sent) {
    await begin(context, document);
    try {
      await mail.send(message);
    } catch (error) {
      if (error instanceof PermanentError) await ref.update({ status: 'failed', error: error.code });
      // Not now: nothing was sent.
      else if (error instanceof RetryAfterError) await ref.update({ status: 'queued' });
      throw error;
    }
  }
  return settle(ref, { status: 'sent', sentAt: Timestamp.fromMillis(context.now()) });
}

/**
 * Marks it before Brevo is asked: an attempt that dies leaves the mark. A second request within the
 * life of Brevo's key sends nothing; later, Brevo's own log is asked first. If neither the key nor
 * the log has it, it is sent once more, rather than never.
 */
async function begin(context: Context, document: DocumentSnapshot): Promise<void> {
  const first: unknown = document.get('status') === 'sending' ? document.get('sendingAt') : undefined;
  const sendingAt =
    first instanceof Timestamp && !isOld(context, document) ? first : Timestamp.fromMillis(context.now());
  try {
    await document.ref.update({ status: 'sending', sendingAt }, versionOf(document));
  } catch (cause) {
    throw new ComplianceError('notice.moved', 'another attempt is at this notice', { cause });
  }
}

/** Has an attempt begun so long ago that Brevo no longer knows its key? */
function isOld(context: Context, document: DocumentSnapshot): boolean {
  return context.now() - (millisOf(document.get('sendingAt')) ?? Infinity) >= KEY_LIVES_MS;
}

async function settle(ref: DocumentReference, fields: Record<string, unknown>): Promise<Progress> {
  await ref.update(fields);
  return { settled: [{ record: 'notifications', count: 1, outcome: 'done', how: 'changed' }] };
}

export const noticeRunner = (context: Context): Runner =>
  noticeJobs.runner({ queue: (job) => queue(context, job), send: (job) => send(context, job) });
