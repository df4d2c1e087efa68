import { deleteApp, type App } from 'firebase-admin/app';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCheckpoint, signCheckpoint, type CheckpointFacts } from '../../functions/src/evidence/checkpoint.ts';
import { signerFrom } from '../../functions/src/evidence/sign.ts';
import { append, entryHash } from '../../functions/src/ledger/chain.ts';
import { headRef, sealedEntry, sealedHead } from '../../functions/src/ledger/documents.ts';
import { bucketOf } from '../../functions/src/ledger/tree.ts';
import { claimRef, storedCheckpoint } from '../../functions/src/ledger/treeStore.ts';
import { DAY, newWorld, pair, type World } from './checkpoint-world.ts';
import { changeHead, putChain, putEntry, putHead } from '../kit/ledger.ts';

const apps: App[] = [];
afterAll(() => Promise.all(apps.map((app) => deleteApp(app))));

const strangersKeys = { current: 1, keys: { 1: 'a guess' } };

/** Three people with a history, and a signed checkpoint of it. */
async function signedWorld(): Promise<World> {
  const world = newWorld(apps);
  await world.write('ada', 'given', 'withdrawn', 'given');
  await world.write('ben', 'given');
  await world.write('cleo', 'refused', 'given');
  expect((await world.checkpoint()).status).toBe('completed');
  expect(await world.verify()).toMatchObject({ chains: 3, entries: 6, problemCount: 0, unsigned: { entries: 0 } });
  return world;
}

const named = async (world: World) => (await world.verify()).problems;
const entryOf = (world: World, person: string, id: string) =>
  headRef(world.own, world.chain(person)).collection('entries').doc(id);
const bucketDocument = (world: World, person: string) =>
  world.own.collection('checkpointBuckets').doc(bucketOf(world.chain(person)) ?? '');
const newest = async (world: World) => {
  const { docs } = await world.own.collection('checkpoints').orderBy('number', 'desc').limit(1).get();
  const [document] = docs;
  if (!document) throw new Error('no checkpoint');
  return document;
};

describe.concurrent('without a key nobody', () => {
  it('changes a head, or adds an entry: verification names it, and the next checkpoint does not sign it', async () => {
    const world = await signedWorld();
    const chain = world.chain('ada');
    const head = headRef(world.own, chain);
    const stored = (await head.get()).data() ?? {};
    await head.update({ 'current.messages': 'given', changedAt: new Date(world.now) });
    const forged = { chain, seq: 3, problem: 'unsealed' };
    expect(await named(world)).toContainEqual(forged);
    expect((await world.verifyOne('ada')).problems).toContainEqual(forged);
    expect((await world.checkpoint()).steps['sign']?.outcomes).toMatchObject([{ outcome: 'manual', count: 1 }]);
    await head.set(stored);
    expect((await world.checkpoint()).steps['sign']?.outcomes).toMatchObject([{ outcome: 'done' }]);

    // The hash, the link and the head's end fit; no seal does.
    const { head: before } = await world.read('ada');
    const at = { occurredAt: world.now, recordedAt: world.now };
    const added = append(chain, before, 'e4', { kind: 'consent', purpose: 'messages', state: 'withdrawn', ...at });
    await entryOf(world, 'ada', 'e4').set({ ...sealedEntry(chain, added.entry, strangersKeys), seal: stored['seal'] });
    await head.set(sealedHead(chain, added.head, strangersKeys));
    const problems = [
      { chain, seq: 4, id: 'e4', problem: 'unsealed' },
      { chain, seq: 4, problem: 'unsealed' },
    ];
    expect(await named(world)).toEqual(expect.arrayContaining(problems));
    expect((await world.checkpoint()).steps['sign']?.outcomes).toMatchObject([{ outcome: 'manual', count: 1 }]);
    expect(world.logged).toContain('a chain of the ledger is not what was signed: an officer has to look into it');
  });

  it('gives a head another shape', async () => {
    const world = await signedWorld();
    const head = headRef(world.own, world.chain('ada'));
    for (const change of [{ note: 1 }, { budget: 'x' }, { closed: { at: 5, accountCreatedAt: null } }]) {
      const stored = (await head.get()).data() ?? {};
      await head.update(change);
      expect(await named(world), JSON.stringify(change)).toContainEqual(
        expect.objectContaining({ chain: head.id, problem: 'unreadable' }),
      );
      await head.set(stored);
    }
    expect(await named(world)).toEqual([]);
  });
});

