import { describe, expect, it } from 'vitest';
import { isSuppressed } from '../../../../functions/src/subject/suppression.ts';
import { changeHead } from '../../../kit/sealed/ledger.ts';
import { momentsOfTheDay } from '../../../kit/depth.ts';
import { runDying } from '../../../kit/dying.ts';
import {
  ask,
  chainOf,
  context,
  headOf,
  mailsTo,
  person,
  recordOf,
  statesOf,
  takeBack,
  takenBack,
  tasks,
  time,
  useObjections,
} from './objection.world.ts';
import { days, keyOf, refuses, restricted, running, upholds, work } from './purpose.world.ts';

useObjections();

const PAUSED = { all: false, purposes: ['monitoring'] };
const NOTHING = { all: false, purposes: [] };
/** The writes of an act and of its jobs: the last number is past all of them. */
const moments = (count: number) => momentsOfTheDay(9, count);

/** Runs an act in a process that dies at a write, delivers it again, and lets hours go by. */
async function dying(moment: number, act: () => Promise<unknown>, again: () => Promise<unknown>): Promise<void> {
  const databases = [context.clients.app(), context.clients.own()];
  await runDying(
    moment,
    databases,
    async () => {
      await act();
      await work();
    },
    'writes',
  );
  await again();
  for (let hours = 0; hours < 3; hours++) {
    time.now += 3_600_000;
    await work();
  }
}

async function objector() {
  const one = await person();
  await ask(one.uid, { purpose: 'monitoring' });
  await work();
  return { ...one, key: keyOf(one.uid) };
}

describe('an objection to a purpose, in a process that dies at a write', () => {
  it.each(moments(28))('that pauses it (%i): it is paused once', async (moment) => {
    const { uid } = await person();
    const deliver = { again: async (): Promise<void> => undefined };
    const act = async () => {
      deliver.again = await ask(uid, { purpose: 'monitoring' });
    };
    await dying(moment, act, () => deliver.again());
    if ((await recordOf(uid)) === undefined) return;
    expect(await restricted(uid)).toEqual(PAUSED);
    expect(await running(uid)).toHaveLength(1);
    expect(await tasks()).toHaveLength(3);
  });

  it.each(moments(70))('that upholds it (%i): it ends, and is answered, once', async (moment) => {
    const { uid, email, key } = await objector();
    // The officer sends it again, unless it is decided.
    await dying(
      moment,
      () => upholds(key),
      () => upholds(key),
    );
    // A crash can leave tasks about the pause: their job drops them within a day.
    await days(1);
    expect(await statesOf(uid)).toEqual(['monitoring objected']);
    expect(await running(uid)).toEqual([]);
    expect((await mailsTo(email)).length).toBe(1);
    expect(await recordOf(uid)).toMatchObject({ status: 'waiting', reply: { kind: 'answered' } });
    expect((await tasks()).filter(({ status }) => status === 'open')).toHaveLength(3);
  });

  it.each(moments(26))('that refuses it (%i): it is told, and lifted after that, once', async (moment) => {
    const { uid, email, key } = await objector();
    await dying(
      moment,
      () => refuses(key),
      () => refuses(key),
    );
    expect(await restricted(uid)).toEqual(PAUSED);
    expect(await recordOf(uid)).toMatchObject({ status: 'refused' });
    await days(10);
    expect(await restricted(uid)).toEqual(NOTHING);
    expect(await mailsTo(email)).toHaveLength(1);
    expect((await headOf(uid)).current).toEqual({});
  });
});

describe('an objection to a purpose, taken back', () => {
  it.each(moments(22))('in a process that dies at a write (%i): the pause ends with a message', async (moment) => {
    const { uid, email } = await objector();
    const event = await takenBack(uid);
    await dying(moment, event, event);
    expect(await recordOf(uid)).toMatchObject({ status: 'cancelled' });
    expect(await restricted(uid)).toEqual(PAUSED);
    await days(10);
    expect(await restricted(uid)).toEqual(NOTHING);
    expect((await mailsTo(email)).map(({ textContent }) => textContent)).toEqual([
      expect.stringContaining('Monitoring of the infrastructure'),
    ]);
  });

  it('before its job ran pauses nothing; while its job runs, the pause ends', async () => {
    const { uid } = await person();
    await ask(uid, { purpose: 'monitoring' });
    await takeBack(uid);
    await work();
    expect(await restricted(uid)).toEqual(NOTHING);
    // The taking back comes between the look at the request and the restriction.
    await ask(uid, { purpose: 'monitoring' }, 'r2');
    const own = context.clients.own();
    const transaction = own.runTransaction.bind(own);
    let isTaken = false;
    Object.assign(own, {
      runTransaction: async (...call: Parameters<typeof transaction>) => {
        const jobs = await own.collection('restrictions').get();
        if (
          !isTaken &&
          jobs.empty &&
          (await own.doc(`jobs/pause_${keyOf(uid, 'r2')}`).get()).get('status') === 'running'
        ) {
          isTaken = true;
          await takeBack(uid, 'r2');
        }
        return transaction(...call);
      },
    });
    await work();
    Object.assign(own, { runTransaction: transaction });
    expect(isTaken).toBe(true);
    expect(await recordOf(uid, 'r2')).toMatchObject({ status: 'cancelled' });
    await days(10);
    expect(await restricted(uid)).toEqual(NOTHING);
  });
});

describe('an objection to a purpose of somebody whose erasure has begun', () => {
  const erase = async (uid: string) =>
    changeHead(context, chainOf(uid), { ...(await headOf(uid)), erasing: { at: 1, accountCreatedAt: 1 } });

  it('pauses nothing, and nobody can uphold it', async () => {
    const { uid } = await person();
    await ask(uid, { purpose: 'monitoring' });
    await erase(uid);
    await work();
    expect(await running(uid)).toEqual([]);
    expect(await upholds(keyOf(uid))).toMatchObject({ ok: false });
  });

  it('that was upheld just before ends with the erasure: no entry, no message, no task', async () => {
    const { uid, email, key } = await objector();
    const before = (await tasks()).length;
    await upholds(key);
    await erase(uid);
    await work();
    expect(await statesOf(uid)).toEqual([]);
    expect(await mailsTo(email)).toEqual([]);
    expect(await tasks()).toHaveLength(before);
    // It was about no direct marketing: nothing about the address outlives the erasure.
    expect(await isSuppressed(context, email)).toBe(false);
  });
});
