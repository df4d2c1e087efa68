import type { Answer } from '../standin.ts';
import type { Router } from '../router.ts';
import { StripeFailure } from './errors.ts';
import { invoiceOfToken } from './invoices.ts';
import { textPdf } from './pdf.ts';
import type { StripeContext } from './state.ts';

/**
 * The pages behind `invoice_pdf` and `hosted_invoice_url`: anybody with the link may read them,
 * without a key (https://docs.stripe.com/invoicing/hosted-invoice-page).
 */
export function pages(router: Router<StripeContext, Answer>): void {
  router.on('GET', '/invoice/:account/:token/pdf', ({ state }, { token }) =>
    orMissing(() => {
      const invoice = invoiceOfToken(state, token);
      const lines = (state.lines.get(invoice.id) ?? []).map(
        (l) => `${l.description ?? 'Item'}: ${money(l.amount, l.currency)}`,
      );
      const body = textPdf([
        `Invoice ${invoice.number ?? ''}`,
        `Date: ${new Date((invoice.effective_at ?? invoice.created) * 1000).toISOString().slice(0, 10)}`,
        `Bill to: ${[invoice.customer_name, invoice.customer_email].filter(Boolean).join(', ')}`,
        '',
        ...lines,
        '',
        `Total: ${money(invoice.total, invoice.currency)}`,
        `Status: ${invoice.status ?? ''}`,
      ]);
      const headers = {
        'content-type': 'application/pdf',
        'content-disposition': `attachment; filename="Invoice-${invoice.number ?? invoice.id}.pdf"`,
      };
      return { status: 200, headers, body };
    }),
  );

  router.on('GET', '/i/:account/:token', ({ state }, { token }) =>
    orMissing(() => {
      const invoice = invoiceOfToken(state, token);
      const html = `<!doctype html><title>Invoice</title><a href="${invoice.invoice_pdf ?? ''}">Invoice ${invoice.number ?? ''}</a>`;
      return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: Buffer.from(html) };
    }),
  );
}

function orMissing(answer: () => Answer): Answer {
  try {
    return answer();
  } catch (error) {
    if (error instanceof StripeFailure) return error.answer();
    throw error;
  }
}

const money = (amount: number, currency: string): string => `${(amount / 100).toFixed(2)} ${currency.toUpperCase()}`;
