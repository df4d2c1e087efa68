import type { JobPlan } from '../../../functions/src/jobs/catalog.ts';
import type { Limits } from '../../../functions/src/jobs/advance.ts';
import type { StepResult } from '../../../functions/src/jobs/types.ts';

/** Jobs of the tests of jobs/advance.ts, and results of their steps. */

export const limits: Limits = { maxAttempts: 4, leaseMs: 1000, retryBaseMs: 100, graceMs: 50 };
export const START = Date.UTC(2026, 0, 31);

export const planOf = (steps: JobPlan['steps']): JobPlan => ({
  id: 'job',
  kind: 'change',
  input: {},
  dueAt: START + 1e9,
  steps,
});

export const done: StepResult = { progress: { settled: [{ record: 'r', count: 1, outcome: 'done' }] } };
export const failed: StepResult = { failed: { code: 'x', message: 'm' }, permanent: false };
