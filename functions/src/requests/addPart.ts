import type { Transaction } from 'firebase-admin/firestore';
import { record as recordEntry, unlessErased } from '../ledger/store.ts';
import { added } from '../officerTasks/plan.ts';
import { endIn } from '../officerTasks/store.ts';
import type { OfficerTask } from '../officerTasks/task.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { ComplianceError } from '../platform/errors.ts';
import { generationOf } from '../subject/pseudonym.ts';
import {
  answersOf,
  isKeptBack,
  keptBackOf,
  partsOf,
  type AnsweredPart,
  type KeptBack,
  type WaitingExport,
} from './answered.ts';
import { withLaterPart } from './request.ts';
import { mirror, requestIn, requestRef, sealedRequest, type RequestRecord } from './store.ts';

/** A part of an export that an officer adds. */
interface NewPart {
  /** Absent: there is nothing. */
  readonly part?: AnsweredPart | undefined;
  /** The officer's pseudonym, if they were named. */
  readonly officer?: string | undefined;
  /** Everything of the source that the officer keeps back: the request keeps it. */
  readonly source?: string;
  readonly withheld?: readonly KeptBack[];
  /** The officer's answer to a look, by a keyed hash: a repeated call is told from another one. */
  readonly answered?: string | undefined;
}

type Waiting = Pick<WaitingExport, 'ref' | 'parts' | 'product' | 'chain'>;

/** The chain of this moment is somebody else's: the person was erased since it was looked at. */
export const anothers = (): ComplianceError =>
  new ComplianceError('request.erased', 'the person of this request was erased, and the uid is somebody else’s now');

/**
 * Publishes a part that an officer has added, or notes that there is nothing, and closes its task:
 * both in one transaction, so that neither says more than the other. Costs 2 reads, at most 2
 * writes, and a deletion. If something is kept back (Art. 15(4)), the person's ledger says so in
 * the same transaction: 1 read and 2 writes more. A sending that has ended says that it did not
 * take this part, on the person's own document as well. If the answer to a commit is lost, the
 * transaction runs again, and finds its part published: it writes nothing, and answers the same.
 *
 * @returns false if the request or the task is no longer as it was read
 */
export async function addPart(
  context: Context,
  waiting: Waiting,
  task: Pick<OfficerTask, 'id'>,
  order: NewPart,
): Promise<boolean> {
  const changed = await (order.withheld?.some(isKeptBack) ? addedWithEntry : addedAlone)(context, waiting, task, order);
  if (changed?.transmission !== undefined) await mirror(context, waiting.ref, changed);
  return changed !== null;
}

type Adding = (...order: Parameters<typeof addPart>) => Promise<RequestRecord | null>;

const addedAlone: Adding = (context, waiting, task, order) =>
  context.clients.own().runTransaction(async (tx) => {
    const found = await prepared(tx, context, waiting, task, order);
    return found?.write() ?? null;
  });

const addedWithEntry: Adding = async (context, waiting, task, { officer, ...order }) => {
  const seen: { found: Prepared | null; changed: RequestRecord | null } = { found: null, changed: null };
  const at = context.now();
  const state = `${waiting.product}.withheld`;
  const { recorded } = await recordEntry(
    context,
    waiting.ref.uid,
    `withheld:${task.id}`,
    (head) =>
      seen.found === null || seen.found.isWritten
        ? { ignore: true }
        : unlessErased(() => ({
            ...{ kind: 'request', state, actor: 'officer', ...defined({ officer }) },
            ...{ occurredAt: at, recordedAt: context.now() },
          }))(head),
    {
      reads: async (tx) => {
        seen.found = await prepared(tx, context, waiting, task, { ...order, officer });
      },
      also: (_, { chain }) => {
        if (generationOf(chain) !== generationOf(waiting.chain)) throw anothers();
        seen.changed = seen.found?.write() ?? null;
      },
    },
  );
  if (seen.found?.isWritten === true) return seen.found.write();
  return recorded ? seen.changed : null;
};

/** The writes of a part. */
interface Prepared {
  /** True if an earlier run of the transaction wrote them, and its answer was lost. */
  readonly isWritten: boolean;
  /** Called after the last read of the transaction. */
  readonly write: () => RequestRecord;
}

/** Reads the request and the task, and prepares their writes; null if one is not as it was read. */
async function prepared(
  tx: Transaction,
  context: Context,
  { ref, parts }: Waiting,
  task: Pick<OfficerTask, 'id'>,
  { part, officer = 'officer', source = '', withheld = [], answered }: NewPart,
): Promise<Prepared | null> {
  const { clients, keys } = context;
  const own = clients.own();
  const data = (await tx.get(requestRef(own, ref.key))).data();
  const record = data && requestIn(ref.key, data, keys);
  if (record === undefined) return null;
  const isWritten =
    part === undefined
      ? answered !== undefined && answersOf(record)[source] === answered
      : partsOf(record).some(({ object }) => object === part.object);
  if (isWritten) return { isWritten, write: () => record };
  if (record.status !== 'waiting' || partsOf(record).length !== parts.length) return null;
  const by = { by: officer, ...defined({ proof: part?.sha256 }) };
  const ended = await endIn(tx, context, task.id, (one) => added(one, by, context.now()));
  if (!ended.ok) return null;
  const write = (): RequestRecord => {
    let now = record;
    if (part !== undefined || answered !== undefined) {
      const kept = { ...keptBackOf(record), ...(withheld.length === 0 ? {} : { [source]: withheld }) };
      const isKept = Object.keys(kept).length > 0;
      const answer = {
        ...record.answer,
        parts: [...partsOf(record), ...(part === undefined ? [] : [part])],
        ...(isKept ? { withheld: kept } : {}),
        ...(answered === undefined ? {} : { answers: { ...answersOf(record), [source]: answered } }),
      };
      const transmission = part && record.transmission && withLaterPart(record.transmission);
      now = { ...record, answer, ...defined({ transmission }) };
      tx.set(requestRef(own, ref.key), sealedRequest(ref.key, now, keys));
    }
    ended.write();
    return now;
  };
  return { isWritten, write };
}
