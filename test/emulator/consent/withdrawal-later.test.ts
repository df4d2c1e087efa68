import { Timestamp } from 'firebase-admin/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { tick } from '../../../functions/src/jobs/tick.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { recordOf } from '../../../functions/src/policy/lookup.ts';
import { runners } from '../../../functions/src/runners.ts';
import { consentAt, DAY, jobsOf, openNight, write, type Night } from '../retention/nightly.ts';

/** Records that the policy keeps for a while after a consent was taken back. */

const source = { kind: 'ownChoice', reference: 'a test' } as const;
const usage = recordOf(amikeo, 'usageEvents');
const policy = {
  ...amikeo,
  records: {
    ...amikeo.records,
    usageEvents: {
      ...usage,
      fate: [{ when: { withdrawn: 'analytics' }, after: 'P30D', then: { do: 'delete' as const }, source }],
    },
  },
};

let night: Night;
let context: Context;
const tasks: string[] = [];
beforeAll(() => {
  night = openNight('later', policy);
  context = { ...night.context, queue: { enqueue: async (_, job) => void tasks.push(job) } };
  night = { ...night, context };
});
afterAll(() => night.end());

/** Plays the queue and `tick` until nothing is due. */
async function goOn(): Promise<void> {
  await tick(context);
  while (tasks.length > 0) for (const job of tasks.splice(0)) await runJob(context, runners, job);
}
const decide = async (uid: string, granted: boolean): Promise<void> => {
  night.pass(1000);
  await (await write(night, uid, 'analytics', consentAt(night.now(), granted))).deliver();
  await goOn();
};
const isThere = async (uid: string): Promise<boolean> =>
  (await night.app.doc(`users/${uid}/usageEvents/1`).get()).exists;

describe('a period that counts from a withdrawal', () => {
  it('ends rows when it is over, and not before; given again meanwhile, they stay', async () => {
    const [gone, back] = ['later-gone', 'later-back'];
    for (const uid of [gone, back]) {
      await night.app.doc(`users/${uid}/usageEvents/1`).set({ createdAt: Timestamp.fromMillis(night.now()) });
      await decide(uid, true);
      await decide(uid, false);
    }
    night.pass(29 * DAY);
    await goOn();
    expect([await isThere(gone), await isThere(back)]).toEqual([true, true]);
    await decide(back, true);
    night.pass(DAY);
    await goOn();
    expect([await isThere(gone), await isThere(back)]).toEqual([false, true]);
    const jobs = [...(await jobsOf(night, gone)), ...(await jobsOf(night, back))].filter(
      ({ steps }) => 'endLater' in steps,
    );
    expect(jobs.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });
});
