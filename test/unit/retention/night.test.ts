import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { planSweeps } from '../../../functions/src/retention/plan.ts';
import { beginNight, startRetention } from '../../../functions/src/retention/start.ts';
import { retentionRunner } from '../../../functions/src/retention/steps.ts';
import { testContext } from '../requests/helpers.ts';

const NIGHT = Date.parse('2026-06-01T00:00:00Z');
const RUN = '20260601T000000Z';

function open() {
  const context = { ...testContext(NIGHT), policy: amikeo };
  const jobs = async () => (await context.own.collection('jobs').get()).docs.map(({ id }) => id).sort();
  const plan = () => runJob(context, { retention: async () => retentionRunner(context) }, `retention_${RUN}`);
  return { context, jobs, plan };
}
const sweeps = planSweeps(amikeo, NIGHT);
const planned = [
  `retention_${RUN}`,
  `retention_${RUN}_undeclared`,
  ...sweeps.map(({ record, rule }) => `retention_${RUN}_${record}_${rule}`),
].sort();

describe('the nightly run', () => {
  it('starts with one job, however often its schedule fires, which plans a job for each sweep', async () => {
    const { context, jobs, plan } = open();
    expect([await startRetention(context, NIGHT), await startRetention(context, NIGHT)]).toEqual([RUN, RUN]);
    expect(await jobs()).toEqual([`retention_${RUN}`]);
    // The plan is of the night for which it was scheduled, also if its task comes late.
    context.time.now += 5 * 3_600_000;
    await plan();
    expect(await jobs()).toEqual(planned);
    const { records, status } = (await context.own.doc(`retentionRuns/${RUN}`).get()).data() ?? {};
    expect(status).toBe('running');
    const cutoffs = Object.values(records as Record<string, { cutoff: { toMillis(): number } }>);
    expect(cutoffs.map(({ cutoff }) => cutoff.toMillis()).sort()).toEqual(sweeps.map(({ cutoff }) => cutoff).sort());
  });

  it('is planned whole by the attempt after one that died in between', async () => {
    const { context, jobs, plan } = open();
    await startRetention(context, NIGHT);
    await beginNight(context, NIGHT);
    for (const id of planned.slice(3)) await context.own.doc(`jobs/${id}`).delete();
    await plan();
    expect(await jobs()).toEqual(planned);
  });
});
