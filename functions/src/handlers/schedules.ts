import type { ScheduledEvent } from 'firebase-functions/v2/scheduler';
import type { Context } from '../platform/context.ts';

export async function retentionDaily(context: Context, event: ScheduledEvent): Promise<void> {
  const [
    { startRetention },
    { startInactive },
    { startContracts },
    { startCheckpoint },
    { startConsentDaily },
    { startAccounts },
    { startDue },
    { startMorning },
    { forgetAnswered },
  ] = await Promise.all([
    import('../retention/start.ts'),
    import('../retention/inactivity/plan.ts'),
    import('../retention/contracts/plan.ts'),
    import('../checkpoints/start.ts'),
    import('../consent/nightlyJobs.ts'),
    import('../erasure/compareAccounts.ts'),
    import('../rights/due.ts'),
    import('../rights/morning/plan.ts'),
    import('../rights/ways/withoutAccount.ts'),
  ]);
  const told = Date.parse(event.scheduleTime);
  const scheduledAt = Number.isNaN(told) ? context.now() : told;
  // None waits for another. The schedule tries again those that fail; those that were started stay
  // one.
  await Promise.all([
    startRetention(context, scheduledAt),
    startInactive(context, scheduledAt),
    startContracts(context, scheduledAt),
    startCheckpoint(context, scheduledAt),
    startConsentDaily(context, scheduledAt),
    startAccounts(context, scheduledAt),
    startDue(context, scheduledAt),
    startMorning(context, scheduledAt),
    forgetAnswered(context),
  ]);
}

export async function tick(context: Context): Promise<void> {
  const { tick: run } = await import('../jobs/tick.ts');
  await run(context);
}
