import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadJob } from '../../functions/src/jobs/store.ts';
import { runJob } from '../../functions/src/jobs/run.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { recordOf } from '../../functions/src/policy/lookup.ts';
import type { FateRule, Policy, PolicyRecord } from '../../functions/src/policy/schema.ts';
import { startRetention, startRetentionOf } from '../../functions/src/retention/operations.ts';
import { endOrphansOf, foreseeRun, lookForUndeclared, type Foreseen } from '../../functions/src/retention/officer.ts';
import { runRef } from '../../functions/src/retention/runs.ts';
import { runners } from '../../functions/src/runners.ts';
import { DAY, openNight, type Night } from './nightly.ts';
import { state } from '../kit/statements.ts';

/** What a retention run does to a database: in a project of its own, where nothing else happens. */

const source = { kind: 'ownChoice', reference: 'a test' } as const;
const after = (period: string, then: FateRule['then'], field = 'createdAt'): FateRule => ({
  when: { field },
  after: period,
  then,
  source,
});
const sessions = recordOf(amikeo, 'sessions');
const rows = (path: string, more: Partial<PolicyRecord>): PolicyRecord => {
  const plain = { ...sessions, path };
  delete plain.undated;
  return { ...plain, ...more };
};
const owned = { subject: { field: 'owner' } } as const;

const policy: Policy = {
  ...amikeo,
  retention: { windows: 4 },
  records: {
    userFiles: recordOf(amikeo, 'userFiles'),
    sessions,
    photos: rows('users/{uid}/photos/{id}', {
      fate: [after('P1Y', { do: 'delete' })],
      files: [{ field: 'files' }, { prefix: 'users/{uid}/albums/{id}/' }],
    }),
    trips: rows('trips/{id}', { ...owned, fate: [after('P6M', { do: 'archive', to: 'attic' })] }),
    attic: rows('attic/{id}', { ...owned, database: 'compliance', fate: [after('P1Y', { do: 'delete' })] }),
    lines: rows('lines/{id}', { ...owned, fate: [after('P1Y', { do: 'anonymise', fields: ['owner', 'ip'] })] }),
    drafts: rows('users/{uid}/drafts/{id}', { fate: [after('P1Y', { do: 'delete' })], undated: { scan: 4 } }),
  },
};

let night: Night;
let context: Context;
const tasks: string[] = [];
const ago = (days: number): Timestamp => Timestamp.fromMillis(night.now() - days * DAY);

beforeAll(() => {
  night = openNight('sweep', policy);
  context = { ...night.context, queue: { enqueue: async (_, job) => void tasks.push(job) } };
});
afterAll(() => night.end());

async function write(db: Firestore, documents: Record<string, object>): Promise<void> {
  const writer = db.bulkWriter({ throttling: false });
  for (const [path, data] of Object.entries(documents)) void writer.set(db.doc(path), data);
  await writer.close();
}
const thereOf = async (db: Firestore, paths: readonly string[]): Promise<string[]> => {
  const all = await db.getAll(...paths.map((path) => db.doc(path)));
  return all.filter(({ exists }) => exists).map(({ ref }) => ref.path);
};

/** Runs every task there is, as the queue would, until there is none; tasks of a process that has died are delivered again later. */
async function work(through: Context = context): Promise<void> {
  while (tasks.length > 0) await Promise.all(tasks.splice(0).map((job) => runJob(through, runners, job)));
}

interface Figures {
  readonly state: string;
  readonly deleted: number;
  readonly archived: number;
  readonly anonymised: number;
  readonly held: number;
  readonly files: number;
  readonly residue: number;
  readonly undated: number;
  readonly looksBelow?: boolean;
  readonly windows?: Record<string, { scanned?: number }>;
}
interface Run {
  readonly status: string;
  readonly records: Record<string, Figures>;
  readonly undeclared?: { collections: string[]; below: string[] };
}
const runOf = async (id: string): Promise<Run> => (await runRef(night.own, id).get()).data() as Run;
let nights = 0;
async function sweep(record: string): Promise<Figures> {
  const run = await startRetentionOf(context, record, night.now() + ++nights * 1000);
  await work();
  const { status, records } = await runOf(run);
  expect(status).toBe('finished');
  const figures = records[record];
  if (figures === undefined) throw new Error('no figures');
  return figures;
}

