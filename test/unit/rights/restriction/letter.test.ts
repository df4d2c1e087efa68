import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { untrueLetter } from '../../../../cli/officers/closing.ts';
import { closeTask, listTasks } from '../../../../functions/src/officerTasks/store.ts';
import { partOf, type ClosedAs, type OfficerTask } from '../../../../functions/src/officerTasks/task.ts';
import { requestKey } from '../../../../functions/src/requests/request.ts';
import { planReply, sendReply } from '../../../../functions/src/rights/answers/reply.ts';
import { onPrivacyRequestCreated } from '../../../../functions/src/rights/receive.ts';
import { orderOfRequest } from '../../../../functions/src/rights/restriction/officer.ts';
import { setRestriction } from '../../../../functions/src/rights/restriction/set.ts';
import { requestNamed } from '../../requests/helpers.ts';
import { chain, NOW, OFFICER, restrictionWorld, work, type World } from './world.ts';

/** The letter about a restriction says which companies do not pause the use of the data. */

let world: World;
beforeEach(async () => {
  world = restrictionWorld();
  const data = { type: 'restriction', createdAt: Timestamp.fromMillis(NOW), details: {} };
  await world.context.app.doc('users/kim/privacyRequests/r1').set(data);
  await onPrivacyRequestCreated(world.context, { id: 'e1', uid: 'kim', requestId: 'r1', data, time: NOW });
});

const found = () => requestNamed(world.context, requestKey(chain(world), 'r1', world.context.keys), 'kim');
const letter = async () => {
  const planned = await planReply(world.context, await found(), {
    ...{ order: { kind: 'answered', result: 'done' }, language: 'en' },
  });
  if (!planned.ok) throw new Error(planned.because);
  return planned.reply;
};
/** The line of the letter that begins so. */
const line = async (start: string): Promise<string> =>
  (await letter()).text.split('\n').find((one) => one.startsWith(start)) ?? '';

const set = async (choices: object) =>
  setRestriction(world.context, await orderOfRequest(world.context, await found(), choices), OFFICER);

async function task(recipient: string): Promise<OfficerTask> {
  const { tasks } = await listTasks(world.context);
  const one = tasks.find(({ for: part }) => partOf(part) === recipient);
  if (one === undefined) throw new Error(`no task at ${recipient}`);
  return one;
}
const close = async (recipient: string, as: ClosedAs): Promise<void> => {
  const closing = { as, by: 'v1_officer', note: 'its own law' };
  await closeTask(world.context, (await task(recipient)).id, closing, world.context.now());
};

describe('the letter about a restriction', () => {
  const [TELLING, REFUSED] = ['These companies do not know it yet', 'These companies have not stopped'];

  it('names the companies that are yet to be told, before and after there are tasks', async () => {
    await set({ purposes: ['monitoring'], ground: 'accuracy' });
    expect(await line(TELLING)).toMatch(/Crashlytics.*Logentries.*New Relic.* by .*2026/);
    await work(world);
    await close('crashlytics', 'done');
    expect(await line(TELLING)).toMatch(/Logentries.*New Relic/);
    expect((await letter()).text).not.toContain('Crashlytics');
  });

  it('names apart those that said no, or of which nobody knows', async () => {
    await set({ purposes: ['monitoring'], ground: 'accuracy' });
    await work(world);
    await close('crashlytics', 'refused');
    await close('logentries', 'unconfirmed');
    expect(await line(TELLING)).toMatch(/: New Relic \(/);
    expect(await line(REFUSED)).toContain('Crashlytics');
    expect(await line('We do not know if these companies have stopped')).toContain('Logentries');
  });

  it('says nothing of companies once all were told', async () => {
    await set({ purposes: ['monitoring'], ground: 'accuracy' });
    await work(world);
    for (const one of ['crashlytics', 'logentries', 'newRelic']) await close(one, 'done');
    expect((await letter()).text).not.toContain('companies');
  });

  it('is known to be untrue when a company says no after it, and not before', async () => {
    await set({ purposes: ['monitoring'], ground: 'accuracy' });
    await work(world);
    const one = await task('crashlytics');
    expect(await untrueLetter(world.context, one)).toBeUndefined();
    const { ref } = await found();
    await sendReply(world.context, await found(), await letter());
    expect(await untrueLetter(world.context, one)).toBe(ref.key);
  });
});
