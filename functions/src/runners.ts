import type { Runners } from './jobs/catalog.ts';

/** The runner of the steps of each kind of job, loaded when one runs. */
export const runners: Runners = {
  erasure: async (c) => (await import('./erasure/steps.ts')).erasureRunner(c),
  accounts: async (c) => (await import('./erasure/compareAccounts.ts')).accountsRunner(c),
  inactive: async (c) => (await import('./retention/inactivity/steps.ts')).inactiveRunner(c),
  lapse: async (c) => (await import('./retention/contracts/steps.ts')).lapseRunner(c),
  retention: async (c) => (await import('./retention/steps.ts')).retentionRunner(c),
  export: async (c) => (await import('./export/steps.ts')).exportRunner(c),
  change: async (c) => (await import('./consent/steps.ts')).changeRunner(c),
  reconsent: async (c) => (await import('./consent/reconsent.ts')).reconsentRunner(c),
  reconcile: async (c) => (await import('./consent/reconcile.ts')).reconcileRunner(c),
  request: async (c) => (await import('./rights/queue.ts')).queueRunner(c),
  notice: async (c) => (await import('./messages/steps.ts')).noticeRunner(c),
  checkpoint: async (c) => (await import('./checkpoints/steps.ts')).checkpointRunner(c),
};
