import type { Bucket } from '@google-cloud/storage';
import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../../functions/src/platform/context.ts';
import type { FateRule, PolicyRecord } from '../../../../functions/src/policy/schema.ts';
import { loadSystem } from '../../../../functions/src/systems/registry.ts';
import { NO_FIGURES, type Change } from '../../../../functions/src/systems/system.ts';
import { policyWith, record } from '../../export/helpers.ts';
import { testContext } from '../../requests/helpers.ts';
import { heldPeople } from '../../../kit/sealed/held.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const source = { kind: 'ownChoice' as const, reference: 'a test' };
const yearly: FateRule = { when: { field: 'createdAt' }, after: 'P1Y', then: { do: 'delete' }, source };
const withdrawn: FateRule = { when: { withdrawn: 'photos' }, after: 'P0D', then: { do: 'delete' }, source };
const ended: FateRule = { ...withdrawn, when: { event: 'accountDeleted' } };
const rows = (path: string, more: Partial<PolicyRecord>): PolicyRecord =>
  record('firestore', path, { fate: [yearly, withdrawn, ended], ...more });

const policy = policyWith({
  bucket: record('storage', 'users/{uid}/**'),
  profile: record('firestore', 'users/{uid}', { subcollections: true, files: [{ field: 'portrait' }] }),
  photos: rows('users/{uid}/photos/{id}', { files: [{ field: 'file' }] }),
  albums: rows('users/{uid}/albums/{id}', { files: [{ prefix: 'users/{uid}/albums/{id}/' }] }),
  days: rows('users/{uid}/days/{day}/pictures/{id}', { files: [{ field: 'files' }] }),
  posts: rows('posts/{id}', { subject: { field: 'author' }, files: [{ field: 'pictures' }] }),
  drafts: rows('drafts/{id}', { subject: { field: 'author' }, files: [{ field: 'picture' }] }),
  desks: rows('users/{uid}/desks/{id}', { files: [{ prefix: 'users/{uid}/desk/' }] }),
});

class World {
  readonly files = new Set<string>();
  readonly base = testContext(NOW);
  readonly app: Firestore = this.base.app;
  readonly context: Context = {
    ...this.base,
    policy,
    clients: { ...this.base.clients, bucket: async () => this.#bucket() },
  };

  #bucket(): Bucket {
    const file = (name: string) => ({
      name,
      metadata: { generation: '1', timeCreated: new Date(NOW).toISOString() },
      delete: async () => {
        if (!this.files.delete(name)) throw Object.assign(new Error('gone'), { code: 404 });
        return [{ statusCode: 204 }];
      },
    });
    return {
      file,
      getFiles: async ({ prefix }: { prefix: string }) => [
        [...this.files].filter((name) => name.startsWith(prefix)).map(file),
        null,
        { kind: 'storage#objects' },
      ],
    } as unknown as Bucket;
  }

  /** From now on this happens before each writer of rows first sends its writes. */
  onFlush(before: () => Promise<void>): void {
    const make = this.app.bulkWriter.bind(this.app);
    this.app.bulkWriter = (...options) => {
      const writer = make(...options);
      const flush = writer.flush.bind(writer);
      writer.flush = async () => {
        writer.flush = flush;
        await before();
        await flush();
      };
      return writer;
    };
  }

  async write(documents: Record<string, object>): Promise<void> {
    for (const [path, data] of Object.entries(documents)) await this.app.doc(path).set(data);
  }

  async sweep(id: string, deadline = Infinity): Promise<number> {
    const system = await loadSystem('firestore', this.context);
    const question = { policy, now: NOW, field: 'createdAt', cutoff: NOW - 366 * DAY, held: heldPeople() };
    const named = { id, record: policy.records[id] ?? record('firestore', id) };
    const progress = await system.expire?.(named, { ...question, figures: NO_FIGURES, deadline });
    if (progress === undefined) throw new Error('no sweep');
    return progress.figures.files;
  }

