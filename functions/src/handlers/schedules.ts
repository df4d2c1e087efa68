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
  ] = await Promise.all([
    import('../retention/operations.ts'),
    import('../retention/inactive.ts'),
    import('../retention/lapse.ts'),
    import('../proof/operations.ts'),
    import('../consent/daily.ts'),
    import('../erasure/accounts.ts'),
    import('../rights/due.ts'),
  ]);
  const told = Date.parse(event.scheduleTime);
  const scheduledAt = Number.isNaN(told) ? context.now() : told;
  // None waits for another: what fails here is tried again by the schedule, and what was started stays one.
  await Promise.all([
    startRetention(context, scheduledAt),
    startInactive(context, scheduledAt),
    startContracts(context, scheduledAt),
    startCheckpoint(context, scheduledAt),
    startConsentDaily(context, scheduledAt),
    startAccounts(context, scheduledAt),
    startDue(context, scheduledAt),
  ]);
}

export async function tick(context: Context): Promise<void> {
  const { tick: run } = await import('../jobs/tick.ts');
  await run(context);
}
