import type { QueueName, TaskQueue } from './context.ts';
import { REGION } from './region.ts';

/** How long Cloud Tasks waits for each queue's handler, in seconds: an option of the enqueue; 30 minutes is the most it allows. */
const DISPATCH_DEADLINE_SECONDS: Readonly<Record<QueueName, number>> = {
  erasureTask: 540,
  retentionTask: 540,
  exportTask: 1800,
  changeTask: 120,
  ledgerTask: 540,
};

/** The queues of Cloud Tasks; the SDK is loaded at the first enqueue. */
export const cloudTasks: TaskQueue = {
  async enqueue(queue, jobId) {
    const { getFunctions } = await import('firebase-admin/functions');
    const options = { dispatchDeadlineSeconds: DISPATCH_DEADLINE_SECONDS[queue] };
    await getFunctions().taskQueue(`locations/${REGION}/functions/${queue}`).enqueue({ jobId }, options);
  },
};
