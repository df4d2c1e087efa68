import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { woken } from '../../../functions/src/jobs/advance.ts';
import { changeJob } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { erasureOf } from '../../../functions/src/ledger/chain.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { endOfHold } from '../../../functions/src/ledger/holds.ts';
import { isRestricted } from '../../../functions/src/ledger/restriction/scope.ts';
import { restrictionsOf } from '../../../functions/src/ledger/restriction/stated.ts';
import { stateRef } from '../../../functions/src/ledger/shown/show.ts';
import { saysState, shownState, stateToDocument } from '../../../functions/src/ledger/shown/state.ts';
import { stands } from '../../../functions/src/ledger/standing.ts';
import { OFFICERS_STEP, type OfficerTask } from '../../../functions/src/officerTasks/task.ts';
import { listTasks } from '../../../functions/src/officerTasks/store.ts';
import { startOfDate } from '../../../functions/src/policy/calendar.ts';
import { replyKinds } from '../../../functions/src/requests/reply.ts';
import { isFinal, isExport } from '../../../functions/src/requests/request.ts';
import { nameOfRequest } from '../../../functions/src/rights/restriction/plan.ts';
import { textsIn } from '../../../functions/src/texts/index.ts';
import { chain, context } from '../rights/helpers.ts';
import { jobs, requests } from './acting.ts';
import { VERSIONS } from './policy.ts';
import { UID, work, world, type Mail } from './world.ts';

/** Things that hold in every history of rights: nobody is told, or ordered, anything untrue. */

