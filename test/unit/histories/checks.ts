import { expect } from 'vitest';
import { verifyCertificate } from '../../../functions/src/erasure/certificate/certificate.ts';
import { startJobId } from '../../../functions/src/erasure/starts/standing.ts';
import { isOpen } from '../../../functions/src/jobs/advance.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { erasureOf } from '../../../functions/src/ledger/chain.ts';
import { headsOf } from '../../../functions/src/ledger/find.ts';
import { headRef } from '../../../functions/src/ledger/documents.ts';
import { taskIn, type OfficerTask } from '../../../functions/src/officerTasks/task.ts';
import { dueOf } from '../../../functions/src/requests/clock.ts';
import { isFinal, requestHash } from '../../../functions/src/requests/request.ts';
import type { RequestRecord } from '../../../functions/src/requests/store.ts';
import { listOpen } from '../../../functions/src/rights/answers/list.ts';
import { listDue } from '../../../functions/src/rights/due.ts';
import { isCarriedOut } from '../../../functions/src/rights/objection/plan.ts';
import { addressKey } from '../../../functions/src/subject/emails.ts';
import { chainName, withoutGeneration } from '../../../functions/src/subject/pseudonym.ts';
import { expectClock } from '../rights/answers/answers.sample.ts';
import { chain, context, shown } from '../rights/helpers.ts';
import { jobs, requests } from './acting.ts';
import { STRANGER, UID, world } from './world.ts';

/** The things that hold in every history. Each throws if its own does not. */

const isDone = ({ steps }: Job, step: string): boolean => steps[step]?.state === 'done';
const isEnded = ({ status }: Job): boolean => status === 'completed' || status === 'cancelled';
const erasures = async (): Promise<Job[]> =>
  (await jobs()).filter(({ kind, steps }) => kind === 'erasure' && steps['officers'] !== undefined);

/** The request of an account, by the account's number. */
const isOfAccount = ({ pseudonym }: RequestRecord): boolean => withoutGeneration(pseudonym) === chain;

async function tasksNow(): Promise<{ tasks: OfficerTask[]; sheets: Set<string> }> {
  const { own, keys } = context;
  const tasks = (await own.collection('officerTasks').get()).docs;
  const sheets = (await own.collection('officerSheets').get()).docs;
  return {
    tasks: tasks.flatMap((one) => taskIn(one.id, one.data(), keys) ?? []),
    sheets: new Set(sheets.map(({ id }) => id)),
  };
}

/** A task once closed stays as it is; an open one has its sheet, and nothing else has one. */
export async function expectTasks(ended: Map<string, OfficerTask>): Promise<void> {
  const { tasks, sheets } = await tasksNow();
  for (const task of tasks) {
    const isThere = sheets.has(task.id);
    if (task.status === 'open') expect([task.id, isThere || task.until <= context.time.now]).toEqual([task.id, true]);
    else {
      expect([task.id, isThere]).toEqual([task.id, false]);
      expect(task).toEqual(ended.get(task.id) ?? task);
      ended.set(task.id, task);
    }
    sheets.delete(task.id);
  }
  expect([...sheets]).toEqual([]);
}

/** Somebody waits for each open task: its erasure is at that step. */
export async function expectAwaited(): Promise<void> {
  const byId = new Map((await jobs()).map((job) => [job.id, job]));
  for (const { job: id, status } of (await tasksNow()).tasks) {
    const job = byId.get(id);
    if (status === 'open') expect([id, job !== undefined && !isEnded(job)]).toEqual([id, true]);
    else if (job !== undefined && isDone(job, 'officers')) expect(isOpen(job) || isEnded(job)).toBe(true);
  }
  for (const job of await erasures())
    if (isDone(job, 'officers') && job.status !== 'cancelled') {
      const mine = (await tasksNow()).tasks.filter((task) => task.job === job.id && task.createdAt >= job.createdAt);
      expect(mine.filter(({ status }) => status === 'open')).toEqual([]);
    }
}

