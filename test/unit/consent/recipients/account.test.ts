import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { onHolderAnswer } from '../../../../functions/src/consent/guardianAnswer.ts';
import { refreshProtection } from '../../../../functions/src/consent/protection.ts';
import { asPublished } from '../../../kit/amikeo.ts';
import { runDying } from '../../../kit/dying.ts';
import { state, storedPower } from '../../../kit/sealed/statements.ts';
import * as world from '../../rights/objection/objection.world.ts';
import { all, DAY, done, now } from './told.sample.ts';

/** The recipients of the consent on which the service rests, and a no of a guardian alone to it. */

const { headOf, jobs, person, tasks, time, told, useObjections, work } = world;
useObjections();
const VERSION = '2026-02-01';
const PURPOSE = 'coreService';

/** A person with an account, alone or with a guardian beside them. */
async function open({ guarded = false } = {}) {
  Object.assign(now(), { policy: asPublished(amikeo, VERSION) });
  const { uid } = await person();
  if (guarded) {
    const from = Timestamp.fromMillis(time.now - DAY);
    const power = { child: uid, holder: 'guardian', from, ...storedPower('tutelle', time.now), decides: 'both' };
    const statedAt = Timestamp.fromMillis(time.now);
    await state({ own: now().clients.own(), keys: now().keys }, `guardianships/${uid}_g`, { ...power, statedAt });
    await refreshProtection(now(), uid);
  }
  const ref = now().clients.app().doc(`users/${uid}/consents/${PURPOSE}`);
  const say = async (granted: boolean): Promise<void> => {
    time.now += 1000;
    const before = (await ref.get()).data();
    const updatedAt = Timestamp.fromMillis(time.now);
    await ref.set({ granted, policyVersion: VERSION, source: 'app', updatedAt });
    await told(uid, PURPOSE, before);
    await work();
  };
  const guardian = async (granted: boolean): Promise<void> => {
    time.now += 1000;
    const answer = { purpose: PURPOSE, granted, policyVersion: VERSION, source: 'app' } as const;
    const form = { holder: 'guardian', child: uid, requestId: `request_${time.now}`, answer };
    expect(await onHolderAnswer(now(), form)).toMatchObject({ ok: true });
    await work();
  };
  const erasures = async () =>
    (await jobs()).filter(({ kind, status }) => kind === 'erasure' && status !== 'cancelled');
  return { uid, say, guardian, erasures };
}

describe('the consent on which the service rests', () => {
  it('taken back: its recipients are told to stop, and may go on after a new yes if they heard of it', async () => {
    const { uid, say } = await open();
    await say(true);
    await say(false);
    expect((await all(uid)).sort()).toEqual(['amazonS3 stop open', 'heroku stop open']);
    const heroku = (await tasks()).find(({ for: part }) => 'recipient' in part && part.recipient === 'heroku');
    if (heroku !== undefined) await done(heroku);
    await say(true);
    time.now += DAY;
    await work();
    expect((await all(uid)).sort()).toEqual(['amazonS3 stop notNeeded', 'heroku again open', 'heroku stop done']);
  });
});

describe('a no of a guardian alone to the service', () => {
  const opened = async () => (await tasks()).filter(({ for: part }) => 'record' in part);

  it('stops the use and erases nothing: an officer has a task about the account, with a date', async () => {
    const { uid, say, guardian, erasures } = await open({ guarded: true });
    await say(true);
    await guardian(true);
    await guardian(false);
    expect((await headOf(uid)).current[PURPOSE]).toBe('withdrawn');
    const [task, ...more] = await opened();
    expect([task?.for, more]).toEqual([{ record: 'account' }, []]);
    expect(task?.what['en']).toContain('the holder can ask for the erasure');
    expect(task?.by).toBeGreaterThan(time.now + 27 * DAY);
    expect(await erasures()).toEqual([]);
  });

  it.each(Array.from({ length: 20 }, (_, moment) => moment))(
    'by a process that dies at the write %i, and a call that comes again: one task',
    async (moment) => {
      const { say, guardian } = await open({ guarded: true });
      await say(true);
      await guardian(true);
      const databases = [now().clients.app(), now().clients.own()];
      await runDying(moment, databases, () => guardian(false), 'writes');
      time.now += 3_600_000;
      await guardian(false);
      time.now += 3_600_000;
      await work();
      expect(await opened()).toHaveLength(1);
    },
  );

  it('is over with a new yes of the guardian', async () => {
    const { say, guardian } = await open({ guarded: true });
    await say(true);
    for (const granted of [true, false, true]) await guardian(granted);
    expect(await opened()).toEqual([]);
  });

  it('is over with a no of the person: their account ends by itself', async () => {
    const { say, guardian, erasures } = await open({ guarded: true });
    await say(true);
    for (const granted of [true, false]) await guardian(granted);
    await say(false);
    expect(await erasures()).toHaveLength(1);
    time.now += DAY;
    await work();
    expect(await opened()).toEqual([]);
  });

  it('makes no such task if the person said no themselves', async () => {
    const { say, guardian } = await open({ guarded: true });
    await say(true);
    await guardian(true);
    await say(false);
    expect(await opened()).toEqual([]);
  });
});
