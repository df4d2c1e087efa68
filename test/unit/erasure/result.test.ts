import { describe, expect, it } from 'vitest';
import { resultOf, type RecordResult, type RecipientResult } from '../../../functions/src/erasure/result.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import type { Job, StepState } from '../../../functions/src/jobs/types.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { recordOf } from '../../../functions/src/policy/lookup.ts';
import type { Outcome } from '../../../functions/src/systems/system.ts';
import { AT, ERASED, FORGOTTEN, ground, NOW, plan, SYSTEMS } from './result.sample.ts';

const systemOf = (record: string): string => recordOf(amikeo, record).system;

const gone = (record: string, count = 0, how?: 'deleted' | 'anonymised'): Outcome => ({
  record,
  count,
  outcome: 'done',
  ...(how ? { how } : {}),
});
const kept = (record: string, count: number, held?: true): Outcome => ({
  record,
  count,
  outcome: 'retained',
  ground,
  until: null,
  ...(held ? { held } : {}),
});
const byHand = (record: string, count: number, by = NOW + 1, en = 'Look'): Outcome => ({
  record,
  count,
  outcome: 'manual',
  what: { en, fr: en },
  by,
});
const asked = (record: string, count: number): Outcome => ({
  record,
  count,
  outcome: 'submitted',
  providerId: '7',
  finishBy: NOW + 1,
});

/** An erasure in which everything went well, with the outcomes of a test in place of some. */
function jobWith(said: Record<string, readonly Outcome[]>, states: Record<string, StepState['state']> = {}): Job {
  const job = newJob(plan, AT);
  const all = ERASED.map((record) => gone(record));
  const usual = (step: string): readonly Outcome[] => {
    if (step === 'check') return all;
    if (SYSTEMS.includes(step)) return all.filter((o) => 'record' in o && systemOf(o.record) === step);
    return [];
  };
  const about = (outcome: Outcome): string => ('record' in outcome ? outcome.record : outcome.recipient);
  const steps = Object.entries(job.steps).map(([id, step], index): [string, StepState] => {
    const own = said[id] ?? [];
    const named = new Set(own.map(about));
    const outcomes = [...usual(id).filter((outcome) => !named.has(about(outcome))), ...own];
    const state = states[id] ?? 'done';
    return [id, { ...step, state, outcomes, ...(state === 'done' ? { finishedAt: AT + index } : {}) }];
  });
  return { ...job, steps: Object.fromEntries(steps) };
}

const recordIn = (job: Job, id: string): RecordResult => {
  const found = resultOf(amikeo, job, NOW).find((result) => 'record' in result && result.record === id);
  if (found === undefined || !('record' in found)) throw new Error(`no result of ${id}`);
  return found;
};
const recipientIn = (job: Job, id: string): RecipientResult => {
  const found = resultOf(amikeo, job, NOW).find((result) => 'recipient' in result && result.recipient === id);
  if (found === undefined || !('recipient' in found)) throw new Error(`no result of ${id}`);
  return found;
};
const plain = (result: { outcomes: readonly object[] }): unknown[] =>
  result.outcomes.map((outcome) => {
    const { outcome: what, count, how, held } = outcome as Record<string, unknown>;
    return [what, count, ...(how === undefined ? [] : [how]), ...(held === true ? ['held'] : [])];
  });

