import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { askAgain } from '../../../../functions/src/consent/askAgain.ts';
import { onHolderAnswer } from '../../../../functions/src/consent/guardianAnswer.ts';
import { enterWithdrawal } from '../../../../functions/src/consent/letters/withdrawal.ts';
import { refreshProtection } from '../../../../functions/src/consent/protection.ts';
import { reconcilePerson } from '../../../../functions/src/consent/reconcile.ts';
import { listTasks } from '../../../../functions/src/officerTasks/store.ts';
import { partOf } from '../../../../functions/src/officerTasks/task.ts';
import { AMIKEO_VERSION, changing } from '../../../kit/amikeo.ts';
import { changeKey } from '../../../kit/sealed/newKey.ts';
import { state, storedPower } from '../../../kit/sealed/statements.ts';
import { idsOf } from '../../officerTasks/helpers.ts';
import * as world from '../../rights/objection/objection.world.ts';
import { agreed, all, DAY, done, now } from './told.sample.ts';

const { answer, chainOf, documentOf, jobs, person, tasks, time, told, useObjections, work } = world;

/** A withdrawal reaches every recipient without an interface, on each way on which it comes. */

useObjections();
describe('a withdrawal reaches every recipient of its purpose', () => {
  it('with a task and a sheet for each; its job waits, and ends with the last', async () => {
    const uid = await agreed('monitoring');
    expect(await tasks()).toEqual([]);
    await answer(uid, false, 'monitoring');
    await work();
    const made = await tasks();
    expect(made.map(({ for: part }) => partOf(part)).sort()).toEqual(['crashlytics', 'logentries', 'newRelic']);
    expect(await idsOf(now(), 'officerSheets')).toEqual(made.map(({ id }) => id).sort());
    const [job] = await jobs();
    expect(job?.steps).toMatchObject({ recipients: { state: 'done' }, officers: { state: 'waiting' } });
    for (const task of made) await done(task);
    await work();
    expect((await jobs()).find(({ id }) => id === job?.id)?.status).toBe('completed');
    expect(await idsOf(now(), 'officerSheets')).toEqual([]);
  });

  it('and no task follows a first no: nothing was passed on', async () => {
    const { uid } = await person();
    await answer(uid, false, 'monitoring');
    await work();
    expect(await tasks()).toEqual([]);
    expect((await jobs()).map(({ steps }) => steps['recipients'])).toEqual([undefined]);
  });

  it('on a letter', async () => {
    const uid = await agreed();
    await enterWithdrawal(now(), { uid }, { purpose: 'analytics', channel: 'letter', receivedAt: time.now });
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete open']);
  });

  it('on a document that is deleted, and one whose event was lost', async () => {
    const [one, other] = [await agreed(), await agreed()];
    for (const uid of [one, other]) {
      const ref = now().clients.app().doc(`users/${uid}/consents/analytics`);
      const before = await documentOf(uid, 'analytics');
      time.now += 1000;
      if (uid === one) {
        await ref.delete();
        await told(uid, 'analytics', before);
      } else {
        const updatedAt = Timestamp.fromMillis(time.now);
        await ref.set({ granted: false, policyVersion: AMIKEO_VERSION, source: 'app', updatedAt });
        await reconcilePerson(now(), uid, [await ref.get()]);
      }
      await work();
      expect(await all(uid)).toEqual(['googleAnalytics delete open']);
    }
  });

  it('by a guardian, who had agreed alone; and only to stop when the power ends or begins', async () => {
    const { uid } = await person();
    const power = async (more: object): Promise<void> => {
      const from = Timestamp.fromMillis(time.now - DAY);
      const stated = { child: uid, holder: 'guardian', from, ...storedPower('tutelle', time.now), ...more };
      time.now += 1000;
      const statedAt = Timestamp.fromMillis(time.now);
      await state({ own: now().clients.own(), keys: now().keys }, `guardianships/${uid}_g`, {
        ...stated,
        decides: 'holder',
        statedAt,
      });
      await refreshProtection(now(), uid);
      await work();
    };
    const say = async (granted: boolean): Promise<void> => {
      time.now += 1000;
      const requestId = `request_${time.now}`;
      const said = { purpose: 'analytics', granted, policyVersion: AMIKEO_VERSION, source: 'app' } as const;
      expect(await onHolderAnswer(now(), { holder: 'guardian', child: uid, requestId, answer: said })).toMatchObject({
        ok: true,
      });
      await work();
    };
    await power({});
    await say(true);
    await say(false);
    expect(await all(uid)).toEqual(['googleAnalytics delete open']);
    await say(true);
    await power({ until: Timestamp.fromMillis(time.now) });
    expect(await all(uid)).toEqual(['googleAnalytics delete notNeeded', 'googleAnalytics stop open']);
  });

  it('only to stop when its period is over; a no afterwards asks to delete', async () => {
    const uid = await agreed();
    time.now += 400 * DAY;
    expect(await askAgain(now(), uid)).toBe(1);
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics stop open']);
    await answer(uid, false, 'analytics');
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics stop notNeeded', 'googleAnalytics delete open']);
  });

  it('only to stop when a policy with other facts takes effect, also at a recipient of the old text', async () => {
    const uid = await agreed();
    const version = '2026-04-01';
    const changed = changing(amikeo, version, ['analytics']);
    const facts = changed.changes?.[version]?.endsConsents['analytics'];
    facts?.recipients.push('newRelic');
    Object.assign(now(), { policy: changed });
    expect(await askAgain(now(), uid)).toBe(1);
    await work();
    expect((await all(uid)).sort()).toEqual(['googleAnalytics stop open', 'newRelic stop open']);
  });

  it('once: an objection asks them by its own job', async () => {
    const uid = await agreed('interestBasedAdvertising');
    await world.ask(uid, { marketing: true });
    await work();
    expect((await world.headOf(uid)).current['interestBasedAdvertising']).toBe('objected');
    expect(await all(uid)).toEqual(['googleAnalytics  open']);
  });
});

