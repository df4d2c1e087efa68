import type { Request } from 'firebase-functions/v2/tasks';
import type { Context } from '../platform/context.ts';
import { runners } from '../runners.ts';

export async function runTask(context: Context, task: Request<{ jobId?: unknown }>): Promise<void> {
  const { runJob } = await import('../jobs/run.ts');
  const { jobId } = task.data;
  if (typeof jobId !== 'string') throw new Error('a task without a job');
  await runJob(context, runners, jobId);
}
