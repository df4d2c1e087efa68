import { expect, it } from 'vitest';
import { headRef } from '../../../functions/src/ledger/documents.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { requestRunner } from '../../../functions/src/rights/ways/steps.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { verifyChains } from '../../../functions/src/checkpoints/verify.ts';
import { Family } from './family.ts';

it('an objection of a parent to advertising names the parent in each entry, by pseudonym', async () => {
  const family = new Family();
  const { context } = family;
  await family.power('mother', 'parentalAuthority');
  const id = await family.asked('mother', 'objection', { details: { marketing: true } });
  const { job = '' } = (await family.recorded(id)) ?? {};
  await runJob(context, { request: async () => requestRunner(context) }, job);
  const entries = headRef(context.own, pseudonymOf('kim', context.keys)).collection('entries');
  const objected = (await entries.where('state', '==', 'objected').get()).docs;
  expect(objected.length).toBeGreaterThan(0);
  for (const one of objected)
    expect([one.get('actor'), one.get('holder')]).toEqual(['holder', pseudonymOf('mother', context.keys)]);
  // The parent's acts spend the parent's number, and the head is as the entries say.
  const options = { policy: context.policy, keys: context.keys, now: family.now };
  expect((await verifyChains(context.own, [pseudonymOf('kim', context.keys)], options, 'kim')).verified).toMatchObject({
    problems: [],
  });
});
