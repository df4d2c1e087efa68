import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ExportError,
  isForBudget,
  isTolerant,
  OFFICER_MS,
  SOURCE_WAIT_MS,
  waitFor,
} from '../../../functions/src/export/waiting.ts';
import { exportRunner } from '../../../functions/src/export/steps.ts';
import type { Job, StepRunner } from '../../../functions/src/jobs/types.ts';
import {
  BudgetError,
  ComplianceError,
  PermanentError,
  RetryAfterError,
} from '../../../functions/src/platform/errors.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import type { Cursor } from '../../../functions/src/systems/system.ts';
import { testContext } from '../requests/helpers.ts';

/** A source that asks to come back later, or refuses, keeps nobody's export for ever. */

const NOW = Date.parse('2026-05-20T10:00:00Z');
const HOUR = 3_600_000;
const later = (until: number): RetryAfterError => new RetryAfterError('brevo.429', 'later', until);
const refused = new PermanentError('stripe.401', 'Stripe refuses the key');
const DUE = NOW + 30 * 24 * HOUR;
const waited = (error: unknown, cursor: Cursor | undefined, now: number) => {
  const progress = waitFor(error, cursor, now, DUE);
  if (progress === undefined || !('wait' in progress)) throw new Error('it does not wait');
  return progress;
};

