import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { askedLater, askedNow } from '../../../../functions/src/erasure/holdTasks/plan.ts';
import { askRecipients, manualParts } from '../../../../functions/src/erasure/officers.ts';
import { resultOf } from '../../../../functions/src/erasure/result.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import type { Job, StepState } from '../../../../functions/src/jobs/types.ts';
import { manualRecipients } from '../../../../functions/src/policy/lookup.ts';
import type { Outcome } from '../../../../functions/src/systems/system.ts';
import { ground, NOW, plan } from '../result.sample.ts';
import { idsOf } from '../../officerTasks/helpers.ts';
import { holdWorld } from './world.ts';

/** An erasure asks no recipient to delete data that a legal hold keeps, before that is over. */

const MANUAL = manualRecipients(amikeo).map(({ id }) => id);
const outcomesBy = (outcomes: readonly Outcome[], word: string): string[] =>
  outcomes.flatMap((one) => ('recipient' in one && one.outcome === word ? [one.recipient] : []));

const who = async () => ({
  subject: { uid: 'kim', pseudonym: 'v1_p', accountCreatedAt: 1, verifiedEmails: [], providerIds: {} },
  handles: [],
  refused: [],
});

/** An erasure of which these steps are done, with their outcomes. */
function jobWith(outcomes: Readonly<Record<string, readonly Outcome[]>>): Job {
  const job = newJob(plan, NOW);
  const steps = Object.entries(job.steps).map(([id, step]): [string, StepState] => {
    const said = outcomes[id];
    return [id, said === undefined ? step : { ...step, state: 'done', outcomes: said, finishedAt: NOW }];
  });
  return { ...job, pseudonym: `v1_${'p'.repeat(43)}`, steps: Object.fromEntries(steps) };
}

describe('an erasure under a legal hold', () => {
  it('asks no recipient if everything is held, and each if nothing is', () => {
    expect(outcomesBy(askedNow(amikeo, NOW, [{ ground }]), 'retained')).toEqual(MANUAL);
    expect(outcomesBy(askedNow(amikeo, NOW, []), 'retained')).toEqual([]);
    const [first] = askedNow(amikeo, NOW, [{ ground }, { ground, until: NOW + 5 }]);
    // The hold that runs longest counts.
    expect(first).toMatchObject({ outcome: 'retained', until: null, held: true, ground });
  });

  it('asks the others if some records are held', () => {
    const asked = askedNow(amikeo, NOW, [{ record: 'stripeCustomer', ground, until: NOW + 5 }]);
    expect(outcomesBy(asked, 'retained')).not.toContain('googleAnalytics');
    expect(outcomesBy(asked, 'manual')).toContain('googleAnalytics');
    const ofUsage = askedNow(amikeo, NOW, [{ record: 'usageEvents', ground, until: NOW + 5 }]);
    expect(outcomesBy(ofUsage, 'retained')).toContain('googleAnalytics');
  });

  it('says that a hold keeps them, and asks them when none runs any more: each once', async () => {
    const { context } = holdWorld();
    const before = jobWith({});
    const held = await askRecipients(context, before, who, askedNow(amikeo, NOW, [{ ground }]));
    expect(await idsOf(context, 'officerTasks')).toEqual([]);
    const job = jobWith({ recipients: held });
    const saidOf = (of: Job, id: string) =>
      resultOf(amikeo, of, NOW)
        .find((one) => 'recipient' in one && one.recipient === id)
        ?.outcomes.map(({ outcome }) => outcome);
    expect(saidOf(job, 'zendesk')).toEqual(['retained']);
    expect(manualParts(amikeo, job)).toEqual([]);

    const later = askedLater(amikeo, job, NOW);
    const asked = await askRecipients(context, job, who, later);
    expect(await askRecipients(context, job, who, later)).toHaveLength(asked.length);
    const after = jobWith({ recipients: held, holds: asked });
    expect(saidOf(after, 'zendesk')).toEqual(['manual']);
    const parts = manualParts(amikeo, after);
    expect(parts.map((one) => 'recipient' in one && one.recipient)).toEqual(outcomesBy(asked, 'manual'));
    expect(await idsOf(context, 'officerTasks')).toHaveLength(parts.length);
    // One that was asked at once is not asked anew.
    const free = await askRecipients(context, before, who, askedNow(amikeo, NOW, []));
    expect(askedLater(amikeo, jobWith({ recipients: free }), NOW)).toEqual([]);
  });
});
