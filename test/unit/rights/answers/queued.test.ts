import { beforeEach, expect, it } from 'vitest';
import { fresh, recorded, shown } from '../helpers.ts';
import { deliver, write } from '../queue.sample.ts';
import { send, tell } from './answers.sample.ts';

beforeEach(fresh);

it('an extension of a request that waits for its turn reaches the person’s app, with the new day', async () => {
  for (const id of ['r1', 'r2', 'r3', 'r4', 'r5', 'r6']) await deliver(await write('rectification', id));
  const before = await shown('r6');
  expect(before).toMatchObject({ status: 'queued' });
  expect(await send({ kind: 'extended', by: 'P1M', reason: 'complexity' }, 'r6')).toMatchObject({ ok: true });
  await tell();
  const { dueAt } = (await recorded('r6')) ?? {};
  expect(dueAt).not.toEqual(before?.['dueAt']);
  expect(await shown('r6')).toMatchObject({ status: 'queued', dueAt, reply: { kind: 'extended' } });
});
