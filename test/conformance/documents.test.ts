import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getFirestore, Timestamp, type Firestore } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { recordOf } from '../../functions/src/policy/lookup.ts';
import type { FateRule, Policy, PolicyRecord } from '../../functions/src/policy/schema.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import { NO_FIGURES, type Sweep, type SweepFigures, type System } from '../../functions/src/systems/system.ts';
import { collect, fresh, NOW, scopeFor, subjectOf, testContext } from './harness.ts';
import { heldPeople } from '../kit/sealed/held.ts';

/** Whole documents, as the real Firestore keeps, gives and takes them: integers, sizes, names. */

const source = { kind: 'ownChoice' as const, reference: 'a test' };
const template = recordOf(amikeo, 'activity');
const userFiles = recordOf(amikeo, 'userFiles');
const yearly = (then: FateRule['then']): FateRule => ({ when: { field: 'createdAt' }, after: 'P1Y', then, source });
const record = (path: string, more: Partial<PolicyRecord>): PolicyRecord => {
  const plain: PolicyRecord = { ...template, path, subject: { pathVariable: 'uid' }, timestamp: 'createdAt', ...more };
  if (more.files === undefined) delete plain.files;
  return plain;
};
const policy: Policy = {
  ...amikeo,
  records: {
    userFiles,
    trips: record('cdPeople/{uid}/cdTrips/{id}', { fate: [yearly({ do: 'archive', to: 'attic' })] }),
    attic: record('cdAttic/{uid}/cdTrips/{id}', { database: 'compliance', fate: [yearly({ do: 'delete' })] }),
    photos: record('cdPeople/{uid}/cdPhotos/{id}', { fate: [yearly({ do: 'delete' })], files: [{ field: 'file' }] }),
    days: record('cdPeople/{uid}/cdDays/{day}/cdShots/{id}', {
      fate: [yearly({ do: 'delete' })],
      files: [{ field: 'files' }],
    }),
    posts: record('cdPosts/{id}', {
      subject: { field: 'author' },
      fate: [yearly({ do: 'delete' })],
      files: [{ field: 'file' }],
    }),
  },
};

const context = testContext({}, policy);
const old = Timestamp.fromMillis(NOW - 400 * 86_400_000);
const young = Timestamp.fromMillis(NOW - 86_400_000);
const MOST = 2n ** 63n - 1n;
const LEAST = -(2n ** 63n);
/** The in-memory database rounds integers when it stores them. */
const isEmbedded = process.env['FIRESTORE_BACKEND'] === 'embedded';

let [app, own]: Firestore[] = [];
let exactApp: ReturnType<typeof initializeApp>;
let system: System;
beforeAll(async () => {
  [app, own] = [context.clients.app(), context.clients.own()];
  exactApp = initializeApp({ projectId: process.env['GCLOUD_PROJECT'] ?? '' }, 'exact');
  system = await loadSystem('firestore', context);
});
afterAll(() => deleteApp(exactApp));

const write = async (rows: Record<string, object>, db = app): Promise<void> => {
  for (const [path, data] of Object.entries(rows)) await db?.doc(path).set(data);
};
const exists = async (path: string, db = app): Promise<boolean> => (await db?.doc(path).get())?.exists === true;
/** Ends the rows that are over. */
async function sweep(id: string, more: Partial<Sweep> = {}): Promise<SweepFigures> {
  const named = { id, record: policy.records[id] ?? template };
  const cutoff = NOW - 366 * 86_400_000;
  const question = { policy, now: NOW, field: 'createdAt', cutoff, held: heldPeople(), figures: NO_FIGURES };
  const progress = await system.expire?.(named, { ...question, deadline: Infinity, ...more });
  if (progress === undefined) throw new Error('no sweep');
  return progress.figures;
}
const read = async (id: string, uid: string) =>
  collect(system.read({ id, record: policy.records[id] ?? template }, await scopeFor(system, policy, subjectOf(uid))));