/** Every request has an answer, a task or a turn, and a clock; its person sees the truth. */
export async function expectRequests(): Promise<void> {
  const open = new Set((await listOpen(context)).requests.map(({ key }) => key));
  const due = new Map((await listDue(context, 'P20Y')).map((item) => [item.id, item]));
  const running = new Map((await jobs()).map((job) => [job.id, job]));
  const all = await requests();
  for (const { key, record } of all) {
    const { status, reply } = record;
    expectClock(record);
    expect(JSON.stringify(record)).not.toMatch(/my words|(account|stranger|all)@/);
    expect([key, open.has(key), due.has(key)]).toEqual([key, !isFinal(status), !isFinal(status)]);
    if (isFinal(status)) expect([key, record.completedAt !== undefined]).toEqual([key, true]);
    else expectTurn(key, record, due.get(key), running);
    if (reply !== undefined) {
      // It was told, or somebody prints it; the record has its words no more.
      expect([key, reply.words, typeof reply.end]).toEqual([key, undefined, 'string']);
      if (reply.kind === 'refused') expect(status).toBe('refused');
      // An objection waits for tasks of officers; an erasure that begins does them itself.
      const ends = record.type === 'objection' ? /completed|waiting|cancelled/ : /completed/;
      if (reply.kind === 'answered') expect(status).toMatch(ends);
    }
  }
  await expectShown(new Map(all.map(({ key, record }) => [key, record])));
  await expectEntries(all.map(({ record }) => record));
}

type Due = Awaited<ReturnType<typeof listDue>>[number];

function expectTurn(key: string, record: RequestRecord, item: Due | undefined, running: ReadonlyMap<string, Job>) {
  const { now } = context.time;
  expect([key, item?.dueAt]).toEqual([key, dueOf(record, now)]);
  const job = record.job === undefined ? undefined : running.get(record.job);
  const waits = item?.waitsFor;
  if (record.status === 'queued') {
    // Its turn comes: the job that begins it waits for that moment.
    expect([key, job !== undefined && isOpen(job), (job?.wakeAt ?? 0) > now]).toEqual([key, true, true]);
  }
  // A step goes on by itself only if it wakes.
  if (waits?.for === 'step') expect([key, waits.step, waits.wakeAt !== null]).toEqual([key, waits.step, true]);
}

/** The app of the person who has the uid now shows the state of their own requests. */
async function expectShown(records: ReadonlyMap<string, RequestRecord>): Promise<void> {
  for (const { id, generation, lasting } of world.asked) {
    const document = await shown(id);
    if (document === undefined) continue;
    const own = [...records].find(([key, { pseudonym }]) => {
      const isMine = isOfAccount({ pseudonym } as RequestRecord);
      return isMine && key === `${pseudonym}_${requestHash(pseudonym, id, context.keys)}`;
    });
    if (own === undefined) {
      // Queued and taken back, or of somebody whose erasure had begun: nothing is promised to them.
      const isRejected = (await context.own.collection('rejectedEvents').get()).size > 0;
      expect([id, generation, document['status'] === 'cancelled' || world.takenBack.has(id) || isRejected]).toEqual([
        ...[id, generation, true],
      ]);
      continue;
    }
    const [, record] = own;
    // Only a yes ends an objection that was carried out.
    const isAnswered = isFinal(record.status) || record.reason === 'too_late' || isCarriedOut(record);
    if (world.takenBack.has(id) && !isAnswered) expect([id, await isBeingErased(record)]).toEqual([id, true]);
    // After an erasure has begun nothing is written for that account. A legal hold keeps the row.
    if (!isFinal(record.status) && (await isBeingErased(record))) continue;
    expect([id, document['status'], document['dueAt']]).toEqual([id, record.status, record.dueAt]);
    if (isFinal(record.status)) expect(document['details']).toEqual(lasting);
  }
}

/** Has the erasure of a request's person begun? It answers what they take back after that. */
const isBeingErased = async ({ pseudonym }: RequestRecord): Promise<boolean> =>
  (await headsOf(context, UID)).some(({ chain: name, head }) => name === pseudonym && erasureOf(head) !== undefined);

/** An officer ends a request once, and the chain of its own person says so once. */
async function expectEntries(records: readonly RequestRecord[]): Promise<void> {
  for (let n = 1; n <= world.generation + 1; n++) {
    const name = chainName(chain, n);
    const entries = await headRef(context.own, name).collection('entries').get();
    const states = entries.docs.map((one) => String(one.get('state')));
    const mine = records.filter(({ pseudonym }) => pseudonym === name);
    const ends = states.filter((state) => /\.(answered|refused)$/.test(state)).length;
    const isEnd = ({ reply }: RequestRecord): boolean => reply?.kind === 'answered' || reply?.kind === 'refused';
    const byRule = mine.filter((one) => one.onBehalf !== undefined && one.status === 'refused' && !isEnd(one)).length;
    const ended = mine.filter(isEnd).length + byRule;
    // A message that a restriction ends has taken the place of an answer.
    const replaced = mine.filter(({ reply }) => reply?.kind === 'lifting').length;
    const repeated = mine.filter(({ reason }) => reason === 'already_open').length;
    // Of somebody whose chain an erasure has reached, a decision has no entry.
    // A last answer names the companies that have not stopped.
    const last = mine.filter(({ type, reason }) => type === 'objection' && reason === 'partly').length;
    const [least, most] = [ended + repeated, ended + repeated + replaced + last];
    const isRight = ends <= most && (states.includes('begun') || ends >= least);
    expect([n, ends, least, most, isRight]).toEqual([n, ends, least, most, true]);
    for (const state of ['paused', 'resumed', 'extended']) {
      const made = states.filter((one) => one.endsWith(`.${state}`)).length;
      const most = mine.reduce((sum, one) => sum + changesOf(one, state), 0);
      expect([n, state, made <= most]).toEqual([n, state, true]);
    }
  }
}

