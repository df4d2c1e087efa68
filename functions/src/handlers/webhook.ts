import { createHash, timingSafeEqual } from 'node:crypto';
import { onRequest, type HttpsFunction } from 'firebase-functions/v2/https';
import { webhookOptions } from '../options.ts';
import type { Context } from '../platform/context.ts';
import { cloudLog } from '../platform/log.ts';
import { brevoWebhookToken, readSecret } from '../platform/params.ts';
import { unlessFailed } from './failure.ts';

/**
 * A function that Brevo calls with POST and JSON. Its webhook's settings have a bearer token, which
 * is the only thing that tells the caller. Every answer to a right token is the same, whomever the
 * event is about.
 *
 * Brevo gives an event up after 4xx and 5xx, and comes again after 429 alone (four times in twelve
 * hours). So every failure of ours answers 429, a secret that is not set among them.
 *
 * @param contextOf makes the context at the first call, and gives the same one from then on
 * @param load loads the handler at the first call
 */
export const brevoCall = (
  contextOf: () => Promise<Context>,
  load: () => Promise<(context: Context, body: unknown) => Promise<boolean>>,
): HttpsFunction =>
  onRequest(webhookOptions(), async ({ method, headers, body }, response) => {
    const work = async (): Promise<number> => {
      if (method !== 'POST') return 405;
      if (!isSame(headers.authorization ?? '', `Bearer ${readSecret(brevoWebhookToken())}`)) return 401;
      const [context, take] = await Promise.all([contextOf(), load()]);
      return (await take(context, body)) ? 200 : 400;
    };
    response.status(await unlessFailed(cloudLog, 'a call of Brevo failed', work, () => 429)).json({});
  });

/** Compares without telling by its time how much was right. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(hashOf(a), hashOf(b));

const hashOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
