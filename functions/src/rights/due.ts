import { FieldPath, Timestamp, type Query, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { fewAtOnce } from '../jobs/pages.ts';
import { jobsIn, toDocument, type ForgedJob } from '../jobs/store.ts';
import type { Job, JobStatus } from '../jobs/types.ts';
import { DAY_MS, utcDay, type Instant } from '../platform/time.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { millisOf, pagesOf, updateIfUnchanged, WHOLE } from '../platform/firestore.ts';
import type { LogFields } from '../platform/log.ts';
import { addPeriod, answerBy } from '../policy/calendar.ts';
import { contactCollection } from '../policy/contract.ts';
import type { Period, Policy } from '../policy/schema.ts';
import { dueOf, pauseOf } from '../requests/clock.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import type { RequestStatus } from '../requests/request.ts';
import { requestsIn, sealedRequest, type RequestRecord } from '../requests/store.ts';
import { jobsOfRequest } from './jobsOf.ts';

/**
 * Nothing here stops the legal clock (Art. 12(3)): not a grace, not a hold, not a breaker, not a
 * failure; requests/clock.ts alone moves its end. A request or erasure that is not finished near
 * its due date is reported each day until it is: in the log, and to an officer on demand.
 */

/** The reason for which something that is due waits. */
export type WaitsFor =
  | { readonly for: 'officer' }
  /** The person, after a question about their identity: the clock stands since then. */
  | { readonly for: 'person'; readonly since: Instant }
  /** A step of a job that nobody but an officer lets go on. */
  | { readonly for: 'retry'; readonly job: string; readonly step: string; readonly code: string }
  /** A job that the circuit breaker holds. */
  | { readonly for: 'release'; readonly job: string; readonly why: string }
  /**
   * The end of a legal hold; or officers' tasks of an erasure: the rest is done, and the person was
   * told.
   */
  | { readonly for: 'hold' | 'tasks'; readonly job: string; readonly step: string }
  /** The end of a grace, another company, the next attempt, a task: it goes on by itself. */
  | {
      readonly for: 'step';
      readonly job: string;
      readonly step: string;
      readonly why: string;
      readonly wakeAt: Instant | null;
    }
  /** A job that ended without answering it: an officer has to. */
  | { readonly for: 'answer'; readonly job: string }
  /**
   * The backend did not write it so (`seal.broken`), or not the job that answers it: nothing is
   * done by it.
   */
  | { readonly for: 'seal'; readonly job?: string };

/** Something that has to be finished soon, or should have been. */
export interface DueItem {
  /** `contact`: a message of the contact form that is held for review. */
  readonly kind: 'request' | 'erasure' | 'contact';
  /**
   * A request's key, an erasure's job, or a contact request's id. The last can say anything: it is
   * for officers, and not for logs.
   */
  readonly id: string;
  readonly pseudonym: string;
  readonly type: string;
  readonly status: RequestStatus | JobStatus | 'forged';
  readonly dueAt: Instant;
  /** Whole days that are left; negative: whole days since, the first day is -1. */
  readonly daysLeft: number;
  readonly waitsFor: WaitsFor;
}

/** Pure. 0: today or within a day; -1: over for less than a day. */
export const daysLeft = (dueAt: Instant, now: Instant): number => Math.floor((dueAt - now) / DAY_MS);

/** Returns the moment up to which things are due soon. Pure. */
export const dueUntil = (policy: Policy, now: Instant, within?: Period): Instant =>
  addPeriod(now, within ?? policy.rights.escalateBefore.period, policy.controller.timeZone);

/** The steps that wait for the end of a legal hold. */
const HOLD_STEPS: ReadonlySet<string> = new Set(['holds', 'replayCheck', 'forget']);

/**
 * Returns the reason for which an unfinished job waits: waiting for an officer comes before going
 * on by itself. Pure.
 */
export function waitOf(job: Job): WaitsFor {
  const steps = Object.entries(job.steps);
  const isReached = (after: readonly string[]): boolean => after.every((id) => job.steps[id]?.state === 'done');
  const open = steps.filter(([, { state, after }]) => state !== 'done' && isReached(after));
  if (job.status === 'held') {
    const why = open.find(([, step]) => step.why !== undefined)?.[1].why;
    return { for: 'release', job: job.id, why: why ?? 'held' };
  }
  const blocked = open.find(([, { state }]) => state === 'blocked');
  if (blocked !== undefined)
    return { for: 'retry', job: job.id, step: blocked[0], code: blocked[1].error?.code ?? 'unknown' };
  const waits = open.filter(([, { state, error }]) => state === 'waiting' && error === undefined);
  const held = waits.find(([id]) => HOLD_STEPS.has(id));
  if (held !== undefined) return { for: 'hold', job: job.id, step: held[0] };
  const asked = waits.find(([id]) => id === OFFICERS_STEP);
  if (asked !== undefined) return { for: 'tasks', job: job.id, step: asked[0] };
  const wakes = ([, { wakeAt }]: (typeof open)[number]): number => wakeAt ?? 0;
  const [next] = [...open].sort((a, b) => wakes(a) - wakes(b));
  const [step, state] = next ?? ['', undefined];
  const why = state?.why ?? (state?.error === undefined ? (state?.state ?? 'nothing') : `after ${state.error.code}`);
  return { for: 'step', job: job.id, step, why, wakeAt: state?.wakeAt ?? job.wakeAt };
}

/** An erasure, or a job about one, that is due. Pure. */
export const dueErasure = (job: Job, now: Instant): DueItem => ({
  kind: 'erasure',
  id: job.id,
  pseudonym: job.pseudonym ?? '',
  type: 'erasure',
  status: job.status,
  dueAt: job.dueAt,
  daysLeft: daysLeft(job.dueAt, now),
  waitsFor: waitOf(job),
});

/**
 * A forged document among the requests or the erasures. Its own fields prove nothing, so it is due
 * now. Nothing is written on it: that would be the backend's word for it.
 */
const forgedDue = (kind: 'request' | 'erasure', id: string, now: Instant): Found => ({
  item: {
    kind,
    id,
    pseudonym: '',
    type: kind,
    status: 'forged',
    dueAt: now,
    daysLeft: 0,
    waitsFor: { for: 'seal', ...(kind === 'erasure' ? { job: id } : {}) },
  },
  reportedOn: undefined,
  note: async () => undefined,
});

/**
 * A request that is due. Pure. One whose clock stands is due when it would have been without that,
 * so that no pause is forgotten; `dueAt` moves on meanwhile.
 *
 * @param jobs those that answer it, as far as there are any
 * @param forged those that should answer it, and that the backend did not write so
 */
export function dueRequest(
  id: string,
  record: Pick<RequestRecord, 'pseudonym' | 'type' | 'status' | 'dueAt' | 'pauses' | 'waitingFor' | 'job'>,
  jobs: readonly Job[],
  now: Instant,
  forged: readonly ForgedJob[] = [],
): DueItem {
  const { pseudonym, type, status } = record;
  const dueAt = dueOf(record, now);
  const waitsFor = waitOfRequest(record, jobs, forged);
  return { kind: 'request', id, pseudonym, type, status, dueAt, daysLeft: daysLeft(dueAt, now), waitsFor };
}

function waitOfRequest(
  record: Parameters<typeof dueRequest>[1],
  jobs: readonly Job[],
  [broken]: readonly ForgedJob[],
): WaitsFor {
  const pause = pauseOf(record);
  if (pause !== undefined) return { for: 'person', since: pause.from.toMillis() };
  const open = jobs.find(({ status }) => OPEN_JOBS.includes(status));
  if (open !== undefined) return waitOf(open);
  if (broken !== undefined) return { for: 'seal', job: broken.id };
  const { waitingFor, job } = record;
  return waitingFor === 'officer' || job === undefined ? { for: 'officer' } : { for: 'answer', job };
}

export const OPEN_REQUESTS: readonly RequestStatus[] = ['received', 'queued', 'in_progress', 'waiting'];
const OPEN_JOBS: readonly JobStatus[] = ['waiting', 'running', 'blocked', 'held'];

/** One due item. */
interface Found {
  readonly item: DueItem;
  /** The last day on which it was reported. */
  readonly reportedOn: unknown;
  /**
   * Notes on its document that it was reported on a day, unless something else was written since.
   */
  readonly note: (day: string) => Promise<unknown>;
}

/** How many requests of a page are looked into at a time. */
const AT_ONCE = 8;

/**
 * Works through everything that is due up to a moment, in pages, the most urgent first: requests,
 * then erasures. Only the backend's own database is asked.
 */
export async function eachDue(
  context: OwnStore,
  until: Instant,
  now: Instant,
  onPage: (found: readonly Found[]) => Promise<void>,
): Promise<void> {
  const own = context.clients.own();
  const limit = Timestamp.fromMillis(until);
  const each = async (query: Query, foundIn: typeof requestIn): Promise<void> => {
    const due = query.where('dueAt', '<=', limit).orderBy('dueAt');
    for await (const { documents } of pagesOf(due.orderBy(FieldPath.documentId()), WHOLE)) {
      const found = new Map<string, Found>();
      await fewAtOnce(documents, AT_ONCE, async (document) => {
        found.set(document.id, await foundIn(context, document, now));
      });
      await onPage(documents.flatMap(({ id }) => found.get(id) ?? []));
    }
  };
  await each(own.collection('requests').where('status', 'in', OPEN_REQUESTS), requestIn);
  await each(own.collection('jobs').where('kind', '==', 'erasure').where('status', 'in', OPEN_JOBS), erasureIn);
}

async function requestIn(context: OwnStore, document: QueryDocumentSnapshot, now: Instant): Promise<Found> {
  const [known] = requestsIn([document], context.keys).requests;
  if (known === undefined) return forgedDue('request', document.id, now);
  const { key, record } = known;
  const { jobs, forged: broken } = await jobsOfRequest(context, key, record);
  return {
    item: dueRequest(key, record, jobs, now, broken),
    reportedOn: record.escalatedOn,
    note: (escalatedOn) => updateIfUnchanged(document, sealedRequest(key, { ...record, escalatedOn }, context.keys)),
  };
}

async function erasureIn({ keys }: OwnStore, document: QueryDocumentSnapshot, now: Instant): Promise<Found> {
  const [job] = jobsIn([document], keys).jobs;
  if (job === undefined) return forgedDue('erasure', document.id, now);
  return {
    item: dueErasure(job, now),
    reportedOn: job.escalatedOn,
    note: (escalatedOn) => updateIfUnchanged(document, toDocument({ ...job, escalatedOn }, keys)),
  };
}

/** Held contact requests that are shown at once, the oldest; the rest follows as these are done. */
const HELD_SHOWN = 100;

/**
 * Lists contact requests that wait for an officer, since too many came under one address or from
 * one account. Any of them can be a request of Art. 15 to 22, so its month runs from the day on
 * which it came (Art. 12(3)).
 */
async function heldContacts(context: DueReader): Promise<DueItem[]> {
  const { policy, now } = context;
  const held = await heldRows(context)?.orderBy('createdAt').limit(HELD_SHOWN).get();
  return (held?.docs ?? []).map((document): DueItem => {
    const receivedAt = millisOf(document.get('createdAt')) ?? now();
    const dueAt = answerBy(policy, receivedAt);
    const base = { kind: 'contact', type: 'contact', status: 'waiting', pseudonym: '' } as const;
    return { ...base, id: document.id, dueAt, daysLeft: daysLeft(dueAt, now()), waitsFor: { for: 'officer' } };
  });
}

/** The contact requests that are held; undefined: the policy has no contact form. */
function heldRows({ clients, policy }: DueReader): Query | undefined {
  const collection = contactCollection(policy);
  return collection === null ? undefined : clients.app().collection(collection).where('heldForReview', '==', true);
}

/**
 * Counts the contact requests that are held and that a list of due items leaves out. Costs 1 read,
 * and none if the list can have all of them.
 */
export async function heldBeyond(context: DueReader, items: readonly DueItem[]): Promise<number> {
  const shown = items.filter(({ kind }) => kind === 'contact').length;
  if (shown < HELD_SHOWN) return 0;
  const held = await heldRows(context)?.count().get();
  return Math.max(0, (held?.data().count ?? 0) - shown);
}

interface DueReader extends Pick<Context, 'now' | 'policy' | 'keys'> {
  readonly clients: Pick<Context['clients'], 'own' | 'app'>;
}

/**
 * Lists open requests and erasures that are due within a period, the most urgent first. Contact
 * requests that are held for review are among them, as many as are shown at once.
 *
 * @param within absent: the policy's own
 */
export async function listDue(context: DueReader, within?: Period): Promise<DueItem[]> {
  const now = context.now();
  const items = await heldContacts(context);
  await eachDue(context, dueUntil(context.policy, now, within), now, async (page) => {
    items.push(...page.map(({ item }) => item));
  });
  return items.sort((a, b) => a.dueAt - b.dueAt);
}

/**
 * The line of an item: ids of our own, codes and dates. A forged job has no id: its forger has
 * chosen it.
 */
export function lineOf(item: DueItem): LogFields {
  const { kind, id, pseudonym, type, status, dueAt, waitsFor } = item;
  const { for: waits, ...what } = waitsFor;
  const { wakeAt, since, ...fields } = {
    wakeAt: undefined,
    since: undefined,
    ...(waits === 'seal' ? { code: 'seal.broken' } : what),
  };
  return {
    ...(status === 'forged' ? {} : kind === 'request' ? { request: id, pseudonym } : { erasure: id }),
    type,
    status,
    due: new Date(dueAt).toISOString(),
    daysLeft: item.daysLeft,
    waitsFor: waits,
    ...fields,
    ...(typeof wakeAt === 'number' ? { wakeAt: new Date(wakeAt).toISOString() } : {}),
    ...(typeof since === 'number' ? { since: new Date(since).toISOString() } : {}),
  };
}

/**
 * Says in one line how many contact requests are held and due, and when the first one is. If not
 * all were looked at, `held` says how many are held. No id: a client chooses it. A schedule that
 * fires twice says it twice.
 *
 * @returns how many are due: all of them were reported
 */
async function reportHeld(context: Context, scheduledAt: Instant): Promise<number> {
  const until = dueUntil(context.policy, scheduledAt);
  const all = await heldContacts(context);
  const held = all.filter(({ dueAt }) => dueAt <= until);
  const [first] = held;
  if (first === undefined) return 0;
  const more = await heldBeyond(context, all);
  const isOver = first.dueAt < scheduledAt;
  context.log.error(isOver ? OVERDUE : DUE_SOON, {
    contactRequests: held.length,
    ...(more === 0 ? {} : { held: all.length + more }),
    due: new Date(first.dueAt).toISOString(),
    waitsFor: 'officer',
  });
  return held.length;
}

/** The message that alerts are set on. */
const DUE_SOON = 'due soon and not finished';
const OVERDUE = 'overdue: the time to answer is over (Art. 12(3))';
const PAUSED = 'paused since the person was asked who they are, and would be due: ask again, or refuse';

/** The message of an item that is due. Pure. */
const reportOf = ({ waitsFor, daysLeft: left }: DueItem): string =>
  waitsFor.for === 'person' ? PAUSED : left < 0 ? OVERDUE : DUE_SOON;

/**
 * Says, once a day for each, which requests and erasures are due within the policy's period and not
 * finished: one line of the log of severity error. The note on the document (`escalatedOn`) comes
 * after the line. The schedule repeats a run that dies, and it says again at most those that it had
 * not noted yet.
 *
 * @param scheduledAt epoch milliseconds for which the schedule fired: a schedule that fires twice a
 * day says everything once
 * @returns how many are due, and how many of them this call has reported
 */
export async function startDue(context: Context, scheduledAt: Instant): Promise<{ due: number; reported: number }> {
  const { policy, log } = context;
  const today = utcDay(scheduledAt);
  const held = await reportHeld(context, scheduledAt);
  let [due, reported] = [held, held];
  await eachDue(context, dueUntil(policy, scheduledAt), scheduledAt, async (page) => {
    due += page.length;
    await fewAtOnce(page, AT_ONCE, async ({ item, reportedOn, note }) => {
      if (reportedOn === today) return;
      log.error(reportOf(item), lineOf(item));
      reported += 1;
      await note(today);
    });
  });
  return { due, reported };
}
