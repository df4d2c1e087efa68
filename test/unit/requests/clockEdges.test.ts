import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { dueOf, extended, paused, type Timed } from '../../../functions/src/requests/clock.ts';
import { policyWith } from '../export/helpers.ts';

const RECEIVED = Date.parse('2026-03-01T09:00:00Z');
const DUE = Date.parse('2026-04-01T08:00:00Z');
const timed: Timed = { receivedAt: Timestamp.fromMillis(RECEIVED), dueAt: Timestamp.fromMillis(DUE) };
const policy = policyWith({});
const source = { kind: 'statute', reference: 'GDPR Art. 12(3)' } as const;
const answerWithin = { ...policy.rights.answerWithin, extension: { period: 'P2M', source } };
const longer = { rights: { ...policy.rights, answerWithin }, controller: policy.controller };

describe('the last moment of the time to answer', () => {
  it('is in it: the clock can be stopped then, and not a moment later', () => {
    expect(paused(timed, DUE, 'identity', DUE)).toHaveProperty('pauses');
    expect(paused(timed, DUE + 1, 'identity', DUE + 1)).toEqual({ refused: 'overdue' });
  });
  it('is in it: it can be extended then, and not a moment later', () => {
    expect(extended(timed, { by: 'P1M', reason: 'number', now: DUE }, longer)).toHaveProperty('extension');
    expect(extended(timed, { by: 'P1M', reason: 'number', now: DUE + 1 }, longer)).toEqual({ refused: 'overdue' });
  });
  it('does not come nearer by a pause, for a reader whose clock is behind', () => {
    const from = Timestamp.fromMillis(RECEIVED + 60_000);
    expect(dueOf({ ...timed, pauses: [{ from, reason: 'power' }] }, RECEIVED)).toBe(DUE);
  });
});
