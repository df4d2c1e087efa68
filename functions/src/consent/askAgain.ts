import type { DocumentSnapshot, QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { JobOf } from '../jobs/define.ts';
import type { askJobs } from './job.ts';
import { noticeJobs } from '../messages/job.ts';
import { createJob } from '../jobs/store.ts';
import { erasureOf, type Head } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import { readHead } from '../ledger/documents.ts';
import { amendChain } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { updateIfUnchanged } from '../platform/firestore.ts';
import type { Instant } from '../platform/time.ts';
import { noticeLanguage } from '../policy/notices.ts';
import type { PurposeId } from '../policy/schema.ts';
import { uidOfChains } from '../subject/known.ts';
import type { Progress } from '../systems/system.ts';
import { consentRef, readAnswer } from './documents.ts';
import { amendWithEffects } from './effects.ts';
import { isToBeMarked } from './decide.ts';
import { decideExpiry, isAnsweredAnew, purposesDue } from './expiry.ts';

/**
 * Asks one person again for every consent that is due (a new text, the policy's period). They are
 * `expired` in the ledger. The same transaction makes the jobs that end their effects, mark the
 * documents and send one notice. A consent whose document says yes anew waits for the event of
 * that, at the latest until the next nights. Runs twice harmlessly. Costs 1 read if nothing is due;
 * else 2, one for each consent that is due, and the writes.
 *
 * @returns how many consents expired
 */
export async function askAgain(context: Context, uid: string): Promise<number> {
  // A yes that is written after the documents were read is newer than this.
  const now = context.now();
  const left = await answeredAnew(context, uid, now);
  if (left === null) return 0;
  return (await amendWithEffects(context, uid, (head) => decideExpiry(head, context.policy, now, left))).length;
}

/**
 * Reads the documents of the consents that are due, and returns those that hold a new yes, of which
 * no event has told yet. Null: nothing is due.
 */
async function answeredAnew(context: Context, uid: string, now: Instant): Promise<readonly PurposeId[] | null> {
  const { policy, clients } = context;
  const { head } = await latestHead(context, uid);
  const due = purposesDue(head, policy, now);
  if (due.length === 0) return null;
  const documents = await clients.app().getAll(...due.map((purpose) => consentRef(context, uid, purpose)));
  return documents.flatMap((document) => {
    const [purpose, after] = [document.id, readAnswer(document.data())];
    const writtenAt = document.updateTime?.toMillis() ?? now;
    return after !== null && isAnsweredAnew(head, policy, now, { purpose, after, writtenAt }) ? [purpose] : [];
  });
}

/**
 * Asks the person of a chain. If nobody knows the person, the consent expires all the same: it is
 * no longer relied on. There is no document to mark then and nobody to write to, which is logged.
 */
export async function askChain(context: Context, document: QueryDocumentSnapshot): Promise<number> {
  const { id } = document;
  const head = readHead(id, document.data(), context.keys);
  if (erasureOf(head) ?? head.continuedBy) return 0;
  const uid = await uidOfChains(context, [id, ...(head.continues === undefined ? [] : [head.continues.chain])]);
  if (uid !== null) return askAgain(context, uid);
  const entries = await amendChain(context, id, (open) => decideExpiry(open, context.policy, context.now()));
  if (entries.length > 0) context.log.warn('consents of a person whom nobody knows have expired', { chain: id });
  return entries.length;
}

/**
 * Marks a document: its person is to be asked again (`reconsentRequired`): the consent has
 * expired, or the document says yes to a text that was never published. Never one that was written
 * since it was read: a newer document is an answer.
 *
 * @returns whether the mark was set now
 */
export async function markDocument(
  context: Pick<Context, 'policy' | 'now'>,
  head: Head,
  purpose: string,
  document: DocumentSnapshot,
): Promise<boolean> {
  const answer = readAnswer(document.data());
  const writtenAt = document.updateTime?.toMillis() ?? context.now();
  if (answer === null || !isToBeMarked(context.policy, head, purpose, answer, writtenAt)) return false;
  return updateIfUnchanged(document, { reconsentRequired: true });
}

type AskJob = JobOf<typeof askJobs>;

/**
 * Marks the documents of expired consents. One that was written meanwhile is told by its own event,
 * or by the next reconciliation.
 */
export async function mark(context: Context, { input: { uid, purposes } }: AskJob): Promise<Progress> {
  const { head } = await latestHead(context, uid);
  if (erasureOf(head)) return { settled: [] };
  for (const purpose of purposes)
    await markDocument(context, head, purpose, await consentRef(context, uid, purpose).get());
  return { settled: [] };
}

/**
 * Starts the one notice about everything that expired together, in the person's language: profile,
 * else consent, else the policy's.
 */
export async function notify(context: Context, job: AskJob): Promise<Progress> {
  const { uid, purposes } = job.input;
  const { chain, head } = await latestHead(context, uid);
  const left = purposes.filter((purpose) => head.current[purpose] === 'expired');
  if (erasureOf(head) !== undefined || left.length === 0) return { settled: [] };
  const app = context.clients.app();
  const documents = await app.getAll(
    app.doc(`users/${uid}`),
    ...left.map((purpose) => consentRef(context, uid, purpose)),
  );
  const locale = documents.map((document): unknown => document.get('locale')).find((one) => typeof one === 'string');
  const { language } = noticeLanguage(context.policy, typeof locale === 'string' ? locale : undefined);
  await createJob(
    context,
    noticeJobs.plan({
      id: `notice_${job.id}`,
      pseudonym: chain,
      input: { uid, notice: 'reconsent', purposes: left, language },
      dueAt: job.dueAt,
      steps: [{ id: 'queue' }, { id: 'send', after: ['queue'] }],
    }),
  );
  return { settled: [] };
}
