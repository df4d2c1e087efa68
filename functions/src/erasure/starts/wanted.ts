import { newestHead } from '../../ledger/find.ts';
import { serviceWithdrawn } from '../../ledger/standing.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { PermanentError } from '../../platform/errors.ts';
import { mayStillHave } from '../../requests/onBehalf.ts';
import { finishRequest, loadRequest, personRef, refOfRecord } from '../../requests/store.ts';
import { isUid } from '../../subject/identity.ts';
import { isStillUnused } from '../contract.ts';
import type { ErasureJob } from '../job.ts';
import type { Standing } from './standing.ts';

/**
 * Is one of the starts of an erasure still wanted? Asks each that can be taken back, before
 * anything is touched: an older version of the job, put back, would not know. Costs nothing if
 * something else began it.
 *
 * @throws PermanentError `seal.broken` if the record of a request is forged or gone, or nobody can
 *   read the chain
 */
export async function isStillWanted(context: Context, job: ErasureJob): Promise<boolean> {
  const { standing } = job.input;
  const wanted: Partial<Record<Standing['by'], (start: Standing) => Promise<boolean>>> = {
    request: async (start) => !(await isTakenBack(context, job, start)),
    withdrawal: () => isWithdrawn(context, job),
    // A brake can have held it for long. The person has come back meanwhile, or pays.
    inactivity: () => isUnused(context, job),
  };
  if (standing.some(({ by }) => wanted[by] === undefined)) return true;
  for (const start of standing) if ((await wanted[start.by]?.(start)) === true) return true;
  return false;
}

const isUnused = (context: Context, { input: { uid, accountCreatedAt, tenantId } }: ErasureJob): Promise<boolean> =>
  isStillUnused(context, { uid, accountCreatedAt, ...defined({ tenantId }) });

/** Does the withdrawal still stand? The newest head tells. */
async function isWithdrawn(context: Context, { input: { uid } }: ErasureJob): Promise<boolean> {
  const { head } = await newestHead(context, uid);
  return serviceWithdrawn(context.policy, head) !== null;
}

/**
 * Was this request taken back, or refused? Asks its record, and the person's own document, which
 * lies in another database. Costs 3 reads. One that somebody else made also ends with a word of the
 * person, or with the power of the other, which its record says then.
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
  if (record.onBehalf === undefined) return false;
  // Their word counts as they wrote it, also if its event is still on its way.
  if (shown.get('say') === 'disagrees' || shown.get('cancelled') === true) return true;
  const { powers } = (await newestHead(context, uid)).head;
  if (mayStillHave(context.policy, powers, record, context.now())) return false;
  await finishRequest(context, ref, { status: 'cancelled', reason: 'powerEnded' });
  return true;
}
