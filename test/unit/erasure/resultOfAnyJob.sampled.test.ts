import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resultOf } from '../../../functions/src/erasure/result.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import type { Job, StepState } from '../../../functions/src/jobs/types.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Outcome } from '../../../functions/src/systems/system.ts';
import { AT, ERASED, FORGOTTEN, ground, NOW, plan, SYSTEMS } from './result.sample.ts';
import { times } from '../../kit/depth.ts';

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

/** The ends of officers' tasks: only the step that waits for them reports these. */
const closedOf = (of: { record: string } | { recipient: string }): fc.Arbitrary<Outcome> =>
  fc
    .record({
      as: fc.constantFrom('done', 'unconfirmed', 'refused', 'impossible', 'disproportionate'),
      count: fc.nat(9),
    })
    .map(({ as, count }): Outcome => {
      const word = { ...of, count, what: { en: 'a', fr: 'a' }, closedBy: 'backend', closedAt: AT };
      return as === 'done' ? { ...word, outcome: 'done', how: 'confirmed' } : { ...word, outcome: as };
    });

const SOME = ERASED.slice(0, 6);
const LOOKS = ['check', 'secondLook', 'thirdLook', 'holds'];
const states: fc.Arbitrary<StepState['state']> = fc.oneof(
  { weight: 12, arbitrary: fc.constant('done' as const) },
  fc.constantFrom('pending' as const, 'waiting' as const, 'running' as const, 'blocked' as const),
);

/** Any job: each step is in any state and reported any outcomes. */
const anyJob: fc.Arbitrary<Job> = fc
  .record(
    Object.fromEntries(
      Object.keys(newJob(plan, AT).steps).map((id) => {
        const about = [...SOME.map((record) => ({ record })), { recipient: 'zendesk' }, { recipient: 'stripe' }];
        const reported = id === 'officers' ? closedOf : outcomeOf;
        const outcomes = fc.array(fc.constantFrom(...about).chain(reported), { maxLength: 8 });
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

describe('any reports of the steps', () => {
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
          // An officer's part is done only if the officer has said so.
          const closed = isDone('officers') ? of(job, 'officers', record) : [];
          const isClosed = closed.length > 0 && closed.every(({ outcome }) => outcome === 'done');
          const open = all.filter(({ outcome }) => outcome === 'manual');
          expect(isClosed ? [] : open).toEqual([]);
          const last = LOOKS.filter((step) => {
            const said = of(job, step, record).filter((o) => isDone(step) || o.outcome !== 'done');
            return said.length > 0;
          }).at(-1);
          const ofLast = of(job, last ?? '', record).filter(({ outcome }) => !isClosed || outcome !== 'manual');
          expect(ofLast.every(({ outcome }) => outcome === 'done')).toBe(true);
          expect(result.outcomes.every(({ outcome }) => outcome === 'done')).toBe(true);
        }
      }),
      { numRuns: times(300, 1000) },
    );
    // Some results were done: the property has tested something.
    expect(done).toBeGreaterThan(times(0, 5));
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
      { numRuns: times(60, 200) },
    );
  });

  it('each ended row is counted once and completely', () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        const finished = [...SYSTEMS, ...LOOKS, 'close', 'forget', 'recipients'].filter(
          (step) => job.steps[step]?.state === 'done',
        );
        for (const result of resultOf(amikeo, job, NOW)) {
          if (!('record' in result)) continue;
          const sum = (outcomes: readonly { outcome: string; count: number; how?: string }[]): number =>
            outcomes.reduce(
              (total, { outcome, count, how }) => total + (outcome === 'done' && how !== 'confirmed' ? count : 0),
              0,
            );
          const said = sum(finished.flatMap((step) => of(job, step, result.record)));
          const isUnknown = result.outcomes.some(({ outcome }) => outcome === 'unknown');
          expect(sum(result.outcomes)).toBe(isUnknown ? 0 : said);
        }
      }),
      { numRuns: times(80, 300) },
    );
  });
});
