import { sha256Hex } from '../../crypto/hash.ts';
import type { Context } from '../../platform/context.ts';
import type { OfficersEmail } from '../../platform/params.ts';
import type { ReplyAddress } from '../../subject/emails.ts';
import type { ProvenEmail } from '../../subject/identity.ts';
import { callBrevo, callHourly, expectAnswer, isRefused } from './client.ts';
import { callsFor } from './quota.ts';

export { isRefused };

/**
 * One e-mail to one reader, about a person's own rights or the officers' work: never a campaign.
 */
export interface Message {
  /** Ours: the same id is the same message. Names nobody. */
  readonly id: string;
  readonly from: { readonly name: string; readonly email: string };
  /**
   * The receiver: a person by a proven address or the one that they wrote from, or the officers.
   */
  readonly to: ProvenEmail | ReplyAddress | OfficersEmail;
  readonly subject: string;
  readonly text: string;
}

/**
 * Sends an e-mail, as plain text. Its reader agreed to no tracker (2002/58/EC, Art. 5(3)): if the
 * account adds a pixel all the same, Brevo is told to count an opening without a name.
 *
 * Brevo takes the same idempotency key once within 30 minutes (guide "Batch email idempotency"). It
 * answers a second request with `duplicate_parameter`: then it was sent before, and the answer was
 * lost.
 *
 * @throws RetryAfterError, PermanentError, ComplianceError as every call does
 */
export async function sendMessage(context: Context, { id, from, to, subject, text }: Message): Promise<void> {
  try {
    const answer = await callBrevo(context, (brevo) =>
      brevo.transactionalEmails.sendTransacEmail({
        sender: from,
        to: [{ email: to, contactPixelTrackingConsent: false }],
        subject,
        textContent: text,
        headers: { idempotencyKey: keyOf(id) },
        tags: [tagOf(id)],
      }),
    );
    expectAnswer(answer ?? {}, (sent) => 'messageId' in sent && typeof sent.messageId === 'string');
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}

/** Has Brevo a message of this id in its log, which shows the last month? */
export async function wasSent(context: Context, { id, to }: Pick<Message, 'id' | 'to'>): Promise<boolean> {
  const report = await callHourly(context, callsFor(context, 'message'), (brevo) =>
    brevo.transactionalEmails.getEmailEventReport({ email: to, days: 30, limit: 500 }),
  );
  const { events = [] } = expectAnswer(report ?? {}, (one) => one.events === undefined || Array.isArray(one.events));
  return events.some(({ tag }) => tag === tagOf(id));
}

/** A UUID that follows from the id (RFC 9562, version 8: of our own making). */
function keyOf(id: string): string {
  const hash = sha256Hex(id);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}

/** Finds a message in the log: says nothing about the person. */
const tagOf = (id: string): string => `amikeo-${sha256Hex(id).slice(0, 24)}`;

function isDuplicate(error: unknown): boolean {
  if (!isRefused(error)) return false;
  const { body } = error.cause as { body?: { code?: unknown } };
  return body?.code === 'duplicate_parameter';
}
