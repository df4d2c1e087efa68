import { describe, expect, it } from 'vitest';
import { isLate } from '../../../functions/src/export/steps.ts';

describe('an attempt at an archive that stood still', () => {
  const lease = Date.parse('2026-05-20T10:31:00Z');
  const job = (wakeAt: number | undefined) => ({
    steps: {
      archive: {
        state: 'running' as const,
        after: [],
        attempts: 1,
        outcomes: [],
        ...(wakeAt === undefined ? {} : { wakeAt }),
      },
    },
  });

  it('is late when another one may have taken over: a minute before its lease ends, since clocks differ', () => {
    const leaseMs = 31 * 60_000;
    expect(isLate(job(lease), lease - 60_001, leaseMs)).toBe(false);
    for (const now of [lease - 60_000, lease, lease + 3_600_000]) expect(isLate(job(lease), now, leaseMs)).toBe(true);
    expect(isLate(job(undefined), lease, leaseMs)).toBe(false);
  });

  it('is not late from its beginning if leases are shorter than clocks may differ', () => {
    expect(isLate(job(lease), lease - 20_000, 20_000)).toBe(false);
    expect(isLate(job(lease), lease - 5001, 20_000)).toBe(false);
    expect(isLate(job(lease), lease - 5000, 20_000)).toBe(true);
  });
});