/** How often a request's clock says that it was changed in a way. */
function changesOf({ pauses = [], extension }: RequestRecord, state: string): number {
  if (state === 'extended') return extension === undefined ? 0 : 1;
  return state === 'paused' ? pauses.length : pauses.filter(({ until }) => until !== undefined).length;
}

/** Nobody is deleted who took it back, or was refused; and who is deleted is deleted. */
export async function expectErasures(): Promise<void> {
  const byJob = new Map((await requests()).map(({ key, record }) => [`request:${startJobId({ key })}`, record]));
  for (const job of await erasures()) {
    const starts = job.input['starts'] as readonly string[];
    const isWanted = starts.some((start) => {
      const request = byJob.get(start);
      if (request === undefined) return true;
      return !['cancelled', 'refused'].includes(request.status) && request.onBehalf?.say !== 'disagrees';
    });
    // Nor does it go on to a point at which they would be.
    if (job.status !== 'cancelled') expect([job.id, isWanted]).toEqual([job.id, true]);
    if (job.status !== 'completed') continue;
    const final = [...world.evidence.objects].filter(([name, { text }]) => {
      if (!name.endsWith('.json')) return false;
      const { certificate } = verifyCertificate(text);
      return certificate?.pseudonym === job.pseudonym && certificate?.interim === false;
    });
    expect([job.id, final.length]).toEqual([job.id, 1]);
    expect(JSON.stringify(final)).not.toMatch(/(account|stranger|all)@/);
    const answered = (await requests()).filter(({ record }) => record.pseudonym === job.pseudonym);
    expect(answered.filter(({ record }) => !isFinal(record.status)).map(({ key }) => key)).toEqual([]);
  }
}

/** Nothing of somebody erased is left, and nothing of somebody else is touched. */
export async function expectAccount(): Promise<void> {
  const profile = (await context.app.doc(`users/${UID}`).get()).data();
  const all = await erasures();
  const of = (created: number | undefined) => all.filter(({ input }) => input['accountCreatedAt'] === created);
  const now = world.created.at(-1);
  // An erasure that was given up may have begun before; two accounts may have shared a chain.
  const isBegun =
    of(now).some((job) => isDone(job, 'begin')) ||
    (await headsOf(context, UID)).some(({ head }) => erasureOf(head)?.accountCreatedAt === now);
  // Only the erasure of this very account touches it.
  if (!isBegun) expect(profile).toMatchObject({ of: world.generation });
  if (of(now).some(({ status }) => status === 'completed')) expect(profile).toBeUndefined();
  for (const [at, created] of world.created.entries()) {
    if (!of(created).some(({ status }) => status === 'completed')) continue;
    for (const { id, generation } of world.asked)
      if (generation === at + 1) expect([id, await shown(id)]).toEqual([id, undefined]);
  }
}

/** Every message left once, and none of them is for somebody who is not its person. */
export function expectMails(): void {
  const keys = world.mails.map(({ key }) => key);
  expect(keys.length).toBe(new Set(keys).size);
}

/** A person without an account is known as long as something waits for them, and no longer. */
export async function expectAddresses(): Promise<void> {
  const key = addressKey(STRANGER, context.keys);
  const isKnown = (await context.own.doc(`subjects/${key}`).get()).exists;
  const isOpenRequest = (await requests()).some(({ record }) => record.subjectKey === key && !isFinal(record.status));
  const isRunning = (await jobs()).some((job) => job.input['subjectKey'] === key && !isEnded(job));
  const hasLink = (await context.own.collection('links').where('subjectKey', '==', key).get()).size > 0;
  expect(isKnown).toBe(isOpenRequest || isRunning || hasLink);
}