describe.concurrent('against the signed checkpoint, verification names', () => {
  it('a chain that was rewritten as a whole, with hashes, links and head that fit', async () => {
    const world = await signedWorld();
    await world.rewrite('ada', 2, { state: 'given' });
    const rewritten = [{ chain: world.chain('ada'), seq: 3, id: 'e3', problem: 'rewritten' }];
    expect(await named(world)).toEqual(rewritten);
    expect((await world.verifyOne('ada')).problems).toEqual(rewritten);
    expect((await world.verifyOne('ben')).problems).toEqual([]);
  });

  it('a last entry that was dropped, with a head that fits', async () => {
    const world = await signedWorld();
    const { head, entries } = await world.read('ada');
    await entryOf(world, 'ada', 'e3').delete();
    const hash = entries[1]?.hash ?? '';
    await putHead(world.sealing, world.chain('ada'), { ...head, seq: 2, hash });
    const missing = [{ chain: world.chain('ada'), seq: 3, problem: 'missing' }];
    expect(await named(world)).toEqual(missing);
    expect((await world.verifyOne('ada')).problems).toEqual(missing);
  });

  it('a chain that is gone, with its entries or without', async () => {
    const world = await signedWorld();
    const missing = [{ chain: world.chain('cleo'), seq: 2, problem: 'chainMissing' }];
    await headRef(world.own, world.chain('cleo')).delete();
    expect(await named(world)).toEqual(missing);
    await world.own.recursiveDelete(headRef(world.own, world.chain('cleo')));
    expect(await named(world)).toEqual(missing);
    expect((await world.verifyOne('cleo')).problems).toEqual(missing);
  });

  it('an entry that was changed, removed, added, added without a number', async () => {
    const world = await signedWorld();
    const { entries } = await world.read('ada');
    const second = entries[1];
    if (!second) throw new Error('no entry');
    const at = { chain: world.chain('ada') };
    await entryOf(world, 'ada', 'e2').update({ state: 'given' });
    expect(await named(world)).toEqual([{ ...at, seq: 2, id: 'e2', problem: 'changed' }]);
    await entryOf(world, 'ada', 'e2').delete();
    expect(await named(world)).toEqual([{ ...at, seq: 2, problem: 'missing' }]);
    await putEntry(world.sealing, at.chain, second);
    const twin = { ...second, id: 'twin' };
    await putEntry(world.sealing, at.chain, { ...twin, hash: entryHash(twin) });
    expect(await named(world)).toEqual([{ ...at, seq: 2, id: 'twin', problem: 'added' }]);
    await entryOf(world, 'ada', 'twin').delete();
    await entryOf(world, 'ada', 'stray').set({ kind: 'consent', state: 'given', purpose: 'messages' });
    expect(await named(world)).toEqual([{ ...at, id: 'stray', seq: NaN, problem: 'added' }]);
    await entryOf(world, 'ada', 'stray').delete();
    // The last three have the milliseconds of the time that was recorded, and so its hash.
    const { recordedAt } = second;
    for (const other of ['yesterday', new Date(recordedAt).toISOString(), recordedAt, String(recordedAt)]) {
      await entryOf(world, 'ada', 'e2').update({ recordedAt: other });
      expect(await named(world), String(other)).toEqual([{ ...at, seq: 2, id: 'e2', problem: 'changed' }]);
    }
    await putEntry(world.sealing, at.chain, second);
    expect(await named(world)).toEqual([]);
  });

  it('a history that was invented afterwards for the time before', async () => {
    const world = await signedWorld();
    const now = world.now;
    world.now -= 2 * DAY;
    await world.write('dora', 'given');
    world.now = now;
    const backdated = [{ chain: world.chain('dora'), seq: 1, id: 'e1', problem: 'backdated' }];
    expect(await named(world)).toEqual(backdated);
    // It is not signed the next night either, even where its head says that it changed just now.
    await changeHead(world.sealing, world.chain('dora'), { changedAt: now });
    const job = await world.checkpoint();
    expect(job.steps['sign']?.outcomes).toMatchObject([{ record: 'ledger', outcome: 'manual', count: 1 }]);
    expect(await named(world)).toEqual(backdated);
  });

  it('a bucket of the tree that was changed, by itself or together with its root', async () => {
    const world = await signedWorld();
    const bucket = bucketDocument(world, 'ben');
    const before = (await bucket.get()).data() ?? {};
    await bucket.update({ root: 'f'.repeat(64) });
    expect(await named(world)).toContainEqual({ bucket: bucket.id, problem: 'bucketChanged' });
    await bucket.delete();
    expect(await named(world)).toContainEqual({ checkpoint: (await newest(world)).id, problem: 'treeDiffers' });
    await bucket.set(before);
    expect(await named(world)).toEqual([]);

    // Chain, leaf and root of its bucket, all of them consistent: only the signed root tells.
    const other = newWorld(apps);
    await other.write('ben', 'refused');
    await other.checkpoint();
    const forged = (await bucketDocument(other, 'ben').get()).data() ?? {};
    await bucket.set(forged);
    await world.rewrite('ben', 1, (await other.read('ben')).entries[0] ?? {});
    expect(await named(world)).toContainEqual({ checkpoint: (await newest(world)).id, problem: 'treeDiffers' });
    expect((await world.verifyOne('ben')).problems).toContainEqual(
      expect.objectContaining({ chain: world.chain('ben'), problem: 'notInTree' }),
    );
  });

  it('a checkpoint that was changed, removed, or is not the one in the evidence bucket', async () => {
    const world = await signedWorld();
    await world.write('ben', 'withdrawn');
    await world.checkpoint();
    const document = await newest(world);
    const at = { checkpoint: document.id };
    await document.ref.update({ chains: 4 });
    expect(await named(world)).toContainEqual({ ...at, problem: 'badSignature' });
    await document.ref.update({ root: 'none' });
    expect(await named(world)).toContainEqual({ ...at, problem: 'checkpointChanged' });
    await document.ref.delete();
    expect(await named(world)).toContainEqual({ ...at, problem: 'checkpointMissing' });
    await document.ref.set(document.data());
    expect(await named(world)).toEqual([]);
    const object = world.objects.get(`checkpoints/${document.id}.json`) ?? '';
    world.objects.set(`checkpoints/${document.id}.json`, object.replace('"chains":3', '"chains":2'));
    expect(await named(world)).toContainEqual({ ...at, problem: 'checkpointDiffers' });
    world.objects.set(`checkpoints/${document.id}.json`, object);
    world.objects.delete(`checkpoints/${document.id}.json`);
    expect(await named(world)).toContainEqual({ ...at, problem: 'checkpointUnpublished' });
    world.objects.set(`checkpoints/${document.id}.json`, object);
    // One in the middle of the row: changed, another one with a signature of its own, gone.
    await world.checkpoint();
    await document.ref.update({ conflicts: 7 });
    expect(await named(world)).toContainEqual({ ...at, problem: 'badSignature' });
    const { signature, ...facts } = storedCheckpoint(document) ?? {};
    expect(signature).toBeDefined();
    const other = signCheckpoint({ ...(facts as CheckpointFacts), conflicts: 7 }, signerFrom(pair.privateKey));
    await document.ref.update({ ...other });
    expect(await named(world)).toEqual([{ checkpoint: (await newest(world)).id, problem: 'checkpointMissing' }]);
    await document.ref.delete();
    expect(await named(world)).toEqual([{ checkpoint: (await newest(world)).id, problem: 'checkpointMissing' }]);
  });
});

