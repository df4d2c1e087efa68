import { describe, expect, it } from 'vitest';
import { amikeo as policy } from '../../../../functions/policies/amikeo/index.ts';
import { overJob } from '../../../../functions/src/rights/restriction/plan.ts';

const NOW = Date.UTC(2026, 10, 30);
const of = { uid: 'ada', name: 'server', chain: 'v1_ada' };
const whole = { since: NOW, at: NOW, ground: 'claims' } as const;
const pause = { since: NOW, at: NOW, ground: 'objection', purposes: ['userDatabase'] } as const;
const told = (...[restriction, state]: [Parameters<typeof overJob>[2], Parameters<typeof overJob>[3]]) =>
  overJob(policy, of, restriction, state, NOW)?.input['purposes'];

describe('the end of a restriction of everything', () => {
  it('is told as one if nothing else is paused or stopped', () => {
    const job = overJob(policy, of, whole, { others: [], stopped: [] }, NOW);
    expect(job?.input).not.toHaveProperty('purposes');
    expect(job).toBeDefined();
  });

  it('leaves out a purpose that another restriction pauses, or that an objection has ended', () => {
    const purposes = told(whole, { others: [pause], stopped: ['messages'] });
    expect(purposes).toContain('analytics');
    expect(purposes).not.toContain('userDatabase');
    expect(purposes).not.toContain('messages');
  });

  it('leaves out a purpose that it never stopped', () => {
    const except = { analytics: { exception: 'consent' } } as never;
    const purposes = told({ ...whole, except }, { others: [pause], stopped: [] });
    expect(purposes).toContain('monitoring');
    expect(purposes).not.toContain('analytics');
    const alone = told({ ...whole, except }, { others: [], stopped: [] });
    expect(alone).toContain('monitoring');
    expect(alone).not.toContain('analytics');
  });

  it('is told to nobody while another one of everything runs', () => {
    expect(overJob(policy, of, whole, { others: [whole], stopped: [] }, NOW)).toBeUndefined();
  });
});
