import fc from 'fast-check';
import { expect, it } from 'vitest';
import { letOn } from '../../../functions/src/rights/onBehalf/letOn.ts';
import { findRequest } from '../../../functions/src/rights/answers/find.ts';
import { ruleOn } from '../../../functions/src/policy/powers.ts';
import type { Regime, Say } from '../../../functions/src/policy/regimes.ts';
import { requestTypes, type RequestType } from '../../../functions/src/requests/request.ts';
import { runDying } from '../../kit/dying.ts';
import { times } from '../../kit/depth.ts';
import { Family } from './family.ts';

/**
 * Random histories of requests for another person. Words, days, ended powers, new keys, officers
 * and crashes follow each other in any order. Nothing that cannot be undone happens against a
 * disagreement, and nothing begins by a power that is over.
 */

const HOLDERS: Readonly<Record<string, [Regime, object]>> = {
  mother: ['parentalAuthority', {}],
  tutor: ['tutelle', { decides: 'holder' }],
  curator: ['curatelle', {}],
  friend: ['mandate', { scope: ['access', 'erasure'] }],
};

const step = fc.oneof(
  fc.record({
    do: fc.constant('ask' as const),
    holder: fc.constantFrom(...Object.keys(HOLDERS)),
    type: fc.constantFrom(...requestTypes),
    /** After so many transactions the process dies, and the call is made again. */
    dies: fc.option(fc.nat(6), { nil: null }),
  }),
  fc.record({
    do: fc.constant('say' as const),
    which: fc.nat(3),
    say: fc.constantFrom<Say>('agrees', 'disagrees'),
    dies: fc.option(fc.nat(4), { nil: null }),
  }),
  fc.record({ do: fc.constant('days' as const), count: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ do: fc.constant('end' as const), holder: fc.constantFrom(...Object.keys(HOLDERS)) }),
  fc.record({ do: fc.constant('key' as const) }),
  fc.record({ do: fc.constant('letOn' as const), which: fc.nat(3) }),
);

interface Known {
  readonly id: string;
  readonly holder: string;
  readonly type: RequestType;
  readonly calls: { readonly requestId: string };
}

/** A request that has begun had a power for it, and no word against it. */
async function judge(family: Family, { id, holder, type }: Known, ended: ReadonlyMap<string, number>): Promise<void> {
  const record = await family.recorded(id);
  if (record?.onBehalf === undefined) return;
  const { begunAt, onBehalf } = record;
  const over = ended.get(holder) ?? Infinity;
  if (record.reason === 'powerEnded') expect(ended.has(holder)).toBe(true);
  if (begunAt !== undefined) expect(begunAt.toMillis()).toBeLessThanOrEqual(over);
  const [regime, more] = HOLDERS[holder] ?? ['mandate' as const, {}];
  const power = { regime, scope: [...requestTypes], decides: 'person' as const, from: 0, ...more };
  const silent = ruleOn(family.context.policy, power, { right: type, now: 1 }).may;
  // A copy is taken back at once; the grace of an erasure is judged by its end.
  if (record.status === 'in_progress' && onBehalf.say === 'disagrees' && type !== 'erasure')
    expect(onBehalf.letOnBy).toBeDefined();
  // Nobody assists without the person.
  if (begunAt !== undefined && silent === 'withPerson') expect(onBehalf.words ?? 0).toBeGreaterThan(0);
}

it('nothing irreversible against a disagreement, and nothing by an ended power', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const family = new Family();
      for (const [holder, [regime, more]] of Object.entries(HOLDERS)) await family.power(holder, regime, more);
      const ended = new Map<string, number>();
      const known: Known[] = [];
      let wasErasing = false;
      const databases = [family.context.app, family.context.own];
      for (const [index, one] of steps.entries()) {
        switch (one.do) {
          case 'ask': {
            const calls = { requestId: `request-of-${index}` };
            await runDying(one.dies, databases, () => family.ask(one.holder, one.type, calls));
            const answer = await family.ask(one.holder, one.type, calls);
            if (answer.ok) known.push({ id: answer.result.id, holder: one.holder, type: one.type, calls });
            else if (ended.has(one.holder)) expect(answer.code).toMatch(/denied|erased|rateLimited|saidNo/);
            break;
          }
          case 'say': {
            const of = known[one.which];
            if (of === undefined || !(await family.document(of.id).get()).exists) break;
            const deliver = await family.write(of.id, { say: one.say });
            await runDying(one.dies, databases, deliver);
            await deliver();
            break;
          }
          case 'days':
            await family.days(one.count);
            await family.runJobs();
            break;
          case 'end':
            if (ended.has(one.holder)) break;
            ended.set(one.holder, family.now);
            await family.endPower(one.holder, HOLDERS[one.holder]?.[0] ?? 'mandate');
            break;
          case 'key':
            family.changeKey();
            break;
          case 'letOn': {
            const of = known[one.which];
            const found = of && (await findRequest(family.context, await family.nameOf(of.id), 'kim'));
            if (found !== undefined && typeof found !== 'string') await letOn(family.context, found);
          }
        }
        const { erasing } = await family.head();
        // Once it has begun, nobody can say anything any more.
        if (erasing !== undefined && !wasErasing) {
          wasErasing = true;
          const reasons = [];
          for (const of of known.filter(({ type }) => type === 'erasure')) {
            const record = await family.recorded(of.id);
            const isAgainst =
              record?.onBehalf?.say === 'disagrees' || (await family.shown(of.id))?.['say'] === 'disagrees';
            if (record?.status === 'in_progress' && !isAgainst && !ended.has(of.holder)) reasons.push(of.id);
          }
          expect(reasons).not.toEqual([]);
        }
        if (!wasErasing) for (const of of known) await judge(family, of, ended);
      }
    }),
    { numRuns: times(25, 400) },
  );
});
