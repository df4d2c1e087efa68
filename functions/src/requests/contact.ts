import { isIPv6 } from 'node:net';
import { FieldValue } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import type { Issue } from '../platform/intake.ts';
import { languageOf } from '../platform/language.ts';
import { takeTurn } from '../subject/turns.ts';
import { contactMessage, readContact, type ContactRefusal } from './contactForm.ts';

/** One call of the contact form by somebody without an account. */
export interface ContactCall {
  readonly data: unknown;
  /** The caller's address, as the platform tells it. */
  readonly ip: string | undefined;
  /** The caller's `Accept-Language`; a `locale` in the data wins. */
  readonly acceptLanguage: string | undefined;
}

export type ContactOutcome =
  | { readonly ok: true; readonly id: string }
  | {
      readonly ok: false;
      readonly code: ContactRefusal;
      /** For the caller, in their language. */
      readonly message: string;
      readonly issues?: readonly Issue[];
      /** Seconds until another call can be accepted. */
      readonly retryAfter?: number;
    };

/**
 * Writes a contact request of a person without an account: no uid, server time. At most `contactPerHour` an hour for one network address and
 * as many for one e-mail address; neither is stored, only its keyed hash, which ends with the window.
 */
export async function submitContact(context: Context, call: ContactCall): Promise<ContactOutcome> {
  const read = readContact(call.data);
  const language = languageOf(read.ok ? read.form.locale : localeIn(call.data), call.acceptLanguage);
  const refuse = (
    code: ContactRefusal,
    more: { issues?: readonly Issue[]; retryAfter?: number } = {},
  ): ContactOutcome => ({
    ok: false,
    code,
    message: contactMessage(code, language),
    ...more,
  });
  if (!read.ok) return refuse('invalid', { issues: read.issues });

  const fields = { ...read.form };
  // The language is for the answer; the contract's document has no such field.
  delete fields.locale;
  const addresses = [`email:${fields.email.toLowerCase()}`, `ip:${network(call.ip)}`];
  const until = await takeTurn(context, 'contact', addresses, context.config.contactPerHour);
  if (until !== null)
    return refuse('rateLimited', { retryAfter: Math.max(1, Math.ceil((until - context.now()) / 1000)) });

  const document = await context.clients
    .app()
    .collection('contactRequests')
    .add({ ...fields, createdAt: FieldValue.serverTimestamp() });
  return { ok: true, id: document.id };
}

const localeIn = (data: unknown): string | undefined => {
  const locale = (data as { locale?: unknown } | null)?.locale;
  return typeof locale === 'string' ? locale : undefined;
};

/** Whoever has an IPv6 address has a whole network of them: its first 64 bits count. Callers without an address share one window. */
export function network(ip: string | undefined): string {
  if (ip === undefined || ip === '') return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(ip)) return ip;
  const [head = '', tail] = (ip.split('%')[0] ?? '').toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