describe('whole documents', () => {
  it.skipIf(isEmbedded)('keep integers that no number can hold, in reads and in copies', async () => {
    const uid = fresh('cd');
    const exact = { big: MOST, list: [LEAST, { at: 2n ** 53n + 1n }], small: 7n, createdAt: old };
    await write({ [`cdPeople/${uid}/cdTrips/1`]: exact });
    const given = { big: MOST, list: [LEAST, { at: 2n ** 53n + 1n }], small: 7, createdAt: old };
    expect((await read('trips', uid)).map(({ data }) => data)).toEqual([given]);
    expect((await sweep('trips')).archived).toBe(1);
    // By a client that makes a bigint of every integer: past our own reading.
    const client = getFirestore(exactApp, 'compliance');
    client.settings({ useBigInt: true });
    expect((await client.doc(`cdAttic/${uid}/cdTrips/1`).get()).data()).toEqual(exact);
    // A copy that differs in the last digit alone is another one.
    await write({ [`cdPeople/${uid}/cdTrips/1`]: { ...exact, big: MOST - 1n } });
    expect(await sweep('trips')).toMatchObject({ archived: 0, unarchived: 1 });
    await app?.doc(`cdPeople/${uid}/cdTrips/1`).delete();
  });

  it('have a copy of their own and are never written over, for any names', async () => {
    const [uid, other] = [fresh('cd'), fresh('cd')];
    const names = ['X', 'x y', '%2F', '{id}', '**', 'é', 'e\u0301', ...(isEmbedded ? [] : ['a\u0001b', '.a'])];
    const rows = Object.fromEntries(
      [uid, other].flatMap((one) => names.map((name) => [`cdPeople/${one}/cdTrips/${name}`, { createdAt: old, one }])),
    );
    await write(rows);
    await write({ [`cdAttic/${uid}/cdTrips/X`]: { createdAt: old, other: true } }, own);
    expect(await sweep('trips')).toMatchObject({ archived: 2 * names.length - 1, unarchived: 1 });
    const copies = await own?.collectionGroup('cdTrips').where('one', 'in', [uid, other]).get();
    expect(copies?.docs.map(({ ref }) => ref.path).sort()).toEqual(
      Object.keys(rows)
        .map((path) => path.replace('cdPeople', 'cdAttic'))
        .filter((path) => path !== `cdAttic/${uid}/cdTrips/X`)
        .sort(),
    );
    expect((await own?.doc(`cdAttic/${uid}/cdTrips/X`).get())?.data()).toEqual({ createdAt: old, other: true });
    expect(await exists(`cdPeople/${uid}/cdTrips/X`)).toBe(true);
    await app?.doc(`cdPeople/${uid}/cdTrips/X`).delete();
  });

  it('of almost 1 MiB are read and archived in pages that a request can hold, each of them once', async () => {
    const uid = fresh('cd');
    const text = 'x'.repeat(1_000_000);
    const names = Array.from({ length: 24 }, (_, n) => String(n).padStart(2, '0'));
    for (const name of names)
      await write({ [`cdPeople/${uid}/cdTrips/${name}`]: { createdAt: old, ...(name < '12' ? {} : { text }) } });
    const rows = await read('trips', uid);
    expect(rows.map(({ path }) => path.split('/').at(-1))).toEqual(names);
    expect((await sweep('trips')).archived).toBe(24);
    const copies = await own?.collection(`cdAttic/${uid}/cdTrips`).select().get();
    expect(copies?.docs.map(({ id }) => id)).toEqual(names);
  });
});

describe('a file that several rows name', () => {
  it('goes with the last of them, as the real database answers', async () => {
    const uid = fresh('cd');
    const bucket = getStorage().bucket(`${process.env['GCLOUD_PROJECT'] ?? ''}.appspot.com`);
    const name = `users/${uid}/shared.png`;
    await bucket.file(name).save('x', { resumable: false });
    system = await loadSystem('firestore', { ...context, clients: { ...context.clients, bucket: async () => bucket } });
    const others = {
      [`cdPeople/${uid}/cdPhotos/young`]: { createdAt: young, file: ['other', name] },
      [`cdPeople/${uid}/cdDays/1/cdShots/s`]: { createdAt: young, files: name },
      [`cdPosts/${uid}`]: { createdAt: young, author: uid, file: name },
    };
    const strangers = {
      [`cdPeople/${uid}x/cdPhotos/p`]: { createdAt: young, file: name },
      [`cdPosts/${uid}x`]: { createdAt: young, author: `${uid}x`, file: name },
    };
    await write(strangers);
    for (const [path, data] of Object.entries(others)) {
      await write({ [path]: data, [`cdPeople/${uid}/cdPhotos/old`]: { createdAt: old, file: name } });
      expect(await sweep('photos'), path).toMatchObject({ deleted: 1, files: 0 });
      await app?.doc(path).delete();
    }
    await write({ [`cdPeople/${uid}/cdPhotos/old`]: { createdAt: old, file: name } });
    expect(await sweep('photos')).toMatchObject({ deleted: 1, files: 1 });
    expect((await bucket.file(name).exists())[0]).toBe(false);
  });
});
