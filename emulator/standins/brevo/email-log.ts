import type { Brevo } from '@getbrevo/brevo';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import type { Answer } from '../standin.ts';
import type { Router } from '../router.ts';
import { checkStatisticsDays, daysOf, within } from './days.ts';
import { readLogIdentifier } from './emails.ts';
import { invalid, missingParameter, notFound, outOfRange } from './errors.ts';
import * as p from './params.ts';
import type { BrevoContext, BrevoState, SentEmail } from './state.ts';

const dates = { startDate: p.day.optional(), endDate: p.day.optional() };

const emailsQuery = z.strictObject({
  ...p.paging(500, 1_000),
  ...dates,
  email: z.string().optional(),
  templateId: p.integer.optional(),
  messageId: z.string().optional(),
} satisfies p.Shape<Brevo.GetTransacEmailsListRequest>);

const eventsQuery = z.strictObject({
  ...p.paging(2_500, 5_000),
  ...dates,
  days: p.integer.pipe(z.number().min(1).max(90)).optional(),
  email: z.string().optional(),
  event: z
    .enum([
      'bounces',
      'hardBounces',
      'softBounces',
      'delivered',
      'spam',
      'requests',
      'opened',
      'clicks',
      'invalid',
      'deferred',
      'blocked',
      'unsubscribed',
      'error',
      'loadedByProxy',
    ])
    .optional(),
  tags: z.string().optional(),
  messageId: z.string().optional(),
  templateId: p.integer.optional(),
} satisfies p.Shape<Brevo.GetEmailEventReportRequest>);

const deleteQuery = z.strictObject({ from_date: p.day.optional(), to_date: p.day.optional() });

/** The log of sent e-mails, and its deletion. */
export function emailLog(router: Router<BrevoContext, Answer>): void {
  // https://developers.brevo.com/reference/get-transac-emails-list
  router.on('GET', '/v3/smtp/emails', ({ state, query }) => {
    const params = p.readParams(emailsQuery, query);
    if (params.email === undefined && params.templateId === undefined && params.messageId === undefined) {
      throw missingParameter('Either email, templateId or messageId is mandatory');
    }
    const days = daysOf(state, params, 30);
    // "Maximum time period that can be selected is one month."
    if (params.startDate !== undefined && Temporal.PlainDate.compare(days.to, days.from.add({ months: 1 })) > 0) {
      throw outOfRange('Maximum time period that can be selected is one month');
    }
    const all = p.inOrder(state.emails, params.sort).filter((e) => within(state, e.date, days) && fits(e, params));
    const transactionalEmails = p.slice(all, params).map(listed);
    return {
      status: 200,
      body: { count: all.length, transactionalEmails } satisfies Brevo.GetTransacEmailsListResponse,
    };
  });

  // https://developers.brevo.com/reference/get-transac-email-content
  router.on('GET', '/v3/smtp/emails/:uuid', ({ state }, { uuid }) => {
    const email = state.emails.find((e) => e.uuid === uuid);
    if (!email) throw notFound('Email does not exist');
    const body: Brevo.GetTransacEmailContentResponse = {
      email: email.email,
      subject: email.subject,
      date: email.date,
      events: email.events.map(({ event, date }) => ({ name: event === 'requests' ? 'sent' : event, time: date })),
      body: email.body,
      attachmentCount: email.attachmentCount,
      ...(email.templateId === undefined ? {} : { templateId: email.templateId }),
    };
    return { status: 200, body };
  });

  // https://developers.brevo.com/reference/get-email-event-report: "The date range can not exceed
  // 90 days"; `days` is "including today"
  router.on('GET', '/v3/smtp/statistics/events', ({ state, query }) => {
    const params = p.readParams(eventsQuery, query);
    if (params.days !== undefined && params.startDate !== undefined)
      throw invalid('days is not compatible with startDate and endDate');
    const days = daysOf(state, params, params.days ?? 30);
    checkStatisticsDays(state, days);
    const all = p
      .inOrder(state.emails, params.sort)
      .filter((e) => fits(e, params))
      .flatMap((e) => p.inOrder(e.events, params.sort).map(({ event, date }) => ({ ...reported(e), event, date })))
      .filter((e) => within(state, e.date, days) && (params.event === undefined || e.event === params.event));
    return { status: 200, body: { events: p.slice(all, params) } satisfies Brevo.GetEmailEventReportResponse };
  });

  router.on('DELETE', '/v3/smtp/log/:identifier', ({ state, query }, { identifier }) => {
    const params = p.readParams(deleteQuery, query);
    const wanted = readLogIdentifier(identifier);
    const matching = state.emails.filter(
      (e) =>
        ('email' in wanted ? e.email === wanted.email : e.messageId === wanted.messageId) &&
        (params.from_date === undefined || e.date.slice(0, 10) >= params.from_date) &&
        (params.to_date === undefined || e.date.slice(0, 10) <= params.to_date),
    );
    if (matching.length === 0) throw notFound('Record(s) for identifier not found');
    return forget(state, new Set(matching.map((e) => e.uuid)));
  });
}

/**
 * Deletes the log of e-mails. The reference says 204, the guide "the response returns a
 * `process_id`", and that the log is empty "once the deletion completes"
 * (https://developers.brevo.com/reference/delete-an-smtp-transactional-log,
 * https://developers.brevo.com/docs/deleting-transactional-logs-based-on-recipient-address-to). The
 * setting `logDeletion` plays either; the deletion is asynchronous in both.
 */
function forget(state: BrevoState, uuids: ReadonlySet<string>): Answer {
  const process = state.startProcess('DELETE_TRANSACTIONAL_LOGS', () => {
    state.emails = state.emails.filter((e) => !uuids.has(e.uuid));
  });
  return state.settings().logDeletion === 'process'
    ? { status: 200, body: { process_id: process.id } }
    : { status: 204 };
}

interface EmailFilter {
  email?: string | undefined;
  messageId?: string | undefined;
  templateId?: number | undefined;
}

const fits = (e: SentEmail, { email, messageId, templateId }: EmailFilter): boolean =>
  (email === undefined || e.email === email.toLowerCase()) &&
  (messageId === undefined || e.messageId === messageId) &&
  (templateId === undefined || e.templateId === templateId);

const listed = (e: SentEmail): Brevo.GetTransacEmailsListResponse.TransactionalEmails.Item => ({
  email: e.email,
  subject: e.subject,
  messageId: e.messageId,
  uuid: e.uuid,
  date: e.date,
  from: e.from,
  tags: e.tags,
  ...(e.templateId === undefined ? {} : { templateId: e.templateId }),
});

const reported = (e: SentEmail) => ({
  email: e.email,
  messageId: e.messageId,
  subject: e.subject,
  from: e.from,
  ...(e.tags[0] === undefined ? {} : { tag: e.tags[0] }),
  ...(e.templateId === undefined ? {} : { templateId: e.templateId }),
});
