import { FieldValue, Timestamp, type Firestore } from 'firebase-admin/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import { replayJobs } from '../../../functions/src/erasure/job.ts';
import { replayStep } from '../../../functions/src/erasure/restore/replay.ts';
import { replayErasures } from '../../../functions/src/erasure/restore/run.ts';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { emailHash } from '../../../functions/src/subject/emails.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { bury } from '../../../functions/src/subject/tombstones.ts';
import type { Cursor } from '../../../functions/src/systems/system.ts';
import { auth, freshUid } from '../../kit/suite.ts';
import { DAY, openNight } from '../retention/nightly.ts';
import { logOf, rowsOf } from './restored.ts';

class Death extends Error {}

/** A database with a process that dies at its n-th call. */
function dying(database: Firestore, at: number): { db: Firestore; died: () => boolean } {
  let calls = 0;
  const proxy = new Proxy(database, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        calls += 1;
        if (calls >= at) throw new Death();
        return (value as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  return { db: proxy, died: () => calls >= at };
}

const night = openNight('replay');
afterAll(() => night.end());

// These run one after the other: a run finds every person that was erased in this database.
describe.concurrent('a replay that is killed', () => {
  const RUN = '20260301T0930';
  const emailOf = (uid: string): string => `${uid}@example.com`;

  /** Three people who were erased and are there again, and one who lives. */
  async function restored(): Promise<{ uids: string[]; since: number; living: string }> {
    const uids = [freshUid(), freshUid(), freshUid()];
    const living = freshUid();
    const since = night.now() - DAY;
    for (const [index, uid] of uids.entries()) {
      const chain = pseudonymOf(uid, night.context.keys);
      const mark = { accountCreatedAt: 1000 + index, deletedAt: night.now() - 1000, job: `erasure_${chain}_1000` };
      await bury(night.context, chain, { ...mark, emails: [emailHash(emailOf(uid), night.context.keys)] }, night.now());
    }
    const batch = night.app.batch();
    for (const uid of [...uids, living])
      for (const [path, data] of Object.entries(rowsOf(uid, emailOf(uid)))) batch.set(night.app.doc(path), data);
    await batch.commit();
    return { uids, since, living };
  }

  /** Prints each row in a line. */
  const rows = async (uids: readonly string[]): Promise<string[]> => {
    const found = await Promise.all(
      uids.flatMap((uid) => Object.keys(rowsOf(uid, '')).map((path) => night.app.doc(path).get())),
    );
    return found.flatMap((one) =>
      one.exists
        ? [
            `${one.ref.path} ${Object.keys(one.data() ?? {})
              .sort()
              .join()}`,
          ]
        : [],
    );
  };
  const mortal = (at: number): { context: Context; died: () => boolean } => {
    const [app, backend] = [dying(night.app, at), dying(night.own, at)];
    const clients = { ...night.context.clients, app: () => app.db, own: () => backend.db };
    return { context: { ...night.context, clients }, died: () => app.died() || backend.died() };
  };

  it('and run again makes each job once, wherever it died', { concurrent: false }, async () => {
    const { uids, since } = await restored();
    const call = (of: Context) => replayErasures(of, { since, run: RUN, dryRun: false });
    let deaths = 0;
    for (let at = 1; ; at++) {
      const { context: doomed, died } = mortal(at);
      await call(doomed).catch((error: unknown) => {
        if (!died()) throw error;
      });
      if (!died()) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(8);
    const { again } = await call(night.context);
    expect(
      again.filter(({ chain }) => uids.some((uid) => pseudonymOf(uid, night.context.keys) === chain)),
    ).toHaveLength(3);
    expect(again.every(({ job }) => job?.state === 'existed')).toBe(true);
  });

  it('ends the same, wherever a step died', { concurrent: false }, async () => {
    const { uids, since, living } = await restored();
    const before = await rows([living]);
    const { again } = await replayErasures(night.context, { since, run: `${RUN.slice(0, -1)}1`, dryRun: false });
    const mine = again.filter(({ chain }) => uids.some((uid) => pseudonymOf(uid, night.context.keys) === chain));
    let deaths = 0;
    const dieEverywhere = async (id: string): Promise<void> => {
      for (const step of ['replay', 'replayCheck'] as const) {
        let cursor: Cursor | undefined;
        for (let at = 1, calls = 0, pages = 0; ; calls++) {
          if (calls > 400) throw new Error('never settled');
          const { context: doomed, died } = mortal(at);
          const stored = await loadJob(night.context, id);
          if (stored === null) throw new Error('no job');
          const run = { deadline: 0, ...(cursor === undefined ? {} : { cursor }) };
          try {
            const progress = await replayStep(doomed, replayJobs.read(stored), step, run);
            if ('settled' in progress) break;
            if (!('more' in progress)) throw new Error('waits');
            // Half of the cursors are lost: the next task begins at the same place as the one
            // before.
            if (pages++ % 2 === 0) cursor = JSON.parse(JSON.stringify(progress.more)) as Cursor;
            at = 1;
          } catch (error) {
            if (!died()) throw error;
            deaths += 1;
            at += 1;
          }
        }
      }
    };
    await Promise.all(mine.map(({ job }) => dieEverywhere(job?.id ?? '')));
    expect(deaths).toBeGreaterThan(20);
    expect(await rows(uids)).toEqual(uids.map((uid) => `${logOf(uid)} createdAt,line`));
    expect(await rows([living])).toEqual(before);
    for (const { job, chain } of mine)
      expect((await night.own.doc(`tombstones/${chain}`).get()).data()).toMatchObject({ replays: [job?.id] });
  });

  it(
    'asks again before it ends anything: a uid or an address that is somebody’s by now is left alone',
    { concurrent: false },
    async () => {
      const { uids, since } = await restored();
      const [uid = '', other = ''] = uids;
      const email = emailOf(uid);
      const { again } = await replayErasures(night.context, { since, run: `${RUN.slice(0, -1)}2`, dryRun: false });
      const jobOf = async (whose: string) => {
        const chain = pseudonymOf(whose, night.context.keys);
        const job = await loadJob(night.context, again.find((one) => one.chain === chain)?.job?.id ?? '');
        if (job === null) throw new Error('no job');
        return replayJobs.read(job);
      };
      const run = { deadline: Infinity };
      await auth.createUser({ uid: other });
      await expect(replayStep(night.context, await jobOf(other), 'replay', run)).rejects.toMatchObject({
        code: 'uid_in_use',
      });
      const newer = night.app.doc(`contactRequests/${uid}-6`);
      await newer.set({ email, message: 'again', createdAt: Timestamp.fromMillis(night.now() + 1) });
      await expect(replayStep(night.context, await jobOf(uid), 'replay', run)).rejects.toMatchObject({
        code: 'address_in_use',
      });
      await newer.update({ email: FieldValue.delete() });
      const claimed = await auth.createUser({ email, emailVerified: true });
      await expect(replayStep(night.context, await jobOf(uid), 'replay', run)).rejects.toMatchObject({
        code: 'email_in_use',
      });
      expect(await rows([uid, other])).toHaveLength(2 * Object.keys(rowsOf('x', '')).length);
      await auth.deleteUsers([other, claimed.uid]);
    },
  );
});
