import { onRequest, type HttpsFunction } from 'firebase-functions/v2/https';
import { serverOptions } from '../options.ts';
import type { Context } from '../platform/context.ts';
import { unlessFailed } from './failure.ts';

/** The answer to a server: an HTTP status and a JSON body. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: object;
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
  onRequest(serverOptions, async (request, response) => {
    const answer = ({ status, body }: ServerAnswer): void => void response.status(status).json(body);
    if (request.method !== 'POST') {
      answer({ status: 405, body: { error: { code: 'method' } } });
      return;
    }
    const [context, handler] = await Promise.all([contextOf(), load()]);
    const failed = (): ServerAnswer => ({ status: 500, body: { error: { code: 'unexpected' } } });
    const work = (): Promise<ServerAnswer> => handler(context, request.body);
    answer(await unlessFailed(context.log, 'a call of a server failed', work, failed));
  });
