import { expect, it } from 'vitest';
import { reconcilePerson } from '../../../../functions/src/consent/reconcile.ts';
import { liftHold, setHold } from '../../../../functions/src/erasure/holds.ts';
import { erasureRunner } from '../../../../functions/src/erasure/steps.ts';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import { isHeld } from '../../../../functions/src/systems/outcomes.ts';
import { policyWith, record } from '../../export/helpers.ts';
import { officersWorld, smallPolicy, UID } from '../../officerTasks/erasure.sample.ts';

/** An erasure reads a person's holds once in some seconds. A lifted one keeps no row for good. */

it('ends the rows of a hold that was lifted since the last read, before the step is done', async () => {
  const { records } = policyWith({ profile: record('firestore', 'users/{uid}') });
  const { context, job } = await officersWorld({ ...smallPolicy(), records });
  const row = context.app.doc(`users/${UID}`);
  await row.set({ name: 'x' });
  const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
  const { id } = await setHold(context, { uid: UID, records: ['profile'], ground });
  const runner = erasureRunner(context, reconcilePerson);
  const run = async (step: string, of: Job) => {
    const progress = await runner.run(step, of, { deadline: Infinity });
    return 'settled' in progress ? progress.settled : [];
  };
  const kept = await run('check', job);
  expect(kept.filter(isHeld)).toMatchObject([{ record: 'profile' }]);
  await liftHold(context, id);
  for (const { id: of, ref } of (await context.own.collection('jobs').get()).docs)
    if (of.startsWith('hold_')) await ref.delete();
  const { check } = job.steps;
  if (check === undefined) throw new Error('no check');
  const settled = await run('holds', { ...job, steps: { ...job.steps, check: { ...check, outcomes: kept } } });
  expect(settled).toMatchObject([{ record: 'profile', outcome: 'done', count: 1 }]);
  expect((await row.get()).exists).toBe(false);
});
