import type { Runners } from './jobs/catalog.ts';

/** Who runs the steps of each kind of job, loaded when one runs. */
export const runners: Runners = {
  erasure: async (c) => {
    const [{ erasureRunner }, { tellErasure }, { isUnused }] = await Promise.all([
      import('./erasure/steps.ts'),
      import('./notices/erasure.ts'),
      import('./retention/inactiveSteps.ts'),
    ]);
    return erasureRunner(c, {
      teller: { tell: (message) => tellErasure(c, message) },
      isUnused: (account) => isUnused(c, account),
    });
  },
  accounts: async (c) => {
    const [{ accountsRunner }, { onAccountMissing }] = await Promise.all([
      import('./erasure/accounts.ts'),
      import('./erasure/operations.ts'),
    ]);
    return accountsRunner(c, (account) => onAccountMissing(c, account));
  },
  inactive: async (c) => {
    const [{ inactiveRunner }, { onAccountInactive }, { tellInactive }] = await Promise.all([
      import('./retention/inactiveSteps.ts'),
      import('./erasure/operations.ts'),
      import('./notices/inactivity.ts'),
    ]);
    return inactiveRunner(c, {
      start: (account) => onAccountInactive(c, account),
      tell: (message) => tellInactive(c, message),
    });
  },
  lapse: async (c) => (await import('./retention/lapseSteps.ts')).lapseRunner(c),
  retention: async (c) => (await import('./retention/steps.ts')).retentionRunner(c),
  export: async (c) => {
    const [{ exportRunner }, { tellExport }] = await Promise.all([
      import('./export/steps.ts'),
      import('./notices/export.ts'),
    ]);
    const receipts: Parameters<typeof exportRunner>[1]['receipts'] = {
      receipt: async (order) => (await import('./proof/receiptFiles.ts')).receiptFiles(c, order),
    };
    const teller = { tell: (message: Parameters<typeof tellExport>[1]) => tellExport(c, message) };
    return { run: exportRunner(c, { teller, receipts }) };
  },
  change: async (c) => (await import('./consent/steps.ts')).changeRunner(c),
  reconsent: async (c) => (await import('./consent/reconsent.ts')).reconsentRunner(c),
  reconcile: async (c) => (await import('./consent/reconcile.ts')).reconcileRunner(c),
  request: async (c) => (await import('./requests/queue.ts')).queueRunner(c),
  notice: async (c) => (await import('./notices/steps.ts')).noticeRunner(c),
  checkpoint: async (c) => (await import('./proof/steps.ts')).checkpointRunner(c),
};
