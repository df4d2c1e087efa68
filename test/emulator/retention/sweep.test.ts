import { getStorage } from 'firebase-admin/storage';
import { afterAll, describe, expect, it } from 'vitest';
import { endOrphansOf, lookForUndeclared } from '../../../functions/src/retention/officer.ts';
import { startRetention, startRetentionOf } from '../../../functions/src/retention/start.ts';
import { DAY } from './nightly.ts';
import { openSweeping, thereOf, write } from './sweeping.ts';

const { night, context, ago, work, runOf, sweep } = openSweeping('sweep');
afterAll(() => night.end());

describe('things that go with a row', () => {
  it("are its files under the person's own prefix, before it; and never a file of somebody else that it names", async () => {
    const bucket = getStorage().bucket(`${process.env['GCLOUD_PROJECT'] ?? ''}.appspot.com`);
    const through = { ...context, clients: { ...context.clients, bucket: async () => bucket } };
    const own = ['users/ada/a.png', 'users/ada/albums/old/1.png', 'users/ada/albums/old/deep/2.png'];
    const others = ['users/bob/b.png', 'users/ada2/c.png', 'users/ada/kept.png', 'users/ada/albums/old2/3.png'];
    await Promise.all([...own, ...others].map((name) => bucket.file(name).save('x', { resumable: false })));
    await write(night.app, {
      'users/ada/photos/old': {
        createdAt: ago(400),
        files: ['users/ada/a.png', 'users/ada/../bob/b.png', 'users/bob/b.png', 'users/ada2/c.png', 7],
      },
      'users/ada/photos/young': { createdAt: ago(10), files: 'users/ada/kept.png' },
    });
    const run = await startRetentionOf(through, 'photos', night.now());
    await work(through);
    expect((await runOf(run)).records['photos']).toMatchObject({ state: 'done', deleted: 1, files: 3 });
    const [left] = await bucket.getFiles({ prefix: 'users/' });
    const names = left.map(({ name }) => name).filter((name) => [...own, ...others].includes(name));
    expect(names.sort()).toEqual([...others].sort());
    expect(await thereOf(night.app, ['users/ada/photos/old', 'users/ada/photos/young'])).toEqual([
      'users/ada/photos/young',
    ]);
    await Promise.all(others.map((name) => bucket.file(name).delete({ ignoreNotFound: true })));
  });
});

describe('an archive', () => {
  it('takes rows out of the reach of clients, whole, and ends them by its own period', async () => {
    const data = { createdAt: ago(200), owner: 'ada', where: { lat: 1 } };
    await write(night.app, {
      'trips/1': data,
      'trips/2': { ...data, createdAt: ago(400) },
      'trips/3': { createdAt: ago(9) },
    });
    expect(await sweep('trips')).toMatchObject({ archived: 2, deleted: 0 });
    expect(await thereOf(night.app, ['trips/1', 'trips/2', 'trips/3'])).toEqual(['trips/3']);
    expect((await night.own.doc('attic/1').get()).data()).toEqual(data);
    expect(await sweep('attic')).toMatchObject({ deleted: 1 });
    expect(await thereOf(night.own, ['attic/1', 'attic/2'])).toEqual(['attic/1']);
  });

  it('has no row that the app still has: one that is written meanwhile stays there, and only there', async () => {
    await write(night.app, { 'trips/racing': { createdAt: ago(300), owner: 'ada' } });
    // The app writes when the copy is made, before the row is deleted.
    const own = new Proxy(night.own, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== 'bulkWriter') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        return () => {
          const writer = target.bulkWriter();
          const flush = writer.flush.bind(writer);
          writer.flush = async () => {
            await flush();
            await night.app.doc('trips/racing').update({ createdAt: ago(1) });
          };
          return writer;
        };
      },
    });
    const run = await startRetentionOf(context, 'trips', night.now() + 77_000);
    await work({ ...context, clients: { ...context.clients, own: () => own } });
    expect((await runOf(run)).records['trips']).toMatchObject({ state: 'done', archived: 0 });
    expect(await thereOf(night.app, ['trips/racing'])).toEqual(['trips/racing']);
    expect(await thereOf(night.own, ['attic/racing'])).toEqual([]);
  });
});

