import { FieldValue, Timestamp, type Firestore } from 'firebase-admin/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import { setHold } from '../../functions/src/erasure/holds.ts';
import { startByOfficer } from '../../functions/src/erasure/officer.ts';
import { replayJobs } from '../../functions/src/erasure/job.ts';
import { replayStep } from '../../functions/src/erasure/replay.ts';
import { jobsOfRun, replayErasures, type ReplayReport } from '../../functions/src/erasure/replayRun.ts';
import { loadJob } from '../../functions/src/jobs/store.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { addressPseudonym, emailHash } from '../../functions/src/subject/emails.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { bury } from '../../functions/src/subject/tombstones.ts';
import type { Cursor } from '../../functions/src/systems/system.ts';
import { testContext } from '../conformance/harness.ts';
import { DAY, openNight } from './nightly.ts';
import { auth, compliance, db, eventually, freshUid, keys, own, pseudonym, standins } from '../kit/suite.ts';

/** The app's database comes back from a backup, and everybody who was erased since with it. */

const context: Context = { ...testContext(standins), keys, queue: { enqueue: async () => undefined } };

type Rows = Map<string, FirebaseFirestore.DocumentData>;
const put = async (rows: Rows): Promise<void> => {
  const writer = db.batch();
  for (const [path, data] of rows) writer.set(db.doc(path), data);
  await writer.commit();
};
/** What is there of these rows now. */
const present = async (rows: Rows): Promise<Rows> => {
  const found = await db.getAll(...[...rows.keys()].map((path) => db.doc(path)));
  return new Map(found.flatMap((one) => (one.exists ? [[one.ref.path, one.data() ?? {}]] : [])));
};

const OLD = Timestamp.fromMillis(Date.now() - 10 * DAY);
let number = 0;
const address = (): string => `replay-${process.pid}-${++number}@example.com`;

interface Person {
  readonly uid: string;
  readonly email: string;
  readonly rows: Rows;
}
async function person(rowsOf: (uid: string, email: string) => Record<string, object>): Promise<Person> {
  const [uid, email] = [freshUid(), address()];
  await auth.createUser({ uid, email, emailVerified: true });
  const rows: Rows = new Map(Object.entries(rowsOf(uid, email)));
  await put(rows);
  await eventually(
    async () => (await own.doc(`subjects/${uid}`).get()).exists,
    (known) => known,
  );
  return { uid, email, rows };
}

const tombstone = async (chain: string) => (await own.doc(`tombstones/${chain}`).get()).data();
const buried = (chain: string) =>
  eventually(
    () => tombstone(chain),
    (data) => data?.['completedAt'] !== undefined,
    240_000,
  );
/** The id of a log line says nothing of the person. */
const logOf = (uid: string): string => `systemLogs/log-${pseudonym(uid).slice(3, 19)}`;
const all = (uid: string, email: string): Record<string, object> => ({
  [`users/${uid}`]: { firstName: 'Ada', email },
  [`users/${uid}/activity/1`]: { createdAt: OLD },
  [`users/${uid}/sessions/1`]: { createdAt: OLD },
  [`users/${uid}/notes/1`]: { text: 'a collection that nobody declares' },
  [`customers/${uid}`]: { stripeId: 'cus_none' },
  [logOf(uid)]: { uid, ip: '192.0.2.1', line: 'kept', createdAt: OLD },
  [`contactRequests/${uid}-1`]: { uid, email, message: 'hello', createdAt: OLD },
  [`contactRequests/${uid}-2`]: { email, message: 'before I had an account', createdAt: OLD },
});

