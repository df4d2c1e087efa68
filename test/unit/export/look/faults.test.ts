import { describe, expect, it } from 'vitest';
import { runDying, runLosing } from '../../../kit/dying.ts';
import { idsOf } from '../../officerTasks/helpers.ts';
import { goOn, jobNow, NOW, requestOf, tasksOf, type ExportWorld } from '../../officerTasks/export.sample.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { archivesOf, codeOfLook, give, lookAt, lookWorld, textOf } from './look.sample.ts';

/**
 * A process that dies before or after each of its writes, while it shows rows with words of others
 * and while it gives them. It is begun again, as an officer does.
 */

/** More moments than either has. */
const MOMENTS = 14;
const KEPT = [{ row: 1, because: 'confidence' as const }];

/** Never more than was decided is given, and a task is done exactly if its part is published. */
async function isHonest(world: ExportWorld): Promise<void> {
  expect(await textOf(world)).not.toContain('says Bob');
  const { posts: task } = await tasksOf(world);
  const { status, answer } = await requestOf(world);
  const parts = await archivesOf(world);
  expect([task?.status, parts.length]).toEqual(task?.status === 'done' ? ['done', 2] : ['open', 1]);
  expect(Object.keys(answer?.['withheld'] ?? {})).toEqual(task?.status === 'done' ? ['posts'] : []);
  if (status === 'completed') expect(task?.status).toBe('done');
}

describe('an officer’s look whose process dies at any write', () => {
  it('while rows are shown: nothing can be answered that was not shown, and the next look is whole', async () => {
    let died = 0;
    for (let moments = 0; moments < MOMENTS; moments++) {
      const world = await lookWorld();
      const { context } = world;
      if (await runDying(moments, [context.own, context.app], () => lookAt(world), 'writes')) died += 1;
      await isHonest(world);
      expect(await give(world, { code: await codeOfLook(world), kept: KEPT })).toMatchObject({ ok: true, rows: 1 });
      await isHonest(world);
    }
    expect(died).toBeGreaterThan(1);
  });

  it('while they are given: made again it is given once, or was; the person is told, and nothing is left behind', async () => {
    let died = 0;
    for (let moments = 0; moments < MOMENTS; moments++) {
      const world = await lookWorld();
      const { context } = world;
      const code = await codeOfLook(world);
      if (await runDying(moments, [context.own, context.app], () => give(world, { code, kept: KEPT }), 'writes'))
        died += 1;
      await isHonest(world);
      const again = await give(world, { code, kept: KEPT });
      expect([moments, again.ok]).toEqual([moments, true]);
      await isHonest(world);
      // The job that waits completes what a dead officer's process did not.
      context.time.now = NOW + DAY_MS;
      await goOn(world);
      expect([moments, (await requestOf(world)).status]).toEqual([moments, 'completed']);
      expect(await requestOf(world)).toMatchObject({ missing: [{ source: 'posts', why: 'withheld' }] });
      expect((await jobNow(world)).status).toBe('completed');
      expect(await idsOf(context, 'officerSheets')).toEqual([]);
      expect((await idsOf(context, 'jobs')).filter((id) => id.startsWith('told_'))).toHaveLength(1);
    }
    expect(died).toBeGreaterThan(3);
  });

  it.each([
    ['a part of which something is kept back', KEPT],
    ['a part as a whole', []],
  ])('loses the answer to a commit, of %s: it is given, and every archive is there', async (_, kept) => {
    let lost = 0;
    for (let moments = 0; moments < 4; moments++) {
      const world = await lookWorld();
      const { context } = world;
      const code = await codeOfLook(world);
      const given: unknown[] = [];
      const work = async () => given.push(await give(world, { code, kept }));
      if (await runLosing(moments, [context.own, context.app], work)) lost += 1;
      expect([moments, ...given]).toMatchObject([
        moments,
        { ok: true, rows: 2 - kept.length, added: { completed: true } },
      ]);
      const archives = await archivesOf(world);
      expect(archives.map((entries) => entries.has('manifest.json'))).toEqual([true, true]);
      const { status } = await requestOf(world);
      expect([moments, status]).toEqual([moments, 'completed']);
    }
    expect(lost).toBeGreaterThan(1);
  });

  it('a database that fails while the rows are read: nothing is given, and nothing is noted as seen', async () => {
    const world = await lookWorld();
    const { context } = world;
    const failing = { ...context, clients: { ...context.clients, auth: () => Promise.reject(new Error('no answer')) } };
    await expect(lookAt({ ...world, context: failing })).rejects.toThrow('no answer');
    const code = await codeOfLook(world);
    await expect(give({ ...world, context: failing }, { code })).rejects.toThrow('no answer');
    await isHonest(world);
    expect(await give(world, { code, kept: KEPT })).toMatchObject({ ok: true });
  });
});
