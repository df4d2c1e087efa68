import { createHash } from 'node:crypto';
import type { Brevo } from '@getbrevo/brevo';
import type { Context } from '../../platform/context.ts';
import { ComplianceError, RetryAfterError } from '../../platform/errors.ts';
import { foldEmail } from '../../subject/emails.ts';
import type { Scope } from '../system.ts';
import { callBrevo, expectAnswer, isTooOld } from './client.ts';
import { isForOfficer } from './log.ts';
import { newestDays, periodsBack, type Period } from './periods.ts';

export type EmailEvent = Brevo.GetEmailEventReportResponse.Events.Item;

/** Events per page: what Brevo gives by itself. Requests are what is scarce. */
const PAGE = 2500;
/** Requests to `/smtp/…` that Brevo answers in an hour. */
const REQUESTS_AN_HOUR = 300;

/**
 * Events of the e-mails to the person's verified addresses, the newest first, as far back as the API gives them: to where it refuses a period
 * as too old, or to the day since which it is used (BREVO_SINCE). Brevo keeps its log without an end unless the account has a rule (docs/systems.md). One page is in memory at a time, and the ids of one period.
 *
 * An event has no id of its own: it gets one that follows from what it says, so an event that comes twice, word for word, is one.
 *
 * @throws RetryAfterError for the rate limit; ComplianceError `brevo.limit` where one reading takes more requests than an hour has, so that waiting
 * would never help
 */
export async function* readEvents(
  context: Context,
  scope: Scope,
): AsyncIterable<{ readonly id: string; readonly event: EmailEvent }> {
  const { verifiedEmails } = scope.subject;
  const periods = periodsBack(scope.now, context.config.brevoSince);
  for (const email of verifiedEmails) {
    if (await isForOfficer(context, scope, email)) continue;
    try {
      yield* eventsOf(context, scope, email, periods);
    } catch (error) {
      const fitsAnHour = verifiedEmails.length * periods.length <= REQUESTS_AN_HOUR;
      if (fitsAnHour || !(error instanceof RetryAfterError)) throw error;
      throw new ComplianceError('brevo.limit', 'this log takes more requests than Brevo answers in an hour', {
        cause: error,
      });
    }
  }
}

async function* eventsOf(
  context: Context,
  scope: Scope,
  email: string,
  periods: readonly Period[],
): AsyncIterable<{ readonly id: string; readonly event: EmailEvent }> {
  for (const { ask, from, until } of periods) {
    const seen = new Set<string>();
    for (let offset = 0; ; offset += PAGE) {
      const events = await pageOf(context, email, ask, offset, scope);
      if (events === 'too old') return;
      for (const event of events) {
        // The filter is Brevo's; what is given out is checked here.
        if (foldEmail(event.email) !== email) continue;
        const at = momentOf(event);
        if (at < from || at >= until) continue;
        const id = idOf(event);
        if (seen.has(id)) continue;
        seen.add(id);
        yield { id, event };
      }
      if (events.length < PAGE) break;
    }
  }
}

async function pageOf(
  context: Context,
  email: string,
  ask: Period['ask'],
  offset: number,
  { now }: Scope,
): Promise<readonly EmailEvent[] | 'too old'> {
  const asked = async (when: Period['ask']): Promise<readonly EmailEvent[]> => {
    const answer = await callBrevo(context, (brevo) =>
      brevo.transactionalEmails.getEmailEventReport({ email, ...when, limit: PAGE, offset, sort: 'desc' }),
    );
    // Where there is none, Brevo leaves them out, or says null.
    const { events } = expectAnswer<{ events?: readonly EmailEvent[] | null | undefined }>(
      answer ?? {},
      (one) => one.events === undefined || one.events === null || Array.isArray(one.events),
    );
    return events ?? [];
  };
  try {
    return await asked(ask);
  } catch (error) {
    if ('startDate' in ask && (await isTooOld(error, () => asked(newestDays(now))))) return 'too old';
    throw error;
  }
}

/** @throws ComplianceError `brevo.answer` where it is no time: the event would belong to no period */
function momentOf(event: EmailEvent): number {
  const at = Date.parse(event.date);
  expectAnswer(event, () => !Number.isNaN(at));
  return at;
}

const idOf = (event: EmailEvent): string =>
  createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 24);
