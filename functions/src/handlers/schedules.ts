import type { ScheduledEvent } from 'firebase-functions/v2/scheduler';
import { context } from '../compose.ts';

export async function retentionDaily(event: ScheduledEvent): Promise<void> {
  const { startRetention } = await import('../retention/operations.ts');
  const scheduledAt = Date.parse(event.scheduleTime);
  await startRetention(context(), Number.isNaN(scheduledAt) ? context().now() : scheduledAt);
}

export async function tick(): Promise<void> {
  const { tick: run } = await import('../jobs/tick.ts');
  await run(context());
}
