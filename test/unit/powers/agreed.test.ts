import { expect, it } from 'vitest';
import { Family } from './family.ts';

it('a correction that waits by a no says no longer that they disagree, once they agree', async () => {
  const family = new Family();
  await family.power('mother', 'parentalAuthority');
  const id = await family.asked('mother', 'rectification');
  await family.says(id, 'disagrees');
  expect(await family.shown(id)).toMatchObject({ status: 'waiting', reason: 'disagreed' });
  await family.says(id, 'agrees');
  expect(await family.recorded(id)).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
  expect(await family.shown(id)).not.toHaveProperty('reason');
});