describe.concurrent('the builder', () => {
  it('signs every chain, and again only those that changed: the tree grows out of the last one', async () => {
    const world = await signedWorld();
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

  it('takes up what was committed after its time, with a clock of before: transactions end later than their clock says', async () => {
    const world = await signedWorld();
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
      const world = await signedWorld();
      let died = 0;
      for (let dieAt = 1; died === dieAt - 1; dieAt++) {
        await world.write('ada', 'withdrawn');
        await world.write('ben', 'given');
        await world.write(`new-${dieAt}`, 'given');
        const number = Number((await newest(world)).get('number'));
        const stopped = await world.checkpoint({ dieAt, after, stop: true });
        // Between the signed document and its object there is a moment in which the bucket does not know it yet.
        const wrong = (await named(world)).filter(({ problem }) => problem !== 'checkpointUnpublished');
        expect(wrong).toEqual([]);
        if (stopped.status !== 'completed') {
          died += 1;
          // Another night comes, while the first job still has the tree; it waits, takes over what is given up, or goes on after it.
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
    const world = await signedWorld();
    for (let dieAt = 1; world.deaths === dieAt - 1; dieAt++) {
      await world.write('ada', 'withdrawn');
      const number = Number((await newest(world)).get('number'));
      expect((await world.checkpoint({ dieAt, after: true })).status).toBe('completed');
      expect((await newest(world)).get('number')).toBe(number + 1);
      expect(await world.verify()).toMatchObject({ problemCount: 0, unsigned: { entries: 0 } });
    }
    expect(world.deaths).toBeGreaterThan(8);
  });

  it('does not sign over a chain that was rewritten: it keeps what was signed, says so, and takes it up again once it is restored', async () => {
    const world = await signedWorld();
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

  it('refuses to build on a tree, or a checkpoint, that is not what was signed; a new tree says that it is one', async () => {
    const world = await signedWorld();
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

  it('begins no new tree for a document of a job, whoever wrote it', async () => {
    const world = await signedWorld();
    const signed = (await newest(world)).id;
    await bucketDocument(world, 'ben').delete();
    const ordered = await world.checkpoint({ rebuild: true });
    expect(ordered.steps['claim']).toMatchObject({ state: 'blocked', error: { code: 'checkpoint.by_hand' } });
    expect((await newest(world)).id).toBe(signed);
    expect((await bucketDocument(world, 'ada').get()).exists).toBe(true);
  });

  it('signs nothing for a job that a later name has overtaken', async () => {
    const world = await signedWorld();
    const signed = (await newest(world)).id;
    expect((await world.checkpoint({ name: '2026-02-01' })).status).toBe('completed');
    expect((await newest(world)).id).toBe(signed);
    expect((await world.checkpoint()).status).toBe('completed');
    expect((await newest(world)).id > signed).toBe(true);
  });

  it('lets one job build at a time: a second one waits for the first', async () => {
    const world = await signedWorld();
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
    const world = await signedWorld();
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