/** The tag of a message in Brevo's log, from our id of it. */
const tagOf = (id: string): string => `amikeo-${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;

/**
 * The purposes that something stops now: a restriction without an announced end, or a no.
 *
 * @param letter leaves out the restriction that the letter of an officer announces to end, and all
 *   that came after it was written: its words are those of that moment
 */
async function stoppedNow(
  announced: 'count' | 'leftOut',
  letter: { readonly but?: string; readonly writtenAt?: number } = {},
): Promise<(purpose: string) => boolean> {
  const { but, writtenAt = Infinity } = letter;
  const { current, since } = (await latestHead(context, UID)).head;
  const all = [...(await restrictionsOf(context, UID)).all].flatMap(([name, one]) =>
    name === but || one.at > writtenAt ? [] : [one],
  );
  const running = announced === 'count' ? all : all.filter(({ liftsAt }) => liftsAt === undefined);
  return (purpose) =>
    (current[purpose] === 'objected' && (since[purpose] ?? 0) <= writtenAt) || isRestricted(running, purpose);
}

/** The names in the list that follows a line. */
function listed(text: string, title: RegExp): string[] | null {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => title.test(line));
  if (at < 0) return null;
  const rest = lines.slice(at + 1).filter((line, index) => line !== '' || index > 0);
  const end = rest.findIndex((line) => !line.startsWith('- '));
  return rest.slice(0, end < 0 ? undefined : end).map((line) => line.slice(2));
}

/** An e-mail about rights is true at the moment at which it leaves. */
export async function expectTrue({ tag, text }: Mail): Promise<void> {
  // Only replies and ends of restrictions tell of the means against them.
  if (!text.includes(textsIn('en').replies.remedies.title)) return;
  const isStopped = await stoppedNow('leftOut');
  if (/From then on we use your data again/.test(text)) {
    const still = listed(text, /^We still do not use your data for this/) ?? [];
    const again = listed(text, /^This is about:/) ?? Object.keys(context.policy.purposes);
    expect([tag, again.filter((id) => !still.includes(id) && isStopped(id))]).toEqual([tag, []]);
  }
  const isAbout = (key: string): boolean => replyKinds.some((kind) => tag === tagOf(`reply_${kind}_${key}`));
  const found = (await requests()).find(({ key }) => isAbout(key));
  if (found === undefined) return;
  const { key: request, record } = found;
  if (record.onBehalf !== undefined)
    expect([tag, text]).not.toEqual([tag, expect.stringMatching(/you (asked|sent) us|what you asked/)]);
  const ended = listed(text, /^We have stopped (our advertising|what you said no to|it)/) ?? [];
  const { head } = await latestHead(context, UID);
  const isTheirs = world.users.length > 0 && erasureOf(head) === undefined;
  if (isTheirs) expect([tag, ended.filter((id) => head.current[id] !== 'objected')]).toEqual([tag, []]);
  const about = /^It is about this: (.*)\.$/m.exec(text)?.[1];
  if (about !== undefined && /on we use them for it again/.test(text)) {
    const writtenAt = record.reply?.at.toMillis() ?? 0;
    const then = await stoppedNow('leftOut', { but: nameOfRequest(request, context.keys), writtenAt });
    expect([tag, about, then(about)]).toEqual([tag, about, false]);
  }
}

/**
 * No e-mail was untrue. A request ends once: nothing changes its end. Nothing begins for somebody
 * against their word, or without it if it is needed.
 */
export async function expectOneEnd(ends: Map<string, string>): Promise<void> {
  for (const error of world.untrue) throw error;
  for (const { key, record } of await requests()) {
    const { onBehalf, begunAt, status, type } = record;
    expect([key, status]).toEqual([key, ends.get(key) ?? status]);
    if (isFinal(status)) ends.set(key, status);
    if (onBehalf === undefined || begunAt === undefined) continue;
    if (onBehalf.goesOnAt === undefined) expect([key, onBehalf.words ?? 0]).not.toEqual([key, 0]);
    const isAgainst = onBehalf.say === 'disagrees' && onBehalf.letOnBy === undefined;
    if (isExport(type) && isAgainst) expect([key, status]).not.toEqual([key, 'in_progress']);
  }
}

/** Each open task has a cause that still is so, once its job has looked at it again. */
export async function expectCauses(): Promise<void> {
  const waiting = new Set((await listTasks(context)).tasks.map(({ job }) => job));
  for (const id of waiting) await changeJob(context, id, (job) => woken(job, OFFICERS_STEP, context.time.now));
  if (waiting.size > 0) await work(6);
  const byId = new Map((await jobs()).map((job) => [job.id, job]));
  const { head, chain: now } = await latestHead(context, UID);
  const { all } = await restrictionsOf(context, UID);
  const isStopped = await stoppedNow('count');
  for (const task of (await listTasks(context)).tasks) {
    const job = byId.get(task.job);
    if (job === undefined || job.pseudonym === undefined) throw new Error(`${task.job} is gone`);
    if (job.kind === 'erasure' || job.input['uid'] === '') continue;
    const cause = await causeOf(task, job, {
      isErased: job.kind !== 'hold' && (job.pseudonym !== now || erasureOf(head) !== undefined),
      ...{ head, all, isStopped },
    });
    expect([task.job, partsOf(job), cause]).toEqual([task.job, partsOf(job), true]);
  }
}

const partsOf = ({ kind, input }: Job) => [kind, input['change'], input['tell'], input['purposes']];

interface Seen {
  readonly isErased: boolean;
  readonly head: Awaited<ReturnType<typeof latestHead>>['head'];
  readonly all: Awaited<ReturnType<typeof restrictionsOf>>['all'];
  readonly isStopped: (purpose: string) => boolean;
}

async function causeOf(
  { consent }: OfficerTask,
  { kind, input, steps }: Job,
  { isErased, head, all, isStopped }: Seen,
) {
  if (isErased) return false;
  const purposes = (input['purposes'] as string[] | undefined) ?? Object.keys(context.policy.purposes);
  if (kind === 'restriction')
    return input['change'] === 'over' ? !purposes.some(isStopped) : all.get(String(input['name']))?.at === input['at'];
  if (kind === 'change') {
    const now = stands(head.current[consent?.purpose ?? '']);
    // A new yes waits while something stops the use, and so does an older task: its words say so.
    return consent?.tell === 'again' ? now && !isStopped(consent.purpose) : !now || isStopped(consent?.purpose ?? '');
  }
  if (kind === 'request') return purposes.some((id) => head.current[id] === 'objected');
  if (kind === 'hold') {
    const isOver = (await endOfHold(context, UID, String(input['hold']))) === null;
    return isOver === (steps['over'] !== undefined);
  }
  return kind === 'rectify';
}

/** The app is shown the state that the ledger says; only the version can be that of its day. */
export async function expectState(): Promise<void> {
  const { head } = await latestHead(context, UID);
  // An erasure that was given up, or another account: nobody is shown anything.
  if (erasureOf(head) !== undefined || world.users.length === 0) return;
  const data = (await stateRef(context.app, UID).get()).data();
  const state = shownState(head, context.policy, context.time.now);
  const { purposes, restricted, objections } = stateToDocument(state, context.time.now);
  if (data === undefined) expect([state, saysState(data, state)]).toEqual([state, true]);
  else expect(data).toMatchObject({ purposes, restricted, objections });
}

const ANNOUNCED = startOfDate(VERSIONS.announced, 'Europe/Paris');

/** A version is told once to each account of before its announcement, and to no other. */
export async function expectAnnounced(): Promise<void> {
  const told = world.mails.filter(({ tag }) => tag === tagOf(`policy_${VERSIONS.next}_${chain}`));
  const wasThere = (generation: number): boolean => (world.created[generation - 1] ?? Infinity) * 1000 < ANNOUNCED;
  for (const { to } of told) expect([to, wasThere(Number(/^ada(\d+)/.exec(to)?.[1]))]).toEqual([to, true]);
  expect(told.length).toBeLessThanOrEqual(1);
  const { head } = await latestHead(context, UID);
  const isRestrictedWhole = [...(await restrictionsOf(context, UID)).all.values()].some((one) => !one.purposes);
  if (world.users.length === 0 || erasureOf(head) !== undefined || isRestrictedWhole) return;
  const mine = told.filter(({ to }) => Number(/^ada(\d+)/.exec(to)?.[1]) === world.generation);
  expect([world.generation, mine.length]).toEqual([world.generation, wasThere(world.generation) ? 1 : 0]);
}
