import type { ScheduledEvent } from 'firebase-functions/v2/scheduler';
import type { Context } from '../platform/context.ts';

/** Everything that a night starts, each loaded when it is started. */
const NIGHTLY: readonly (() => Promise<(context: Context, scheduledAt: number) => Promise<unknown>>)[] = [
  async () => (await import('../retention/start.ts')).startRetention,
  async () => (await import('../retention/inactivity/plan.ts')).startInactive,
  async () => (await import('../retention/contracts/plan.ts')).startContracts,
  async () => (await import('../checkpoints/start.ts')).startCheckpoint,
  async () => (await import('../consent/nightlyJobs.ts')).startConsentDaily,
  async () => (await import('../erasure/compareAccounts.ts')).startAccounts,
  async () => (await import('../rights/due.ts')).startDue,
  async () => (await import('../rights/morning/plan.ts')).startMorning,
  async () => (await import('../rights/ways/withoutAccount.ts')).forgetAnswered,
];

export async function retentionDaily(context: Context, event: ScheduledEvent): Promise<void> {
  const told = Date.parse(event.scheduleTime);
  const scheduledAt = Number.isNaN(told) ? context.now() : told;
  // None waits for another. The schedule tries again those that fail; those that were started stay
  // one.
  await Promise.all(NIGHTLY.map(async (load) => (await load())(context, scheduledAt)));
}

export async function tick(context: Context): Promise<void> {
  const { tick: run } = await import('../jobs/tick.ts');
  await run(context);
}
