import { onRequest, type HttpsFunction, type Request } from 'firebase-functions/v2/https';
import { serverOptions } from '../options.ts';
import type { Context } from '../platform/context.ts';
import { unlessFailed } from './failure.ts';

/** The answer to a server: an HTTP status and a JSON body. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: object;
}

/** The part of an Express response that is used. */
interface Response {
  status(code: number): { json(body: object): void };
}

/**
 * A function that the app's servers call with POST and JSON. IAM has checked the caller
 * (options.ts). Each error is `{ error: { code, … } }`. An unforeseen one is `unexpected` with the
 * status 500, and calling again is safe.
 *
 * @param contextOf makes the context at the first call, and gives the same one from then on
 * @param load loads the handler at the first call
 */
export const serverCall = (
  contextOf: () => Promise<Context>,
  load: () => Promise<(context: Context, body: unknown) => Promise<ServerAnswer>>,
): HttpsFunction =>
  onRequest(serverOptions, async (request, response: Response) => {
    const { status, body } = await answerTo(request, contextOf, load);
    response.status(status).json(body);
  });

async function answerTo(
  { method, body }: Pick<Request, 'method'> & { readonly body: unknown },
  contextOf: () => Promise<Context>,
  load: () => Promise<(context: Context, body: unknown) => Promise<ServerAnswer>>,
): Promise<ServerAnswer> {
  if (method !== 'POST') return { status: 405, body: { error: { code: 'method' } } };
  const [context, handler] = await Promise.all([contextOf(), load()]);
  const failed = (): ServerAnswer => ({ status: 500, body: { error: { code: 'unexpected' } } });
  return unlessFailed(context.log, 'a call of a server failed', () => handler(context, body), failed);
}
