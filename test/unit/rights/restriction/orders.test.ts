import { beforeEach, expect, it } from 'vitest';
import { NAME_OF } from '../../../../functions/src/ledger/restriction/stated.ts';
import { headRef } from '../../../../functions/src/ledger/documents.ts';
import { onStatement } from '../../../../functions/src/rights/statements/submit.ts';
import { chain, DAY, jobs, lift, NAME, NOW, restrictionWorld, set, stopped, work, type World } from './world.ts';

/** Orders that come again: after a fault, or after an end was announced. */

let world: World;
beforeEach(() => void (world = restrictionWorld()));

it('a restriction that no chain could record tells its recipients once the chain is mended', async () => {
  await set(world, { name: 'officer-objection', ground: 'objection', purposes: ['analytics'] });
  const head = headRef(world.context.own, chain(world));
  const right = (await head.get()).data() ?? {};
  await head.update({ seq: 99 });
  await expect(set(world, { purposes: ['payment'] })).rejects.toMatchObject({ code: 'seal.broken' });
  expect((await world.context.own.doc('restrictions/kim').get()).get(`parts.${NAME}`)).toBeDefined();
  expect(await jobs(world, 'begun')).toHaveLength(1);
  await head.set(right);
  expect(await set(world, { purposes: ['payment'] })).toMatchObject({ changed: true });
  expect(await jobs(world, 'begun')).toHaveLength(2);
  expect(await set(world, { purposes: ['payment'] })).toMatchObject({ changed: false });
});

it('a server that repeats its statement leaves the end that an officer announced; an officer takes it back', async () => {
  const statement = { submit: 'restriction', uid: 'kim', purposes: ['analytics'] };
  await onStatement(world.context, statement);
  expect(await lift(world, {}, NAME_OF.server)).toEqual({ ok: true });
  world.context.time.now += DAY;
  expect(await onStatement(world.context, statement)).toMatchObject({ ok: true, changed: false });
  const wider = { ...statement, purposes: ['analytics', 'messages'] };
  expect(await onStatement(world.context, wider)).toMatchObject({ ok: true, changed: true });
  expect(await jobs(world, 'lift')).toHaveLength(1);
  await work(world);
  world.context.time.now = NOW + 40 * DAY;
  await work(world);
  expect(await stopped(world, 'analytics', 'messages')).toEqual([]);
  await onStatement(world.context, statement);
  expect(await lift(world, {}, NAME_OF.server)).toEqual({ ok: true });
  expect(await set(world, { name: NAME_OF.server, purposes: ['analytics'] })).toMatchObject({ changed: true });
  world.context.time.now += 40 * DAY;
  await work(world);
  expect(await stopped(world, 'analytics')).toEqual(['analytics']);
});