// Side by side: one waits for the suite, the other for databases of its own.
describe.concurrent("after a restore of the app's database", () => {
  it(
    'everything of whoever was erased since the backup goes again, and nothing of anybody else',
    { timeout: 600_000 },
    async () => {
      const erasedBefore = async (): Promise<Person> => {
        const someone = await person(all);
        await auth.deleteUser(someone.uid);
        await buried(pseudonym(someone.uid));
        return someone;
      };
      const [before, ada, bob, cyd, dan, fay, gus, kim] = await Promise.all([
        erasedBefore(),
        person(all),
        person((uid) => ({ [`users/${uid}/activity/1`]: { createdAt: OLD } })),
        person((uid, email) => ({
          [`contactRequests/${uid}-3`]: { email: email.replace('replay', 'Replay'), message: 'hello', createdAt: OLD },
        })),
        person(all),
        person(all),
        person((uid, email) => ({ [`contactRequests/${uid}-4`]: { email, message: 'hello', createdAt: OLD } })),
        person(() => ({ [`teams/${freshUid()}`]: { name: 'a row, so that there is one' } })),
      ]);
      const ivy = { email: address(), rows: new Map<string, object>() };
      ivy.rows.set(`contactRequests/${freshUid()}`, { email: ivy.email, message: 'no account', createdAt: OLD });
      await put(ivy.rows);
      const leo = { email: address(), rows: new Map<string, object>() };
      leo.rows.set(`contactRequests/${freshUid()}`, { email: leo.email, message: 'no account', createdAt: OLD });
      await put(leo.rows);
      // Decoys: the same address, the same collection names elsewhere, a uid that begins the same.
      const eve = await person((uid, email) => ({
        ...all(uid, email),
        [`contactRequests/${uid}-5`]: {
          uid,
          email: ada.email,
          message: 'typed the address of another',
          createdAt: OLD,
        },
        [`teams/${ada.uid}/sessions/1`]: { createdAt: OLD },
        [`archive/${ada.uid}`]: { firstName: 'of nobody that the policy knows' },
        [`users/${ada.uid}x/activity/1`]: { createdAt: OLD },
      }));

      // The backup is taken here.
      const since = new Date().toISOString();
      const erased = [ada, bob, cyd, dan, fay, gus, kim];
      await Promise.all(erased.map(({ uid }) => auth.deleteUser(uid)));
      for (const { email } of [ivy, leo]) await startByOfficer(context, { email }, Date.now());
      for (const { uid } of erased) await buried(pseudonym(uid));
      for (const { email } of [ivy, leo]) await buried(addressPseudonym(email, keys));
      for (const { rows } of [ada, bob, cyd, gus, ivy, leo])
        for (const [path, data] of await present(rows))
          expect(data, `${path} names nobody any more`).toEqual({ line: 'kept', createdAt: OLD });

      // Life goes on: the uid is used again, the address is somebody else's, another writes from theirs.
      await auth.createUser({ uid: fay.uid, email: address() });
      const hal = await auth.createUser({ email: gus.email, emailVerified: true });
      const leoAgain: Rows = new Map([
        [`contactRequests/${freshUid()}`, { email: leo.email, message: 'again', createdAt: Timestamp.now() }],
      ]);
      // The restore.
      for (const { rows } of [before, ada, bob, cyd, dan, fay, gus, ivy, leo]) await put(rows);
      await put(leoAgain);
      const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim is pending.', fr: 'Un litige est en cours.' } };
      const hold = await setHold(context, { uid: dan.uid, records: ['activity'], ground, unknownUid: true });

      const dry = await compliance('erasure', 'replay', '--since', since, '--dry-run');
      const foreseen = dry.out as ReplayReport;
      expect(dry.said).toMatch(/reads at least \d+ documents \(users \d+/);
      expect(dry.code).toBe(1);
      expect(foreseen).toMatchObject({ dryRun: true, running: [], givenUp: [] });
      const of = (report: ReplayReport, chain: string) => report.again.find((one) => one.chain === chain);
      const counted = of(foreseen, pseudonym(ada.uid))?.outcomes?.filter(({ count }) => count > 0);
      expect(counted).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ record: 'users', outcome: 'done', how: 'deleted', count: 2 }),
          expect.objectContaining({ record: 'systemLogs', outcome: 'done', how: 'anonymised', count: 1 }),
          expect.objectContaining({ record: 'contactRequests', outcome: 'done', how: 'deleted', count: 2 }),
        ]),
      );
      expect(of(foreseen, pseudonym(dan.uid))?.outcomes).toContainEqual(
        expect.objectContaining({ record: 'activity', outcome: 'retained', held: true, count: 1 }),
      );
      expect((await present(ada.rows)).size).toBe(ada.rows.size);
      expect(dry.said + JSON.stringify(foreseen)).not.toContain('@example.com');

      const run = '20260301T0930';
      const { out, code } = await compliance('erasure', 'replay', '--since', since, '--run', run);
      const report = out as ReplayReport;
      expect(code).toBe(1);
      // Of the uid that is used again only the row goes that names no uid.
      const chains = [ada, bob, cyd, dan, fay].map(({ uid }) => pseudonym(uid));
      expect(report.again.map(({ chain }) => chain).sort()).toEqual(
        [...chains, addressPseudonym(ivy.email, keys)].sort(),
      );
      expect(report.inUse.map(({ chain, why }) => [chain, why]).sort()).toEqual(
        [
          [pseudonym(fay.uid), 'anotherAccount'],
          [pseudonym(gus.uid), 'addressOfAnother'],
          [addressPseudonym(leo.email, keys), 'writtenSince'],
        ].sort(),
      );
      expect(report.inUse.find(({ why }) => why === 'addressOfAnother')).toMatchObject({ uid: hal.uid });

      await eventually(
        () => jobsOfRun(context, run),
        (jobs) => jobs.filter(({ status }) => status === 'completed').length === report.again.length - 1,
        240_000,
      );
      // Gone again.
      for (const { rows } of [ada, bob, cyd, ivy])
        for (const [path, data] of await present(rows))
          expect(data, `${path} names nobody any more`).toEqual({ line: 'kept', createdAt: OLD });
      expect([...(await present(dan.rows)).keys()].sort()).toEqual(
        [`users/${dan.uid}/activity/1`, logOf(dan.uid)].sort(),
      );
      // Nobody else.
      for (const { rows } of [before, gus, leo, eve, { rows: leoAgain }]) expect(await present(rows)).toEqual(rows);
      const unlinked = new Map([...fay.rows].filter(([path]) => !path.endsWith('-2')));
      expect(await present(unlinked)).toEqual(unlinked);
      expect(await tombstone(pseudonym(ada.uid))).toMatchObject({ replayedAt: expect.any(Timestamp) });
      expect(await tombstone(pseudonym(fay.uid))).toHaveProperty('completedAt');

      // The hold is lifted: what it kept ends by itself.
      const replayed = await compliance('erasure', 'replayed', run);
      expect(replayed.code).toBe(1);
      expect((await compliance('hold', 'lift', hold.id)).out).toMatchObject({ ok: true, woken: [expect.any(String)] });
      await eventually(
        () => present(dan.rows),
        (rows) => !rows.has(`users/${dan.uid}/activity/1`),
      );
      const jobs = await eventually(
        () => jobsOfRun(context, run),
        (every) => every.every(({ status }) => status === 'completed'),
      );
      expect((await compliance('erasure', 'replayed', run)).code).toBe(0);

      // The same run again makes nothing twice, and finds nobody.
      const again = (await compliance('erasure', 'replay', '--since', since, '--run', run)).out as ReplayReport;
      expect(again.again).toEqual([]);
      expect(await jobsOfRun(context, run)).toHaveLength(jobs.length);
      // Neither job nor identity names anybody.
      const told = JSON.stringify(jobs);
      for (const { uid, email } of erased) expect(told.includes(uid) || told.includes(email)).toBe(false);
      const kept = await own.collectionGroup('identities').get();
      expect(kept.docs.filter(({ id }) => id.startsWith('replay_'))).toEqual([]);
    },
  );

  it('asks for the moment of the backup, and says why', async () => {
    const none = await compliance('erasure', 'replay', '--dry-run');
    expect(none.code).toBe(2);
    expect(none.said).toContain('when the backup was taken');
    expect((await compliance('erasure', 'replay', '--since', 'yesterday')).said).toContain('not an ISO date');
    expect((await compliance('erasure', 'replay', '--since', '2126-01-01')).said).toContain('has not come yet');
  });
});

