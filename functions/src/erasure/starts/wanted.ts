import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { createJob } from '../../jobs/store.ts';
import { newestHead } from '../../ledger/find.ts';
import { serviceWithdrawn } from '../../ledger/standing.ts';
import type { Context } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import type { Instant } from '../../platform/time.ts';
import { contract } from '../../policy/contract.ts';
import { fillPath } from '../../policy/lookup.ts';
import type { PurposeId } from '../../policy/schema.ts';
import { mayHaveNow } from '../../requests/powerNow.ts';
import { finishRequest, loadRequest, personRef, refOfRecord } from '../../requests/store.ts';
import { isUid } from '../../subject/identity.ts';
import { isStillUnused } from '../contract.ts';
import type { ErasureJob } from '../job.ts';
import { takeBackJob } from '../plan.ts';
import type { Standing } from './standing.ts';

/**
 * Records the answers in documents of a person whose event is late or lost. Consents lie above this
 * room, so that it is handed in.
 */
export type RecordLate = (context: Context, uid: string, documents: readonly DocumentSnapshot[]) => Promise<unknown>;

/**
 * Returns from when an erasure is wanted: the first end of a grace among the starts that are not
 * taken back; null: none is left. Asks each that can be taken back, before anything is touched: an
 * older version of the job, put back, would not know, and an event can be late or lost. Costs
 * nothing if something else began it.
 *
 * @throws PermanentError `seal.broken` if the record of a request is forged or gone, or nobody can
 *   read the chain
 */
export async function wantedFrom(context: Context, job: ErasureJob, recordLate: RecordLate): Promise<Instant | null> {
  const wanted: Partial<Record<Standing['by'], (start: Standing) => Promise<boolean>>> = {
    request: async (start) => !(await isTakenBack(context, job, start)),
    withdrawal: () => isWithdrawn(context, job, recordLate),
    // A brake can have held it for long. The person has come back meanwhile, or pays.
    inactivity: () => isStillUnused(context, job.input),
  };
  const now = context.now();
  const inOrder = [...job.input.standing].sort((a, b) => a.from - b.from);
  const isDue = inOrder.find(({ by, from }) => wanted[by] === undefined && from <= now);
  if (isDue !== undefined) return isDue.from;
  for (const start of inOrder) if ((await wanted[start.by]?.(start)) !== false) return start.from;
  return null;
}

/**
 * Does a withdrawal still stand? The newest head tells, after the person's own document was
 * compared with it: the event of a new yes can be late. An account can rest on several consents:
 * the document of each that the head calls withdrawn is compared, one after the other. A no in
 * another document begins an erasure with a grace of its own.
 */
async function isWithdrawn(
  context: Context,
  job: ErasureJob,
  recordLate: RecordLate,
  compared: readonly PurposeId[] = [],
): Promise<boolean> {
  const { uid } = job.input;
  const withdrawn = serviceWithdrawn(context.policy, (await newestHead(context, uid)).head);
  if (withdrawn === null) return false;
  const { purpose } = withdrawn;
  if (!isUid(uid) || compared.includes(purpose)) return true;
  const document = await context.clients.app().doc(fillPath(contract.consents, { uid, purpose })).get();
  await recordLate(context, uid, [document]);
  return isWithdrawn(context, job, recordLate, [...compared, purpose]);
}

/**
 * Was this request taken back, or refused? Asks its record, and the person's own document, which
 * lies in another database. Costs 3 reads, and 1 read and 1 query more of one that somebody else
 * made. The word of the person counts as they wrote it, also if its event is late or lost: the job
 * that the event makes is made here. One that somebody else made also ends with the power of the
 * other, which its record says then.
 *
 * @throws PermanentError `seal.broken` if the record of the request is forged, or is gone
 */
async function isTakenBack(
  context: Context,
  { input: { uid } }: ErasureJob,
  { request: key }: Standing,
): Promise<boolean> {
  if (key === undefined || !isUid(uid)) return false;
  const record = await loadRequest(context, key);
  if (record === null)
    throw new PermanentError('seal.broken', 'the request that began this erasure is gone: ask the person');
  const ends: readonly unknown[] = ['cancelled', 'refused'];
  if (ends.includes(record.status)) return true;
  const ref = await refOfRecord(context, uid, key, record);
  const shown = await personRef(context.clients.app(), ref).get();
  // Only the backend writes the status there.
  if (ends.includes(shown.get('status'))) return true;
  const isBack = shown.get('cancelled') === true || (record.onBehalf && shown.get('say') === 'disagrees');
  // The person was told that it goes on.
  if (isBack === true && record.reason !== 'too_late') {
    const at = Math.min(shown.updateTime?.toMillis() ?? Infinity, context.now());
    await createJob(context, takeBackJob(ref, record.pseudonym, at, record.dueAt.toMillis()));
    return true;
  }
  if (record.onBehalf === undefined) return false;
  const { head } = await newestHead(context, uid);
  if (await mayHaveNow(context, uid, head, record)) return false;
  await finishRequest(context, ref, { status: 'cancelled', reason: 'powerEnded' });
  return true;
}
