import { expect, it } from 'vitest';
import { HOUR_MS } from '../../../functions/src/platform/time.ts';
import { sentMessages } from '../../kit/providers.ts';
import { fireRetention, own } from '../../kit/suite.ts';

/** The suite around the tests has no OFFICER_EMAIL (emulator/parameters.ts). */
it('without an address of the officers no morning is planned, and no e-mail of it leaves', async () => {
  const night = new Date(Date.now() - 4 * HOUR_MS);
  expect((await fireRetention(night)).ok).toBe(true);
  const jobs = await own.collection('jobs').get();
  // The same firing has planned the work of the night.
  expect(jobs.docs.some((job) => job.get('kind') === 'accounts')).toBe(true);
  expect(jobs.docs.filter((job) => job.get('kind') === 'morning').map(({ id }) => id)).toEqual([]);
  expect((await sentMessages()).filter(({ subject }) => subject.includes('requests about personal data'))).toEqual([]);
});