describe('a new answer meanwhile', () => {
  it('yes again closes the open tasks, says why, and loses their sheets', async () => {
    const uid = await agreed();
    await answer(uid, false, 'analytics');
    await work();
    await answer(uid, true, 'analytics');
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete notNeeded']);
    const [task] = (await listTasks(now(), { chains: [chainOf(uid)] })).tasks;
    expect(task).toMatchObject({ closedBy: 'backend', note: expect.stringMatching(/répondu de nouveau/) as string });
    expect(await idsOf(now(), 'officerSheets')).toEqual([]);
    time.now += DAY;
    await work();
    expect((await jobs()).map(({ status }) => status)).not.toContain('waiting');
  });

  it('yes again after the recipient was told: it hears that too, once', async () => {
    const uid = await agreed();
    await answer(uid, false, 'analytics');
    await work();
    for (const task of await tasks()) await done(task);
    await answer(uid, true, 'analytics');
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete done', 'googleAnalytics again open']);
    for (const task of await tasks()) await done(task);
    await work();
    expect(await all(uid)).toEqual(['googleAnalytics delete done', 'googleAnalytics again done']);
    await answer(uid, false, 'analytics');
    await work();
    await answer(uid, true, 'analytics');
    await work();
    // The second no reached nobody, so that nothing is to be taken back.
    expect((await all(uid)).slice(2)).toEqual(['googleAnalytics delete notNeeded']);
  });

  it('under a new pseudonym key, whose chain counts anew: each recipient hears it all the same', async () => {
    const uid = await agreed();
    await answer(uid, false, 'analytics');
    await work();
    for (const task of await tasks()) await done(task);
    changeKey(now());
    await answer(uid, true, 'analytics');
    await work();
    expect((await tasks()).map(({ consent }) => consent)).toMatchObject([{ tell: 'again', seq: 1 }]);
    await answer(uid, false, 'analytics');
    await work();
    expect((await tasks()).map(({ consent }) => consent)).toMatchObject([{ tell: 'delete', seq: 2 }]);
  });

  it('no, yes and no before any job ran: one task is open, of the last no', async () => {
    const uid = await agreed();
    for (const granted of [false, true, false]) await answer(uid, granted, 'analytics');
    await work();
    await work();
    expect((await tasks()).map(({ consent }) => consent?.tell)).toEqual(['delete']);
    expect((await tasks())[0]?.consent?.seq).toBe((await world.headOf(uid)).seq);
  });
});
