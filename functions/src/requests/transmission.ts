import { Timestamp } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { isUid } from '../subject/identity.ts';
import { isGivenOut, partsOf, type AnsweredPart } from './answered.ts';
import { givenUp, SENDING_CANCELLED, TRANSMIT_TO, type Transmission } from './request.ts';
import { changeAnyRequest, loadRequest, mirror, personRef, type RequestRecord, type RequestRef } from './store.ts';

/** How the sending of an archive ended. */
export interface TransmissionEnd {
  readonly state: 'sent' | 'refused' | 'failed';
  readonly host?: string;
  readonly reason?: string;
}

/** An answer that is to be sent to another controller (Art. 20(2)), and its address. */
export interface Sending {
  /** As the person gave it: read from their own document each time, and kept nowhere else. */
  readonly address: unknown;
  readonly parts: readonly AnsweredPart[];
  readonly state: Transmission['state'];
}

/** Null if nothing is to be sent: the request was taken back, or there is no answer. */
export async function sendingOf(context: Pick<Context, 'clients' | 'keys'>, ref: RequestRef): Promise<Sending | null> {
  const record = await loadRequest(context, ref.key);
  if (record?.transmission === undefined || !isGivenOut(record)) return null;
  const parts = partsOf(record);
  if (parts.length === 0 || !isUid(ref.uid)) return null;
  const document = await personRef(context.clients.app(), ref).get();
  return { address: document.get(`details.${TRANSMIT_TO}`), parts, state: record.transmission.state };
}

/**
 * Notes that it is being sent, before the first byte: from here on nobody can say that nothing was
 * sent. False if the request was taken back or refused. One that the last part has completed
 * meanwhile is still sent: else nobody would ever end it.
 */
export async function beginSending(context: Pick<Context, 'clients' | 'keys'>, ref: RequestRef): Promise<boolean> {
  const record = await change(context, ref, (found) =>
    found.transmission?.state === 'pending' && isGivenOut(found)
      ? { transmission: { ...found.transmission, state: 'sending' } }
      : null,
  );
  return record?.transmission?.state === 'sending' && isGivenOut(record);
}

/** Both databases. */
interface Stores extends Pick<Context, 'keys'> {
  readonly clients: Pick<Context['clients'], 'app' | 'own'>;
}

/** Changes a request, also a completed one, and shows it to the person. */
async function change(
  context: Stores,
  ref: RequestRef,
  decide: (found: RequestRecord) => Partial<RequestRecord> | null,
): Promise<RequestRecord | undefined> {
  const outcome = await changeAnyRequest(context, ref.key, decide);
  if (outcome !== null) await mirror(context, ref, outcome.record);
  return outcome?.record;
}

/**
 * Notes how it ended; a request that waits for nothing else is completed. A request that was taken
 * back while it was on its way says all the same how that ended.
 */
export async function endSending(
  context: Pick<Context, 'clients' | 'keys' | 'now'>,
  ref: RequestRef,
  { state, reason }: Omit<TransmissionEnd, 'host'>,
): Promise<void> {
  const at = Timestamp.fromMillis(context.now());
  await change(context, ref, (found) => {
    if (found.transmission === undefined || !mayEnd(found)) return null;
    const { host } = found.transmission;
    return {
      transmission: { state, ...defined({ host, reason }), at },
      ...(found.status === 'in_progress' ? { status: 'completed', completedAt: at } : {}),
    };
  });
}

/**
 * Ends a sending that its job will not do any more: nothing was sent, or nobody knows yet. The
 * request stays as it is. Runs twice harmlessly.
 */
export async function giveUpSending(context: Stores, ref: RequestRef): Promise<void> {
  await change(context, ref, ({ transmission }) =>
    transmission?.state === 'pending' || transmission?.state === 'sending'
      ? { transmission: givenUp(transmission, SENDING_CANCELLED) }
      : null,
  );
}

/**
 * Shows the person how it ended, once more: the process that ended it may have died before it did.
 */
export async function showSending(context: Pick<Context, 'clients' | 'keys'>, ref: RequestRef): Promise<void> {
  await change(context, ref, () => null);
}

/** How it ended; null if nobody asked for it, or it has not ended. */
export function endOfSending(transmission: Transmission | undefined): TransmissionEnd | null {
  if (transmission === undefined) return null;
  const { state, host, reason } = transmission;
  if (state === 'pending' || state === 'sending') return null;
  return { state, ...defined({ host, reason }) };
}

/**
 * Not twice. But an outcome that was unknown when request or job were given up can be told now.
 */
const mayEnd = ({ status, withdrawnAt, transmission }: RequestRecord): boolean =>
  transmission?.state === 'pending' ||
  transmission?.state === 'sending' ||
  (transmission?.state === 'failed' &&
    (status === 'cancelled' || withdrawnAt !== undefined || transmission.reason === SENDING_CANCELLED));
