import type { DocumentData } from 'firebase-admin/firestore';
import { createJob } from '../jobs/store.ts';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import { mirrors, mirrorsOfEmail, mirrorsTouched, type Mirror } from './mirrors.ts';
import type { Known } from '../subject/identity.ts';
import { settleAddress } from '../subject/known.ts';
import { correctionJobs, type Correction } from './plan.ts';
import { chainNow } from './standing.ts';

/** A profile that was written, as plain data. */
export interface WrittenProfile {
  readonly uid: string;
  /** Absent: it is new. */
  readonly before: DocumentData | undefined;
  /** Absent: it is gone. */
  readonly after: DocumentData | undefined;
  readonly writtenAt: Instant;
  /** True if the event had no data, since the document is too large: nobody knows what changed. */
  readonly isUnknown: boolean;
}

/**
 * A profile was written: begins to carry the corrected values to the recipients that have them. One
 * that is new or gone corrects nothing. Costs nothing if no such value changed, else 1 read, and a
 * write for each recipient. Runs twice harmlessly.
 */
export async function onProfileWritten(context: Context, written: WrittenProfile): Promise<void> {
  const { uid, before, after, writtenAt, isUnknown } = written;
  if (after === undefined || (before === undefined && !isUnknown)) return;
  const touched = mirrorsTouched(context.policy, before, after);
  if (touched.length > 0) await begin(context, { uid, at: writtenAt }, touched);
}

/**
 * Begins to carry a new verified address to the recipients that have the old one, if there is one
 * to carry. After a crash the next night begins again: the same values twice change nothing. So it
 * does while an erasure under the uid goes on: nothing is noted that was not begun.
 */
export async function carryAddress(context: Context, known: Known): Promise<void> {
  const touched = known.addressMoved === true ? mirrorsOfEmail(context.policy) : [];
  if (touched.length === 0) return;
  if (await begin(context, { uid: known.uid, at: context.now() }, touched)) await settleAddress(context, known);
}

/**
 * Begins to carry everything that the recipients have of a person, at once, for a request that an
 * officer has carried out here. Each round begins anew, and once. False: the person's erasure ends
 * everything there, so nothing is begun and nobody is told.
 */
export async function carryForRequest(
  context: Context,
  who: { readonly uid: string; readonly request: NonNullable<Correction['request']> },
): Promise<boolean> {
  return begin(context, { ...who, at: context.now() }, mirrors(context.policy));
}

/** Makes the jobs. False: the person's erasure ends everything there, and nothing is begun. */
async function begin(context: Context, who: Omit<Correction, 'chain'>, touched: readonly Mirror[]): Promise<boolean> {
  const now = await chainNow(context, who.uid);
  if (now === undefined) return false;
  for (const job of correctionJobs(context, { ...who, chain: now.chain }, touched))
    await createJob(context, job, { again: false });
  return true;
}
