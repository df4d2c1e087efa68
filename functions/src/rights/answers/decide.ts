import type { Unstoppable } from '../../erasure/grace.ts';
import { enqueueJob } from '../../jobs/store.ts';
import type { JobPlan } from '../../jobs/catalog.ts';
import type { OrderedBy } from '../../ledger/entry.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import type { Instant } from '../../platform/time.ts';
import { anothers } from '../../requests/addPart.ts';
import type { ClockRefusal } from '../../requests/clock.ts';
import { isFinal } from '../../requests/request.ts';
import type { RequestRecord } from '../../requests/store.ts';
import { generationOf } from '../../subject/pseudonym.ts';
import { readRequestIn, recordAbout, writeRequest } from '../written.ts';
import { standingOf, type FoundRequest } from './find.ts';

/** Why an officer's decision changes nothing. */
export type Refused =
  | ClockRefusal
  /** It was answered, refused or taken back. */
  | 'final'
  /** It begins by itself; it can be refused, and not be answered before. */
  | 'queued'
  /** Its job works on it. */
  | 'working'
  /** An erasure that cannot be stopped any more, or that something else asked for as well. */
  | Unstoppable
  /** Nothing was restricted, or no advertising stopped, for it: a letter would not be true. */
  | 'notCarriedOut'
  /** An export that waits for parts: the last one completes it. */
  | 'parts'
  /** The erasure of the person has begun, and answers it. */
  | 'erased'
  /** No disagreement of the person holds it. */
  | 'notHeld'
  /** An erasure against a disagreement: it cannot be undone. */
  | 'irreversible'
  /** The reason does not refuse this right, or not an objection to this purpose. */
  | 'reason'
  /** It is no objection. */
  | 'noObjection'
  /** The objection names no purpose of the policy. */
  | 'noPurpose'
  /** The machine cannot end it: nobody has an account, or the account itself rests on it. */
  | 'byHand'
  /** Its restriction stops more than the purpose that would end. */
  | 'wider'
  /** The purpose was not ended for it: a letter would not be true. */
  | 'notUpheld'
  /** The purpose has ended for another objection: a refusal would not be true. */
  | 'stopped'
  /** It changed since the officer looked. */
  | 'changed';

export type Decided =
  { readonly ok: true; readonly record: RequestRecord } | { readonly ok: false; readonly because: Refused };

/** A decision about a request: of an officer, or of the backend by a rule of law. */
export interface Decision {
  /** The state of its ledger entry behind the type: `rectification.paused`. */
  readonly state: 'paused' | 'resumed' | 'extended' | 'answered' | 'refused' | 'letOn' | 'upheld';
  /** When it took place; the entry also says when it was recorded. */
  readonly at: Instant;
  /** Changes the record, or says why not. Pure: a transaction may ask more than once. */
  readonly change: (record: RequestRecord) => Partial<RequestRecord> | { readonly refused: Refused };
  /** The officer, by their pseudonym if they were named; or the backend. */
  readonly by: OrderedBy;
  /** The job that tells the person. */
  readonly job?: JobPlan;
}

/**
 * Carries out an officer's decision about a request that is open: its record, the ledger's entry
 * and the job in one transaction. Somebody without an account has no chain, and gets no entry; nor
 * does somebody whose chain an erasure has closed. Costs 3 reads and 3 or 4 writes.
 */
export async function decide(context: Context, found: FoundRequest, decision: Decision): Promise<Decided> {
  const standing = await standingOf(context, found);
  if (standing === 'erased') return { ok: false, because: 'erased' };
  const carryOut = standing === 'alone' ? decideAlone : decideInChain;
  const decided = await carryOut(context, found, decision);
  if (decided.ok && decision.job) await enqueueJob(context, decision.job);
  return decided;
}

/** The decision about a request as a transaction reads it; undefined: it is gone. */
function judged(record: RequestRecord | undefined, change: Decision['change']): Decided {
  if (record === undefined) return { ok: false, because: 'changed' };
  const fields = isFinal(record.status) ? ({ refused: 'final' } as const) : change(record);
  return 'refused' in fields ? { ok: false, because: fields.refused } : { ok: true, record: { ...record, ...fields } };
}

const decideAlone = (context: Context, { ref }: FoundRequest, { change, job }: Decision): Promise<Decided> =>
  context.clients.own().runTransaction(async (tx) => {
    const decided = judged(await readRequestIn(tx, context, ref.key), change);
    if (decided.ok) writeRequest(tx, context, ref.key, decided.record, job);
    return decided;
  });

async function decideInChain(
  context: Context,
  { ref, record: { type, pseudonym } }: FoundRequest,
  { state, at, by, change, job }: Decision,
): Promise<Decided> {
  const seen: { decided: Decided } = { decided: judged(undefined, change) };
  const outcome = await recordAbout(context, ref, `${by.actor}_${state}_${ref.key}_${context.now()}`, {
    draft: (current) => {
      seen.decided = judged(current, change);
      if (!seen.decided.ok) return null;
      const times = { occurredAt: at, recordedAt: context.now() };
      return { kind: 'request', state: `${type}.${state}`, ...defined({ ...by }), ...times };
    },
    next: (current, chain) => {
      if (generationOf(chain) !== generationOf(pseudonym)) throw anothers();
      return { record: seen.decided.ok ? seen.decided.record : current, ...defined({ job }) };
    },
  });
  if (!seen.decided.ok || outcome.recorded) return seen.decided;
  return { ok: false, because: outcome.because === 'late' ? 'erased' : 'changed' };
}
