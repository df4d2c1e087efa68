import { deleteApp, type App } from 'firebase-admin/app';
import { afterAll, describe, expect, it } from 'vitest';
import { signCheckpoint, type CheckpointFacts } from '../../../functions/src/checkpoints/checkpoint.ts';
import { signerFrom } from '../../../functions/src/crypto/sign.ts';
import { append, entryHash } from '../../../functions/src/ledger/chain.ts';
import { headRef, sealedEntry, sealedHead } from '../../../functions/src/ledger/documents.ts';
import { storedCheckpoint } from '../../../functions/src/checkpoints/store.ts';
import { changeHead, putEntry, putHead } from '../../kit/sealed/ledger.ts';
import { bucketDocument, DAY, entryOf, named, newest, newWorld, pair, signedWorld } from './world.ts';

const apps: App[] = [];
afterAll(() => Promise.all(apps.map((app) => deleteApp(app))));

const strangersKeys = { current: 1, keys: { 1: 'a guess' } };

describe.concurrent('without a key nobody', () => {
  it('changes a head, or adds an entry: verification names it, and the next checkpoint does not sign it', async () => {
    const world = await signedWorld(apps);
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
    const world = await signedWorld(apps);
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
    const world = await signedWorld(apps);
    await world.rewrite('ada', 2, { state: 'given' });
    const rewritten = [{ chain: world.chain('ada'), seq: 3, id: 'e3', problem: 'rewritten' }];
    expect(await named(world)).toEqual(rewritten);
    expect((await world.verifyOne('ada')).problems).toEqual(rewritten);
    expect((await world.verifyOne('ben')).problems).toEqual([]);
  });

  it('a last entry that was dropped, with a head that fits', async () => {
    const world = await signedWorld(apps);
    const { head, entries } = await world.read('ada');
    await entryOf(world, 'ada', 'e3').delete();
    const hash = entries[1]?.hash ?? '';
    await putHead(world.sealing, world.chain('ada'), { ...head, seq: 2, hash });
    const missing = [{ chain: world.chain('ada'), seq: 3, problem: 'missing' }];
    expect(await named(world)).toEqual(missing);
    expect((await world.verifyOne('ada')).problems).toEqual(missing);
  });

  it('a chain that was set back whole to an older state, each document with its own seal', async () => {
    const world = newWorld(apps);
    const head = headRef(world.own, world.chain('ada'));
    await world.write('ada', 'given');
    const before = (await head.get()).data() ?? {};
    await world.write('ada', 'withdrawn');
    expect((await world.checkpoint()).status).toBe('completed');
    await entryOf(world, 'ada', 'e2').delete();
    await head.set(before);
    expect(await named(world)).toEqual([{ chain: head.id, seq: 2, problem: 'missing' }]);
    // Its head says that nothing changed since.
    expect((await world.checkpoint()).steps['sign']?.outcomes).toMatchObject([{ outcome: 'manual', count: 1 }]);
    // The next answer of the person hides nothing.
    await world.write('ada', 'given');
    expect((await world.checkpoint()).steps['sign']?.outcomes).toMatchObject([{ outcome: 'manual', count: 1 }]);
    expect((await named(world)).map(({ problem }) => problem)).toEqual(['rewritten']);
  });

  it('a chain that is gone, and the next checkpoint counts it, until it is there again', async () => {
    const world = await signedWorld(apps);
    const head = headRef(world.own, world.chain('cleo'));
    const stored = (await head.get()).data() ?? {};
    await head.delete();
    for (let night = 0; night < 2; night++)
      expect((await world.checkpoint()).steps['sign']?.outcomes).toMatchObject([{ outcome: 'manual', count: 1 }]);
    await head.set(stored);
    expect((await world.checkpoint()).steps['sign']?.outcomes).toMatchObject([{ outcome: 'done' }]);
    expect(await named(world)).toEqual([]);
  });

  it('a chain that is gone, with its entries or without', async () => {
    const world = await signedWorld(apps);
    const missing = [{ chain: world.chain('cleo'), seq: 2, problem: 'chainMissing' }];
    await headRef(world.own, world.chain('cleo')).delete();
    expect(await named(world)).toEqual(missing);
    await world.own.recursiveDelete(headRef(world.own, world.chain('cleo')));
    expect(await named(world)).toEqual(missing);
    expect((await world.verifyOne('cleo')).problems).toEqual(missing);
  });

  it('an entry that was changed, removed, added, added without a number', async () => {
    const world = await signedWorld(apps);
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
    const world = await signedWorld(apps);
    const now = world.now;
    world.now -= 2 * DAY;
    await world.write('dora', 'given');
    world.now = now;
    const backdated = [{ chain: world.chain('dora'), seq: 1, id: 'e1', problem: 'backdated' }];
    expect(await named(world)).toEqual(backdated);
    // It is not signed the next night either, even if its head says that it changed just now.
    await changeHead(world.sealing, world.chain('dora'), { changedAt: now });
    const job = await world.checkpoint();
    expect(job.steps['sign']?.outcomes).toMatchObject([{ record: 'ledger', outcome: 'manual', count: 1 }]);
    expect(await named(world)).toEqual(backdated);
  });

  it('a bucket of the tree that was changed, by itself or together with its root', async () => {
    const world = await signedWorld(apps);
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
    const world = await signedWorld(apps);
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
