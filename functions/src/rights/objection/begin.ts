import { addJob, enqueueJob } from '../../jobs/store.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { answerBy } from '../../policy/calendar.ts';
import type { PurposeId } from '../../policy/schema.ts';
import { requestKey, type Entered } from '../../requests/request.ts';
import { refOf, requestRef, sealedRequest } from '../../requests/store.ts';
import { everyNameOfPerson } from '../../subject/addresses.ts';
import { newRecord, type RequestDecision, type RightsRequest } from '../plan.ts';
import { objectionJob, type ObjectionOrder } from './job.ts';

/** An objection to direct marketing that came past the app, without a sign-in. */
interface OwnObjection extends Omit<ObjectionOrder, 'dueAt'> {
  /** Empty: somebody without an account. */
  readonly uid: string;
  /** Names the objection: it is recorded once. */
  readonly requestId: string;
  /** The way it came: `link`, `message`, `brevo`. */
  readonly channel: string;
  /** The purpose that the person chose: a message tells them the result. */
  readonly purpose?: PurposeId;
  readonly entered?: Entered;
}

/**
 * Records an objection in the register of requests, with the job that carries it out, in one
 * transaction. Runs twice harmlessly, also under a new pseudonym key. Costs 2 writes and a read for
 * each key; of somebody without an account, with more than one key, 1 read more.
 */
export async function beginObjection(context: Context, objection: OwnObjection): Promise<void> {
  const { uid, chain, subjectKey, requestId, channel, purpose, at, entered } = objection;
  const request: RightsRequest = { requestId, type: 'objection', receivedAt: at };
  const ref = refOf(uid, chain, requestId, context.keys);
  const dueAt = answerBy(context.policy, at);
  const job = objectionJob(ref, { ...objection, dueAt });
  const decision: RequestDecision = { status: 'in_progress', dueAt, job };
  const details = purpose === undefined ? undefined : { purpose };
  const record = { ...newRecord(chain, request, decision, at), channel, ...defined({ subjectKey, entered, details }) };
  const own = context.clients.own();
  const names = await everyNameOfPerson(context, { uid, key: subjectKey }, chain);
  const same = names.map((name) => requestRef(own, requestKey(name, requestId, context.keys)));
  await own.runTransaction(async (tx) => {
    if ((await tx.getAll(...same)).some(({ exists }) => exists)) return;
    tx.create(requestRef(own, ref.key), sealedRequest(ref.key, record, context.keys));
    addJob(tx, context, job);
  });
  await enqueueJob(context, job);
}
