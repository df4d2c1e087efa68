import type { Runners } from '../../functions/src/jobs/catalog.ts';
import { runJob } from '../../functions/src/jobs/run.ts';
import { tick } from '../../functions/src/jobs/tick.ts';
import type { Context } from '../../functions/src/platform/context.ts';

/** Runs every job of one kind that `tick` enqueues, by the start of its id, until none is ready. */
export async function runDue(
  context: Context & { readonly enqueued: string[] },
  runners: Partial<Runners>,
  start: string,
): Promise<void> {
  for (let round = 0; round < 4; round++) {
    context.enqueued.length = 0;
    await tick(context);
    for (const line of [...context.enqueued]) {
      const job = line.replace(/^\w+ /, '');
      if (job.startsWith(start)) await runJob(context, runners, job);
    }
  }
}
