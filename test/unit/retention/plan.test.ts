import { describe, expect, it } from 'vitest';
import { planSweeps, runId, sweepJob, sweepKey } from '../../../functions/src/retention/plan.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { example } from '../../../functions/policies/example/index.ts';

const NOW = Date.parse('2026-05-31T03:00:00Z');
const sweeps = planSweeps(amikeo, NOW);

describe('the plan of a retention run', () => {
  it('has a sweep for every rule of the policy that counts from a field and ends something', () => {
    const rules = Object.entries(amikeo.records).flatMap(([id, { system, fate }]) =>
      system === 'firestore' || system === 'storage'
        ? fate.flatMap(({ when, then }, i) => ('field' in when && then.do !== 'retain' ? [`${id} ${i}`] : []))
        : [],
    );
    expect(sweeps.map(({ record, rule }) => `${record} ${rule}`).sort()).toEqual(rules.sort());
  });

  it('counts periods on the calendar of the controller: activity of two years, sessions of 13 months', () => {
    const cutoffOf = (record: string) =>
      new Date(sweeps.find((s) => s.record === record)?.cutoff ?? 0).toISOString().slice(0, 10);
    expect(cutoffOf('activity')).toBe('2024-05-31');
    expect(cutoffOf('sessions')).toBe('2025-04-30');
  });

  it('is one run for one schedule, and every sweep is a job of its own with an id that says so', () => {
    const run = runId(NOW);
    expect(run).toBe('20260531T030000Z');
    const jobs = sweeps.map((sweep) => sweepJob(run, sweep, 'split', NOW));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(sweeps.length);
    expect(new Set(sweeps.map(sweepKey)).size).toBe(sweeps.length);
    for (const job of jobs) expect(Object.keys(newJob(job, NOW).steps)).toEqual(['split']);
  });

  it("follows another company's policy just as well", () => {
    expect(planSweeps(example, NOW).length).toBeGreaterThan(0);
  });
});