class Death extends Error {}

/** A database whose process dies at its n-th call. */
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

// These come one after the other: a run finds everybody who was erased in this database.
describe.concurrent('a replay that is killed', () => {
  const RUN = '20260301T0930';
  const emailOf = (uid: string): string => `${uid}@example.com`;

  /** Three who were erased and are there again, one who lives. */
  async function restored(): Promise<{ uids: string[]; since: number; living: string }> {
    const uids = [freshUid(), freshUid(), freshUid()];
    const living = freshUid();
    const since = night.now() - DAY;
    for (const [index, uid] of uids.entries()) {
      const chain = pseudonymOf(uid, night.context.keys);
      const mark = { accountCreatedAt: 1000 + index, deletedAt: night.now() - 1000, job: `erasure_${chain}_1000` };
      await bury(night.own, chain, { ...mark, emails: [emailHash(emailOf(uid), night.context.keys)] }, night.now());
    }
    const batch = night.app.batch();
    for (const uid of [...uids, living])
      for (const [path, data] of Object.entries(all(uid, emailOf(uid)))) batch.set(night.app.doc(path), data);
    await batch.commit();
    return { uids, since, living };
  }

  /** What is there, in one line a row. */
  const rows = async (uids: readonly string[]): Promise<string[]> => {
    const found = await Promise.all(
      uids.flatMap((uid) => Object.keys(all(uid, '')).map((path) => night.app.doc(path).get())),
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
        for (let at = 1, calls = 0; ; calls++) {
          if (calls > 400) throw new Error('never settled');
          const { context: doomed, died } = mortal(at);
          const stored = await loadJob(night.context, id);
          if (stored === null) throw new Error('no job');
          const run = { deadline: 0, ...(cursor === undefined ? {} : { cursor }) };
          try {
            const progress = await replayStep(doomed, replayJobs.read(stored), step, run);
            if ('settled' in progress) break;
            if (!('more' in progress)) throw new Error('waits');
            // Half of what was written down is lost: the next task begins where the one before did.
            if (calls % 2 === 0) cursor = JSON.parse(JSON.stringify(progress.more)) as Cursor;
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
      expect(await rows([uid, other])).toHaveLength(2 * Object.keys(all('x', '')).length);
      await auth.deleteUsers([other, claimed.uid]);
    },
  );
});
