import type { Context } from '../platform/context.ts';
import type { Limits } from './advance.ts';
import type { Instant } from '../platform/time.ts';
import { leaseMsOf, queueOf, queues, type JobKind } from '../platform/queues.ts';
import type { Progress } from '../systems/system.ts';
import type { Job, JobInput, StepId, StepRunner, StepState } from './types.ts';

/** How often a step of this kind is tried, and how long: the settings can shorten the lease. */
export function limitsOf(kind: JobKind, context: Pick<Context, 'config'>): Limits {
  const queue = queueOf(kind);
  const { retryBaseMs, enqueueGraceMs, leaseMs } = context.config;
  return {
    maxAttempts: queues[queue].attempts,
    leaseMs: leaseMs ?? leaseMsOf(queue),
    retryBaseMs,
    graceMs: enqueueGraceMs,
  };
}

/**
 * The runner of each kind: a capability is loaded when a job of its kind runs. Filled by the
 * composition root.
 */
export type Runners = Readonly<Record<JobKind, (context: Context) => Promise<Runner>>>;

export interface Runner<Input = JobInput> {
  readonly run: StepRunner<Input>;
  /**
   * The result of a step that needs no work now, from the job and the time alone: it is settled
   * with the step before it. Pure.
   */
  readonly instant?: (step: StepId, job: Job<Input>, now: Instant) => Progress | undefined;
  /**
   * Shows people that a step was blocked. Called after that is recorded, perhaps twice, perhaps
   * (after a crash) not at all.
   */
  readonly blocked?: (step: StepId, job: Job<Input>) => Promise<void>;
}

/**
 * The plan of a job before it exists: its steps in order, each with the steps that it waits for.
 */
export interface JobPlan extends Pick<Job, 'id' | 'kind' | 'pseudonym' | 'input' | 'dueAt'> {
  /** When `tick` first looks at it; absent: at once. */
  readonly wakeAt?: Instant;
  readonly steps: readonly { readonly id: StepId; readonly after?: readonly StepId[] }[];
}

/**
 * Returns a plan as the job that is stored.
 *
 * @throws RangeError if a step waits for one that the plan does not have, or that comes after it:
 * the job could never finish.
 */
export function newJob(plan: JobPlan, now: Instant): Job {
  const steps: Record<StepId, StepState> = {};
  for (const { id, after = [] } of plan.steps) {
    const unknown = after.find((other) => !(other in steps));
    if (unknown !== undefined)
      throw new RangeError(`step ${id} of job kind ${plan.kind} waits for ${unknown}, which does not come before it`);
    steps[id] = { state: 'pending', after, attempts: 0, outcomes: [] };
  }
  return { ...plan, status: 'waiting', createdAt: now, wakeAt: plan.wakeAt ?? now, steps };
}
