import { Timestamp } from 'firebase-admin/firestore';
import { expect, it } from 'vitest';
import { Family } from './family.ts';

it('no erasure begins by a power that servers have ended while the event of that is on its way', async () => {
  const family = new Family();
  await family.power('mother', 'parentalAuthority');
  const id = await family.asked('mother', 'erasure');
  await family.says(id, 'agrees');
  await family.runJobs();
  await family.stateOnly('mother', 'parentalAuthority', { until: Timestamp.fromMillis(family.now) });
  await family.days(8);
  await family.days(1);
  expect((await family.head()).erasing).toBeUndefined();
  expect(await family.shown(id)).toMatchObject({ status: 'cancelled', reason: 'powerEnded' });
});
