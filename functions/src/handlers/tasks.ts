import type { Request } from 'firebase-functions/v2/tasks';
import type { Runners } from '../jobs/catalog.ts';
import type { Context } from '../platform/context.ts';

/** Works a task off. `runners`: those of the jobs that its queue carries. */
export const runTask =
  (runners: Partial<Runners>) =>
  async (context: Context, task: Request<{ jobId?: unknown }>): Promise<void> => {
    const { runJob } = await import('../jobs/run.ts');
    const { jobId } = task.data;
    if (typeof jobId !== 'string') throw new Error('a task without a job');
    await runJob(context, runners, jobId);
  };
