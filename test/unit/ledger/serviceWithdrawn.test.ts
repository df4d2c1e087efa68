import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { serviceWithdrawn } from '../../../functions/src/ledger/standing.ts';
import { startOfDate } from '../../../functions/src/policy/calendar.ts';
import { asDraft, asPublished } from '../../kit/amikeo.ts';

const VERSION = '2026-02-01';
const published = asPublished(amikeo, VERSION);
const DAY_COME = startOfDate(VERSION, published.controller.timeZone);

/** A person whose newest answer to the service is a no of this moment. */
const no = (at: number) => ({
  current: { coreService: 'refused' },
  consents: { coreService: { subject: { granted: false, at, state: 'refused' } } },
});

describe('a no to the consent on which the account rests', () => {
  it('ends it from the day of the version that asks for that consent', () => {
    expect(serviceWithdrawn(published, no(DAY_COME))).toEqual({ purpose: 'coreService', since: DAY_COME });
    expect(serviceWithdrawn(published, no(DAY_COME - 1))).toBeNull();
  });

  it('ends nothing while that version is a draft: nobody was asked', () => {
    expect(serviceWithdrawn(asDraft(amikeo), no(Date.UTC(2030, 0, 1)))).toBeNull();
  });

  it('ends it at any time if the first version of the policy asks for it', () => {
    const first = { ...published };
    delete first.changes;
    expect(serviceWithdrawn(first, no(DAY_COME - 1))).toEqual({ purpose: 'coreService', since: DAY_COME - 1 });
  });
});
