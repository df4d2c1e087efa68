import type { Runners } from './jobs/catalog.ts';
import type { QueueName, queues } from './platform/queues.ts';

/**
 * The runners of the jobs of each queue, loaded when one runs. One export for each queue: the
 * bundle of its function holds no others. A cold start reads its whole bundle, 20 ms for 1 MB.
 */
type RunnersIn<Queue extends QueueName> = Pick<Runners, (typeof queues)[Queue]['kinds'][number]>;

export const erasureRunners: RunnersIn<'erasureTask'> = {
  erasure: async (c) =>
    (await import('./erasure/steps.ts')).erasureRunner(c, (await import('./consent/reconcile.ts')).reconcilePerson),
};

export const retentionRunners: RunnersIn<'retentionTask'> = {
  retention: async (c) => (await import('./retention/steps.ts')).retentionRunner(c),
  accounts: async (c) => (await import('./erasure/compareAccounts.ts')).accountsRunner(c),
  inactive: async (c) => (await import('./retention/inactivity/steps.ts')).inactiveRunner(c),
  lapse: async (c) => (await import('./retention/contracts/steps.ts')).lapseRunner(c),
};

export const exportRunners: RunnersIn<'exportTask'> = {
  export: async (c) => (await import('./export/steps.ts')).exportRunner(c),
};

export const changeRunners: RunnersIn<'changeTask'> = {
  change: async (c) => (await import('./consent/steps.ts')).changeRunner(c),
  rectify: async (c) => (await import('./rectification/steps.ts')).rectifyRunner(c),
  request: async (c) => (await import('./rights/ways/steps.ts')).requestRunner(c),
  restriction: async (c) => (await import('./rights/restriction/steps.ts')).restrictionRunner(c),
  hold: async (c) => (await import('./erasure/holdTasks/steps.ts')).holdRunner(c),
  disclosure: async (c) => (await import('./rights/disclosures/steps.ts')).disclosureRunner(c),
  notice: async (c) => (await import('./messages/steps.ts')).noticeRunner(c),
  morning: async (c) => (await import('./rights/morning/steps.ts')).morningRunner(c),
};

export const ledgerRunners: RunnersIn<'ledgerTask'> = {
  checkpoint: async (c) => (await import('./checkpoints/steps.ts')).checkpointRunner(c),
  reconsent: async (c) => (await import('./consent/reconsent.ts')).reconsentRunner(c),
  reconcile: async (c) => (await import('./consent/reconcile.ts')).reconcileRunner(c),
};
