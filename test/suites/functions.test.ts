/** A suite of its own, with a small codebase that has a function of each kind. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deleteApp, initializeApp, type App } from 'firebase-admin/app';
import { getAuth } from 'firebase-admin/auth';
import { getFirestore, type DocumentData, type Firestore } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Chaos, CourierStatus } from '../../emulator/courier.ts';
import { startSuite, type Suite } from '../../emulator/suite.ts';
import { backend } from '../kit/foreign.ts';

const functions = join(import.meta.dirname, 'fixture-functions');
const outer = { ...process.env };
let suite: Suite;
let app: App;
let db: Firestore;
let own: Firestore;

beforeAll(async () => {
  suite = await startSuite({ ports: 'auto', project: 'demo-fixture', firestore: backend, functions });
  Object.assign(process.env, suite.env);
  app = initializeApp({ projectId: suite.project, storageBucket: `${suite.project}.appspot.com` }, 'fixture');
  db = getFirestore(app);
  own = getFirestore(app, 'compliance');
});
afterAll(async () => {
  await deleteApp(app);
  await suite.stop();
  process.env = outer;
});

const control = async <T>(name: string, body?: object): Promise<T> => {
  const url = `${suite.env.COURIER_URL ?? ''}/_control/${name}`;
  const response = await fetch(url, body ? { method: 'PUT', body: JSON.stringify(body) } : {});
  expect(response.status).toBe(200);
  return (await response.json()) as T;
};
const chaos = (change: Partial<Chaos>): Promise<Chaos> => control('chaos', change);
const seen = async (id: string): Promise<DocumentData | undefined> => (await own.doc(`seen/${id}`).get()).data();
const eventually = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 60_000, interval: 100 });
const quiet = (): Promise<void> =>
  eventually(async () => expect((await control<CourierStatus>('status')).pending).toBe(0));
const ask = async (query = ''): Promise<Record<string, unknown>> => {
  const host = suite.env.FUNCTIONS_EMULATOR_HOST ?? '';
  const response = await fetch(`http://${host}/${suite.project}/europe-west1/ask${query}`);
  return (await response.json()) as Record<string, unknown>;
};

describe('functions in the suite', () => {
  it('hear of documents in the app’s database, with any id', async () => {
    const id = `ünïcödé ☃ 100%41 "${randomUUID()}"`;
    await db.doc(`notes/${id}`).set({ value: 1 });
    await eventually(async () =>
      expect(await seen(`note_${id}`)).toMatchObject({ count: 1, value: 1, deleted: false }),
    );
    await db.doc(`notes/${id}`).delete();
    await eventually(async () =>
      expect(await seen(`note_${id}`)).toMatchObject({ count: 2, value: null, deleted: true }),
    );
  });

  it('hear of documents in the backend’s own database', async () => {
    const id = randomUUID();
    await own.doc(`jobs/${id}`).set({});
    await db.doc(`jobs/${id}`).set({});
    await eventually(async () => expect(await seen(`job_${id}`)).toMatchObject({ count: 1, database: 'compliance' }));
    await quiet();
    expect(await seen(`job_${id}`)).toMatchObject({ count: 1 });
  });

  // Production sends no event either; Google's emulator does.
  it.skipIf(backend === 'official')('do not hear of a write that changed nothing', async () => {
    const id = randomUUID();
    await db.doc(`notes/${id}`).set({ value: 1 });
    await eventually(async () => expect(await seen(`note_${id}`)).toMatchObject({ count: 1 }));
    await db.doc(`notes/${id}`).set({ value: 1 });
    await db.doc(`notes/${id}`).set({ value: 2 });
    await eventually(async () => expect(await seen(`note_${id}`)).toMatchObject({ value: 2 }));
    await quiet();
    expect(await seen(`note_${id}`)).toMatchObject({ count: 2 });
  });

  it('get an event again under the same id after they failed', async () => {
    const id = randomUUID();
    await db.doc(`notes/${id}`).set({ value: 1, failures: 2 });
    await eventually(async () => expect(await seen(`note_${id}`)).toMatchObject({ count: 3 }));
    await quiet();
    expect(((await seen(`note_${id}`))?.ids as string[]).length).toBe(1);
  });

  it('get events twice, late or held back when chaos is asked for', async () => {
    const before = await control<CourierStatus>('status');
    const ids = [randomUUID(), randomUUID()];
    await chaos({ duplicate: 1, delayMs: 50, hold: true, seed: 7 });
    try {
      await Promise.all(ids.map((id) => db.doc(`notes/${id}`).set({ value: 1 })));
      await eventually(async () => expect((await control<CourierStatus>('status')).pending).toBe(4));
      expect(await Promise.all(ids.map((id) => seen(`note_${id}`)))).toEqual([undefined, undefined]);
      await chaos({ hold: false });
      await quiet();
    } finally {
      await chaos({ duplicate: 0, delayMs: 0, hold: false });
    }
    for (const id of ids) expect(await seen(`note_${id}`)).toMatchObject({ count: 2 });
    expect((await control<CourierStatus>('status')).delivered - before.delivered).toBe(4);
  });

  it('have two processes at most, answer all who ask at once, and go on after one was killed', async () => {
    const answers = async (): Promise<number[]> => {
      const all = await Promise.all(Array.from({ length: 8 }, () => ask()));
      // The CLI answers with an error for a process of whose end it has not heard.
      return all.flatMap(({ pid }) => (typeof pid === 'number' ? [pid] : []));
    };
    const first = await answers();
    expect(first).toHaveLength(8);
    expect(new Set(first).size).toBeLessThanOrEqual(2);
    for (const pid of new Set(first)) process.kill(pid, 'SIGKILL');
    const second = await answers();
    expect(second.length).toBeGreaterThanOrEqual(5);
    expect(new Set(second).size).toBeLessThanOrEqual(2);
    expect(second.filter((pid) => first.includes(pid))).toEqual([]);
  });

  it('hear of deleted accounts', async () => {
    const { uid } = await getAuth(app).createUser({ email: `${randomUUID()}@example.com` });
    await getAuth(app).deleteUser(uid);
    await eventually(async () => expect(await seen(`gone_${uid}`)).toMatchObject({ count: 1 }));
  });

  it('have their parameters and secrets, enqueue tasks, use the bucket and sign addresses', async () => {
    await getStorage(app).bucket().file('a.txt').save('hello');
    const id = randomUUID();
    const answer = await ask(`?enqueue=${id}`);
    expect(answer).toMatchObject({ key: 44, bucket: `${suite.project}.appspot.com` });
    expect(await (await fetch(answer.url as string)).text()).toBe('hello');
    await eventually(async () => expect(await seen(`task_${id}`)).toMatchObject({ count: 1 }));
  });

  it('are fired by name when they are scheduled, and tick goes on by itself until it is paused', async () => {
    await suite.fire('daily');
    expect(await seen('daily_all')).toEqual({ count: 1 });
    await expect(suite.fire('broken')).rejects.toThrow(/europe-west1-broken failed \(500\)/);
    await expect(suite.fire('nothing')).rejects.toThrow(/there is no function nothing; there are onNote/);
    const ticks = async (): Promise<number> => ((await seen('tick_all'))?.count ?? 0) as number;
    const first = await ticks();
    await eventually(async () => expect(await ticks()).toBeGreaterThan(first + 1));
    await control('tick', { paused: true });
    const paused = await ticks();
    await suite.fire('daily');
    await suite.fire('tick');
    expect(await ticks()).toBe(paused + 1);
    await control('tick', { paused: false });
  });

  it('leave their output in the log', () => {
    expect(readFileSync(suite.log, 'utf8')).toContain('fails, as asked');
  });
});