describe('what goes with a row', () => {
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
  it('is counted so only where nothing in it names the person any more', async () => {
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

describe('what a query cannot see', () => {
  it('is counted each night, and where the policy says so ended by the age of the document, a budget a night', async () => {
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

  it('is said where the policy does not know of it: collections, and what lies below its rows', async () => {
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
    expect(await sweep('photos')).toMatchObject({ state: 'done', looksBelow: true, deleted: 3 });
    expect(await thereOf(night.app, below)).toEqual([]);
    expect((await sweep('sessions')).looksBelow).toBeUndefined();
    // The run after that one still knows it.
    expect(await sweep('photos')).toMatchObject({ looksBelow: true, deleted: 0 });

    expect(await endOrphansOf(context, 'photos', true)).toMatchObject({ found: 2, deleted: 0 });
    expect(await thereOf(night.app, others)).toEqual(others);
    const ended = { found: 2, deleted: 2, held: 0, places: ['users/{uid}/photos/{id}/comments'] };
    expect(await endOrphansOf(context, 'photos', false)).toMatchObject(ended);
    expect(await thereOf(night.app, others)).toEqual(['users/bob/x/1/y/1']);
    await expect(endOrphansOf(context, 'nothing', false)).rejects.toMatchObject({ code: 'retention.record' });
  });
});

describe('a run', () => {
  const OVER = 520;
  const decoys = (): Record<string, object> => ({
    'users/ada/sessions/young': { createdAt: ago(390) },
    'teams/ada/sessions/old': { createdAt: ago(900) },
    'users/ada/rooms/1/sessions/old': { createdAt: ago(900) },
    'users/held/sessions/old': { createdAt: ago(900) },
  });
  const expired = Array.from({ length: OVER }, (_, n) => `users/u${n % 7}/sessions/s${n}`);
  const seed = async (): Promise<void> => {
    const old = Object.fromEntries(expired.map((path, n) => [path, { createdAt: ago(500 + n) }]));
    await write(night.app, { ...old, ...decoys() });
    await state({ own: night.own, keys: night.context.keys }, 'restrictions/held', { createdAt: ago(1) });
    // Who is held is read again after a while.
    night.pass(20_000);
  };
  const expectOver = async (): Promise<void> => {
    expect(await thereOf(night.app, expired)).toEqual([]);
    expect(await thereOf(night.app, Object.keys(decoys()))).toHaveLength(4);
  };

  it('is told before it begins: cut-off, how many, the oldest, who is held; and touches nothing', async () => {
    await seed();
    const all: Foreseen[] = [];
    for await (const one of foreseeRun(context, night.now(), 'sessions')) all.push(one);
    // Collections of the same name under other parents are counted; their paths are known only when they are read.
    expect(all).toMatchObject([
      { record: 'sessions', found: { over: OVER + 3, oldest: ago(500 + OVER - 1).toMillis() - 20_000, held: 1 } },
    ]);
    expect(await thereOf(night.app, expired)).toHaveLength(OVER);
    await expect(startRetentionOf(context, 'photo', night.now())).rejects.toThrow(/no sweep ends rows of 'photo'/);
  });

  it('beside another one ends each row once, and counts it once', async () => {
    await seed();
    const both = [
      await startRetentionOf(context, 'sessions', night.now() + 200_000),
      await startRetentionOf(context, 'sessions', night.now() + 201_000),
    ];
    await work();
    const figures = await Promise.all(both.map(async (run) => (await runOf(run)).records['sessions']?.deleted ?? NaN));
    expect(figures.reduce((sum, deleted) => sum + deleted, 0)).toBe(OVER);
    await expectOver();
  });

  /** A database whose process dies at the given call: nothing that comes after it is heard of. */
  function dyingAt(call: number): { context: Context; called: () => number } {
    let calls = 0;
    const dead = (): never => {
      throw new Error('the process has died');
    };
    const step = (): void => {
      calls += 1;
      if (calls > call) dead();
    };
    const app = new Proxy(night.app, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (name === 'collectionGroup') {
          return (...args: unknown[]) => (step(), (value as (...all: unknown[]) => unknown).apply(target, args));
        }
        if (name !== 'bulkWriter') return value.bind(target) as unknown;
        return () => {
          const writer = target.bulkWriter();
          let deletes = 0;
          const [remove, flush] = [writer.delete.bind(writer), writer.flush.bind(writer)];
          // One of a hundred deletions is a moment to die at; and before and after the page is sent.
          writer.delete = (...args) => (deletes++ % 100 === 0 && step(), remove(...args));
          writer.flush = async () => {
            step();
            await flush();
            step();
          };
          return writer;
        };
      },
    });
    // The process that dies writes nothing down either.
    const own = new Proxy(night.own, {
      get: (target, name) => {
        if (calls > call) dead();
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    return {
      context: { ...context, clients: { ...context.clients, app: () => app, own: () => own } },
      called: () => calls,
    };
  }

  it('whose process dies, at any page and between any two, goes on and ends everything that is over and nothing else', async () => {
    let died = 0;
    for (let call = 0; ; call++) {
      await seed();
      const dying = dyingAt(call);
      const run = await startRetentionOf(context, 'sessions', night.now() + 300_000 + call * 1000);
      let survived = true;
      try {
        await work(dying.context);
      } catch {
        survived = false;
      }
      if (!survived || dying.called() > call) died += 1;
      // The lease of the task that died is over; `tick` finds its job.
      const open = await night.own.collection('jobs').where('input.run', '==', run).get();
      night.pass(11 * 60_000);
      tasks.push(...open.docs.map(({ id }) => id));
      await work();
      const { status, records } = await runOf(run);
      expect([call, status]).toEqual([call, 'finished']);
      expect(records['sessions']?.deleted).toBeLessThanOrEqual(OVER);
      await expectOver();
      for (const { id } of open.docs) expect((await loadJob(night.context, id))?.status).toBe('completed');
      if (survived && dying.called() <= call) break;
    }
    expect(died).toBeGreaterThan(8);
  });
});
