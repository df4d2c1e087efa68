import { deleteApp, type App } from 'firebase-admin/app';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCheckpoint } from '../../../functions/src/checkpoints/checkpoint.ts';
import { headRef } from '../../../functions/src/ledger/documents.ts';
import { claimRef } from '../../../functions/src/checkpoints/store.ts';
import { changeHead, putChain } from '../../kit/sealed/ledger.ts';
import { bucketDocument, DAY, entryOf, named, newest, signedWorld } from './world.ts';

const apps: App[] = [];
afterAll(() => Promise.all(apps.map((app) => deleteApp(app))));

describe.concurrent('the builder', () => {
  it('signs every chain, and again only those that changed: the tree grows out of the last one', async () => {
    const world = await signedWorld(apps);
    const untouched = (await bucketDocument(world, 'cleo').get()).updateTime;
    await world.write('ben', 'withdrawn');
    await world.write('dora', 'given');
    const first = await newest(world);
    expect((await world.verify()).unsigned).toEqual({ chains: 1, entries: 2 });
    const job = await world.checkpoint();
    expect(job.steps['sign']?.outcomes).toMatchObject([{ record: 'checkpoints', outcome: 'done', count: 4 }]);
    const second = await newest(world);
    expect(second.data()).toMatchObject({ number: 2, chains: 4, conflicts: 0, rebuilt: false });
    expect(second.get('previous')).not.toBe(first.get('previous'));
    expect((await bucketDocument(world, 'cleo').get()).updateTime).toEqual(untouched);
    expect(await world.verify()).toMatchObject({ chains: 4, entries: 8, problemCount: 0, unsigned: { entries: 0 } });
    const object = JSON.parse(world.objects.get(`checkpoints/${second.id}.json`) ?? '{}') as unknown;
    expect(object).toEqual(parseCheckpoint(second.data()));
    expect(JSON.stringify(object)).not.toMatch(/v1_/);
  });

  it('takes up entries that were committed after its time, with a clock of before: transactions end later than their clock says', async () => {
    const world = await signedWorld(apps);
    const now = world.now;
    world.now = Date.parse(String((await newest(world)).get('at'))) - 11 * 60_000;
    await world.write('ben', 'withdrawn');
    world.now = now;
    expect(await world.verify()).toMatchObject({ problemCount: 0, unsigned: { chains: 0, entries: 1 } });
    await world.checkpoint();
    expect(await world.verify()).toMatchObject({ problemCount: 0, unsigned: { chains: 0, entries: 0 } });
  });

  it.each([
    ['before', false],
    ['after', true],
  ])(
    'dies at any write, %s it took effect: verification holds meanwhile, the next task goes on, one checkpoint comes of it',
    async (_, after) => {
      const world = await signedWorld(apps);
      let died = 0;
      for (let dieAt = 1; died === dieAt - 1; dieAt++) {
        await world.write('ada', 'withdrawn');
        await world.write('ben', 'given');
        await world.write(`new-${dieAt}`, 'given');
        const number = Number((await newest(world)).get('number'));
        const stopped = await world.checkpoint({ dieAt, after, stop: true });
        // Between the signed document and its object there is a moment in which the bucket does not
        // know it yet.
        const wrong = (await named(world)).filter(({ problem }) => problem !== 'checkpointUnpublished');
        expect(wrong).toEqual([]);
        if (stopped.status !== 'completed') {
          died += 1;
          // Another night comes, while the first job still has the tree. Its job waits, takes over
          // a tree that was given up, or goes on after it.
          await world.setJob(stopped.id, { status: 'cancelled', wakeAt: null });
          expect((await world.checkpoint()).status).toBe('completed');
        }
        expect(await world.verify()).toMatchObject({ problemCount: 0, unsigned: { entries: 0 } });
        const signed = Number((await newest(world)).get('number'));
        expect(signed - number).toBeGreaterThanOrEqual(1);
        expect(signed - number).toBeLessThanOrEqual(2);
      }
      expect(died).toBeGreaterThan(10);
    },
  );

  it('goes on by itself after a death at any write that took effect: one checkpoint, with the next number', async () => {
    const world = await signedWorld(apps);
    for (let dieAt = 1; world.deaths === dieAt - 1; dieAt++) {
      await world.write('ada', 'withdrawn');
      const number = Number((await newest(world)).get('number'));
      expect((await world.checkpoint({ dieAt, after: true })).status).toBe('completed');
      expect((await newest(world)).get('number')).toBe(number + 1);
      expect(await world.verify()).toMatchObject({ problemCount: 0, unsigned: { entries: 0 } });
    }
    expect(world.deaths).toBeGreaterThan(8);
  });

  it('does not sign over a chain that was rewritten: it keeps the signed leaf, says so, and takes the chain up again once it is restored', async () => {
    const world = await signedWorld(apps);
    const { head, entries } = await world.read('ada');
    await world.rewrite('ada', 1, { state: 'refused' });
    await changeHead(world.sealing, world.chain('ada'), { changedAt: world.now });
    const job = await world.checkpoint();
    expect(job.steps['sign']?.outcomes).toMatchObject([{ record: 'ledger', outcome: 'manual', count: 1 }]);
    expect(world.logged).toContain('a chain of the ledger is not what was signed: an officer has to look into it');
    expect((await newest(world)).get('conflicts')).toBe(1);
    expect((await named(world)).map(({ problem }) => problem)).toEqual(['rewritten']);
    // A night later as well, though nothing changed.
    expect((await world.checkpoint()).steps['sign']?.outcomes[0]?.outcome).toBe('manual');
    await putChain(world.sealing, { chain: world.chain('ada'), head, entries });
    expect((await world.checkpoint()).steps['sign']?.outcomes[0]?.outcome).toBe('done');
    expect((await newest(world)).get('conflicts')).toBe(0);
    expect(await named(world)).toEqual([]);
  });

  it('refuses to build on a tree, or a checkpoint, that differs from the signed one; a new tree says that it is one', async () => {
    const world = await signedWorld(apps);
    const bucket = bucketDocument(world, 'ben');
    const stored = (await bucket.get()).data() ?? {};
    await bucket.delete();
    const refused = await world.checkpoint();
    expect(refused.steps['claim']).toMatchObject({ state: 'blocked', error: { code: 'checkpoint.tree_differs' } });
    expect(refused.steps['claim']?.error?.message).toContain('compliance ledger verify');
    await bucket.set(stored);
    expect((await world.checkpoint()).status).toBe('completed');

    const document = await newest(world);
    await document.ref.update({ chains: 4 });
    expect((await world.checkpoint()).steps['claim']?.error?.code).toBe('checkpoint.badSignature');
    await document.ref.delete();
    expect((await world.checkpoint()).steps['claim']?.error?.code).toBe('checkpoint.rolled_back');

    await world.write('ben', 'withdrawn');
    const rebuilt = await world.checkpoint({ rebuild: true, byOfficer: true });
    expect(rebuilt.status).toBe('completed');
    expect((await newest(world)).data()).toMatchObject({ rebuilt: true, number: 3, chains: 3 });
    const verified = await world.verify();
    expect(verified.problems.map(({ problem }) => problem)).toEqual(['checkpointMissing']);
    expect(verified.rebuilt).toEqual([(await newest(world)).id]);
  });

  it('begins no new tree for a document of a job, from any writer', async () => {
    const world = await signedWorld(apps);
    const signed = (await newest(world)).id;
    await bucketDocument(world, 'ben').delete();
    const ordered = await world.checkpoint({ rebuild: true });
    expect(ordered.steps['claim']).toMatchObject({ state: 'blocked', error: { code: 'checkpoint.by_hand' } });
    expect((await newest(world)).id).toBe(signed);
    expect((await bucketDocument(world, 'ada').get()).exists).toBe(true);
  });

  it('signs nothing for a job that a later name has overtaken', async () => {
    const world = await signedWorld(apps);
    const signed = (await newest(world)).id;
    expect((await world.checkpoint({ name: '2026-02-01' })).status).toBe('completed');
    expect((await newest(world)).id).toBe(signed);
    expect((await world.checkpoint()).status).toBe('completed');
    expect((await newest(world)).id > signed).toBe(true);
  });

  it('lets one job build at a time: a second one waits for the first', async () => {
    const world = await signedWorld(apps);
    await world.write('ada', 'withdrawn');
    const first = await world.checkpoint({ dieAt: 6, after: false, stop: true });
    const second = await world.checkpoint({ stop: true });
    expect(second.steps['claim']).toMatchObject({ state: 'waiting', why: 'another checkpoint is being built' });
    expect((await claimRef(world.own).get()).get('job')).toBe(first.id);

    // Given up, taken over, and then tried again after all: it writes nothing any more.
    await world.setJob(first.id, { status: 'cancelled' });
    expect((await world.run(second.id)).status).toBe('completed');
    await world.setJob(first.id, { status: 'waiting' });
    await world.write('ben', 'withdrawn');
    expect((await world.run(first.id)).status).toBe('completed');
    expect(world.logged).toContain('another job builds the checkpoint now: nothing more to do');
    expect((await newest(world)).get('number')).toBe(2);
    expect(await world.verify()).toMatchObject({ problemCount: 0, unsigned: { entries: 1 } });
  });

  it('drops the leaf of a chain that ended and is gone; meanwhile, and half-way, verification says that it ended', async () => {
    const world = await signedWorld(apps);
    await world.write('ada', 'erased');
    await world.write('ben', 'erased');
    await world.checkpoint();
    const gone = headRef(world.own, world.chain('ada'));

    // Before its period is over it is missing.
    const { head, entries } = await world.read('ada');
    await world.own.recursiveDelete(gone);
    expect((await named(world)).map(({ problem }) => problem)).toEqual(['chainMissing']);
    await putChain(world.sealing, { chain: world.chain('ada'), head, entries });

    world.now += 5 * 366 * DAY;
    expect(await world.verify()).toMatchObject({ problemCount: 0, ended: 0, chains: 3 });
    await entryOf(world, 'ada', 'e1').delete();
    await entryOf(world, 'ada', 'e4').delete();
    expect(await world.verify()).toMatchObject({ problemCount: 0, ended: 1 });
    await entryOf(world, 'ada', 'e2').update({ state: 'refused' });
    expect((await world.verify()).problemCount).toBeGreaterThan(0);
    await world.own.recursiveDelete(gone);
    expect(await world.verify()).toMatchObject({ problemCount: 0, ended: 1, chains: 2 });
    expect(await world.verifyOne('ada')).toMatchObject({ problemCount: 0, ended: 1 });

    // Ben's is held: it is there although its period is over, and keeps its leaf.
    expect((await world.checkpoint()).status).toBe('completed');
    expect((await newest(world)).get('chains')).toBe(2);
    expect(await world.verify()).toMatchObject({ problemCount: 0, ended: 0, chains: 2 });
    const left = (await bucketDocument(world, 'ada').get()).data() ?? {};
    expect(left).toMatchObject({ chains: 0, leaves: '[]' });
  });
});
