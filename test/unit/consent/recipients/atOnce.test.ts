import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { exportRunner } from '../../../../functions/src/export/steps.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import { partOf, type OfficerTask } from '../../../../functions/src/officerTasks/task.ts';
import { setRestriction } from '../../../../functions/src/rights/restriction/set.ts';
import { restrictionRunner } from '../../../../functions/src/rights/restriction/steps.ts';
import { bucketOver } from '../../export/bucket.ts';
import { memoryStore } from '../../export/helpers.ts';
import { sheetOf } from '../../officerTasks/helpers.ts';
import * as world from '../../rights/objection/objection.world.ts';
import { all, DAY, now } from './told.sample.ts';

const { answer, ask, headOf, jobs, person, tasks, time, useObjections, work } = world;

/** Several changes at once: rows by which recipients know the person wait for the sheets of all. */

useObjections();

const ID = '0b6c5d0e';
const POLL_MS = 60_000;

/** Says yes for somebody whose app noted an installation. Rows wait a minute for other jobs. */
async function installed(...purposes: readonly string[]) {
  const { uid } = await person();
  for (const purpose of purposes) await answer(uid, true, purpose);
  await work();
  Object.assign(now(), { config: { ...now().config, pollMs: POLL_MS } });
  const row = now().clients.app().doc(`users/${uid}/installations/${ID}`);
  await row.set({ createdAt: Timestamp.fromMillis(time.now) });
  return { uid, isThere: async () => (await row.get()).exists };
}

const runners = {
  ...world.runners,
  restriction: async () => restrictionRunner(now()),
  export: async () => exportRunner(now()),
};
const run = async (job: Job | undefined) => runJob(now(), runners, job?.id ?? '');
const tellingOf = async (purpose: string) =>
  (await jobs()).find(({ input }) => input['purpose'] === purpose && input['tell'] === 'delete');
const sheetsOf = async (made: readonly OfficerTask[]) => Promise.all(made.map(({ id }) => sheetOf(now(), id)));
const faults = (list: readonly object[]) =>
  fetch(`${world.brevoUrl()}/_control/faults`, { method: 'PUT', body: JSON.stringify(list) });
/** The first look of the rows at other jobs, and the look after the next wait. */
const later = async (): Promise<void> => {
  time.now += POLL_MS;
  await run(await tellingOf('monitoring'));
};

describe('rows that end with a withdrawal', () => {
  it('wait for the sheet of another one: the installations end with one of the two alone', async () => {
    const { uid, isThere } = await installed('monitoring', 'analytics');
    await answer(uid, false, 'monitoring');
    await work();
    await answer(uid, false, 'analytics');
    const other = await tellingOf('analytics');
    // The job of the other no is late.
    await later();
    expect(await isThere()).toBe(true);
    await run(other);
    expect(await sheetsOf((await tasks()).filter(({ job }) => job === other?.id))).toEqual([[ID]]);
    time.now += 2 * POLL_MS;
    await work();
    expect(await isThere()).toBe(false);
  });

  it('wait for the sheet of an objection whose systems are slow to be silent', async () => {
    const { uid, isThere } = await installed('monitoring', 'interestBasedAdvertising');
    await ask(uid, { marketing: true });
    const objection = (await jobs()).find(({ id }) => id.startsWith('object_'));
    await faults([{ method: 'GET', path: '/v3/contacts/*', kind: '429', times: 100 }]);
    await run(objection);
    expect((await headOf(uid)).current['interestBasedAdvertising']).toBe('objected');
    await answer(uid, false, 'monitoring');
    await run(await tellingOf('monitoring'));
    await later();
    expect(await isThere()).toBe(true);
    await faults([]);
    time.now += 2 * POLL_MS;
    await work();
    const asked = (await tasks()).filter(({ job }) => job === objection?.id);
    expect(asked.map(({ for: part }) => partOf(part))).toEqual(['googleAnalytics']);
    expect(await sheetsOf(asked)).toEqual([[ID]]);
    time.now += 2 * POLL_MS;
    await work();
    expect(await isThere()).toBe(false);
  });

  it('wait for the sheets of a restriction that begins', async () => {
    const { uid, isThere } = await installed('monitoring', 'analytics');
    await setRestriction(now(), { uid, name: 'one', purposes: ['analytics'] }, { actor: 'officer' });
    await answer(uid, false, 'monitoring');
    await run(await tellingOf('monitoring'));
    await later();
    expect(await isThere()).toBe(true);
    const [begun] = (await jobs()).filter(({ kind }) => kind === 'restriction');
    await run(begun);
    expect(await sheetsOf((await tasks()).filter(({ job }) => job === begun?.id))).toEqual([[ID]]);
    time.now += 2 * POLL_MS;
    await work();
    expect(await isThere()).toBe(false);
  });

  it('wait for the copy that the person asked for, and for the sheets of the companies that have a part of it', async () => {
    const { uid, isThere } = await installed('monitoring');
    const { clients } = now();
    const [kept, copies] = [await clients.bucket('exports'), bucketOver(memoryStore(), now().now)];
    const copy = copies.file.bind(copies);
    // The log that is kept of Brevo lies in the same bucket.
    Object.assign(copies, { file: (name: string) => (name.includes('/__kept__/') ? kept.file(name) : copy(name)) });
    Object.assign(now(), { clients: { ...clients, bucket: async () => copies } });
    await ask(uid, {}, 'r1', 'access');
    await answer(uid, false, 'monitoring');
    await run(await tellingOf('monitoring'));
    await later();
    expect(await isThere()).toBe(true);
    const jobOf = async (name: string) => (await jobs()).find(({ id }) => id.startsWith(name));
    await run(await jobOf('export_'));
    await later();
    expect(await isThere()).toBe(true);
    await run(await jobOf('parts_'));
    const parts = (await tasks()).filter(
      ({ job, for: part }) => job.startsWith('parts_') && partOf(part) === 'newRelic',
    );
    expect(await sheetsOf(parts)).toEqual([[ID]]);
    time.now += DAY;
    await work();
    expect(await isThere()).toBe(false);
  });

  it('wait for no yes: a restriction can hold up its tasks for long', async () => {
    const { uid, isThere } = await installed('monitoring', 'analytics');
    await answer(uid, false, 'analytics');
    await work();
    await answer(uid, true, 'analytics');
    await setRestriction(now(), { uid, name: 'one', purposes: ['analytics'] }, { actor: 'officer' });
    await work(8, runners);
    await answer(uid, false, 'monitoring');
    await run(await tellingOf('monitoring'));
    await later();
    expect((await all(uid)).filter((task) => task.includes('again'))).toEqual([]);
    expect(await isThere()).toBe(false);
  });
});
