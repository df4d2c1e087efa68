import type { TaskQueue } from './context.ts';
import { functionName } from './functions.ts';
import { queues } from './queues.ts';
import { REGION } from './functions.ts';

/**
 * The queues of Cloud Tasks; the SDK is loaded at the first enqueue.
 *
 * @param prefix stands before the names of the functions, which their queues have too
 */
export const cloudTasks = (prefix: string): TaskQueue => ({
  async enqueue(queue, jobId) {
    const { getFunctions } = await import('firebase-admin/functions');
    const options = { dispatchDeadlineSeconds: queues[queue].timeoutSeconds };
    await getFunctions()
      .taskQueue(`locations/${REGION}/functions/${functionName(prefix, queue)}`)
      .enqueue({ jobId }, options);
  },
});
