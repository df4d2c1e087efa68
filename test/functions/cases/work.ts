import { Timestamp } from 'firebase-admin/firestore';
import { expect } from 'vitest';
import { writeSealed } from '../../kit/sealed/seal.ts';
import {
  consentOf,
  context,
  event,
  expectNoTask,
  expectTask,
  fresh,
  jobsOf,
  own,
  requestOf,
  requestRecord,
  run,
  schedule,
  signedIn,
  waiting,
  wrapped,
  type Case,
} from '../kit.ts';

/** Functions of accounts, of schedules, and those that run jobs. */
export const work = {
  accountCreated: {
    good: async () => {
      const uid = fresh();
      await wrapped('accountCreated')(event(fresh(), uid));
      expect((await own?.doc(`subjects/${uid}`).get())?.get('verifiedEmails')).toEqual([`${uid}@example.com`]);
    },
    bad: async () => {
      await expect(wrapped('accountCreated')({ id: fresh(), time: new Date().toISOString() })).resolves.toBeUndefined();
    },
  },
  accountDeleted: {
    good: async () => {
      const uid = fresh();
      await wrapped('accountDeleted')(event(fresh(), uid));
      expect(await jobsOf(uid)).toMatchObject([expect.stringMatching(/^erasure_/)]);
    },
    bad: async () => {
      await expect(wrapped('accountDeleted')({ id: fresh(), time: new Date().toISOString() })).rejects.toThrow(
        'does not say which',
      );
    },
  },
  retentionDaily: {
    good: async () => {
      await schedule();
      expect(await waiting('retention')).not.toEqual([]);
    },
    bad: async () => {
      // A schedule that tells no time is one of now.
      await expect(schedule('nonsense')).resolves.toBe('nonsense');
      expect(await waiting('checkpoint')).not.toEqual([]);
    },
  },
  tick: {
    good: async () => {
      const uid = fresh();
      await wrapped('accountDeleted')(event(fresh(), uid));
      const job = own?.doc(`jobs/${(await jobsOf(uid))[0] ?? ''}`);
      if (job !== undefined) await writeSealed(job, { wakeAt: Timestamp.fromMillis(Date.now() - 1000) }, context.keys);
      await run('tick', {});
      const wakeAt = (await job?.get())?.get('wakeAt') as Timestamp;
      expect(wakeAt.toMillis()).toBeGreaterThan(Date.now());
    },
    bad: async () => {
      const [sleeping, forged] = [own?.doc(`jobs/${fresh()}`), own?.doc(`jobs/${fresh()}`)];
      const job = { kind: 'erasure', status: 'completed', wakeAt: null, steps: {}, order: [] };
      if (sleeping !== undefined) await writeSealed(sleeping, job, context.keys);
      const wakeAt = Timestamp.fromMillis(0);
      await forged?.set({ ...job, status: 'waiting', wakeAt });
      await run('tick', {});
      expect((await sleeping?.get())?.get('wakeAt')).toBeNull();
      expect((await forged?.get())?.get('wakeAt')).toEqual(wakeAt);
      await forged?.delete();
    },
  },
  erasureTask: {
    good: async () => {
      const uid = fresh();
      await wrapped('accountDeleted')(event(fresh(), uid));
      await expectTask('erasureTask', (await jobsOf(uid))[0]);
    },
    bad: () => expectNoTask('erasureTask'),
  },
  retentionTask: {
    good: async () => {
      await schedule();
      await expectTask('retentionTask', (await waiting('retention'))[0]);
    },
    bad: () => expectNoTask('retentionTask'),
  },
  exportTask: {
    good: async () => {
      const { uid } = await signedIn();
      await requestOf(uid, { type: 'portability' });
      await expectTask('exportTask', (await requestRecord(uid))?.['job'] as string);
      expect(await requestRecord(uid)).toMatchObject({ status: 'completed' });
    },
    bad: () => expectNoTask('exportTask'),
  },
  changeTask: {
    good: async () => {
      const { uid } = await signedIn();
      await consentOf(uid, true, 'messages');
      await expectTask('changeTask', (await jobsOf(uid))[0]);
    },
    bad: () => expectNoTask('changeTask'),
  },
  ledgerTask: {
    good: async () => {
      await consentOf(fresh());
      await schedule();
      await expectTask('ledgerTask', (await waiting('checkpoint'))[0]);
    },
    bad: () => expectNoTask('ledgerTask'),
  },
} satisfies Readonly<Record<string, Case>>;