describe('the result of a record', () => {
  it('is done, with the number of ended rows, once the system is finished and it was read back', () => {
    const job = jobWith({ firestore: [gone('activity', 5, 'deleted')], check: [gone('activity')] });
    const result = recordIn(job, 'activity');
    expect(result).toMatchObject({ state: 'done', overdue: false });
    expect(plain(result)).toEqual([['done', 5, 'deleted']]);
    expect(result.outcomes[0]).toMatchObject({ at: job.steps['check']?.finishedAt });
  });

  it('is done with 0 if nothing was there: absent is done', () => {
    expect(plain(recordIn(jobWith({}), 'activity'))).toEqual([['done', 0]]);
  });

  it('adds late writes of a device, and rows that a legal hold kept until it ended', () => {
    const job = jobWith({
      firestore: [gone('activity', 5, 'deleted'), kept('activity', 3, true)],
      check: [kept('activity', 3, true)],
      secondLook: [gone('activity', 1, 'deleted'), kept('activity', 3, true)],
      holds: [gone('activity', 3, 'deleted')],
    });
    expect(plain(recordIn(job, 'activity'))).toEqual([['done', 9, 'deleted']]);
  });

  it('stays held if the step that waits for holds did not report it', () => {
    const job = jobWith({ firestore: [kept('activity', 3, true)], check: [kept('activity', 3, true)] });
    expect(recordIn(job, 'activity')).toMatchObject({ state: 'retained' });
    expect(plain(recordIn(job, 'activity'))).toEqual([['retained', 3, 'held']]);
  });

  it('is the last one read back: counts of kept rows are not added up', () => {
    const job = jobWith({ stripe: [kept('stripeInvoices', 4)], check: [kept('stripeInvoices', 4)] });
    expect(plain(recordIn(job, 'stripeInvoices'))).toEqual([['retained', 4]]);
    const fewer = jobWith({ stripe: [kept('stripeInvoices', 4)], check: [kept('stripeInvoices', 3)] });
    expect(plain(recordIn(fewer, 'stripeInvoices'))).toEqual([['retained', 3]]);
  });

  it('is no more than asked of the other company while it works on it, and done when that was read back', () => {
    const working = jobWith({ brevo: [asked('brevoEmails', 2)] }, { brevo: 'waiting', check: 'pending' });
    expect(plain(recordIn(working, 'brevoEmails'))).toEqual([
      ['submitted', 2],
      ['unknown', 0],
    ]);
    const done = jobWith({ brevo: [gone('brevoEmails', 2, 'deleted')] });
    expect(recordIn(done, 'brevoEmails').state).toBe('done');
  });

  it("stays an officer's although reading back finds nothing: a rest that names the person is not seen by its fields", () => {
    const job = jobWith({ firestore: [gone('activity', 5, 'deleted'), byHand('activity', 1)] });
    expect(plain(recordIn(job, 'activity'))).toEqual([
      ['done', 5, 'deleted'],
      ['manual', 1],
    ]);
    expect(recordIn(job, 'activity').state).toBe('manual');
  });

  it('names an officer’s task once, as it was last put, by the earliest date', () => {
    const job = jobWith({ firestore: [byHand('activity', 2, NOW - 1)], check: [byHand('activity', 1, NOW + 9)] });
    const result = recordIn(job, 'activity');
    expect(result.outcomes).toMatchObject([{ outcome: 'manual', count: 1, by: NOW - 1 }]);
    expect(result.overdue).toBe(true);
  });

  it('is unknown if the system or the reading back did not report it, or is not finished', () => {
    const silent = jobWith({});
    const without = (step: string): Job => {
      const outcomes = (silent.steps[step]?.outcomes ?? []).filter((o) => !('record' in o) || o.record !== 'activity');
      return { ...silent, steps: { ...silent.steps, [step]: { ...silent.steps[step], outcomes } as StepState } };
    };
    for (const step of ['firestore', 'check']) expect(recordIn(without(step), 'activity').state).toBe('unknown');
    for (const step of ['firestore', 'check']) {
      const blocked = jobWith({ [step]: [gone('activity', 5, 'deleted')] }, { [step]: 'blocked' });
      expect(plain(recordIn(blocked, 'activity'))).toEqual([['unknown', 0]]);
    }
  });

  it('has an entry although the policy no longer has the record', () => {
    const job = jobWith({ firestore: [gone('formerRecord', 2, 'deleted')] });
    expect(recordIn(job, 'formerRecord').state).toBe('unknown');
    const readBack = jobWith({ firestore: [gone('formerRecord', 2, 'deleted')], check: [gone('formerRecord')] });
    expect(plain(recordIn(readBack, 'formerRecord'))).toEqual([['done', 2, 'deleted']]);
  });

  it('of documents that the backend itself knows by uid is pending until the last step', () => {
    const before = jobWith({}, { forget: 'pending' });
    for (const id of FORGOTTEN) expect(plain(recordIn(before, id))).toEqual([['pending', 0]]);
    const after = jobWith({ forget: FORGOTTEN.map((id) => gone(id, 1, 'deleted')) });
    for (const id of FORGOTTEN) expect(plain(recordIn(after, id))).toEqual([['done', 1, 'deleted']]);
  });

  it('of the ledger is kept, as the closing says', () => {
    expect(recordIn(jobWith({ close: [kept('ledger', 1)] }), 'ledger').state).toBe('retained');
  });

  it('is not a step’s report about its own certificate', () => {
    const job = jobWith({ certificate: [{ record: 'certificates', count: 1, outcome: 'done', how: 'changed' }] });
    expect(resultOf(amikeo, job, NOW).some((result) => 'record' in result && result.record === 'certificates')).toBe(
      false,
    );
  });
});

describe('the result of a recipient (Art. 19)', () => {
  const manual = (recipient: string, by = NOW + 1): Outcome => ({
    recipient,
    count: 0,
    outcome: 'manual',
    what: { en: 'Ask', fr: 'Demander' },
    by,
  });

  it('without an interface is the officer’s task, and unknown if no step named it', () => {
    const job = jobWith({ recipients: [manual('zendesk', NOW - 1)] });
    expect(recipientIn(job, 'zendesk')).toMatchObject({ by: 'officer', state: 'manual', overdue: true, records: [] });
    expect(recipientIn(job, 'heroku')).toMatchObject({ by: 'officer', state: 'unknown' });
  });

  it('with an interface is that of its records, the worst of them', () => {
    const job = jobWith({ stripe: [kept('stripeInvoices', 1)], check: [kept('stripeInvoices', 1)] });
    const stripe = recipientIn(job, 'stripe');
    expect(stripe).toMatchObject({ by: 'interface', state: 'retained', outcomes: [] });
    expect(stripe.records).toContain('stripeCustomer');
    expect(recipientIn(job, 'brevoEmail').state).toBe('done');
    expect(recipientIn(jobWith({}, { brevo: 'blocked' }), 'brevoEmail').state).toBe('unknown');
  });
});
