import type { Context } from '../platform/context.ts';
import { isFinal } from './plan.ts';
import { Timestamp } from 'firebase-admin/firestore';
import { completedExport, isGivenOut, openOf, partsOf, waitingExport, type AnsweredPart } from './answered.ts';
import { transmissionPort } from './transmission.ts';
import { changeRequest, finishRequest, loadRequest, mirror, type RequestRecord, type RequestRef } from './store.ts';

/** Why a request of somebody who was erased is not answered. */
const erased = { status: 'cancelled', reason: 'erased' } as const;

/**
 * What a job that answers a request may know and do about it. The composition root hands it to the capability whose job it is, since
 * capabilities do not know each other.
 */
export const requestPort = (context: Context) => ({
  /** Ends it by one guarded write, and shows that to the person. False where it had ended before. */
  finish: (ref: RequestRef, end: Parameters<typeof finishRequest>[2]): Promise<boolean> =>
    finishRequest(context, ref, end),
  /** Says why it is as it is, without ending it. */
  async explain(ref: RequestRef, reason: string): Promise<void> {
    const outcome = await changeRequest(context.clients.own(), ref.key, () => ({ reason }));
    if (outcome !== null) await mirror(context, ref, outcome.record);
  },
  /**
   * Another erasure that the same person asks for, and that has begun: one that is queued leads
   * nothing yet.
   */
  async openErasure(chain: string, except: string): Promise<{ key: string; requestId: string } | null> {
    const mine = context.clients.own().collection('requests').where('pseudonym', '==', chain);
    const found = await mine.where('type', '==', 'erasure').get();
    const open = found.docs.find(
      (doc) => doc.id !== except && !isFinal(doc.get('status')) && doc.get('status') !== 'queued',
    );
    return open === undefined ? null : { key: open.id, requestId: String(open.get('requestId')) };
  },
  /** Ends every request of a person that is still open: whoever is erased has nobody left to answer. The erasure itself is completed. */
  async finishAll(chain: string, uid: string, answer: Record<string, unknown>): Promise<void> {
    const found = await context.clients.own().collection('requests').where('pseudonym', '==', chain).get();
    for (const document of found.docs) {
      const { type, status, requestId } = document.data() as RequestRecord;
      if (isFinal(status)) continue;
      const end = type === 'erasure' ? ({ status: 'completed', answer } as const) : erased;
      await finishRequest(context, { key: document.id, uid, requestId }, end);
    }
  },
  /** An export of a person that waits for an officer; null where there is none. */
  waiting: (uid: string, requestId: string) => waitingExport(context, uid, requestId),
  /** One that an officer has completed; null where there is none. */
  completed: (uid: string, requestId: string) => completedExport(context, uid, requestId),
  /**
   * An officer has seen to one of the sources that an export waited for; the last one completes it. Null where it is no longer as it was read.
   */
  async seeTo(
    { ref, parts }: { readonly ref: RequestRef; readonly parts: readonly AnsweredPart[] },
    source: string,
    part: AnsweredPart | undefined,
  ): Promise<readonly string[] | null> {
    const at = context.now();
    const outcome = await changeRequest(context.clients.own(), ref.key, (record) => {
      const [now, open] = [partsOf(record), openOf(record)];
      if (record.status !== 'waiting' || now.length !== parts.length || !open.includes(source)) return null;
      const left = open.filter((other) => other !== source);
      const seenTo = {
        ...(record.answer?.['seenTo'] as object | undefined),
        [source]: { at, added: part !== undefined },
      };
      return {
        answer: { ...record.answer, parts: part === undefined ? now : [...now, part], open: left, seenTo },
        ...(left.length === 0 ? { status: 'completed', completedAt: Timestamp.fromMillis(at) } : {}),
      };
    });
    if (outcome?.changed !== true) return null;
    await mirror(context, ref, outcome.record);
    return openOf(outcome.record);
  },
  transmission: transmissionPort(context),
  /** The objects that answer it, without their prefix; null where none does, or the person took the request back. */
  async published(ref: RequestRef): Promise<readonly string[] | null> {
    const record = await loadRequest(context.clients.own(), ref.key);
    if (record === null || !isGivenOut(record)) return null;
    const parts = partsOf(record);
    return parts.length === 0 ? null : parts.map(({ object }) => object);
  },
});
