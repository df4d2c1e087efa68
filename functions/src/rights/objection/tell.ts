import { Timestamp } from 'firebase-admin/firestore';
import { sha256Hex } from '../../crypto/hash.ts';
import { canMail } from '../../messages/mail.ts';
import { replyText, type TaskEnds } from '../../messages/reply.ts';
import type { OfficerTask } from '../../officerTasks/task.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { noticeLanguage } from '../../policy/notices.ts';
import type { PurposeId } from '../../policy/schema.ts';
import type { Reply } from '../../requests/reply.ts';
import { finishRequest, personRef } from '../../requests/store.ts';
import { isUid } from '../../subject/identity.ts';
import { localeOf } from '../../subject/locale.ts';
import { decide } from '../answers/decide.ts';
import { addressOfPerson, detailsOf, type FoundRequest } from '../answers/find.ts';
import { replyJob } from '../answers/job.ts';
import { isMarketing, type Stopped } from './plan.ts';

/** The result of an objection, as the person is told it. */
interface Result extends Stopped {
  /** Everything that was objected to. */
  readonly purposes: readonly PurposeId[];
  /** Purposes that the person said yes to since: they go on. */
  readonly saidYes: readonly PurposeId[];
  /** The reason of a request that is completed so. */
  readonly reason: 'done' | 'saidYes';
  /** The officers' tasks that are open. */
  readonly open: readonly OfficerTask[];
  /** The ends of tasks that were not done: only of the last answer. */
  readonly ends?: TaskEnds;
}

/** The result when the last task is over. */
type LastResult = Pick<Result, 'purposes' | 'stopped' | 'saidYes'> & { readonly ends: TaskEnds };

/**
 * Answers an objection that was carried out, for the machine: in the app, and by e-mail. It is
 * completed, or waits for the officers' tasks. If nobody can be told so, it waits for an
 * officer's letter. Runs twice harmlessly: one answer is sent.
 */
export async function tell(context: Context, found: FoundRequest, result: Result): Promise<void> {
  const { ref, record } = found;
  if (record.reply?.kind === 'answered') return;
  if (!(await canBeTold(context, found))) {
    await finishRequest(context, ref, { status: 'waiting' });
    return;
  }
  const at = context.now();
  const reply = await replyTo(context, found, result, at);
  const isWhole = result.open.length === 0;
  await decide(context, found, {
    state: 'answered',
    at,
    by: { actor: 'backend' },
    job: replyJob(found, 'answered', at),
    change: (record) => {
      if (record.reply?.kind === 'answered') return { refused: 'changed' };
      return isWhole
        ? { status: 'completed', reason: result.reason, completedAt: Timestamp.fromMillis(at), reply }
        : { status: 'waiting', waitingFor: 'officer', reply };
    },
  });
}

/**
 * Answers once more, when the officers' tasks are over and not all were done: the person was told
 * that these companies are asked to stop. The whole answer stands in it, with the companies that
 * have not stopped. It completes the request in part. Runs twice harmlessly: one answer is sent.
 */
export async function tellLast(context: Context, found: FoundRequest, result: LastResult): Promise<void> {
  if (!(await canBeTold(context, found))) {
    await finishRequest(context, found.ref, { status: 'completed', reason: 'partly' });
    return;
  }
  const at = context.now();
  const reply = await replyTo(context, found, { ...result, open: [] }, at);
  await decide(context, found, {
    state: 'answered',
    at,
    by: { actor: 'backend' },
    job: replyJob(found, 'answered', at, { isLast: true }),
    change: () => ({ status: 'completed', reason: 'partly', completedAt: Timestamp.fromMillis(at), reply }),
  });
}

/** Has the person a document in the app, or a proven address to which an e-mail can go? */
async function canBeTold(context: Context, { ref, record }: FoundRequest): Promise<boolean> {
  if (isUid(ref.uid) && (await personRef(context.clients.app(), ref).get()).exists) return true;
  return canMail(context) && (await addressOfPerson(context, { ...record, uid: ref.uid })) !== undefined;
}

async function replyTo(
  context: Context,
  found: FoundRequest,
  result: Omit<Result, 'reason'>,
  at: number,
): Promise<Reply> {
  const { purposes, stopped, byHand, saidYes, open, ends } = result;
  const { policy } = context;
  const { ref, record } = found;
  const locale = isUid(ref.uid) ? await localeOf(context, ref.uid) : undefined;
  const { language } = noticeLanguage(policy, locale);
  const { country } = (await detailsOf(context, found)).known;
  const isAdvertising = isMarketing(policy, purposes);
  const { subject, text } = replyText(
    policy,
    {
      told: {
        ...{ kind: 'answered', result: isAdvertising ? 'objected' : 'upheld', purposes: stopped, saidYes, open },
        ...defined({ byHand, ends }),
      },
      purpose: isAdvertising ? undefined : purposes[0],
      askedBy: record.onBehalf?.regime,
      type: 'objection',
      receivedAt: record.receivedAt.toMillis(),
      country: typeof country === 'string' ? country : undefined,
    },
    language,
  );
  const words = { subject, text };
  const by = 'backend';
  return { kind: 'answered', at: Timestamp.fromMillis(at), language, sha256: sha256Hex(text), by, words };
}
