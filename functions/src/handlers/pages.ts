import { onRequest, type HttpsFunction } from 'firebase-functions/v2/https';
import { pageOptions } from '../options.ts';
import type { Context } from '../platform/context.ts';
import type { Page, Visit } from '../rights/ways/visit.ts';
import { unlessFailed } from './failure.ts';

/**
 * Nothing runs, nothing is loaded, nobody frames it, no other site learns its address, and nothing
 * keeps it. The form goes back to where it came from.
 */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex',
} as const;

/**
 * A function that browsers open: pages without script. The last part of the path is the token.
 *
 * @param contextOf makes the context at the first visit, and gives the same one from then on
 * @param load loads the handler at the first visit
 */
export const pages = (
  contextOf: () => Promise<Context>,
  load: () => Promise<(context: Context, visit: Visit) => Promise<Page>>,
): HttpsFunction =>
  onRequest(pageOptions, async ({ method, path, headers, body }, response) => {
    const answer = ({ status, page }: Page): void => void response.status(status).set(HEADERS).send(page);
    if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
      answer({ status: 405, page: '' });
      return;
    }
    const [context, handler] = await Promise.all([contextOf(), load()]);
    const { languageOf } = await import('../platform/language.ts');
    const language = languageOf(context.policy.languages, undefined, headers['accept-language']);
    const token = path.split('/').at(-1) ?? '';
    const work = (): Promise<Page> => handler(context, { method, token, language, ...chosenIn(body) });
    const failed = async (): Promise<Page> => {
      const { failedPage } = await import('../rights/ways/linkPage.ts');
      return { status: 503, page: failedPage(context.policy, language) };
    };
    answer(await unlessFailed(context.log, 'a page failed', work, failed));
  });

/** The choice in a form's body, if it is one text; a browser may send anything. */
function chosenIn(body: unknown): Pick<Visit, 'purpose'> {
  const { purpose } = (body ?? {}) as { readonly purpose?: unknown };
  return typeof purpose === 'string' ? { purpose } : {};
}
