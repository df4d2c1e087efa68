import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { db, eventually, freshUid, own } from './support.ts';

const DAY = 86_400_000;
const ago = (days: number): { createdAt: Timestamp } => ({ createdAt: Timestamp.fromMillis(Date.now() - days * DAY) });

interface Run {
  readonly status: string;
  readonly records: Record<string, { state: string; deleted: number; held: number; undated: number }>;
}

/** Fires the real scheduled function and waits until its run is over. */
async function retention(): Promise<Run> {
  const before = new Set((await own.collection('retentionRuns').get()).docs.map((d) => d.id));
  const trigger = `europe-west1-retentionDaily-0`;
  const host = process.env['FUNCTIONS_EMULATOR_HOST'] ?? '';
  const fired = await fetch(
    `http://${host}/functions/projects/${process.env['GCLOUD_PROJECT'] ?? ''}/triggers/${trigger}`,
    { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } },
  );
  expect(fired.ok).toBe(true);
  const runs = await eventually(
    async () =>
      (await own.collection('retentionRuns').get()).docs.filter((d) => !before.has(d.id)).map((d) => d.data() as Run),
    (all) => all.length > 0 && all.every((run) => run.status !== 'running'),
    100_000,
  );
  const [run] = runs;
  if (!run) throw new Error('no run');
  return run;
}

describe('the nightly retention', () => {
  it('ends what is over its period and nothing else, leaves held people alone, and says what it did', async () => {
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
    const batch = db.batch();
    for (const [path, [data]] of Object.entries(docs)) batch.set(db.doc(path), data);
    await batch.commit();
    await own.doc(`restrictions/${held}`).set({ since: Timestamp.now() });

    const run = await retention();
    expect(run.status).toBe('finished');
    for (const [path, [, stays]] of Object.entries(docs))
      expect([path, (await db.doc(path).get()).exists]).toEqual([path, stays]);
    expect(run.records['sessions']).toMatchObject({ state: 'done' });
    expect(run.records['sessions']?.deleted).toBeGreaterThanOrEqual(1);
    expect(run.records['sessions']?.held).toBeGreaterThanOrEqual(1);
    expect(run.records['sessions']?.undated).toBeGreaterThanOrEqual(1);

    // A second run finds nothing more to do.
    const again = await retention();
    expect(again.records['activity']?.deleted).toBe(0);
    expect(again.records['sessions']?.deleted).toBe(0);
    await own.doc(`restrictions/${held}`).delete();
  });
});
