import type { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../functions/src/export/archive/manifest.ts';
import { changeJob } from '../../../functions/src/jobs/store.ts';
import { closeTask, loadSheet } from '../../../functions/src/officerTasks/store.ts';
import { openContent } from '../../../functions/src/officerTasks/sheet.ts';
import type { ClosedAs } from '../../../functions/src/officerTasks/task.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { listDue } from '../../../functions/src/rights/due.ts';
import { countMorning } from '../../../functions/src/rights/morning/count.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { runDying } from '../../kit/dying.ts';
import { unzip } from '../export/helpers.ts';
import { idsOf, sheetKeys } from './helpers.ts';
import {
  add,
  EMAIL,
  erase,
  exportWorld,
  goOn,
  jobNow,
  NOW,
  objectsOf,
  OFFICER,
  PARTS,
  publish,
  requestOf,
  shownTo,
  sweep,
  takeBack,
  tasksOf,
  UID,
  WEEK_MS,
  type ExportWorld,
} from './export.sample.ts';

let world: ExportWorld;

beforeEach(async () => {
  world = await exportWorld();
  await publish(world);
  await goOn(world);
});

const close = async (part: string, as: ClosedAs, note?: string) => {
  const { [part]: task } = await tasksOf(world);
  const closing = { as, by: OFFICER, ...(note === undefined ? {} : { note }) };
  return closeTask(world.context, task?.id ?? '', closing, world.context.time.now);
};

const sheetOf = async (part: string): Promise<unknown> => {
  const { [part]: task } = await tasksOf(world);
  const data = task && (await loadSheet(world.context, task))?.data();
  return data && openContent(task.id, data, { 1: sheetKeys.privateKey });
};

describe('each part that an export lacks', () => {
  it('is an officer’s task, made by the export’s job, with a sheet of what the recipient needs and no former address', async () => {
    const fresh = await exportWorld();
    const { context, chain } = fresh;
    const known = { uid: UID, pseudonym: chain, accountCreatedAt: 0, providerIds: {} };
    await learn(context, { ...known, verifiedEmails: ['former@example.com', EMAIL] });
    await publish(fresh);
    expect(context.enqueued).toEqual([`exportTask ${fresh.job}`]);
    await goOn(fresh);
    world = fresh;
    const tasks = await tasksOf(world);
    expect(Object.keys(tasks).sort()).toEqual(PARTS);
    expect(tasks['desk']).toMatchObject({ what: { en: 'Ask them.' }, by: NOW + 10 * DAY_MS, status: 'open' });
    expect(await sheetOf('desk')).toEqual({ known: [{ kind: 'email', value: EMAIL, proven: true }] });
    expect(await jobNow(world)).toMatchObject({ status: 'waiting', wakeAt: NOW + DAY_MS });
    expect(await requestOf(world)).toMatchObject({ status: 'waiting', job: world.job, answer: { asked: PARTS } });
  });

  it('is due before the person’s answer is, whatever the policy allows the recipient', async () => {
    const fresh = await exportWorld();
    const { context } = fresh;
    const { desk, ...others } = context.policy.recipients;
    if (desk === undefined) throw new Error('no desk');
    const reach = { manual: { en: 'Ask them.', fr: 'Demander.' }, within: 'P2M' };
    const policy = { ...context.policy, recipients: { desk: { ...desk, reach }, ...others } };
    world = { ...fresh, context: { ...context, policy } };
    await publish(world);
    await goOn(world);
    expect((await tasksOf(world))['desk']).toMatchObject({ by: NOW + 30 * DAY_MS });
  });

  it('is counted once: `due` and the morning’s e-mail name the request, which waits for tasks', async () => {
    const due = await listDue(world.context, 'P1Y');
    expect(due).toMatchObject([
      { kind: 'request', type: 'access', waitsFor: { for: 'tasks', job: world.job, step: 'officers' } },
    ]);
    expect(await countMorning(world.context, NOW + DAY_MS)).toMatchObject({
      ...{ openRequests: 1, forOfficer: 1, openErasures: 0, blocked: 0, overdue: 0 },
    });
  });

  it('is done when it is added, in one write with its task, which keeps the hash of the part; its sheet is gone', async () => {
    const added = await add(world, 'desk');
    expect(added).toMatchObject({ ok: true, completed: false, open: ['ledgerist'] });
    const sha256 = added.ok ? added.part?.sha256 : undefined;
    const { desk } = await tasksOf(world);
    expect(desk).toMatchObject({ status: 'done', closedBy: OFFICER, proof: sha256 });
    expect(await requestOf(world)).toMatchObject({ status: 'waiting', answer: { parts: [{}, { sha256 }] } });
    expect(await idsOf(world.context, 'officerSheets')).toEqual([(await tasksOf(world))['ledgerist']?.id]);
    // Somebody who has nothing gives no part: nothing is proven by a hash.
    expect(await add(world, 'ledgerist', false)).toMatchObject({ ok: true, completed: true });
    expect((await tasksOf(world))['ledgerist']).not.toHaveProperty('proof');
    expect(await requestOf(world)).not.toHaveProperty('missing');
  });

  it('is not done by a word, nor excused by the effort, nor impossible without a reason', async () => {
    expect(await close('desk', 'done')).toEqual({ ok: false, because: 'toAdd' });
    expect(await close('desk', 'disproportionate', 'it is much')).toEqual({ ok: false, because: 'ofExport' });
    for (const as of ['impossible', 'refused'] as const)
      expect(await close('desk', as)).toEqual({ ok: false, because: 'noReason' });
    expect((await close('desk', 'impossible', 'the company was dissolved')).ok).toBe(true);
    expect(await add(world, 'desk')).toEqual({ ok: false, because: 'notOpen', open: ['ledgerist'] });
  });
});

describe('a part that does not come', () => {
  it.each([
    ['impossible', 'and cannot be given', 'It cannot be given to you.'],
    ['refused', 'and the other side refused', 'They said no.'],
  ] as const)(
    'is named (%s) in the next archive, on the request and in the person’s document',
    async (as, short, long) => {
      await close('desk', as, 'the company was dissolved');
      await add(world, 'ledgerist');
      const zip = [...world.store.objects].find(([name]) => !name.endsWith('one.zip'))?.[1].bytes ?? Buffer.alloc(0);
      const entries = await unzip(zip);
      const { missing } = JSON.parse(String(entries.get('manifest.json'))) as Manifest;
      expect(missing).toEqual([{ source: 'desk', name: 'Desk', why: as }]);
      expect(String(entries.get('README.txt'))).toContain(`Desk: was asked for by hand, ${short}`);
      expect(String(entries.get('report.html'))).toContain(long);
      expect(await requestOf(world)).toMatchObject({ status: 'completed', missing });
      expect(await shownTo(world)).toMatchObject({ status: 'completed', missing });
      expect(JSON.stringify(await shownTo(world))).not.toContain('dissolved');
    },
  );

  it('is unconfirmed when its time is over: the officer is told in the log, the person in their document and again by a message', async () => {
    await add(world, 'ledgerist', false);
    world.context.time.now = NOW + 89 * DAY_MS;
    await goOn(world);
    expect(await requestOf(world)).toMatchObject({ status: 'waiting' });
    world.context.time.now = NOW + 91 * DAY_MS;
    await goOn(world);
    expect((await tasksOf(world))['desk']).toMatchObject({ status: 'unconfirmed', closedBy: 'backend' });
    expect(world.context.logged.filter((line) => line.includes('nobody confirmed them'))).toHaveLength(1);
    const missing = [{ source: 'desk', name: 'Desk', why: 'unconfirmed' }];
    expect(await shownTo(world)).toMatchObject({ status: 'completed', missing });
    expect(await idsOf(world.context, 'officerSheets')).toEqual([]);
    expect(await jobNow(world)).toMatchObject({ status: 'completed' });
    expect(await idsOf(world.context, 'jobs')).toContain(`told_${world.key}`);
  });

  it('wakes the job, which completes the request if it was the last', async () => {
    await close('desk', 'unconfirmed');
    await close('ledgerist', 'unconfirmed', 'asked twice');
    expect(await requestOf(world)).toMatchObject({ status: 'waiting' });
    await goOn(world);
    expect((await requestOf(world)).missing?.map(({ source }) => source)).toEqual(PARTS);
  });
});

describe('an access lives until a week after its last part', () => {
  /** Lets nights pass, each with the look of the job and the retention. */
  const nights = async (count: number): Promise<void> => {
    for (let night = 0; night < count; night++) {
      world.context.time.now += DAY_MS;
      await goOn(world);
      await sweep(world);
    }
  };

  it.each([
    ['that is added', () => add(world, 'ledgerist')],
    ['that ends without an answer', () => close('ledgerist', 'unconfirmed')],
  ])('%s', async (_, end) => {
    await add(world, 'desk');
    await nights(20);
    expect(objectsOf(world)).toHaveLength(2);
    // The last look that let them live on was earlier.
    world.context.time.now += DAY_MS / 2;
    await end();
    await goOn(world);
    const all = objectsOf(world);
    world.context.time.now += WEEK_MS - 1;
    await sweep(world);
    expect(objectsOf(world)).toEqual(all);
    world.context.time.now += 1;
    await sweep(world);
    expect(objectsOf(world)).toEqual([]);
  });

  it('and no longer than a week if nobody looks: nothing is kept by accident', async () => {
    world.context.time.now += WEEK_MS;
    await sweep(world);
    expect(objectsOf(world)).toEqual([]);
    await goOn(world);
    expect(await jobNow(world)).toMatchObject({ status: 'waiting' });
  });
});

describe('an export that nobody wants any more', () => {
  const expectEnded = async (): Promise<void> => {
    expect(Object.values(await tasksOf(world)).map(({ status }) => status)).toEqual(['unconfirmed', 'unconfirmed']);
    expect(await idsOf(world.context, 'officerSheets')).toEqual([]);
    const job = await jobNow(world);
    expect(job).toMatchObject({ status: 'cancelled' });
    expect(job.input).not.toHaveProperty('uid');
    expect(await shownTo(world)).not.toHaveProperty('missing');
    expect((await requestOf(world)).status).toBe('cancelled');
    expect(await idsOf(world.context, 'jobs')).not.toContain(`told_${world.key}`);
  };

  it('since its person took it back, leaves no open task, no sheet and no archive', async () => {
    await takeBack(world);
    await expectEnded();
    expect(objectsOf(world)).toEqual([]);
    expect(await add(world, 'desk')).toMatchObject({ ok: false });
  });

  it('since its person is erased, leaves no open task and no sheet', async () => {
    await erase(world);
    await expectEnded();
    // Closed, they stay so if the job comes late.
    await goOn(world);
    await expectEnded();
  });

  it('since the account is gone, ends at the next look', async () => {
    world.users.pop();
    world.context.time.now += DAY_MS;
    await goOn(world);
    expect(await requestOf(world)).toMatchObject({ status: 'cancelled', reason: 'accountDeleted' });
    expect(await idsOf(world.context, 'officerSheets')).toEqual([]);
  });

  it('at the moment in which its tasks are made, ends them when that attempt is over', async () => {
    world = await exportWorld();
    await publish(world);
    const { context, job } = world;
    const { own } = context;
    await changeJob(context, job, ({ steps: { officers }, ...rest }) =>
      officers === undefined
        ? null
        : { ...rest, steps: { officers: { ...officers, state: 'running', wakeAt: NOW + DAY_MS } } },
    );
    await takeBack(world);
    const discard = await own.doc(`jobs/discard_${world.key}`).get();
    expect(discard.get('status')).toBe('waiting');
    expect((discard.get('wakeAt') as Timestamp).toMillis()).toBe(NOW + DAY_MS);
  });
});

describe('a process that dies', () => {
  const { length: parts } = PARTS;
  const answered = async (): Promise<unknown> => {
    const { status, missing, answer } = await requestOf(world);
    const { desk, ledgerist } = await tasksOf(world);
    const tasks = [desk?.status, ledgerist?.status];
    return { status, missing: missing?.length, parts: (answer?.['parts'] as unknown[]).length, tasks };
  };

  it.each(Array.from({ length: 12 }, (_, moments) => moments))(
    'after %i moments of publishing, asking, adding and completing: done again, it ends the same',
    async (moments) => {
      world = await exportWorld();
      const { context } = world;
      const dying = (work: () => Promise<unknown>) => runDying(moments, [context.own, context.app], work, 'writes');
      await dying(() => publish(world));
      await publish(world);
      await dying(() => goOn(world));
      context.time.now += DAY_MS;
      await goOn(world);
      expect(await idsOf(context, 'officerSheets')).toHaveLength(parts);
      await close('desk', 'impossible', 'gone');
      await dying(() => add(world, 'ledgerist', false));
      await add(world, 'ledgerist', false);
      context.time.now += DAY_MS;
      await dying(() => goOn(world));
      context.time.now += DAY_MS;
      await goOn(world);
      expect(await answered()).toEqual({ status: 'completed', missing: 1, parts: 1, tasks: ['impossible', 'done'] });
      expect(await jobNow(world)).toMatchObject({ status: 'completed' });
      expect(await idsOf(context, 'jobs')).toContain(`told_${world.key}`);
    },
  );
});
