import type { TaskQueue } from './context.ts';
import { queues } from './queues.ts';
import { REGION } from './region.ts';

/** The queues of Cloud Tasks; the SDK is loaded at the first enqueue. */
export const cloudTasks: TaskQueue = {
  async enqueue(queue, jobId) {
    const { getFunctions } = await import('firebase-admin/functions');
    const options = { dispatchDeadlineSeconds: queues[queue].timeoutSeconds };
    await getFunctions().taskQueue(`locations/${REGION}/functions/${queue}`).enqueue({ jobId }, options);
  },
};
