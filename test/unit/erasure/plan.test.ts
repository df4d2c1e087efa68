import { describe, expect, it } from 'vitest';
import {
  erasureId,
  manualOutcomes,
  planErasure,
  recordsToErase,
  recordsToForget,
  retainedOutcomes,
  systemsOf,
} from '../../../functions/src/erasure/plan.ts';
import type { Start } from '../../../functions/src/erasure/starts/standing.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';

const account = { uid: 'u1', pseudonym: 'v1_p', accountCreatedAt: 1_700_000_000 };
const deletedAt = Date.UTC(2026, 0, 31, 12);
const deletion: Start = { by: 'accountDeleted', id: 'account:1', at: deletedAt, from: deletedAt, requested: false };
const plan = planErasure(amikeo, account, deletion);

describe('the plan of an erasure', () => {
  it('asks every system that holds records of a person, each by itself, once the identity is known', () => {
    expect(systemsOf(amikeo)).toEqual(['stripe', 'brevo', 'storage', 'firestore', 'auth']);
    const steps = newJob(plan, deletedAt).steps;
    const before = (id: string): string[] => (steps[id]?.after ?? []).flatMap((other) => [other, ...before(other)]);
    for (const id of systemsOf(amikeo)) {
      expect(before(id)).toContain('identity');
      expect(before(id)).toContain('access');
    }
    // A company that is down holds up the end, not the rest: no system but Auth waits for another.
    for (const id of ['stripe', 'storage', 'firestore']) expect(steps[id]?.after).toEqual(['access']);
    expect(before('brevo')).toContain('told');
    expect(before('auth')).toEqual(expect.arrayContaining(['firestore', 'storage']));
  });

  it('reaches every record of the policy that names a person: none is left out', () => {
    const reached = [
      ...systemsOf(amikeo).flatMap((system) => recordsToErase(amikeo, system)),
      ...recordsToForget(amikeo),
    ].map(({ id }) => id);
    const personal = Object.entries(amikeo.records).filter(
      ([, { subject }]) => 'pathVariable' in subject || 'field' in subject || 'handle' in subject,
    );
    expect(reached.sort()).toEqual(personal.map(([id]) => id).sort());
  });

  it('forgets the identity only after everything was read back, checked again, and recorded', () => {
    const steps = newJob(plan, deletedAt).steps;
    const before = (id: string): string[] => (steps[id]?.after ?? []).flatMap((other) => [other, ...before(other)]);
    expect(new Set(before('forget'))).toEqual(new Set(Object.keys(steps).filter((id) => id !== 'forget')));
    for (const system of systemsOf(amikeo)) expect(before('check')).toContain(system);
  });

  it('is due within one calendar month (Art. 12(3)): 31 January is due on the last of February', () => {
    expect(new Date(plan.dueAt).toISOString().slice(0, 10)).toBe('2026-02-28');
  });

  it('is one for the same account, and another one for the same uid with another creation time', () => {
    expect(erasureId(account)).toBe(erasureId({ ...account }));
    expect(erasureId({ ...account, accountCreatedAt: 1_700_000_001 })).not.toBe(erasureId(account));
  });

  it('names every recipient without an interface, with the officer’s task in both languages and its date', () => {
    const outcomes = manualOutcomes(amikeo, deletedAt);
    const expected = Object.entries(amikeo.recipients).filter(([, { reach }]) => 'manual' in reach);
    expect(outcomes.map((o) => ('recipient' in o ? o.recipient : ''))).toEqual(expected.map(([id]) => id));
    for (const outcome of outcomes) {
      if (outcome.outcome !== 'manual') throw new Error('not manual');
      expect(outcome.what.en && outcome.what.fr).toBeTruthy();
      expect(outcome.by).toBeGreaterThan(deletedAt);
    }
  });

  it('says of the ledger that it stays, on which ground and until when (Art. 17(3)(e))', () => {
    const ledger = retainedOutcomes(amikeo, deletedAt).find((o) => 'record' in o && o.record === 'ledger');
    expect(ledger).toMatchObject({ outcome: 'retained', ground: { article: expect.stringContaining('17(3)(e)') } });
    if (ledger?.outcome !== 'retained') throw new Error('not retained');
    expect(new Date(ledger.until ?? 0).toISOString().slice(0, 10)).toBe('2031-01-31');
  });
});
