import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { compliance, db, eventually, fireRetention, freshUid, keys, own } from '../../kit/suite.ts';
import { state } from '../../kit/sealed/statements.ts';

const DAY = 86_400_000;
const ago = (days: number): { createdAt: Timestamp } => ({ createdAt: Timestamp.fromMillis(Date.now() - days * DAY) });

interface Run {
  readonly status: string;
  readonly records: Record<string, { state: string; deleted: number; held: number; undated: number }>;
}

/** A run that another file of tests has begun would end rows of this one. */
const noneRuns = () =>
  eventually(
    async () => (await own.collection('retentionRuns').where('status', '==', 'running').get()).size,
    (count) => count === 0,
  );

/** Fires the real scheduled function and waits until its run is over. */
async function retention(): Promise<Run> {
  const before = new Set((await own.collection('retentionRuns').get()).docs.map((d) => d.id));
  expect((await fireRetention()).ok).toBe(true);
  const runs = await eventually(
    async () =>
      (await own.collection('retentionRuns').get()).docs.filter((d) => !before.has(d.id)).map((d) => d.data() as Run),
    (all) => all.length > 0 && all.every((run) => run.status !== 'running'),
    240_000,
  );
  const [run] = runs;
  if (!run) throw new Error('no run');
  return run;
}

describe('the nightly retention', () => {
  it('ends rows over their period and nothing else, leaves held people alone, and reports its work', async () => {
    const [uid, held] = [freshUid(), freshUid()];
    const docs: Record<string, [object, boolean]> = {
      [`users/${uid}/activity/old`]: [ago(2 * 366 + 1), false],
      [`users/${uid}/activity/young`]: [ago(2 * 365 - 2), true],
      [`users/${uid}/sessions/old`]: [ago(13 * 31 + 1), false],
      [`users/${uid}/sessions/young`]: [ago(380), true],
      [`users/${uid}/usageEvents/old`]: [ago(13 * 31 + 1), false],
      [`users/${held}/sessions/old`]: [ago(900), true],
      [`users/${uid}/sessions/undated`]: [{ createdAt: '2020-01-01' }, true],
      [`users/${uid}/sessions/future`]: [ago(-900), true],
      [`teams/${uid}/sessions/old`]: [ago(900), true],
      [`users/${uid}/teams/x/sessions/old`]: [ago(900), true],
    };
    await noneRuns();
    const batch = db.batch();
    for (const [path, [data]] of Object.entries(docs)) batch.set(db.doc(path), data);
    await batch.commit();
    await state({ own, keys }, `restrictions/${held}`, { createdAt: Timestamp.now() });

    const run = await retention();
    expect(run.status).toBe('finished');
    for (const [path, [, stays]] of Object.entries(docs))
      expect([path, (await db.doc(path).get()).exists]).toEqual([path, stays]);
    expect(run.records['sessions']).toMatchObject({ state: 'done' });
    expect(run.records['sessions']?.deleted).toBeGreaterThanOrEqual(1);
    expect(run.records['sessions']?.held).toBeGreaterThanOrEqual(1);
    expect(run.records['sessions']?.undated).toBeGreaterThanOrEqual(1);

    // Held since a moment ago: the list of held people that the run before has read does not count.
    const late = freshUid();
    await db.doc(`users/${late}/sessions/old`).set(ago(900));
    await state({ own, keys }, `restrictions/${late}`, { createdAt: Timestamp.now() });
    // A second run finds nothing more to do.
    const again = await retention();
    expect(again.records['activity']?.deleted).toBe(0);
    expect(again.records['sessions']?.deleted).toBe(0);
    expect((await db.doc(`users/${late}/sessions/old`).get()).exists).toBe(true);
    await Promise.all([held, late].map((one) => own.doc(`restrictions/${one}`).delete()));
  });
});

describe('an officer', () => {
  it('sees the rows that would end, ends one record at once, and sees the unused accounts', async () => {
    const uid = freshUid();
    await db.doc(`users/${uid}/usageEvents/old`).set(ago(900));
    await db.doc(`users/${uid}/sessions/old`).set(ago(900));
    await db.doc('leftovers/1').set({ of: 'a feature that is gone' });
    const plan = async (...more: string[]) => {
      const { out, said } = await compliance('retention', 'plan', ...more);
      expect(said).toBe('');
      return out as {
        sweeps: { record: string; field: string; cutoff: number; found: { over: number; oldest: number } | null }[];
        undeclared?: { collections: string[] };
      };
    };
    const whole = await plan();
    expect(whole.undeclared?.collections).toContain('leftovers');
    const foreseen = whole.sweeps.find(({ record }) => record === 'usageEvents');
    expect(foreseen?.field).toBe('createdAt');
    expect(foreseen?.found?.over).toBeGreaterThanOrEqual(1);
    expect(foreseen?.found?.oldest).toBeLessThanOrEqual(Date.now() - 899 * DAY);

    const { out, said } = await compliance('retention', 'run', '--record', 'usageEvents');
    expect(said).toBe('');
    const { run } = out as { run: string };
    const done = await eventually(
      async () => (await own.doc(`retentionRuns/${run}`).get()).data() as Run | undefined,
      (now) => now?.status === 'finished',
      240_000,
    );
    expect(Object.keys(done?.records ?? {})).toEqual(['usageEvents']);
    expect((await db.doc(`users/${uid}/usageEvents/old`).get()).exists).toBe(false);
    // The other record waits for its night.
    expect((await db.doc(`users/${uid}/sessions/old`).get()).exists).toBe(true);
    const after = await plan('--record', 'usageEvents');
    expect(after.sweeps.map(({ found }) => found?.over)).toEqual([0]);
    expect(after.undeclared).toBeUndefined();

    const wrong = await compliance('retention', 'run', '--record', 'usageEvent');
    expect(wrong.code).not.toBe(0);
    expect(wrong.said).toContain("no sweep ends rows of 'usageEvent'");

    const told = new Date(Date.now() - DAY);
    await own.doc(`inactivities/${uid}`).set({
      accountCreatedAt: 1_600_000_000,
      lastActiveAt: Timestamp.fromMillis(Date.now() - 800 * DAY),
      foundAt: Timestamp.fromDate(told),
      told: 'sent',
      eraseAt: Timestamp.fromMillis(told.getTime() + 30 * DAY),
    });
    const inactive = (await compliance('retention', 'inactive')).out;
    expect(inactive).toContainEqual(expect.objectContaining({ uid, told: 'sent', eraseAt: told.getTime() + 30 * DAY }));
    await Promise.all([own.doc(`inactivities/${uid}`).delete(), db.doc('leftovers/1').delete()]);
  });
});
