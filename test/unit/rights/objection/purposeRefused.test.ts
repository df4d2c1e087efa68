import { describe, expect, it } from 'vitest';
import { planReply, sendReply } from '../../../../functions/src/rights/answers/reply.ts';
import { ask, context, headOf, mailsTo, recordOf, shownRequest, takeBack, useObjections } from './objection.world.ts';
import {
  days,
  found,
  keyOf,
  objector,
  OFFICER,
  recipientJobs,
  refuses,
  restricted,
  running,
  upholds,
  work,
} from './purpose.world.ts';

useObjections();

const NOTHING = { all: false, purposes: [] };

describe('an objection that an officer refuses', () => {
  it('says why, what the person can do, and from when on; it is paused until then', async () => {
    const { uid, email, key } = await objector();
    expect(await refuses(key)).toMatchObject({ ok: true });
    await work();
    const { text } = (await shownRequest(uid))?.['reply'] as { text: string };
    for (const part of ['a strong reason to go on', 'Noticing faults', 'We have looked.', 'complain', 'go to court'])
      expect(text).toContain(part);
    expect(text).toMatch(/paused the use of your data for this\. From .*2026 on we use them/);
    expect(await recordOf(uid)).toMatchObject({ status: 'refused', reason: 'compellingGround' });
    expect(await running(uid)).toMatchObject([{ purposes: ['monitoring'], liftsAt: expect.any(Number) }]);
    await days(1);
    expect(await restricted(uid)).toEqual({ all: false, purposes: ['monitoring'] });
    await days(10);
    expect(await restricted(uid)).toEqual(NOTHING);
    expect((await headOf(uid)).current).toEqual({});
    expect(await recipientJobs('over')).toBe(1);
    // One letter says both, and it stays in the app.
    expect(await mailsTo(email)).toHaveLength(1);
    expect((await shownRequest(uid))?.['reply']).toMatchObject({ kind: 'refused', text });
  });

  it.each([
    ['monitoring', 'lawKeeps'],
    ['monitoring', 'othersRights'],
    ['analytics', 'compellingGround'],
    ['analytics', 'legalClaims'],
  ] as const)('is not refused for a reason that the law does not know: %s, %s', async (purpose, reason) => {
    const { uid, key } = await objector(purpose);
    expect(await refuses(key, reason)).toEqual({ ok: false, because: 'reason' });
    expect(await recordOf(uid)).toMatchObject({ status: 'waiting' });
  });

  it.each([
    ['monitoring', 'legalClaims'],
    ['monitoring', 'excessive'],
    ['activityData', 'conditions'],
  ] as const)('can be refused: %s, %s', async (purpose, reason) => {
    expect(await refuses((await objector(purpose)).key, reason)).toMatchObject({ ok: true });
  });
});

it('an objection that only an officer can carry out: the answer by hand announces the end of its pause', async () => {
  const { uid, email, key } = await objector('coreService');
  expect(await restricted(uid)).toMatchObject({ purposes: ['coreService'] });
  const one = await found(key);
  const planned = await planReply(context, one, { order: { kind: 'answered', result: 'done' } });
  if (!planned.ok) throw new Error(planned.because);
  await sendReply(context, one, planned.reply, OFFICER);
  await work();
  expect(await running(uid)).toMatchObject([{ purposes: ['coreService'], liftsAt: expect.any(Number) }]);
  await days(1);
  expect(await mailsTo(email)).toHaveLength(2);
  await days(10);
  expect(await running(uid)).toEqual([]);
});

describe('two objections to one purpose', () => {
  it('each have one outcome: what the first has ended is not refused to the second', async () => {
    const { uid, key } = await objector();
    await ask(uid, { purpose: 'monitoring' }, 'r2');
    await work();
    expect(await running(uid)).toHaveLength(2);
    await upholds(key);
    await work();
    expect(await running(uid)).toHaveLength(1);
    expect(await refuses(keyOf(uid, 'r2'))).toEqual({ ok: false, because: 'stopped' });
    expect(await upholds(keyOf(uid, 'r2'))).toMatchObject({ ok: true });
    await work();
    expect(await running(uid)).toEqual([]);
  });

  it('the first upheld, the second taken back: its pause ends at once, and nobody is told of a new use', async () => {
    const { uid, email, key } = await objector();
    await ask(uid, { purpose: 'monitoring' }, 'r2');
    await work();
    await upholds(key);
    await work();
    await takeBack(uid, 'r2');
    await days(10);
    expect(await running(uid)).toEqual([]);
    expect(await recipientJobs('over')).toBe(0);
    expect(await mailsTo(email)).toHaveLength(1);
  });

  it('the first refused: its letter says that the second still stops the use, if that is so when it is sent', async () => {
    const { uid, key } = await objector();
    const textOf = async (id: string) => ((await shownRequest(uid, id))?.['reply'] as { text: string }).text;
    await ask(uid, { purpose: 'monitoring' }, 'r2');
    await work();
    await refuses(key);
    await work();
    expect(await textOf('r1')).toMatch(/That pause ends on .*2026\. We still do not use them for it/);
    expect(await textOf('r1')).not.toContain('on we use them for it again');
    await refuses(keyOf(uid, 'r2'));
    await work();
    expect(await textOf('r2')).toMatch(/From .*2026 on we use them for it again/);
  });

  it('the first refused: no recipient hears of a new use while the second pauses it, or once it has ended it', async () => {
    const { uid, key } = await objector();
    for (const id of ['r2', 'r3']) await ask(uid, { purpose: 'monitoring' }, id);
    await work();
    await refuses(key);
    await days(10);
    expect(await running(uid)).toHaveLength(2);
    expect(await recipientJobs('over')).toBe(0);
    await refuses(keyOf(uid, 'r2'));
    await work();
    await upholds(keyOf(uid, 'r3'));
    await days(10);
    expect(await running(uid)).toEqual([]);
    expect(await recipientJobs('over')).toBe(0);
  });

  it('the first refused, the second still pauses the purpose and can be upheld', async () => {
    const { uid, key } = await objector();
    await ask(uid, { purpose: 'monitoring' }, 'r2');
    await work();
    await refuses(key);
    await days(10);
    expect(await restricted(uid)).toEqual({ all: false, purposes: ['monitoring'] });
    await upholds(keyOf(uid, 'r2'));
    await work();
    expect((await headOf(uid)).current).toEqual({ monitoring: 'objected' });
  });
});
