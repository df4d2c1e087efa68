import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { reconcilePerson } from '../../../../functions/src/consent/reconcile.ts';
import { onConsentWritten } from '../../../../functions/src/consent/recordDecision.ts';
import { changeRunner } from '../../../../functions/src/consent/steps.ts';
import { setHold } from '../../../../functions/src/erasure/holds.ts';
import { erasureRunner } from '../../../../functions/src/erasure/steps.ts';
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

describe('a withdrawal that the night finds before its late events', () => {
  const PURPOSE = 'analytics';
  const event = (
    uid: string,
    id: string,
    at: number,
    before: DocumentData | undefined,
    after: DocumentData | undefined,
  ) => onConsentWritten(now(), { id, uid, key: PURPOSE, writtenAt: at, before, after });
  /** The person says yes and no; the night finds the no, and its job runs. No event came. */
  const found = async () => {
    const { uid } = await world.person();
    await world.write(uid, true, PURPOSE);
    const [yes, first] = [await world.documentOf(uid, PURPOSE), time.now];
    await world.write(uid, false, PURPOSE);
    const [no, second] = [await world.documentOf(uid, PURPOSE), time.now];
    await reconcilePerson(now(), uid, [await now().clients.app().doc(`users/${uid}/consents/${PURPOSE}`).get()]);
    await work();
    const ofYes = () => event(uid, 'yes', first, undefined, yes);
    const ofNo = (id = 'no') => event(uid, id, second, yes, no);
    return { uid, ofYes, ofNo };
  };

  it.each(['no first', 'yes first', 'only the no', 'only the yes'])('is told once: %s', async (order) => {
    const { uid, ofYes, ofNo } = await found();
    expect(await all(uid)).toEqual([]);
    const events = {
      'no first': [ofNo, ofYes],
      'yes first': [ofYes, ofNo],
      'only the no': [ofNo],
      'only the yes': [ofYes],
    };
    for (const one of events[order as keyof typeof events]) {
      await one();
      await work();
    }
    await ofNo('again');
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete open']);
  });

  it('is told, if the no is of a document that was deleted and made anew', async () => {
    const { uid } = await world.person();
    await world.write(uid, true, PURPOSE);
    const [yes, first] = [await world.documentOf(uid, PURPOSE), time.now];
    await world.write(uid, false, PURPOSE);
    const [no, last] = [await world.documentOf(uid, PURPOSE), time.now + 2000];
    const anew = { ...no, updatedAt: Timestamp.fromMillis(last) };
    await event(uid, 'anew', last, undefined, anew);
    await event(uid, 'deleted', last - 1000, yes, undefined);
    await work();
    expect(await all(uid)).toEqual([]);
    await event(uid, 'yes', first, undefined, yes);
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete open']);
  });
});

describe('an objection whose yes comes after it', () => {
  it('is told to the recipients of that yes, once; in the usual order its own job asks them', async () => {
    const PURPOSE = 'interestBasedAdvertising';
    for (const isLate of [true, false]) {
      const { uid } = await world.person();
      await world.write(uid, true, PURPOSE);
      const [yes, at] = [await world.documentOf(uid, PURPOSE), time.now];
      const event = () =>
        onConsentWritten(now(), { id: `yes ${uid}`, uid, key: PURPOSE, writtenAt: at, before: undefined, after: yes });
      if (!isLate) await event();
      await world.ask(uid, { marketing: true });
      await work();
      if (isLate) await event();
      await work();
      expect((await world.headOf(uid)).current[PURPOSE]).toBe('objected');
      expect(await all(uid)).toEqual([isLate ? 'googleAnalytics delete open' : 'googleAnalytics  open']);
    }
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
