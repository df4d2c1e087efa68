import { createHash, timingSafeEqual } from 'node:crypto';
import { onRequest, type HttpsFunction, type Request } from 'firebase-functions/v2/https';
import { webhookOptions } from '../options.ts';
import type { Context } from '../platform/context.ts';
import { cloudLog } from '../platform/log.ts';
import { brevoWebhookToken, readSecret } from '../platform/params.ts';
import { unlessFailed } from './failure.ts';

/** The part of an Express response that is used. */
interface Response {
  status(code: number): { json(body: object): void };
}

type Take = (context: Context, body: unknown) => Promise<boolean>;

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
export const brevoCall = (contextOf: () => Promise<Context>, load: () => Promise<Take>): HttpsFunction =>
  onRequest(webhookOptions(), async (request, response: Response) => {
    response.status(await statusOf(request, contextOf, load)).json({});
  });

async function statusOf(
  { method, headers, body }: Pick<Request, 'method' | 'headers'> & { readonly body: unknown },
  contextOf: () => Promise<Context>,
  load: () => Promise<Take>,
): Promise<number> {
  if (method !== 'POST') return 405;
  const work = async (): Promise<number> => {
    if (!isSame(headers.authorization ?? '', `Bearer ${readSecret(brevoWebhookToken())}`)) return 401;
    const [context, take] = await Promise.all([contextOf(), load()]);
    return (await take(context, body)) ? 200 : 400;
  };
  return unlessFailed(cloudLog, 'a call of Brevo failed', work, () => 429);
}

/** Compares without telling by its time how much was right. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(hashOf(a), hashOf(b));

const hashOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
