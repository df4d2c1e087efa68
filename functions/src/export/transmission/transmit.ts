import { limitsOf } from '../../jobs/catalog.ts';
import type { Job } from '../../jobs/types.ts';
import { restrictionsOn } from '../../ledger/restriction/stated.ts';
import { keepsRows } from '../../ledger/restriction/scope.ts';
import { record, unlessErased } from '../../ledger/store.ts';
import type { Context } from '../../platform/context.ts';
import { ComplianceError, RetryAfterError } from '../../platform/errors.ts';
import { HOUR_MS } from '../../platform/time.ts';
import { addPeriod, answerBy } from '../../policy/calendar.ts';
import { PART_MARK, transmissionTo, type AddressProblem } from '../../policy/transmission.ts';
import type { RequestRef } from '../../requests/store.ts';
import { beginSending, endSending, sendingOf, showSending } from '../../requests/transmission.ts';
import type { Cursor, Progress } from '../../systems/system.ts';
import { inLanguages } from '../../texts/index.ts';
import type { ObjectStore } from '../archive/objects.ts';
import { exportPrefix, planExport } from '../plan.ts';
import type { Sender, SendProblem } from './send.ts';

/** The reason, told to the person, why nothing, or perhaps something, arrived. */
type TransmissionProblem = AddressProblem | SendProblem | 'severalParts' | 'expired' | 'erased' | 'restricted';

export interface Transmitting {
  readonly context: Context;
  readonly store: ObjectStore;
  readonly send: Sender;
  readonly ref: RequestRef;
  /** Is the person still there to be answered? */
  readonly isThere: () => Promise<boolean>;
}

const NOTHING: Progress = { settled: [] };

/**
 * Sends the archives of a portability to the address that the person gave (Art. 20(2)), one after
 * the other; each with its signed manifest in it. Run again it sends those again that are not known
 * to have arrived: a PUT twice is as one. Of one that has ended the person is shown the end again.
 *
 * @throws ComplianceError `transmission.…` if it may work later: a failed attempt; in the last one
 * it ends the sending
 */
export async function transmit(
  { context, store, send, ref, isThere }: Transmitting,
  job: Job,
  cursor: Cursor | undefined,
): Promise<Progress> {
  const sending = await sendingOf(context, ref);
  if (sending === null || !(await isThere())) return NOTHING;
  if (sending.state !== 'pending' && sending.state !== 'sending') {
    await showSending(context, ref);
    return NOTHING;
  }
  const { address, parts } = sending;
  const first = typeof cursor?.['sent'] === 'number' ? cursor['sent'] : 0;
  // Once something may have arrived, nobody says that nothing did.
  const refusedAs = sending.state === 'sending' ? 'failed' : 'refused';

  const checked = transmissionTo(context.policy, address, first + 1);
  if (!checked.ok) return end(refusedAs, checked.because);
  const { url, host } = checked;
  // One address holds one archive: the second would take the place of the first.
  if (parts.length > 1 && !(address as string).includes(PART_MARK)) return end(refusedAs, 'severalParts');
  const part = parts[first];
  if (part === undefined || isOver(context, job)) return end(refusedAs, 'expired');
  if (await isOnlyStored(context, ref.uid)) return end(refusedAs, 'restricted');

  if (!(await beginSending(context, ref))) return NOTHING;
  if (!(await noted(context, ref, job, host, 'transmissionBegun'))) return end(refusedAs, 'erased');
  const name = `${exportPrefix(ref.uid, ref.requestId)}${part.object}`;
  const fileName = parts.length === 1 ? 'personal-data.zip' : `personal-data-${first + 1}.zip`;
  const { bytes, sha256 } = part;
  const sent = await send({ url, bytes, sha256, fileName, read: () => store.read(name) });
  if (sent.ok) {
    if (first + 1 < parts.length) return { more: { sent: first + 1 } };
    await noted(context, ref, job, host, 'transmitted');
    context.log.info('export transmitted', { job: job.id, host, parts: parts.length });
    await endSending(context, ref, { state: 'sent' });
    return { settled: [{ recipient: host, count: parts.length, outcome: 'done' }] };
  }
  const { because, again, reached, retryAfter } = sent;
  const isLast = attemptsOf(job) >= limitsOf('export', context).maxAttempts;
  if (again && !isLast) {
    const code = `transmission.${because}` as const;
    const message = 'the archive could not be sent to the other controller';
    if (retryAfter === undefined) throw new ComplianceError(code, message);
    throw new RetryAfterError(code, message, context.now() + Math.min(retryAfter * 1000, LONGEST_WAIT_MS));
  }
  context.log.warn('an export could not be transmitted', { job: job.id, host, because });
  // A server that was never connected to has nothing, unless an earlier attempt or part reached it.
  const nothing = !reached && first === 0 && sending.state === 'pending';
  return end(nothing ? 'refused' : 'failed', because, host);

  async function end(state: 'refused' | 'failed', reason: TransmissionProblem, to?: string): Promise<Progress> {
    if (to !== undefined) await noted(context, ref, job, to, 'transmissionFailed');
    await endSending(context, ref, { state, reason });
    const by = answerBy(context.policy, context.now());
    const what = inLanguages(context.policy, ({ officer }) => officer.notSent);
    return { settled: to === undefined ? [] : [{ recipient: to, count: 0, outcome: 'manual', what, by }] };
  }
}

/** The longest pause that another side can ask for. */
const LONGEST_WAIT_MS = 6 * HOUR_MS;

const attemptsOf = (job: Job): number => job.steps['transmit']?.attempts ?? 0;

/** The archives are gone from the bucket by then. */
function isOver(context: Context, job: Job): boolean {
  const { rights, controller } = context.policy;
  const madeAt = job.steps['archive']?.finishedAt ?? job.createdAt;
  return context.now() >= addPeriod(madeAt, rights.exportsKept.period, controller.timeZone);
}

/**
 * Does the archive hold data that a restriction of the person allows to be stored alone (Art.
 * 18(2))? The person can download it, and carry it there. An erasure that they asked for as well
 * takes nothing from this wish. Costs 3 reads.
 */
async function isOnlyStored(context: Context, uid: string): Promise<boolean> {
  const own = (await restrictionsOn(context, uid)).filter(({ job }) => job === undefined);
  return planExport(context.policy, 'portability').records.some(({ record: { purposes } }) => keepsRows(own, purposes));
}

/** Writes an entry of the ledger, once for each job. False if their erasure has begun. */
async function noted(
  context: Context,
  ref: RequestRef,
  job: Job,
  host: string,
  what: 'transmissionBegun' | 'transmitted' | 'transmissionFailed',
): Promise<boolean> {
  const now = context.now();
  const noted = await record(
    context,
    ref.uid,
    `${what}:${job.id}`,
    unlessErased(() => ({
      kind: 'access',
      state: `portability.${what}`,
      actor: what === 'transmissionBegun' ? 'subject' : 'backend',
      source: 'app',
      system: host,
      occurredAt: now,
      recordedAt: now,
    })),
  );
  return noted.recorded || noted.because === 'duplicate';
}
