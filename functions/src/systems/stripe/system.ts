import type { Context } from '../../platform/context.ts';
import type { FileContent, NamedRecord, Row, Scope, System } from '../system.ts';
import { answersOf } from '../modes.ts';
import { visitItems } from './end.ts';
import { findCustomers } from './find.ts';
import { manifest } from './manifest.ts';
import { readPdf } from './pdf.ts';
import { lastSubscription } from './subscriptions.ts';
import { correctCustomers } from './rectify.ts';
import { customersOf, itemsOf, liveCustomer, resourceOf } from './resources.ts';

/**
 * Stripe. The person's customers are proven first (subject/prove.ts); everything else hangs on
 * them.
 */
export function createSystem(context: Context): System {
  return {
    id: manifest.id,
    find: (subject) => findCustomers(context, subject),
    read: (record, scope) => readItems(context, record, scope),
    ...answersOf(context, visitItems, correctCustomers),
    lastContract: (_record, scope) => lastSubscription(context, scope),
  };
}

/** Objects as Stripe's API gives them: of a card, four digits. */
async function* readItems(context: Context, named: NamedRecord, scope: Scope): AsyncIterable<Row> {
  const resource = resourceOf(named);
  for (const customer of customersOf(scope)) {
    if (resource === 'customers') {
      const live = await liveCustomer(context, customer);
      if (live !== null) yield { path: `customers/${customer}`, data: plain(live) };
      continue;
    }
    for (const item of await itemsOf(context, resource, customer)) {
      const path = `${resource}/${item.id}`;
      const pdf = item.object === 'invoice' ? item.invoice_pdf : null;
      yield { path, data: plain(item), ...(pdf ? { content: pdfOf(context, pdf, path) } : {}) };
    }
  }
}

const pdfOf = (context: Context, link: string, path: string): FileContent => ({
  stream: () => readPdf(context, link),
  contentType: 'application/pdf',
  name: `${path}.pdf`,
});

/** Returns an answer without the SDK's own members. */
const plain = (object: object): Record<string, unknown> =>
  JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
