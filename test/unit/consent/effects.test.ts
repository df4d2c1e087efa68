import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dailyJobs } from '../../../functions/src/consent/nightlyJobs.ts';
import { decideConsent } from '../../../functions/src/consent/decide.ts';
import type { Answer } from '../../../functions/src/consent/documents.ts';
import { effectEntry, effectJob, laterEnds } from '../../../functions/src/consent/effects.ts';
import { restrictionJobs } from '../../../functions/src/rectification/restricted.ts';
import { allowedIn, isTakenBack } from '../../../functions/src/ledger/standing.ts';
import { append, emptyHead, type Head } from '../../../functions/src/ledger/chain.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Outcome } from '../../../functions/src/systems/system.ts';
import { withTexts } from './texts.ts';

const NOW = Date.parse('2026-05-20T10:00:00Z');
const context = { policy: amikeo, now: () => NOW };
const stepsOf = (purpose: string, state?: string) =>
  effectJob(context, { id: 'e', uid: 'u', purpose, chain: 'c', ...(state === undefined ? {} : { state }) })?.steps.map(
    ({ id, after = [] }) => [id, ...after].join(' < '),
  );

describe('periods that count from a withdrawal', () => {
  const usage = amikeo.records['usageEvents'];
  if (usage === undefined) throw new Error('no such record');
  const rule = (after: string) =>
    ({ ...usage.fate[1], when: { withdrawn: 'analytics' }, after }) as (typeof usage.fate)[number];
  const policy = {
    ...amikeo,
    records: { now: { ...usage, fate: [rule('P0D')] }, later: { ...usage, fate: [rule('P1M'), rule('P30D')] } },
  };

  it('are checked again when each is over; an immediate end needs no further check', () => {
    const since = Date.parse('2026-01-31T10:00:00Z');
    expect(laterEnds(policy, 'analytics', since).map((end) => new Date(end).toISOString())).toEqual([
      '2026-02-28T22:59:59.999Z',
      '2026-03-02T10:00:00.000Z',
    ]);
    expect(laterEnds(amikeo, 'analytics', since)).toEqual([]);
    const job = effectJob(
      { ...context, policy },
      { id: 'e', uid: 'u', purpose: 'analytics', chain: 'c', state: 'withdrawn' },
    );
    expect(job?.steps.at(-1)).toEqual({ id: 'endLater', after: ['endCheck'] });
  });
});

describe('the job of a decision', () => {
  it('ends the data that rest on the consent only if it was withdrawn', () => {
    const ending = ['end_firestore', 'endCheck < end_firestore', 'endSecondLook < endCheck'];
    for (const state of ['withdrawn', 'refused']) expect(stepsOf('analytics', state)).toEqual(ending);
    for (const state of ['given', 'reconfirmed', 'pending', 'expired', undefined])
      expect([state, stepsOf('analytics', state)]).toEqual([state, undefined]);
    expect(isTakenBack('expired')).toBe(false);
  });

  it('calls each system once, and has nothing to do if a purpose has neither', () => {
    expect(stepsOf('messages', 'given')).toEqual(['brevo']);
    expect(stepsOf('messages', 'withdrawn')).toEqual(['brevo']);
    expect(stepsOf('feedbackPlatforms', 'withdrawn')).toBeUndefined();
  });

  it('of a restriction goes to the systems that an answer of the person has reached', () => {
    const jobs = (...answered: string[]) => {
      const current = Object.fromEntries(answered.map((purpose) => [purpose, 'withdrawn']));
      return restrictionJobs(context, { at: 1, uid: 'u', chain: 'c', head: { ...emptyHead('c'), current } });
    };
    expect(jobs('analytics')).toEqual([]);
    expect(jobs('analytics', 'messages', 'userDatabase').map(({ steps }) => steps)).toEqual([[{ id: 'brevo' }]]);
  });
});

