import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planErasure, recordsToErase, recordsToForget, systemsOf } from '../../../functions/src/erasure/plan.ts';
import { resultOf, type RecordResult, type RecipientResult } from '../../../functions/src/erasure/result.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import type { Job, StepState } from '../../../functions/src/jobs/types.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { recordOf } from '../../../functions/src/policy/lookup.ts';
import type { Outcome } from '../../../functions/src/systems/system.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const AT = Date.UTC(2026, 0, 31, 12);
const SYSTEMS = systemsOf(amikeo);
const ERASED = SYSTEMS.flatMap((system) => recordsToErase(amikeo, system).map(({ id }) => id));
const FORGOTTEN = recordsToForget(amikeo).map(({ id }) => id);
const systemOf = (record: string): string => recordOf(amikeo, record).system;

const plan = planErasure(
  amikeo,
  { uid: 'uid_of_somebody', pseudonym: 'v1_p', accountCreatedAt: 1_700_000_000 },
  { by: 'accountDeleted', id: 'event:1', at: AT, from: AT, asked: false },
);

const ground = { article: 'Art. 17(3)(b)', text: { en: 'Accounting', fr: 'Comptabilité' } };
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

/** An erasure in which everything went well, and then what a test says instead. */
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

describe('what became of a record', () => {
  it('is done, with what was ended, when the system is finished and it was read back', () => {
    const job = jobWith({ firestore: [gone('activity', 5, 'deleted')], check: [gone('activity')] });
    const result = recordIn(job, 'activity');
    expect(result).toMatchObject({ state: 'done', overdue: false });
    expect(plain(result)).toEqual([['done', 5, 'deleted']]);
    expect(result.outcomes[0]).toMatchObject({ at: job.steps['check']?.finishedAt });
  });

  it('is done with 0 where nothing was there: absent is done', () => {
    expect(plain(recordIn(jobWith({}), 'activity'))).toEqual([['done', 0]]);
  });

  it('adds what a device wrote late, and what a legal hold kept until it ended', () => {
    const job = jobWith({
      firestore: [gone('activity', 5, 'deleted'), kept('activity', 3, true)],
      check: [kept('activity', 3, true)],
      secondLook: [gone('activity', 1, 'deleted'), kept('activity', 3, true)],
      holds: [gone('activity', 3, 'deleted')],
    });
    expect(plain(recordIn(job, 'activity'))).toEqual([['done', 9, 'deleted']]);
  });

  it('stays held where the step that waits for holds said nothing of it', () => {
    const job = jobWith({ firestore: [kept('activity', 3, true)], check: [kept('activity', 3, true)] });
    expect(recordIn(job, 'activity')).toMatchObject({ state: 'retained' });
    expect(plain(recordIn(job, 'activity'))).toEqual([['retained', 3, 'held']]);
  });

  it('is what was read back last: counts of what is kept are not added up', () => {
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

  it('is unknown where the system or the reading back said nothing of it, or is not finished', () => {
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

  it('of what the backend itself knows by uid is pending until the last step', () => {
    const before = jobWith({}, { forget: 'pending' });
    for (const id of FORGOTTEN) expect(plain(recordIn(before, id))).toEqual([['pending', 0]]);
    const after = jobWith({ forget: FORGOTTEN.map((id) => gone(id, 1, 'deleted')) });
    for (const id of FORGOTTEN) expect(plain(recordIn(after, id))).toEqual([['done', 1, 'deleted']]);
  });

  it('of the ledger is kept, as the closing says', () => {
    expect(recordIn(jobWith({ close: [kept('ledger', 1)] }), 'ledger').state).toBe('retained');
  });

  it('is not what a step reports about its own certificate', () => {
    const job = jobWith({ certificate: [{ record: 'certificates', count: 1, outcome: 'done', how: 'changed' }] });
    expect(resultOf(amikeo, job, NOW).some((result) => 'record' in result && result.record === 'certificates')).toBe(
      false,
    );
  });
});

describe('what became of a recipient (Art. 19)', () => {
  const manual = (recipient: string, by = NOW + 1): Outcome => ({
    recipient,
    count: 0,
    outcome: 'manual',
    what: { en: 'Ask', fr: 'Demander' },
    by,
  });

  it('without an interface is the officer’s task, and unknown where no step named it', () => {
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

const outcomeOf = (of: { record: string } | { recipient: string }): fc.Arbitrary<Outcome> =>
  fc
    .oneof(
      fc.record({
        outcome: fc.constant('done' as const),
        count: fc.nat(9),
        how: fc.constantFrom('deleted' as const, 'anonymised' as const),
      }),
      fc.record({
        outcome: fc.constant('retained' as const),
        count: fc.nat(9),
        ground: fc.constant(ground),
        until: fc.option(fc.integer({ min: NOW - 5, max: NOW + 5 })),
      }),
      fc.record({
        outcome: fc.constant('retained' as const),
        count: fc.nat(9),
        ground: fc.constant(ground),
        until: fc.constant(null),
        held: fc.constant(true as const),
      }),
      fc.record({
        outcome: fc.constant('manual' as const),
        count: fc.nat(9),
        what: fc.constantFrom({ en: 'a', fr: 'a' }, { en: 'b', fr: 'b' }),
        by: fc.integer({ min: NOW - 5, max: NOW + 5 }),
      }),
      fc.record({
        outcome: fc.constant('submitted' as const),
        count: fc.nat(9),
        providerId: fc.constant('7'),
        finishBy: fc.constant(NOW),
      }),
    )
    .map((outcome) => ({ ...of, ...outcome }));

const SOME = ERASED.slice(0, 6);
const LOOKS = ['check', 'secondLook', 'thirdLook', 'holds'];
const states: fc.Arbitrary<StepState['state']> = fc.oneof(
  { weight: 12, arbitrary: fc.constant('done' as const) },
  fc.constantFrom('pending' as const, 'waiting' as const, 'running' as const, 'blocked' as const),
);

/** Any job whatever: every step in any state, having said anything about anything. */
const anyJob: fc.Arbitrary<Job> = fc
  .record(
    Object.fromEntries(
      Object.keys(newJob(plan, AT).steps).map((id) => {
        const about = [...SOME.map((record) => ({ record })), { recipient: 'zendesk' }, { recipient: 'stripe' }];
        const outcomes = fc.array(fc.constantFrom(...about).chain(outcomeOf), { maxLength: 8 });
        return [id, fc.record({ state: states, outcomes })];
      }),
    ),
  )
  .map((said) => {
    const job = newJob(plan, AT);
    const steps = Object.entries(job.steps).map(([id, step], index): [string, StepState] => {
      const { state = 'pending', outcomes = [] } = said[id] ?? {};
      return [id, { ...step, state, outcomes, ...(state === 'done' ? { finishedAt: AT + index } : {}) }];
    });
    return { ...job, steps: Object.fromEntries(steps) };
  });

const of = (job: Job, step: string, record: string): Outcome[] =>
  (job.steps[step]?.outcomes ?? []).filter((outcome) => 'record' in outcome && outcome.record === record);

describe('whatever the steps said', () => {
  it('nothing is done that was not ended, read back and free of every rest', () => {
    let done = 0;
    fc.assert(
      fc.property(anyJob, (job) => {
        for (const result of resultOf(amikeo, job, NOW)) {
          if (!('record' in result) || result.state !== 'done' || !ERASED.includes(result.record)) continue;
          done += 1;
          const { record } = result;
          const isDone = (step: string) => job.steps[step]?.state === 'done';
          expect(SYSTEMS.some((step) => isDone(step) && of(job, step, record).length > 0)).toBe(true);
          expect(isDone('check') && of(job, 'check', record).length > 0).toBe(true);
          const all = [...SYSTEMS, ...LOOKS].flatMap((step) => of(job, step, record));
          expect(all.filter(({ outcome }) => outcome === 'manual')).toEqual([]);
          const last = LOOKS.filter((step) => {
            const said = of(job, step, record).filter((o) => isDone(step) || o.outcome !== 'done');
            return said.length > 0;
          }).at(-1);
          expect(of(job, last ?? '', record).every(({ outcome }) => outcome === 'done')).toBe(true);
          expect(result.outcomes.every(({ outcome }) => outcome === 'done')).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
    // The property is about something.
    expect(done).toBeGreaterThan(5);
  });

  it('every record of the person and every recipient is there, once, with a state that its outcomes have', () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        const results = resultOf(amikeo, job, NOW);
        const records = results.flatMap((result) => ('record' in result ? [result.record] : []));
        const recipients = results.flatMap((result) => ('recipient' in result ? [result.recipient] : []));
        expect(new Set(records).size).toBe(records.length);
        expect(recipients.sort()).toEqual(Object.keys(amikeo.recipients).sort());
        for (const id of [...ERASED, ...FORGOTTEN]) expect(records).toContain(id);
        for (const result of results) {
          if (!('record' in result)) continue;
          expect(result.outcomes.map(({ outcome }) => outcome)).toContain(result.state);
          if (result.state === 'done') expect(result.outcomes.every(({ outcome }) => outcome === 'done')).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('what was ended is counted once and completely', () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        const finished = [...SYSTEMS, ...LOOKS, 'close', 'forget', 'recipients'].filter(
          (step) => job.steps[step]?.state === 'done',
        );
        for (const result of resultOf(amikeo, job, NOW)) {
          if (!('record' in result)) continue;
          const sum = (outcomes: readonly { outcome: string; count: number }[]): number =>
            outcomes.reduce((total, { outcome, count }) => total + (outcome === 'done' ? count : 0), 0);
          const said = sum(finished.flatMap((step) => of(job, step, result.record)));
          const isUnknown = result.outcomes.some(({ outcome }) => outcome === 'unknown');
          expect(sum(result.outcomes)).toBe(isUnknown ? 0 : said);
        }
      }),
      { numRuns: 300 },
    );
  });
});
