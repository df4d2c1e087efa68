import { describe, expect, it } from 'vitest';
import type { Identity } from '../../../../functions/src/erasure/identity.ts';
import { planErasure } from '../../../../functions/src/erasure/plan.ts';
import type { Start } from '../../../../functions/src/erasure/starts/standing.ts';
import { followUps } from '../../../../functions/src/erasure/followUps.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import type { Outcome } from '../../../../functions/src/systems/system.ts';
import { proven } from '../../../kit/proven.ts';

const NOW = Date.UTC(2026, 5, 1);
const YEAR = 365 * 86_400_000;
const start: Start = { by: 'accountDeleted', id: 'account:1', at: NOW, from: NOW, requested: false };
const job = newJob(planErasure(amikeo, { uid: 'u1', pseudonym: 'v1_p', accountCreatedAt: 1 }, start), NOW);
const subject = {
  uid: 'u1',
  pseudonym: 'v1_p',
  accountCreatedAt: 1,
  verifiedEmails: proven('a@b.example'),
  providerIds: {},
};
const identity: Identity = {
  subject,
  handles: [
    { system: 'stripe', id: 'cus_1' },
    { system: 'brevo', id: '7' },
  ],
  refused: [],
};
const ground = { article: 'Art. 17(3)(b)', text: { en: 'kept', fr: 'conservé' } };
const kept = (record: string, until: number | null, more: object = {}): Outcome => ({
  record,
  count: 1,
  outcome: 'retained',
  ground,
  until,
  ...more,
});

describe('rows that an erasure retained', () => {
  it('ends at its own date: one job for each, that sleeps until then', () => {
    const plans = followUps(
      amikeo,
      job,
      [kept('stripeInvoices', NOW + YEAR), kept('stripeCharges', NOW + YEAR), kept('stripeInvoices', NOW + 2 * YEAR)],
      identity,
    );
    expect(plans.map(({ wakeAt }) => wakeAt)).toEqual([NOW + YEAR, NOW + 2 * YEAR]);
    expect(plans.map(({ input }) => input['records'])).toEqual([
      ['stripeInvoices', 'stripeCharges'],
      ['stripeInvoices'],
    ]);
    for (const plan of plans) expect(newJob(plan, NOW).wakeAt).toBe(plan.wakeAt);
    expect(new Set(plans.map(({ id }) => id)).size).toBe(2);
  });

  it('keeps of the person only the data with which it finds the rows again', () => {
    const [atStripe] = followUps(amikeo, job, [kept('stripeInvoices', NOW + YEAR)], identity);
    expect(atStripe?.input).toMatchObject({ uid: '', handles: [{ system: 'stripe', id: 'cus_1' }] });
    expect(JSON.stringify(atStripe)).not.toMatch(/u1|a@b/);
    const [inFirestore] = followUps(amikeo, job, [kept('systemLogs', NOW + YEAR)], identity);
    expect(inFirestore?.input).toMatchObject({ uid: 'u1', handles: [] });
  });

  it('has one job for a day, with all its records: the id names the day, and a second job would be dropped', () => {
    const [ten, three] = [Date.UTC(2036, 5, 1, 10), Date.UTC(2036, 5, 1, 15)];
    const plans = followUps(amikeo, job, [kept('stripeInvoices', three), kept('systemLogs', ten)], identity);
    expect(plans.map(({ wakeAt, input }) => [wakeAt, input['records']])).toEqual([
      [three, ['stripeInvoices', 'systemLogs']],
    ]);
    expect(plans[0]?.input).toMatchObject({ uid: 'u1', until: three, handles: [{ system: 'stripe' }] });
  });

  it('is nothing if time alone ends it, a legal hold keeps it, or nobody knows its end', () => {
    const others = [
      kept('ledger', NOW + YEAR),
      kept('systemLogs', NOW + YEAR, { held: true }),
      kept('stripeInvoices', null),
    ];
    expect(followUps(amikeo, job, others, identity)).toEqual([]);
  });
});
