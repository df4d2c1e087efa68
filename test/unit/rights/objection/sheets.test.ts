import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { sheetOf } from '../../officerTasks/helpers.ts';
import { answer, ask, context, person, runners, tasks, time, useObjections } from './objection.world.ts';
import { keyOf, upholds, work } from './purpose.world.ts';

/** By what the recipients of an objection know the person. */

useObjections();

const INSTALLATION = '22222222-2222-4222-8222-222222222222';

/** Somebody who said yes to a purpose, and whose app noted an installation. */
async function installed(purpose: string) {
  const { uid } = await person();
  await answer(uid, true, purpose);
  const row = context.clients.app().doc(`users/${uid}/installations/${INSTALLATION}`);
  await row.set({ createdAt: Timestamp.fromMillis(time.now) });
  return { uid, row };
}

/** The sheets of the open tasks at recipients that jobs of these names made. */
async function sheets(job: string): Promise<Record<string, string[]>> {
  const made = (await tasks()).filter((task) => task.job.startsWith(job));
  const entries = await Promise.all(
    made.map(async ({ id, for: part }) => ['recipient' in part ? part.recipient : '', await sheetOf(context, id)]),
  );
  return Object.fromEntries(entries) as Record<string, string[]>;
}

const ids = expect.arrayContaining([INSTALLATION]) as unknown;

describe('a recipient that knows people by their installations is asked with them', () => {
  it('of an objection to direct marketing', async () => {
    const { uid } = await installed('interestBasedAdvertising');
    await ask(uid, { marketing: true });
    await work();
    expect(await sheets('object_')).toMatchObject({ googleAnalytics: [INSTALLATION] });
  });

  it('of an objection that is upheld, although its rows end with the purpose', async () => {
    const { uid, row } = await installed('monitoring');
    await ask(uid, { purpose: 'monitoring' });
    await work();
    expect(await sheets('restriction_')).toMatchObject({ crashlytics: ids, newRelic: ids });
    await upholds(keyOf(uid));
    // The job that ends the rows runs as soon as it is there.
    const enqueue = async (_queue: string, id: string): Promise<void> => {
      if (id.startsWith('change_')) await runJob(context, runners, id);
    };
    Object.assign(context, { queue: { enqueue } });
    await work();
    expect(await sheets('object_')).toMatchObject({ crashlytics: ids, newRelic: ids });
    time.now += DAY_MS;
    await work();
    expect((await row.get()).exists).toBe(false);
  });

  it('of a withdrawal that ends the rows', async () => {
    const { uid, row } = await installed('monitoring');
    await answer(uid, false, 'monitoring');
    await work();
    expect((await row.get()).exists).toBe(false);
    expect(await sheets('change_')).toMatchObject({ crashlytics: ids, newRelic: ids });
  });
});
