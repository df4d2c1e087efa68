import { Timestamp, type DocumentReference, type DocumentSnapshot } from 'firebase-admin/firestore';
import type { Runner } from '../jobs/catalog.ts';
import { runnerOf, type JobOf } from '../jobs/define.ts';
import { noticeJobs, policyNoticeJobs } from './job.ts';
import type { Job } from '../jobs/types.ts';
import { erasureOf } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import type { Context } from '../platform/context.ts';
import { ComplianceError, PermanentError, RetryAfterError } from '../platform/errors.ts';
import { createIfAbsent, versionOf, millisOf } from '../platform/firestore.ts';
import { DAY_MS } from '../platform/time.ts';
import type { PurposeId } from '../policy/schema.ts';
import { noticeLanguage } from '../policy/notices.ts';
import { versionsAt } from '../policy/versions/inForce.ts';
import { restrictionsOn } from '../ledger/restriction/stated.ts';
import { isRestricted } from '../ledger/restriction/scope.ts';
import { showState } from '../ledger/shown/show.ts';
import { localeOf } from '../subject/locale.ts';
import { addressOf } from '../subject/proven.ts';
import type { Progress } from '../systems/system.ts';
import { mailOf } from './mail.ts';
import { KEY_LIVES_MS, type NoticeText } from './send.ts';
import type { Language } from '../texts/languages.ts';
import { policyText, reconsentText } from './texts.ts';

/**
 * Messages to people, one job each. `notifications/{job}` holds the message and its status:
 *
 * - `queued`, also if no sender is set and the app shows it;
 * - `sending`, `sent`;
 * - `answered`: not needed any more;
 * - `undeliverable`: no verified address;
 * - `failed`: refused, and an officer's.
 */

type NoticeJob = JobOf<typeof noticeJobs>;
type PolicyNoticeJob = JobOf<typeof policyNoticeJobs>;

const noticeRef = (context: Context, job: Job): DocumentReference =>
  context.clients.own().collection('notifications').doc(job.id);

/** A message that somebody still waits for: its fields in `notifications`, and its words. */
interface Wanted {
  /** The purposes that it is about; absent: the person as a whole. */
  readonly purposes?: readonly PurposeId[];
  readonly fields: Readonly<Record<string, unknown>> & { readonly language: Language };
  readonly text: (language: Language) => NoticeText;
}

/**
 * Asks for consents again, as far as they are still asked. Null: the person is erased, or about to
 * be, and nobody writes to them any more.
 */
async function reconsent(context: Context, { input }: NoticeJob): Promise<Wanted | 'answered' | null> {
  const { head } = await latestHead(context, input.uid);
  if (erasureOf(head)) return null;
  const { uid, purposes, language } = input;
  const asked = purposes.filter((purpose) => head.current[purpose] === 'expired');
  if (asked.length === 0) return 'answered';
  return {
    purposes: asked,
    fields: { uid, kind: 'reconsent', language, purposes },
    text: (read) => reconsentText(context.policy, asked, read),
  };
}

/** Tells of a version of the policy. One that is no longer announced, nor in force, is not told. */
async function policyChange(context: Context, { input }: PolicyNoticeJob): Promise<Wanted | 'answered' | null> {
  const { uid, version } = input;
  const { head } = await latestHead(context, uid);
  if (erasureOf(head)) return null;
  const { inForce, announced } = versionsAt(context.policy, context.now());
  if (version !== announced?.version && version !== inForce) return 'answered';
  const { language } = noticeLanguage(context.policy, await localeOf(context, uid));
  return {
    fields: { uid, kind: 'policy', language, version },
    text: (read) => policyText(context.policy, version, read),
  };
}

/** Shows a version in the person's app as well, also to somebody without an address. */
async function prepare(context: Context, job: PolicyNoticeJob): Promise<Progress> {
  const { uid } = job.input;
  const wanted = await policyChange(context, job);
  if (wanted !== null && wanted !== 'answered') await showState(context, uid, (await latestHead(context, uid)).head);
  return queue(context, job, wanted);
}

/** Writes the notification down, once. */
async function queue(context: Context, job: Job, wanted: Wanted | 'answered' | null): Promise<Progress> {
  if (wanted === null || wanted === 'answered') return { settled: [] };
  const createdAt = Timestamp.fromMillis(context.now());
  await createIfAbsent(noticeRef(context, job), { ...wanted.fields, status: 'queued', createdAt });
  return { settled: [] };
}

/** Is a purpose of the message restricted, or the whole person (Art. 18)? Costs 3 reads. */
async function isStopped(context: Context, uid: string, { purposes }: Wanted): Promise<boolean> {
  const running = await restrictionsOn(context, uid);
  return purposes === undefined
    ? running.some((one) => one.purposes === undefined)
    : purposes.some((purpose) => isRestricted(running, purpose));
}

/**
 * Sends it to the address that Auth verified. Nobody is asked about a restricted purpose until the
 * restriction is lifted (Art. 18(2): the data are stored, and nothing else). Nothing is done
 * without their answer either way.
 */
async function send(
  context: Context,
  job: Job & { readonly input: { readonly uid: string } },
  want: () => Promise<Wanted | 'answered' | null>,
): Promise<Progress> {
  const { uid } = job.input;
  const ref = noticeRef(context, job);
  const document = await ref.get();
  const status: unknown = document.get('status');
  // Over its period, erased with the person, or settled before.
  if (status !== 'queued' && status !== 'sending' && status !== 'failed') return { settled: [] };
  const wanted = await want();
  if (wanted === null) return { settled: [] };
  if (wanted === 'answered') return settle(ref, { status: 'answered' });
  if (await isStopped(context, uid, wanted))
    return { wait: context.now() + DAY_MS, why: 'the processing of this person is restricted' };
  const mail = await mailOf(context);
  if (mail === null) return { settled: [] };
  const to = await addressOf(context, { uid });
  if (to === undefined) return settle(ref, { status: 'undeliverable' });

  const message = { id: job.id, to, ...wanted.text(wanted.fields.language) };
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
  runnerOf(
    policyNoticeJobs.runner({
      prepare: (job) => prepare(context, job),
      tell: (job) => send(context, job, () => policyChange(context, job)),
    }),
    noticeJobs.runner({
      queue: async (job) => queue(context, job, await reconsent(context, job)),
      send: (job) => send(context, job, () => reconsent(context, job)),
    }),
  );
