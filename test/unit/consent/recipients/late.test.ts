import { describe, expect, it } from 'vitest';
import { onConsentWritten } from '../../../../functions/src/consent/recordDecision.ts';
import { changeRunner } from '../../../../functions/src/consent/steps.ts';
import { setHold } from '../../../../functions/src/erasure/holds.ts';
import { erasureRunner } from '../../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../../functions/src/consent/reconcile.ts';
import { retry } from '../../../../functions/src/jobs/advance.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { changeJob } from '../../../../functions/src/jobs/store.ts';
import { beginErasure } from '../../../../functions/src/ledger/erasure.ts';
import { idsOf } from '../../officerTasks/helpers.ts';
import { carryOut, setRestriction } from '../../../../functions/src/rights/restriction/set.ts';
import * as world from '../../rights/objection/objection.world.ts';
import { agreed, all, DAY, done, now } from './told.sample.ts';

const { answer, chainOf, jobs, tasks, time, useObjections, work } = world;

/** A withdrawal that cannot be told at once, or not any more. */

useObjections();
describe('jobs of changes that run late', () => {
  const runners = { change: async () => changeRunner(now()) };
  const jobsThatTell = async () =>
    (await jobs())
      .filter(({ input }) => input['tell'] !== undefined)
      .toSorted((a, b) => Number(a.input['seq']) - Number(b.input['seq']));

  it('tell nothing that a later change has told already', async () => {
    const uid = await agreed();
    for (const granted of [false, true, false]) await answer(uid, granted, 'analytics');
    for (const { id } of (await jobsThatTell()).toReversed()) await runJob(now(), runners, id);
    expect(await all(uid)).toEqual(['googleAnalytics delete open']);
  });

  it('tell nothing that is no longer so, and take it back if it was told', async () => {
    const uid = await agreed();
    await answer(uid, false, 'analytics');
    await work();
    await answer(uid, true, 'analytics');
    await answer(uid, false, 'analytics');
    await answer(uid, true, 'analytics');
    const [first, , third] = await jobsThatTell();
    time.now += DAY;
    for (const job of [first, third]) await runJob(now(), runners, job?.id ?? '');
    expect(await all(uid)).toEqual(['googleAnalytics delete notNeeded']);
  });
});

describe('a withdrawal whose event comes before that of its yes', () => {
  const PURPOSE = 'analytics';
  const twoChanges = async () => {
    const { uid } = await world.person();
    await world.write(uid, true, PURPOSE);
    const yes = await world.documentOf(uid, PURPOSE);
    await answer(uid, false, PURPOSE);
    return { uid, yes, at: time.now - 1000 };
  };

  it('is told at once, and the yes that comes later tells nothing', async () => {
    const { uid, yes, at } = await twoChanges();
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete open']);
    await onConsentWritten(now(), { id: 'late', uid, key: PURPOSE, writtenAt: at, before: undefined, after: yes });
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete open']);
  });

  it('is told once more after an earlier one was: the yes between them passed data on', async () => {
    const uid = await agreed();
    await answer(uid, false, PURPOSE);
    await work();
    for (const task of await tasks()) await done(task);
    await world.write(uid, true, PURPOSE);
    await answer(uid, false, PURPOSE);
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete done', 'googleAnalytics delete open']);
  });
});

describe('a withdrawal that cannot be told', () => {
  it('waits blocked for the key of the sheets, and is told after it', async () => {
    const uid = await agreed();
    const { officerSheetKey, ...config } = now().config;
    const with_ = now();
    Object.assign(with_, { config });
    await answer(uid, false, 'analytics');
    await work();
    const [blocked] = (await jobs()).filter(({ input }) => input['tell'] === 'delete');
    expect(blocked?.steps['recipients']).toMatchObject({ state: 'blocked', error: { code: 'officer.sheetKey' } });
    expect(await tasks()).toEqual([]);
    Object.assign(with_, { config: { ...config, officerSheetKey } });
    await changeJob(now(), blocked?.id ?? '', (job) => retry(job, time.now));
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete open']);
  });

  it('waits while its purpose is restricted (Art. 18): the recipients were told to store the data alone', async () => {
    const uid = await agreed();
    await setRestriction(now(), { uid, name: 'one', purposes: ['analytics'] }, { actor: 'officer' });
    await answer(uid, false, 'analytics');
    await work();
    expect(await all(uid)).toEqual([]);
    await carryOut(now(), { uid, name: 'one' }, () => ({ change: { next: null, actor: 'officer' }, jobs: () => [] }));
    time.now += DAY;
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete open']);
  });

  it('a task that lets a recipient use the data again is closed while that is restricted, and comes anew', async () => {
    const uid = await agreed();
    await answer(uid, false, 'analytics');
    await work();
    for (const task of await tasks()) await done(task);
    await answer(uid, true, 'analytics');
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete done', 'googleAnalytics again open']);
    await setRestriction(now(), { uid, name: 'one', purposes: ['analytics'] }, { actor: 'officer' });
    time.now += DAY;
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete done', 'googleAnalytics again notNeeded']);
    await carryOut(now(), { uid, name: 'one' }, () => ({ change: { next: null, actor: 'officer' }, jobs: () => [] }));
    time.now += DAY;
    await work();
    expect(await all(uid)).toEqual([
      ...['googleAnalytics delete done', 'googleAnalytics again notNeeded', 'googleAnalytics again open'],
    ]);
    for (const task of await tasks()) await done(task);
    await work();
    expect((await jobs()).filter(({ kind, status }) => kind === 'change' && status === 'waiting')).toEqual([]);
  });

  it('asks a recipient that a legal hold keeps to stop, and not to delete', async () => {
    const uid = await agreed();
    const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
    await setHold(now(), { uid, records: ['usageEvents'], ground });
    await answer(uid, false, 'analytics');
    await work();
    expect(await all(uid)).toContain('googleAnalytics stop open');
    expect(await all(uid)).not.toContain('googleAnalytics delete open');
  });

  it('is left to an erasure that has begun: its open tasks are closed', async () => {
    const uid = await agreed();
    await answer(uid, false, 'analytics');
    await work();
    const begun = { at: time.now, accountCreatedAt: null };
    await beginErasure(now(), chainOf(uid), { job: 'erasure_x', createdAt: time.now }, begun);
    time.now += DAY;
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete notNeeded']);
    expect((await jobs()).filter(({ status }) => status === 'waiting')).toEqual([]);
  });

  it('is stopped by an erasure that begins: no task and no sheet is left of it', async () => {
    const uid = await agreed();
    await answer(uid, false, 'analytics');
    await work();
    world.world.users.delete(uid);
    const erasure = world.world.job({ uid, pseudonym: chainOf(uid), accountCreatedAt: null });
    await erasureRunner(now(), reconcilePerson).run('begin', erasure, { deadline: time.now + DAY });
    expect(await all(uid)).toEqual(['googleAnalytics delete unconfirmed']);
    expect(await idsOf(now(), 'officerSheets')).toEqual([]);
  });

  it('acts by no task that somebody forged', async () => {
    const uid = await agreed();
    await answer(uid, false, 'analytics');
    await work();
    const [task] = await tasks();
    const ref = now()
      .clients.own()
      .doc(`officerTasks/${task?.id ?? ''}`);
    await ref.update({ 'consent.seq': 99, status: 'done' });
    time.now += DAY;
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete open']);
  });
});