  async change(id: string, change: Change): Promise<void> {
    const system = await loadSystem('firestore', this.context);
    const subject = { uid: 'ada', pseudonym: 'v1_x', accountCreatedAt: null, verifiedEmails: [], providerIds: {} };
    const scope = { policy, subject, handles: [], now: NOW, deadline: Infinity };
    await system.apply({ id, record: policy.records[id] ?? record('firestore', id) }, scope, change);
  }
}

const old = { createdAt: Timestamp.fromMillis(NOW - 400 * DAY) };
const older = { createdAt: Timestamp.fromMillis(NOW - 500 * DAY) };
const young = { createdAt: Timestamp.fromMillis(NOW - DAY) };
const FILE = 'users/ada/shared.png';

describe('a file that several rows name', () => {
  it.each<[string, Record<string, object>]>([
    ['a row of the same record', { 'users/ada/photos/young': { ...young, file: FILE } }],
    ['a list in a row of the same record', { 'users/ada/photos/young': { ...young, file: ['x', FILE] } }],
    ['a row without a time', { 'users/ada/photos/undated': { file: FILE } }],
    ['a row of a record in a root collection', { 'posts/p': { ...young, author: 'ada', pictures: [FILE] } }],
    ['a row of another field and record', { 'drafts/d': { ...young, author: 'ada', picture: FILE } }],
    ['a row below days, whose names nobody knows', { 'users/ada/days/1/pictures/p': { ...young, files: [FILE] } }],
    ["the person's own document", { 'users/ada': { portrait: FILE } }],
  ])('stays when one of them ends and %s still names it, and goes with the last one', async (_why, others) => {
    const world = new World();
    world.files.add(FILE).add('users/ada/shared.png.old');
    await world.write({ 'users/ada/photos/old': { ...old, file: FILE }, ...others });
    expect(await world.sweep('photos')).toBe(0);
    expect((await world.app.doc('users/ada/photos/old').get()).exists).toBe(false);
    expect([...world.files]).toContain(FILE);
    for (const path of Object.keys(others)) await world.app.doc(path).delete();
    await world.write({ 'users/ada/photos/last': { ...old, file: FILE } });
    expect(await world.sweep('photos')).toBe(1);
    expect([...world.files]).toEqual(['users/ada/shared.png.old']);
  });

  it.each<[string, Record<string, object>]>([
    ["somebody else's row", { 'users/bob/photos/b': { ...young, file: FILE } }],
    ["somebody else's row in a root collection", { 'posts/p': { ...young, author: 'bob', pictures: [FILE] } }],
    ["nobody's row", { 'posts/p': { ...young, pictures: [FILE] } }],
    ['a row of no record', { 'teams/ada/photos/t': { ...young, file: FILE } }],
    ['a row with a longer name', { 'users/ada/photos/b': { ...young, file: `${FILE}.old` } }],
    ['another field', { 'users/ada/photos/b': { ...young, about: FILE } }],
  ])('is kept by no more than its own people: %s does not count', async (_why, others) => {
    const world = new World();
    world.files.add(FILE);
    await world.write({ 'users/ada/photos/old': { ...old, file: FILE }, ...others });
    expect(await world.sweep('photos')).toBe(1);
    expect([...world.files]).toEqual([]);
  });

  it('goes once with two rows that end together, on one page or on two', async () => {
    const world = new World();
    world.files.add(FILE);
    await world.write({
      'users/ada/photos/1': { ...old, file: FILE },
      'users/ada/photos/2': { ...older, file: [FILE] },
    });
    expect(await world.sweep('photos')).toBe(1);
    expect([...world.files]).toEqual([]);
    world.files.add(FILE);
    await world.write({
      'users/ada/photos/1': { ...old, file: FILE },
      'posts/p': { ...old, author: 'ada', pictures: FILE },
    });
    expect([await world.sweep('photos'), await world.sweep('posts')]).toEqual([0, 1]);
    expect([...world.files]).toEqual([]);
  });

  it('goes if two sweeps end its last two rows at the same time: each has seen the other one', async () => {
    const world = new World();
    world.files.add(FILE);
    await world.write({
      'users/ada/photos/1': { ...old, file: FILE },
      'posts/p': { ...old, author: 'ada', pictures: FILE },
    });
    // Neither ends its row before the other has read which rows name the file.
    let waiting: (() => void)[] = [];
    world.onFlush(async () => {
      await new Promise<void>((go) => {
        waiting.push(go);
        if (waiting.length < 2) return;
        for (const one of waiting) one();
        waiting = [];
      });
    });
    await Promise.all([world.sweep('photos'), world.sweep('posts')]);
    expect([...world.files]).toEqual([]);
  });

  it('goes before the rows, also if both end together: an attempt that dies in between finds them again', async () => {
    const world = new World();
    world.files.add(FILE);
    await world.write({ 'users/ada/photos/1': { ...old, file: FILE }, 'users/ada/photos/2': { ...old, file: FILE } });
    world.onFlush(() => Promise.reject(new Error('the process died')));
    await expect(world.sweep('photos')).rejects.toThrow('died');
    expect(world.files.size).toBe(0);
  });

  it('goes if an attempt died after it and before the rows', async () => {
    const world = new World();
    await world.write({ 'users/ada/photos/1': { ...old, file: FILE } });
    expect(await world.sweep('photos')).toBe(0);
    expect((await world.app.collectionGroup('photos').get()).size).toBe(0);
  });

  it('under the prefix of another row belongs to that row as well', async () => {
    const world = new World();
    const inside = 'users/ada/albums/trip/1.png';
    world.files.add(inside);
    await world.write({ 'users/ada/photos/old': { ...old, file: inside }, 'users/ada/albums/trip': young });
    expect(await world.sweep('photos')).toBe(0);
    // The album ends, and a photo still names one of its files.
    world.files.add('users/ada/albums/trip/2.png');
    await world.write({ 'users/ada/photos/young': { ...young, file: inside }, 'users/ada/albums/trip': old });
    expect(await world.sweep('albums')).toBe(1);
    expect([...world.files]).toEqual([inside]);
  });

  it('under a prefix that several rows have goes with the last of these', async () => {
    const world = new World();
    world.files.add('users/ada/desk/pen.png').add('users/bob/desk/pen.png');
    await world.write({ 'users/ada/desks/1': old, 'users/ada/desks/2': young, 'users/bob/desks/1': young });
    expect(await world.sweep('desks')).toBe(0);
    await world.write({ 'users/ada/desks/2': older });
    expect(await world.sweep('desks')).toBe(1);
    expect([...world.files]).toEqual(['users/bob/desk/pen.png']);
  });

  it('stays with a withdrawal that ends one of its rows, and is left to Storage by an erasure', async () => {
    const world = new World();
    world.files.add(FILE);
    await world.write({ 'users/ada/photos/1': { ...young, file: FILE }, 'users/ada': { portrait: FILE } });
    const no: Change = { kind: 'consent', purpose: 'photos', granted: false, email: undefined };
    await world.change('photos', no);
    expect([(await world.app.collectionGroup('photos').get()).size, world.files.size]).toEqual([0, 1]);
    await world.write({ 'users/ada/photos/1': { ...young, file: FILE }, 'users/ada': {} });
    await world.change('photos', no);
    expect(world.files.size).toBe(0);
    world.files.add(FILE);
    await world.write({ 'users/ada/photos/1': { ...young, file: FILE } });
    await world.change('photos', { kind: 'erase', accountDeletedAt: NOW });
    expect([(await world.app.collectionGroup('photos').get()).size, world.files.size]).toEqual([0, 1]);
  });
});
