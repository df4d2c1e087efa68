import { createHash } from 'node:crypto';
import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import { foldEmail } from '../../subject/emails.ts';
import type { ProvenEmail } from '../../subject/identity.ts';
import type { Scope } from '../system.ts';
import { callHourly, expectAnswer, isTooOld } from './client.ts';
import { openReading, type EmailEvent, type Piece, type Position, type Reading } from './keptLog.ts';
import { isForOfficer } from './log.ts';
import { newestDays, periodsBack, type Period } from './periods.ts';
import { ExportCalls } from './quota.ts';

/** Events per page: Brevo's own default. Requests are scarce. */
const PAGE = 2500;
/**
 * A piece has so many pages at most, or one page and as many events: a process that dies loses as
 * many calls.
 */
const PIECE = 25;

/** An event with the time at which it was read, epoch milliseconds. */
export interface ReadEvent {
  readonly id: string;
  readonly event: EmailEvent;
  readonly readAt: Instant;
}

/**
 * Yields events of the e-mails to the person's verified addresses, the newest first, as far back as
 * the API gives them. It ends if Brevo refuses a period as too old, or at the day since which Brevo
 * is used (BREVO_SINCE). Brevo keeps its log without an end unless the account has a rule
 * (docs/systems.md). One piece is in memory at a time, and the ids of one period.
 *
 * A log is read once a day: the pieces read are kept (keptLog.ts), and an attempt that broke off
 * goes on from there. Each call is taken from the budget of the exports (quota.ts), since only
 * exports read rows.
 *
 * An event has no id of its own. It gets one from its content, so an event that comes twice, word
 * for word, is one.
 *
 * @throws BudgetError until the calls are there; RetryAfterError for Brevo's own rate limit
 */
export async function* readEvents(context: Context, scope: Scope): AsyncIterable<ReadEvent> {
  for (const email of scope.subject.verifiedEmails) {
    if (await isForOfficer(context, scope, email)) continue;
    yield* eventsOf(context, scope, email);
  }
}

async function* eventsOf(context: Context, { subject, now }: Scope, email: ProvenEmail): AsyncIterable<ReadEvent> {
  const reading = await openReading(context, subject.uid, email, now);
  const periods = periodsBack(reading.begun, context.config.brevoSince);
  let [period, seen] = [-1, new Set<string>()];
  for await (const { pages, readAt } of piecesOf(context, reading, email, periods)) {
    for (const page of pages) {
      if (page.period !== period) [period, seen] = [page.period, new Set()];
      const { from, until } = periods[page.period] ?? { from: Infinity, until: Infinity };
      for (const event of page.events) {
        // The filter is Brevo's; every event is checked here before it is given out, also the kept
        // ones.
        if (foldEmail(event.email) !== email) continue;
        const at = momentOf(event);
        if (at < from || at >= until) continue;
        const id = idOf(event);
        if (seen.has(id)) continue;
        seen.add(id);
        yield { id, event, readAt };
      }
    }
  }
}

/**
 * The pieces that are kept, and then those that are read now: each is kept before it is given out.
 */
async function* piecesOf(
  context: Context,
  reading: Reading,
  email: string,
  periods: readonly Period[],
): AsyncIterable<Piece> {
  let at: Position | null = { period: 0, offset: 0 };
  for await (const piece of reading.pieces()) {
    yield piece;
    at = piece.next;
  }
  if (at === null) return;
  await reading.begin();
  const calls = new ExportCalls(context, reading.id);
  try {
    while (at !== null) {
      const { piece, error }: PieceRead = await readPiece(context, calls, email, periods, at);
      if (piece.pages.length > 0) {
        await reading.keep(piece);
        yield piece;
      }
      if (error !== undefined) throw error.cause;
      at = piece.next;
    }
  } finally {
    await calls.end(at === null && reading.isKept);
  }
}

interface PieceRead {
  readonly piece: Piece;
  /** The error that it broke off with. */
  readonly error?: { readonly cause: unknown };
}

async function readPiece(
  context: Context,
  calls: ExportCalls,
  email: string,
  periods: readonly Period[],
  from: Position,
): Promise<PieceRead> {
  const pages: Piece['pages'][number][] = [];
  let next: Position | null = from;
  let events = 0;
  const piece = (): Piece => ({ from, next, readAt: context.now(), pages });
  while (next !== null && pages.length < PIECE && events < PAGE) {
    const at: Position = next;
    const asked = periods[at.period];
    // The day since which Brevo is used was set later meanwhile.
    if (asked === undefined) return { piece: { ...piece(), next: null } };
    calls.expect(periods.length - at.period);
    try {
      const page = await pageOf(context, calls, email, asked.ask, at.offset);
      const found = page === 'too old' ? [] : page.filter((event) => foldEmail(event.email) === email);
      // A log that cannot be understood is not kept.
      found.forEach(momentOf);
      pages.push({ period: at.period, events: found });
      events += found.length;
      next = page === 'too old' ? null : after(at, page.length, periods.length);
    } catch (cause) {
      return { piece: piece(), error: { cause } };
    }
  }
  return { piece: piece() };
}

/** The position after a page of so many events; null: it was the last page. */
function after({ period, offset }: Position, events: number, periods: number): Position | null {
  if (events >= PAGE) return { period, offset: offset + PAGE };
  return period + 1 < periods ? { period: period + 1, offset: 0 } : null;
}

async function pageOf(
  context: Context,
  calls: ExportCalls,
  email: string,
  ask: Period['ask'],
  offset: number,
): Promise<readonly EmailEvent[] | 'too old'> {
  const asked = async (when: Period['ask']): Promise<readonly EmailEvent[]> => {
    const answer = await callHourly(context, calls, (brevo) =>
      brevo.transactionalEmails.getEmailEventReport({ email, ...when, limit: PAGE, offset, sort: 'desc' }),
    );
    // If there is none, Brevo leaves them out, or says null.
    const { events } = expectAnswer<{ events?: readonly EmailEvent[] | null | undefined }>(
      answer ?? {},
      (one) => one.events === undefined || one.events === null || Array.isArray(one.events),
    );
    return events ?? [];
  };
  try {
    return await asked(ask);
  } catch (error) {
    if ('startDate' in ask && (await isTooOld(error, () => asked(newestDays(context.now()))))) return 'too old';
    throw error;
  }
}

/** @throws ComplianceError `brevo.answer` if it is no time: the event would belong to no period */
function momentOf(event: EmailEvent): number {
  const at = Date.parse(event.date);
  expectAnswer(event, () => !Number.isNaN(at));
  return at;
}

const idOf = (event: EmailEvent): string =>
  createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 24);
