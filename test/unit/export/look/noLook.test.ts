import { beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import type { Policy } from '../../../../functions/src/policy/schema.ts';
import { idsOf } from '../../officerTasks/helpers.ts';
import { goOn, NOW, type ExportWorld } from '../../officerTasks/export.sample.ts';
import { brokenWorld, codeOfLook, give, lookAt, lookWorld } from './look.sample.ts';

/** Looks that cannot be, or find less than the archive promised. */

let world: ExportWorld;
beforeEach(async () => {
  world = await lookWorld();
});

const under = (records: Policy['records']): ExportWorld => {
  const { context } = world;
  return { ...world, context: { ...context, policy: { ...context.policy, records } } };
};

describe('a look', () => {
  it('is none at a part that an officer adds', async () => {
    expect(await lookAt(await brokenWorld())).toMatchObject({ because: 'noLook' });
  });

  it('is none without a policy for its rows', async () => {
    const { profile } = world.context.policy.records;
    const records = profile === undefined ? {} : { profile };
    expect(await lookAt(under(records))).toMatchObject({ because: 'policy' });
  });

  it('is still one if the policy asks for none by now: its rows are not in the archive', async () => {
    const { posts } = world.context.policy.records;
    if (posts === undefined) throw new Error('no posts');
    const to = { access: true, portability: true };
    const now = under({ ...world.context.policy.records, posts: { ...posts, export: to } });
    expect(await lookAt(now)).toMatchObject({ rows: 2, lacking: 0 });
  });

  it('waits for its sheet: without it nothing is given, and the job makes it again', async () => {
    const code = await codeOfLook(world);
    for (const id of await idsOf(world.context, 'officerSheets'))
      await world.context.own.doc(`officerSheets/${id}`).delete();
    expect(await lookAt(world)).toMatchObject({ because: 'sheet' });
    expect(await give(world, { code })).toEqual({ ok: false, because: 'notSeen' });
    world.context.time.now = NOW + DAY_MS;
    await goOn(world);
    expect(await give(world, { code })).toEqual({ ok: false, because: 'notSeen' });
    expect(await give(world, { code: await codeOfLook(world) })).toMatchObject({ ok: true, rows: 2 });
  });

  it('is nobody’s if the account is gone', async () => {
    const code = await codeOfLook(world);
    world.users.length = 0;
    expect(await lookAt(world)).toMatchObject({ because: 'gone' });
    expect(await give(world, { code })).toEqual({ ok: false, because: 'gone' });
  });

  it('shows no rows of a former address, and says how many the person waits for', async () => {
    const [user] = world.users;
    world.users.splice(0, 1, { ...user, uid: user?.uid ?? '', email: 'new@example.com' });
    expect(await lookAt(world)).toMatchObject({ rows: 0, lacking: 2 });
  });
});
