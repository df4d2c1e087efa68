import { Timestamp } from 'firebase-admin/firestore';
import { heldErasures } from '../../erasure/officer.ts';
import { stuckJobs } from '../../jobs/officer.ts';
import type { MorningCounts } from '../../messages/morning.ts';
import type { Context } from '../../platform/context.ts';
import { countOf } from '../../platform/firestore.ts';
import { DAY_MS, FOREVER, type Instant } from '../../platform/time.ts';
import { contactCollection } from '../../policy/contract.ts';
import { dueUntil, eachDue, type DueItem } from '../due.ts';

/** The counts of open things, as `compliance due` would list all of them. */
export type OpenCounts = Pick<
  MorningCounts,
  'overdue' | 'dueSoon' | 'forOfficer' | 'paused' | 'openRequests' | 'openErasures'
>;

/** Nothing is open. */
export const NOTHING_OPEN: OpenCounts = {
  ...{ overdue: 0, dueSoon: 0, forOfficer: 0, paused: 0 },
  ...{ openRequests: 0, openErasures: 0 },
};

/** Waits that end by an officer's own answer alone. */
const ANSWERED_BY_HAND: ReadonlySet<DueItem['waitsFor']['for']> = new Set([
  ...(['officer', 'answer', 'seal', 'tasks'] as const),
]);

/**
 * Counts one more open request or erasure. One whose clock stands is paused, and neither late nor
 * soon late. Pure.
 *
 * @param soon until when something is soon late
 */
export function withItem(counts: OpenCounts, { kind, waitsFor, dueAt, daysLeft }: DueItem, soon: Instant): OpenCounts {
  const isPaused = waitsFor.for === 'person';
  const isOverdue = !isPaused && daysLeft < 0;
  const plus = (before: number, isOne: boolean): number => before + (isOne ? 1 : 0);
  return {
    overdue: plus(counts.overdue, isOverdue),
    dueSoon: plus(counts.dueSoon, !isPaused && !isOverdue && dueAt <= soon),
    forOfficer: plus(counts.forOfficer, ANSWERED_BY_HAND.has(waitsFor.for)),
    paused: plus(counts.paused, isPaused),
    openRequests: plus(counts.openRequests, kind === 'request'),
    openErasures: plus(counts.openErasures, kind === 'erasure'),
  };
}

/** The first moment that Firestore can hold: only timestamps lie after it. */
const FIRST = Timestamp.fromMillis(Date.parse('0001-01-01T00:00:00Z'));

/**
 * Counts everything that waits for the officers. Costs a read for each open request, its jobs, each
 * open erasure and each job that is blocked or held; five counts beside.
 *
 * @param at the morning: new is a request of the day before it
 */
export async function countMorning(context: Context, at: Instant): Promise<MorningCounts> {
  const { clients, policy } = context;
  const since = Timestamp.fromMillis(at - DAY_MS);
  const soon = dueUntil(policy, at);
  let open = NOTHING_OPEN;
  await eachDue(context, FOREVER, at, async (page) => {
    open = page.reduce((counts, { item }) => withItem(counts, item, soon), open);
  });
  const [newRequests, contacts, blocked, held] = await Promise.all([
    countOf(clients.own().collection('requests').where('receivedAt', '>=', since)),
    countContacts(context, since),
    stuckJobs(context),
    heldErasures(context),
  ]);
  return { ...open, ...contacts, newRequests, blocked: blocked.length, held: held.length };
}

/** Counts the rows of the contact form; none if the policy has no form. */
async function countContacts(
  { clients, policy }: Context,
  since: Timestamp,
): Promise<Pick<MorningCounts, 'newContacts' | 'heldContacts' | 'openContacts'>> {
  const collection = contactCollection(policy);
  if (collection === null) return { newContacts: 0, heldContacts: 0, openContacts: 0 };
  const rows = clients.app().collection(collection);
  const [all, closed, newContacts, heldContacts] = await Promise.all([
    countOf(rows),
    countOf(rows.where('closedAt', '>=', FIRST)),
    countOf(rows.where('createdAt', '>=', since)),
    countOf(rows.where('heldForReview', '==', true)),
  ]);
  return { newContacts, heldContacts, openContacts: Math.max(0, all - closed) };
}