describe('a row that is made anonymous', () => {
  it('is counted so only if nothing in it names the person any more', async () => {
    await write(night.app, {
      'lines/clean': { createdAt: ago(400), owner: 'ada', ip: '::1', text: 'signed in' },
      'lines/naming': { createdAt: ago(400), owner: 'ada', ip: '::1', text: 'ada signed in' },
    });
    expect(await sweep('lines')).toMatchObject({ anonymised: 1, residue: 1 });
    expect((await night.app.doc('lines/clean').get()).data()).toEqual({ createdAt: ago(400), text: 'signed in' });
    expect(Object.keys((await night.app.doc('lines/naming').get()).data() ?? {}).sort()).toEqual(['createdAt', 'text']);
    // The next night has nothing left to remove.
    expect(await sweep('lines')).toMatchObject({ anonymised: 0, residue: 0 });
  });
});

describe('rows that a query cannot see', () => {
  it('are counted each night, and if the policy says so ended by the age of the document, a budget a night', async () => {
    const drafts: Record<string, object> = {};
    for (let n = 0; n < 5; n++)
      drafts[`users/p${n}/drafts/undated`] = [{}, { createdAt: '2019-01-01' }, { createdAt: ago(-900) }][n % 3] ?? {};
    await write(night.app, { ...drafts, 'users/p9/drafts/dated': { createdAt: ago(3) } });
    // Young by their creation: looked at, and left.
    expect(await sweep('drafts')).toMatchObject({ undated: 5, deleted: 0, windows: { undated: { scanned: 4 } } });
    expect((await night.own.doc('retentionScans/drafts').get()).data()).toMatchObject({
      uid: 'p3',
      path: 'users/p3/drafts/undated',
    });
    expect(await sweep('drafts')).toMatchObject({ undated: 5, windows: { undated: { scanned: 2 } } });
    expect(await thereOf(night.own, ['retentionScans/drafts'])).toEqual([]);
    // Two years later.
    night.pass(730 * DAY);
    // With the one that has a time, which is over now.
    expect(await sweep('drafts')).toMatchObject({ undated: 5, deleted: 5 });
    expect(await sweep('drafts')).toMatchObject({ undated: 1, deleted: 1 });
    expect(await sweep('drafts')).toMatchObject({ undated: 0, deleted: 0 });
    expect(await thereOf(night.app, Object.keys(drafts))).toEqual([]);
    night.pass(-730 * DAY);
  });

  it('are reported if the policy does not know of them: collections, and documents below its rows', async () => {
    await write(night.app, {
      'forgotten/1': { a: 1 },
      'users/ada/photos/young/comments/1': { a: 1 },
      'users/ada/photos/young/comments/1/likes/1': { a: 1 },
    });
    const undeclared = { collections: ['forgotten'], below: ['users/{uid}/photos/{id}/comments'] };
    const found = await lookForUndeclared(context, night.now());
    expect(found.collections).toEqual(expect.arrayContaining(undeclared.collections));
    expect(found.below).toEqual(undeclared.below);
    const run = await startRetention(context, night.now());
    await work();
    expect((await runOf(run)).undeclared).toMatchObject({ below: undeclared.below });
    expect((await runOf(run)).undeclared?.collections).toContain('forgotten');
    expect(JSON.stringify((await runOf(run)).undeclared)).not.toContain('ada');
  });

  it('and ends with its row in every later run, which says that it looks below', async () => {
    const below = ['users/bob/photos/old/comments/1', 'users/bob/photos/old/comments/ghost/likes/1'];
    const others = ['users/bob/photos/gone/comments/1', 'users/held/photos/gone/comments/1', 'users/bob/x/1/y/1'];
    await write(night.app, {
      'users/bob/photos/old': { createdAt: ago(400) },
      ...Object.fromEntries([...below, ...others].map((path) => [path, { a: 1 }])),
    });
    expect(await sweep('photos')).toMatchObject({ state: 'done', withFollowers: true, deleted: 3 });
    expect(await thereOf(night.app, below)).toEqual([]);
    expect((await sweep('sessions')).withFollowers).toBeUndefined();
    // The run after that one still knows it.
    expect(await sweep('photos')).toMatchObject({ withFollowers: true, deleted: 0 });

    expect(await endOrphansOf(context, 'photos', true)).toMatchObject({ found: 2, deleted: 0 });
    expect(await thereOf(night.app, others)).toEqual(others);
    const ended = { found: 2, deleted: 2, held: 0, places: ['users/{uid}/photos/{id}/comments'] };
    expect(await endOrphansOf(context, 'photos', false)).toMatchObject(ended);
    expect(await thereOf(night.app, others)).toEqual(['users/bob/x/1/y/1']);
    await expect(endOrphansOf(context, 'nothing', false)).rejects.toMatchObject({ code: 'retention.record' });
  });
});
