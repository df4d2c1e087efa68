import type { Brevo } from '@getbrevo/brevo';
import { z } from 'zod';
import { within, type Days } from './days.ts';
import { contactOf } from './identifiers.ts';
import * as p from './params.ts';
import type { BrevoState, CampaignEvent, Contact } from './state.ts';
import { tell } from './webhooks.ts';

/**
 * `PUT /_control/campaigns`: the events of a campaign that was sent to a contact, at this moment.
 * Campaigns themselves are not here: an export sees only that one was sent.
 */
export const campaignBody = z.strictObject({
  email: p.email,
  campaignId: z.number().int(),
  events: z.array(
    z.enum(['messagesSent', 'delivered', 'opened', 'clicked', 'hardBounces', 'softBounces', 'complaints']),
  ),
  /** The link that was clicked. */
  url: z.url().default('https://app.example/'),
});

export function campaign(state: BrevoState, { email, campaignId, events, url }: z.infer<typeof campaignBody>): void {
  const contact = contactOf(state, email, 'email_id');
  const eventTime = state.time();
  contact.campaigns.push(...events.map((kind) => ({ kind, campaignId, eventTime, url })));
}

/**
 * `PUT /_control/unsubscriptions`: the person follows the link in a campaign. No documentation says
 * that it changes `modifiedAt`.
 */
export const unsubscriptionBody = z.strictObject({ email: p.email });

/**
 * The contact stays in its lists, blocklisted, and the webhooks are told. That `listUnsubscribed`
 * names them then is assumed.
 */
export function unsubscribe(state: BrevoState, { email }: z.infer<typeof unsubscriptionBody>): void {
  const contact = contactOf(state, email, 'email_id');
  contact.emailBlacklisted = true;
  for (const id of contact.listIds) contact.listUnsubscribed.add(id);
  contact.campaigns.push({ kind: 'unsubscribed', campaignId: 1, eventTime: state.time(), url: '' });
  tell(state, 'unsubscribed', contact);
}

const IP = '192.0.2.1';

/** The statistics of some days; a kind of event that did not happen is left out. */
export function statistics(
  state: BrevoState,
  { campaigns }: Contact,
  days: Days,
): Brevo.GetContactInfoResponse.Statistics & Brevo.GetContactStatsResponse {
  const of = (kind: CampaignEvent['kind']) =>
    campaigns.filter((event) => event.kind === kind && within(state, event.eventTime, days));
  const plain = (kind: CampaignEvent['kind']) =>
    of(kind).map(({ campaignId, eventTime }) => ({ campaignId, eventTime }));
  const clicked = of('clicked');
  const all = {
    messagesSent: plain('messagesSent'),
    delivered: plain('delivered'),
    opened: plain('opened').map((event) => ({ ...event, count: 1, ip: IP })),
    clicked: [...new Set(clicked.map(({ campaignId }) => campaignId))].map((campaignId) => ({
      campaignId,
      links: clicked
        .filter((event) => event.campaignId === campaignId)
        .map(({ eventTime, url }) => ({ count: 1, eventTime, ip: IP, url })),
    })),
    hardBounces: plain('hardBounces'),
    softBounces: plain('softBounces'),
    complaints: plain('complaints'),
  };
  const unsubscribed = plain('unsubscribed');
  return {
    ...Object.fromEntries(Object.entries(all).filter(([, events]) => events.length > 0)),
    ...(unsubscribed.length === 0
      ? {}
      : { unsubscriptions: { userUnsubscription: unsubscribed, adminUnsubscription: [] } }),
  };
}
