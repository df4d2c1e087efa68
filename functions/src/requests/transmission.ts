import { Timestamp } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { isUid } from '../subject/identity.ts';
import { isGivenOut, partsOf, type AnsweredPart } from './answered.ts';
import { isFinal, TRANSMIT_TO, type Transmission } from './plan.ts';
import { changeRequest, loadRequest, mirror, requestRef, type RequestRecord, type RequestRef } from './store.ts';

/** How the sending of an archive ended. */
export interface TransmissionEnd {
  readonly state: 'sent' | 'refused' | 'failed';
  readonly reason?: string;
}

/** What is to be sent, and where. */
export interface Sending {
  /** As the person gave it: read from their own document each time, and kept nowhere else. */
  readonly address: unknown;
  readonly parts: readonly AnsweredPart[];
  readonly state: Transmission['state'];
}

/** What the job that answers a request may know and do about its sending to another controller (Art. 20(2)). */
export const transmissionPort = (context: Context) => ({
  /** Null where nothing is to be sent: it was taken back, or there is no answer. */
  async of(ref: RequestRef): Promise<Sending | null> {
    const record = await loadRequest(context.clients.own(), ref.key);
    if (record?.transmission === undefined || !isGivenOut(record)) return null;
    const parts = partsOf(record);
    if (parts.length === 0 || !isUid(ref.uid)) return null;
    const asked = await context.clients.app().doc(`users/${ref.uid}/privacyRequests/${ref.requestId}`).get();
    return { address: asked.get(`details.${TRANSMIT_TO}`), parts, state: record.transmission.state };
  },
  /** Before the first byte: from here on nobody can say that nothing was sent. False where the request was taken back. */
  async begin(ref: RequestRef): Promise<boolean> {
    const own = context.clients.own();
    const outcome = await changeRequest(own, ref.key, ({ transmission }) =>
      transmission?.state === 'pending' ? { transmission: { ...transmission, state: 'sending' } } : null,
    );
    if (outcome?.changed === true) await mirror(context, ref, outcome.record);
    return outcome?.record.transmission?.state === 'sending' && !isFinal(outcome.record.status);
  },
  /**
   * How it ended; a request that waits for nothing else is completed. What was taken back while it was on its way says what became of it all the
   * same.
   */
  async end(ref: RequestRef, { state, reason }: TransmissionEnd): Promise<void> {
    const own = context.clients.own();
    const at = Timestamp.fromMillis(context.now());
    const record = await own.runTransaction(async (tx) => {
      const found = (await tx.get(requestRef(own, ref.key))).data() as RequestRecord | undefined;
      if (found?.transmission === undefined || !mayEnd(found)) return found;
      const { host } = found.transmission;
      const transmission = {
        state,
        ...defined({ host, reason }),
        at,
      };
      const change: Partial<RequestRecord> = {
        transmission,
        ...(found.status === 'in_progress' ? { status: 'completed', completedAt: at } : {}),
      };
      tx.update(requestRef(own, ref.key), { ...change });
      return { ...found, ...change };
    });
    if (record !== undefined) await mirror(context, ref, record);
  },
  /** What came of it; null where nobody asked for it, or it has not ended. */
  async came(ref: RequestRef): Promise<(TransmissionEnd & { readonly host?: string }) | null> {
    const transmission = (await loadRequest(context.clients.own(), ref.key))?.transmission;
    if (transmission === undefined) return null;
    const { state, host, reason } = transmission;
    if (state === 'pending' || state === 'sending') return null;
    return { state, ...defined({ host, reason }) };
  },
});

/** Not twice; but what nobody could say when the request was taken back can be said now. */
const mayEnd = ({ status, withdrawnAt, transmission }: RequestRecord): boolean =>
  transmission?.state === 'pending' ||
  transmission?.state === 'sending' ||
  ((status === 'cancelled' || withdrawnAt !== undefined) && transmission?.state === 'failed');
