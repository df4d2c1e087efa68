import { expect, it } from 'vitest';
import { HOUR_MS } from '../../../functions/src/platform/time.ts';
import { runDying } from '../../kit/dying.ts';
import { context } from '../rights/helpers.ts';
import { deliver, takeBack, write } from '../rights/queue.sample.ts';
import { addressOfAccount, begin, work, world } from './world.ts';

const asked = () => world.mails.filter(({ to }) => to === addressOfAccount()).length;

it('tells of an erasure once, wherever the process dies and however late the next one comes', async () => {
  for (let moments = 0; moments < 16; moments++) {
    await begin();
    await deliver(await write('erasure', 'r1'));
    await runDying(moments, [context.app, context.own], () => work(3), 'writes');
    context.time.now += 2 * HOUR_MS;
    await work(4);
    expect([moments, asked()]).toEqual([moments, 1]);
  }
});

it('tells again of one that was taken back and is asked for anew', async () => {
  await begin();
  for (const [id, mails] of [
    ['r1', 1],
    ['r2', 2],
  ] as const) {
    await deliver(await write('erasure', id));
    await work(4);
    expect(asked()).toBe(mails);
    await deliver(await takeBack(id));
    await work(4);
  }
});
