import { beforeEach, describe, expect, it } from 'vitest';
import { openToAdd } from '../../../../functions/src/export/addendum.ts';
import { sheetContent, type SheetSubject } from '../../../../functions/src/officerTasks/sheet.ts';
import { requestOf, tasksOf, UID, type ExportWorld } from '../../officerTasks/export.sample.ts';
import { archivesOf, brokenWorld, codeOfLook, EMAIL, give, lookWorld, textOf, write } from './look.sample.ts';

/** Answers of two officers to one look, and rows that change while an answer is carried out. */

let world: ExportWorld;
beforeEach(async () => {
  world = await lookWorld();
});

/** The same world, in which something is written between the two readings of an answer. */
const between = (change: () => Promise<void>): ExportWorld => {
  const { context, bucket } = world;
  const meanwhile = async () => {
    await change();
    return bucket;
  };
  return { ...world, context: { ...context, clients: { ...context.clients, bucket: meanwhile } } };
};

describe('two answers to one look', () => {
  it('are told apart: the same one was given, another one is used for nothing, and nobody thinks it was', async () => {
    const code = await codeOfLook(world);
    const kept = [
      { row: 2, because: 'othersData' as const },
      { row: 1, fields: ['text'], because: 'confidence' as const },
    ];
    expect(await give(world, { code, kept })).toMatchObject({ ok: true, rows: 1 });
    expect(await give(world, { code, kept: [...kept].reverse() })).toEqual({ ok: true, before: true });
    for (const other of [[], kept.slice(1), [{ row: 2, because: 'tradeSecret' as const }, ...kept.slice(1)]])
      expect(await give(world, { code, kept: other })).toEqual({ ok: false, because: 'answered' });
    expect(await give(world, { code, kept, leaveNew: true })).toEqual({ ok: false, because: 'answered' });
    expect(JSON.stringify(await requestOf(world))).not.toMatch(/Bob|Carol|@/);
  });
});

describe('rows that change while they are given', () => {
  it('stop it: nothing is published, and the officer looks again', async () => {
    const code = await codeOfLook(world);
    const changing = between(() => write(world, { 'posts/2': { email: EMAIL, text: 'Bob says another thing' } }));
    expect(await give(changing, { code })).toEqual({ ok: false, because: 'new', unseen: 1 });
    expect(await archivesOf(world)).toHaveLength(1);
    expect([...world.store.objects.keys()]).toHaveLength((await archivesOf(world)).length + 1);
    expect(await requestOf(world)).toMatchObject({ status: 'waiting' });
    expect(await give(world, { code: await codeOfLook(world) })).toMatchObject({ ok: true, rows: 2 });
  });

  it('are left out if the officer says so, and the answer counts those that went out', async () => {
    const code = await codeOfLook(world);
    const changing = between(() => write(world, { 'posts/2': { email: EMAIL, text: 'Bob says another thing' } }));
    expect(await give(changing, { code, leaveNew: true })).toMatchObject({
      ...{ ok: true, rows: 1, withheld: [{ because: 'notLookedAt', rows: 1, fields: 0 }] },
    });
    expect(await textOf(world)).not.toContain('another thing');
  });

  it('do not leave an answer that keeps back everything', async () => {
    const code = await codeOfLook(world);
    const changing = between(() => write(world, { 'posts/3': null }));
    expect(await give(changing, { code, kept: [{ row: 1, because: 'othersData' }] })).toEqual({
      ...{ ok: false, because: 'everything' },
    });
    expect(await archivesOf(world)).toHaveLength(1);
  });
});

describe('a record with words of others that could not be read whole', () => {
  it('is added by hand, and its task says whose words to look at first', async () => {
    world = await brokenWorld();
    const { posts: task } = await tasksOf(world);
    expect(task).toMatchObject({
      for: { part: 'posts' },
      what: { en: expect.stringContaining('Anybody writes here.') },
    });
    expect(task?.what['en']).toContain('leave out what harms others');
    expect(task?.what['fr']).toContain('Tout le monde écrit ici.');
  });
});

describe('a look', () => {
  it('is nothing to add a file to, also if it is only asked', async () => {
    expect(await openToAdd(world.context, { uid: UID, request: 'r1', source: 'posts' })).toEqual({
      ...{ because: 'toLook', open: ['posts'] },
    });
  });

  it('has a sheet with the account alone: the officer reads rows, and searches nowhere', () => {
    const person = { uid: UID, verifiedEmails: [EMAIL], phones: ['+33123'], unproven: [], providerIds: {} };
    expect(sheetContent(world.context.policy, { look: 'posts' }, person as unknown as SheetSubject)).toEqual({
      known: [{ kind: 'uid', value: UID, proven: true }],
    });
  });
});
