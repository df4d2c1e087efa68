import type { Brevo } from '@getbrevo/brevo';
import { z } from 'zod';
import type { Answer } from '../standin.ts';
import type { Router } from '../router.ts';
import { notFound } from './errors.ts';
import * as p from './params.ts';
import type { BrevoContext, BrevoState, Contact, Webhook } from './state.ts';

/**
 * Webhooks of campaigns: https://developers.brevo.com/reference/create-webhook and
 * https://developers.brevo.com/docs/marketing-webhooks. A bearer token of the settings comes with
 * each call (https://developers.brevo.com/docs/secured-webhooks). Each call is made once: the
 * retries of hours are not here.
 */
const createBody = z.strictObject({
  url: z.url(),
  type: z.literal('marketing'),
  events: z.array(z.enum(['unsubscribed', 'spam'])).min(1),
  description: z.string().optional(),
  auth: z.strictObject({ type: z.literal('bearer'), token: z.string().min(1) }).optional(),
} satisfies p.Shape<Brevo.CreateWebhookRequest>);

export function webhooks(router: Router<BrevoContext, Answer>): void {
  router.on('POST', '/v3/webhooks', ({ state, body }) => {
    const id = state.nextId();
    state.webhooks.set(id, { id, ...p.readParams(createBody, body) });
    return { status: 201, body: { id } };
  });
  router.on('DELETE', '/v3/webhooks/:id', ({ state }, { id }) => {
    if (!state.webhooks.delete(Number(id))) throw notFound('Webhook ID does not exist');
    return { status: 204 };
  });
}

/** Tells every webhook of an event about a contact. Nobody waits for it. */
export function tell(state: BrevoState, event: 'unsubscribed' | 'spam', contact: Contact): void {
  const seconds = Math.floor(Date.parse(state.time()) / 1000);
  for (const webhook of state.webhooks.values()) {
    if (!webhook.events.includes(event)) continue;
    const body = {
      id: webhook.id,
      camp_id: 1,
      email: contact.email,
      'campaign name': 'local',
      event: event === 'unsubscribed' ? 'unsubscribe' : event,
      tag: '',
      list_id: [...contact.listIds],
      ts_sent: seconds,
      ts_event: seconds,
      ts: seconds,
    };
    void send(state, webhook, body);
  }
}

async function send(state: BrevoState, { url, auth }: Webhook, body: object): Promise<void> {
  const authorization = auth === undefined ? {} : { authorization: `Bearer ${auth.token}` };
  const headers = { 'content-type': 'application/json', ...authorization };
  const status = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }).then(
    (answer) => answer.status,
    () => null,
  );
  state.deliveries.push({ url, status });
}