describe('effects in another system', () => {
  it('counts messages from the newest answer that allows them', () => {
    const current = { messages: 'given', marketingAutomation: 'given' };
    const since = { messages: 5, marketingAutomation: 9 };
    expect(allowedIn(amikeo, 'brevo', { current, since })).toEqual({ contact: true, messages: true, messagesSince: 5 });
    expect(allowedIn(amikeo, 'brevo', { current: { ...current, messages: 'expired' }, since })).toEqual({
      contact: true,
      messages: false,
    });
  });

  const done = (count: number, how?: 'objected'): Outcome => ({
    record: 'brevoContact',
    count,
    outcome: 'done',
    ...(how === undefined ? {} : { how }),
  });
  const manual: Outcome = { record: 'r', count: 1, outcome: 'manual', what: { en: 'x', fr: 'x' }, by: 1 };
  it.each<[string, { contact: boolean; messages: boolean }, Outcome[], string]>([
    ['may be written to', { contact: true, messages: true }, [done(1)], 'messages done'],
    ['may only be in the address book', { contact: true, messages: false }, [done(1)], 'contact done'],
    ['said no and is known there', { contact: false, messages: false }, [done(1)], 'blocklisted done'],
    ['said no and is not known there', { contact: false, messages: false }, [done(0)], 'none done'],
    ['objected there', { contact: true, messages: true }, [done(1, 'objected')], 'blocklisted done'],
    ['could not be proven', { contact: true, messages: true }, [done(1), manual], 'messages manual'],
  ])('a person who %s: the ledger says so', (_, allowed, outcomes, expected) => {
    const of = { purpose: 'messages', system: 'brevo', reason: 'j' };
    const { state, outcome, kind, reason } = effectEntry(of, allowed, outcomes, NOW);
    expect(`${state} ${outcome ?? ''}`).toBe(expected);
    expect({ kind, reason }).toEqual({ kind: 'effect', reason: 'j' });
  });
});

describe('the nightly work', () => {
  it('compares the days of the setting, and leaves younger ones alone', () => {
    const [reconcile] = dailyJobs(amikeo, { reconcileAfterMs: 1000, reconcileDays: 2 }, NOW);
    expect(reconcile?.input).toEqual({ scheduledAt: NOW, from: NOW - 2 * 86_400_000, to: NOW - 1000 });
  });

  it('events and reconciliations of the same documents, in any order and any number: each decision once', () => {
    // A document is overwritten. Its events may be lost, late or doubled, and a reconciliation sees
    // the document of that moment.
    const history = fc.array(fc.record({ granted: fc.boolean(), newText: fc.boolean() }), {
      minLength: 1,
      maxLength: 6,
    });
    const steps = fc.array(fc.record({ what: fc.constantFrom('event', 'reconcile'), which: fc.nat(5) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(history, steps, (answers, order) => {
        const documents = answers.map(({ granted, newText }, i): Answer => ({
          granted,
          policyVersion: newText ? '2025-06-15' : '2024-03-01',
          source: 'app',
          updatedAt: NOW + i * 1000,
        }));
        let head: Head = emptyHead('c');
        const recorded: string[] = [];
        const seen = new Set<string>();
        const deliver = (id: string, index: number, reconciled: boolean): void => {
          const after = documents[index];
          if (after?.updatedAt === undefined || seen.has(id)) return;
          const before = reconciled ? null : (documents[index - 1] ?? null);
          const change = {
            purpose: 'messages',
            before,
            after,
            writtenAt: after.updatedAt,
            ...(reconciled ? { reconciled } : {}),
          };
          const decided = decideConsent(change, head, { policy: withTexts('2024-03-01'), now: NOW + 10_000 });
          if (!('record' in decided)) return;
          seen.add(id);
          // A no that was found as a first one, and whose event tells of a yes before it.
          const isMore = !reconciled && decided.record.state === 'withdrawn' && head.current['messages'] === 'refused';
          recorded.push(`${after.updatedAt}${isMore ? ' withdrawn' : ''}`);
          head = append('c', head, id, decided.record, decided.patch).head;
        };
        for (const { what, which } of order) {
          const index = which % documents.length;
          deliver(what === 'event' ? `event${index}` : `reconciled${index}`, index, what === 'reconcile');
        }
        expect(new Set(recorded).size, 'no document twice').toBe(recorded.length);
        const last = documents.length - 1;
        deliver(`reconciled${last}`, last, true);
        const latest = documents[last];
        expect(head.current['messages'] === 'given' || head.current['messages'] === 'reconfirmed').toBe(
          latest?.granted,
        );
      }),
      { numRuns: 2000 },
    );
  });
});
