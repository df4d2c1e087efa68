import { randomUUID } from 'node:crypto';
import type { Brevo } from '@getbrevo/brevo';
import { z } from 'zod';
import type { Answer } from '../standin.ts';
import type { Router } from '../router.ts';
import { BrevoFailure, invalid, missingParameter } from './errors.ts';
import * as p from './params.ts';
import type { BrevoContext, BrevoState, SentEmail } from './state.ts';

const person = z.strictObject({
  email: p.email,
  name: z.string().max(70).optional(),
  contactPixelTrackingConsent: z.boolean().optional(),
} satisfies p.Shape<Brevo.SendTransacEmailRequest.To.Item>);

const sendBody = z.strictObject({
  attachment: z
    .array(z.strictObject({ content: z.string().optional(), name: z.string().optional(), url: z.string().optional() }))
    .optional(),
  bcc: z.array(person).optional(),
  cc: z.array(person).optional(),
  headers: z.record(z.string(), z.unknown()).optional(),
  htmlContent: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  replyTo: z.strictObject({ email: p.email, name: z.string().optional() }).optional(),
  sender: z
    .strictObject({ email: p.email.optional(), id: z.number().optional(), name: z.string().optional() })
    .optional(),
  subject: z.string().optional(),
  tags: z.array(z.string()).optional(),
  templateId: z.number().int().optional(),
  textContent: z.string().optional(),
  to: z.array(person).min(1).max(99).optional(),
} satisfies p.Shape<Brevo.SendTransacEmailRequest>);

/** https://developers.brevo.com/reference/send-transac-email */
export function sending(router: Router<BrevoContext, Answer>): void {
  router.on('POST', '/v3/smtp/email', ({ state, body }) => {
    const given = p.readParams(sendBody, body);
    if (!given.to) throw missingParameter('to is missing');
    if (given.templateId === undefined) {
      if (!given.sender) throw missingParameter('sender is missing');
      if (given.sender.email === undefined && given.sender.id === undefined)
        throw missingParameter('sender email or id is missing');
      if (given.subject === undefined) throw missingParameter('subject is missing');
      if (given.htmlContent === undefined && given.textContent === undefined)
        throw missingParameter('htmlContent or textContent is missing');
    }
    for (const attachment of given.attachment ?? []) {
      if (attachment.content !== undefined && attachment.name === undefined)
        throw missingParameter('attachment name is missing');
    }
    takeOnce(state, given.headers?.['idempotencyKey']);
    const messageId = state.messageId();
    // One entry of the log per recipient, all with the id of the message.
    for (const { email } of [...given.to, ...(given.cc ?? []), ...(given.bcc ?? [])]) {
      state.emails.push(sent(state, given, messageId, email.toLowerCase()));
    }
    return { status: 201, body: { messageId } satisfies Brevo.SendTransacEmailResponse };
  });
}

const KEY_LIVES_MS = 30 * 60_000;

/**
 * "Returns a duplicate_parameter error and does not process the request"
 * (https://developers.brevo.com/docs/heterogenous-versions-batch-emails).
 */
function takeOnce(state: BrevoState, key: unknown): void {
  if (typeof key !== 'string') return;
  const now = state.clock.now();
  const taken = state.idempotencyKeys.get(key);
  if (taken !== undefined && now - taken < KEY_LIVES_MS)
    throw new BrevoFailure(400, 'duplicate_parameter', 'Duplicate request: this idempotencyKey was used');
  state.idempotencyKeys.set(key, now);
}

/** Sent and, in the same moment, delivered. */
function sent(state: BrevoState, given: z.infer<typeof sendBody>, messageId: string, email: string): SentEmail {
  const date = state.time();
  return {
    uuid: randomUUID(),
    messageId,
    email,
    from: given.sender?.email ?? 'template@local.test',
    subject: given.subject ?? `Template ${given.templateId ?? ''}`,
    body: given.htmlContent ?? given.textContent ?? `<p>Template ${given.templateId ?? ''}</p>`,
    templateId: given.templateId,
    tags: given.tags ?? [],
    attachmentCount: given.attachment?.length ?? 0,
    date,
    events: [
      { event: 'requests', date },
      { event: 'delivered', date },
    ],
  };
}

/**
 * "Must be a valid message ID (enclosed in angle brackets with @ sign) or a valid email address."
 */
export function readLogIdentifier(identifier: string): { messageId: string } | { email: string } {
  if (/^<[^<>@]+@[^<>@]+>$/.test(identifier)) return { messageId: identifier };
  if (p.email.safeParse(identifier).success) return { email: identifier.toLowerCase() };
  throw invalid('Identifier should be a valid messageId or a valid email address');
}