describe('an export with a source that', () => {
  it('just fails is tried again by the attempts, and goes without it in the last two', () => {
    expect(waitFor(new ComplianceError('stripe.500', 'no'), undefined, NOW, DUE)).toBeUndefined();
    expect(waitFor(new Error('socket hang up'), undefined, NOW, DUE)).toBeUndefined();
    const at = (attempts: number): boolean => isTolerant({ attempts }, 8, NOW);
    expect([0, 1, 6, 7, 8].map(at)).toEqual([false, false, false, true, true]);
    expect(isTolerant(undefined, 8, NOW)).toBe(false);
  });

  it('asks to come back later is waited for until then, and goes without it after a day', () => {
    const first = waited(later(NOW + HOUR), undefined, NOW);
    expect(first).toMatchObject({ wait: NOW + HOUR, why: 'brevo.429' });
    const is = (now: number): boolean => isTolerant({ attempts: 1, cursor: first.cursor ?? {} }, 8, now);
    expect(is(NOW + SOURCE_WAIT_MS - 1)).toBe(false);
    expect(is(NOW + SOURCE_WAIT_MS)).toBe(true);
  });

  it('refuses is asked again each hour, since somebody may mend the key, and left out after a day', () => {
    const first = waited(refused, { progress: '{}' }, NOW);
    expect(first).toMatchObject({ wait: NOW + HOUR, why: 'stripe.401', cursor: { progress: '{}' } });
    expect(waited(refused, first.cursor, NOW + HOUR).wait).toBe(NOW + 2 * HOUR);
    // By then nothing but our own bucket can refuse: an officer has to act.
    expect(waitFor(refused, first.cursor, NOW + SOURCE_WAIT_MS, DUE)).toBeUndefined();
  });

  it('is not the reason: a fault of the export itself stops it at once', () => {
    const changed = new ExportError('export.policy', 'the policy changed between two parts');
    expect(waitFor(changed, undefined, NOW, DUE)).toBeUndefined();
  });

  it('asks for any wait, any number of times: the attempt a day after the first one goes without it', () => {
    const answers = fc.array(fc.record({ asks: fc.integer({ min: 1, max: 30 * 24 * HOUR }), refuses: fc.boolean() }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(answers, (all) => {
        let now = NOW;
        let cursor: Cursor | undefined;
        for (const { asks, refuses } of all) {
          if (isTolerant({ attempts: 1, ...(cursor === undefined ? {} : { cursor }) }, 8, now)) break;
          const progress = waited(refuses ? refused : later(now + asks), cursor, now);
          expect(progress.wait).toBeGreaterThan(now);
          now = progress.wait;
          cursor = progress.cursor;
        }
        expect(now).toBeLessThanOrEqual(NOW + SOURCE_WAIT_MS);
      }),
    );
  });
});

describe('an export that waits for our own budget of calls', () => {
  const budget = (until: number): BudgetError => new BudgetError('brevo.budget', 'wait', until);
  const isTolerantAt = (cursor: Cursor | undefined, now: number): boolean =>
    isTolerant({ attempts: 1, ...(cursor === undefined ? {} : { cursor }) }, 8, now);

  it('waits as long as the line is, and never comes shorter for it, until the week before the answer is due', () => {
    let now = NOW;
    let cursor: Cursor | undefined;
    while (now < DUE - OFFICER_MS) {
      expect(isTolerantAt(cursor, now)).toBe(false);
      expect(isForBudget(budget(now + 1), now, DUE)).toBe(true);
      const progress = waited(budget(now + 14 * HOUR), cursor, now);
      expect(progress.wait).toBe(Math.min(now + 14 * HOUR, DUE - OFFICER_MS));
      [now, cursor] = [progress.wait, progress.cursor];
    }
    // Then an officer has a week: Art. 12(3) does not wait.
    expect(isForBudget(budget(now + 1), now, DUE)).toBe(false);
    const last = waited(budget(now + HOUR), cursor, now);
    expect(last.wait).toBe(now);
    expect(isTolerantAt(last.cursor, now)).toBe(true);
  });

  it('takes nothing from the day that a source has which refuses', () => {
    const refuses = waited(refused, undefined, NOW);
    const waits = waited(budget(NOW + 48 * HOUR), refuses.cursor, NOW + HOUR);
    expect(isTolerantAt(waits.cursor, NOW + 48 * HOUR)).toBe(false);
    expect(isTolerantAt(waits.cursor, NOW + 48 * HOUR + SOURCE_WAIT_MS)).toBe(true);
  });

  it('does so also in an attempt that leaves failures out: only a source that refuses or fails is left out', () => {
    expect(isForBudget(later(NOW + HOUR), NOW, DUE)).toBe(false);
    expect(isForBudget(refused, NOW, DUE)).toBe(false);
    expect(isForBudget(new Error('socket hang up'), NOW, DUE)).toBe(false);
  });
});

describe('the step that writes the archive', () => {
  /** One attempt, in which the first thing that is asked of Auth fails so. */
  async function attempt(
    error: Error,
    cursor?: Cursor,
  ): Promise<{ ends: Awaited<ReturnType<StepRunner>>; alerts: readonly string[] }> {
    const context = testContext(NOW);
    const alerts: string[] = [];
    const log = {
      ...context.log,
      error: (event: string, fields?: object) => void alerts.push(`${event} ${JSON.stringify(fields)}`),
    };
    const chain = pseudonymOf('ada', context.keys);
    const auth = { getUser: () => Promise.reject(error) };
    const clients = { ...context.clients, auth: () => Promise.resolve(auth), bucket: () => Promise.resolve({}) };
    const { run } = exportRunner({ ...context, clients, log } as unknown as typeof context);
    const input = { uid: 'ada', requestId: 'r1', request: `${chain}_r1`, product: 'portability' };
    const job = { id: 'export_1', kind: 'export', pseudonym: chain, input, dueAt: DUE, steps: {} } as unknown as Job;
    const ends = await run('archive', job, { deadline: NOW + HOUR, ...(cursor === undefined ? {} : { cursor }) });
    return { ends, alerts };
  }

  it('waits for a source that refuses, and says each time that somebody has to act', async () => {
    const { ends, alerts } = await attempt(refused);
    expect(ends).toMatchObject({ wait: NOW + HOUR, why: 'stripe.401' });
    expect(alerts).toEqual([expect.stringContaining('an officer has to act {"job":"export_1","code":"stripe.401"')]);
    expect(alerts.join()).not.toContain('ada');
    if (!('cursor' in ends)) throw new Error('it remembers nothing');
    expect((await attempt(refused, ends.cursor)).ends).toEqual(ends);
  });

  it('waits for a source that asks to come back later without bothering anybody, and fails if a source fails', async () => {
    const { ends, alerts } = await attempt(later(NOW + 5000));
    expect(ends).toMatchObject({ wait: NOW + 5000, why: 'brevo.429' });
    expect(alerts).toEqual([]);
    await expect(attempt(new ComplianceError('auth.500', 'no'))).rejects.toMatchObject({ code: 'auth.500' });
  });
});
