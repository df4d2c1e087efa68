import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { MINUTE_MS } from '../../platform/time.ts';

/** How long Stripe may take for a whole PDF. */
const WITHIN_MS = MINUTE_MS;
const MOST_REDIRECTS = 3;

/**
 * Yields the PDF of an invoice, from the link that Stripe's API gives (`invoice_pdf`,
 * https://docs.stripe.com/api/invoices/object). The link itself opens it: no key goes with it, it
 * is followed to Stripe's hosts alone, and no error names it.
 *
 * @throws ComplianceError `stripe.pdf` with the status or type that came instead
 */
export async function* readPdf({ config }: Pick<Context, 'config'>, link: string): AsyncGenerator<Uint8Array> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  let url = allowed(link, config.stripeApiBase);
  for (let redirects = 0; ; redirects++) {
    const answer = await fetch(url, { redirect: 'manual', signal }).catch((cause: unknown) => {
      throw failed('no answer', cause);
    });
    const onwards = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && onwards !== null) {
      await answer.body?.cancel();
      if (redirects === MOST_REDIRECTS) throw failed('one redirect after the other');
      url = allowed(onwards, config.stripeApiBase, url);
      continue;
    }
    const isPdf = answer.headers.get('content-type')?.startsWith('application/pdf') === true;
    if (answer.status !== 200 || !isPdf || answer.body === null) {
      await answer.body?.cancel();
      throw failed(answer.status === 200 ? 'something that is no PDF' : String(answer.status));
    }
    try {
      for await (const chunk of answer.body) yield chunk;
    } catch (cause) {
      throw failed('half of it', cause);
    }
    return;
  }
}

/**
 * The host of the files that Stripe's links lead to: not documented, as Stripe's users have seen
 * it.
 */
const KEPT_AT = /^stripe-upload-api\.s3(\.[a-z0-9-]+)?\.amazonaws\.com$/;

/**
 * May a PDF come from there? Only from Stripe's own hosts, by HTTPS; after a redirect also from the
 * host of its files; if the API has another base, from that one.
 */
export function isStripes(url: URL, base: URL, redirected: boolean): boolean {
  if (url.origin === base.origin) return true;
  const isOwn = /(^|\.)stripe\.com$/.test(url.hostname) || (redirected && KEPT_AT.test(url.hostname));
  return isOwn && url.protocol === 'https:' && url.port === '' && url.username === '' && url.password === '';
}

/** @throws ComplianceError */
function allowed(link: string, base: URL, from?: URL): URL {
  if (!URL.canParse(link, from?.href)) throw failed('a link that is none');
  const url = new URL(link, from);
  if (isStripes(url, base, from !== undefined)) return url;
  throw failed('a link to somebody else');
}

const failed = (what: string, cause?: unknown): ComplianceError =>
  new ComplianceError('stripe.pdf', `Stripe gave no PDF of an invoice: ${what}`, { cause });
