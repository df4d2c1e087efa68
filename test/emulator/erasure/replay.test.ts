import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { setHold } from '../../../functions/src/erasure/holds.ts';
import { startByOfficer } from '../../../functions/src/erasure/officer.ts';
import { jobsOfRun, type ReplayReport } from '../../../functions/src/erasure/restore/run.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { addressPseudonym } from '../../../functions/src/subject/emails.ts';
import { testContext } from '../../conformance/harness.ts';
import { person, type Person } from '../../kit/person.ts';
import { auth, compliance, db, eventually, freshUid, keys, own, pseudonym, standins } from '../../kit/suite.ts';
import { logOf, OLD, rowsOf } from './restored.ts';

/** The app's database comes back from a backup, and with it every person that was erased since. */

const context: Context = { ...testContext(standins), keys, queue: { enqueue: async () => undefined } };

type Rows = Map<string, FirebaseFirestore.DocumentData>;
const put = async (rows: Rows): Promise<void> => {
  const writer = db.batch();
  for (const [path, data] of rows) writer.set(db.doc(path), data);
  await writer.commit();
};
/** Returns those of these rows that are there now. */
const present = async (rows: Rows): Promise<Rows> => {
  const found = await db.getAll(...[...rows.keys()].map((path) => db.doc(path)));
  return new Map(found.flatMap((one) => (one.exists ? [[one.ref.path, one.data() ?? {}]] : [])));
};

let number = 0;
const address = (): string => `replay-${process.pid}-${++number}@example.com`;

/** Somebody, and their rows. */
interface Restored extends Person {
  readonly rows: Rows;
}
async function withRows(make: (uid: string, email: string) => Record<string, object>): Promise<Restored> {
  let rows: Record<string, object> = {};
  const someone = await person({ documents: ({ uid, email }) => (rows = make(uid, email)) });
  return { ...someone, rows: new Map(Object.entries(rows)) };
}

const tombstone = async (chain: string) => (await own.doc(`tombstones/${chain}`).get()).data();
const buried = (chain: string) =>
  eventually(
    () => tombstone(chain),
    (data) => data?.['completedAt'] !== undefined,
    240_000,
  );

// Side by side: one waits for the suite, the other for databases of its own.
describe.concurrent("after a restore of the app's database", () => {
  it(
    'everything of people who were erased since the backup goes again, and nothing of anybody else',
    { timeout: 600_000 },
    async () => {
      const erasedBefore = async (): Promise<Restored> => {
        const someone = await withRows(rowsOf);
        await auth.deleteUser(someone.uid);
        await buried(pseudonym(someone.uid));
        return someone;
      };
      const [before, ada, bob, cyd, dan, fay, gus, kim] = await Promise.all([
        erasedBefore(),
        withRows(rowsOf),
        withRows((uid) => ({ [`users/${uid}/activity/1`]: { createdAt: OLD } })),
        withRows((uid, email) => ({
          [`contactRequests/${uid}-3`]: { email: `T${email.slice(1)}`, message: 'hello', createdAt: OLD },
        })),
        withRows(rowsOf),
        withRows(rowsOf),
        withRows((uid, email) => ({ [`contactRequests/${uid}-4`]: { email, message: 'hello', createdAt: OLD } })),
        withRows(() => ({ [`teams/${freshUid()}`]: { name: 'a row, so that there is one' } })),
      ]);
      const ivy = { email: address(), rows: new Map<string, object>() };
      ivy.rows.set(`contactRequests/${freshUid()}`, { email: ivy.email, message: 'no account', createdAt: OLD });
      await put(ivy.rows);
      const leo = { email: address(), rows: new Map<string, object>() };
      leo.rows.set(`contactRequests/${freshUid()}`, { email: leo.email, message: 'no account', createdAt: OLD });
      await put(leo.rows);
      // Decoys: the same address, the same collection names elsewhere, a uid that begins the same.
      const eve = await withRows((uid, email) => ({
        ...rowsOf(uid, email),
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

      // Life goes on: the uid is used again, the address is somebody else's, another writes from
      // theirs.
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

      // The hold is lifted: rows that it kept end by themselves.
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
