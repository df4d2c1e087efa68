import type { Runners } from './jobs/catalog.ts';
import { changeRunners, erasureRunners, exportRunners, ledgerRunners, retentionRunners } from './queueRunners.ts';

/** The runners of all kinds of jobs: for a command, which works off jobs of any queue. */
export const runners: Runners = {
  ...erasureRunners,
  ...retentionRunners,
  ...exportRunners,
  ...changeRunners,
  ...ledgerRunners,
};
