import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { example } from '../../../functions/policies/example/index.ts';
import { shop } from '../../../functions/policies/shop/index.ts';
import { planErasure } from '../../../functions/src/erasure/plan.ts';
import { planExport } from '../../../functions/src/export/plan.ts';
import { checkPolicy } from '../../../functions/src/policy/check.ts';
import { checkIndexes, indexesFor } from '../../../functions/src/policy/indexes.ts';
import { queriesOf } from '../../../functions/src/policy/queries.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { planSweeps } from '../../../functions/src/retention/plan.ts';
import { systemFolders } from '../../../scripts/generate/systems.ts';
import { targetsOf } from '../../../scripts/generate/targets.ts';
import { isAll, times } from '../../kit/depth.ts';
import { quickTargets } from '../../kit/generated.ts';

/**
 * The generator and the planners can work with any policy that passes the check, even if a company
 * has left much out.
 */

const NOW = Date.parse('2026-06-01T12:00:00Z');
const systems = await systemFolders(join(import.meta.dirname, '../../..'));

/** The parts of a policy that a company may do without. */
const PARTS = ['records', 'purposes', 'recipients', 'devicePermissions'] as const;

/** One of ours without some of its records, purposes, recipients, permissions or languages. */
const anyPolicy = fc.constantFrom(amikeo, example, shop).chain((policy) =>
  fc
    .record({
      left: fc.tuple(
        ...PARTS.map((part) => {
          const ids = Object.keys(policy[part]);
          // Little is left out as a rule: of much, hardly anything passes the check.
          const few = fc.subarray(ids, { maxLength: Math.min(2, ids.length) });
          return fc.oneof(
            fc.constant<string[]>([]),
            few,
            ...(part === 'devicePermissions' ? [fc.constant<string[]>(ids)] : []),
          );
        }),
      ),
      languages: fc.subarray([...policy.languages], { minLength: 1 }),
    })
    .map(({ left, languages }): Policy => {
      const without: readonly (readonly string[])[] = left;
      const rest = PARTS.map((part, index) => {
        const there = Object.entries<unknown>(policy[part]).filter(([id]) => without[index]?.includes(id) !== true);
        return [part, Object.fromEntries(there)] as const;
      });
      const parts = Object.fromEntries(rest) as unknown as Pick<Policy, (typeof PARTS)[number]>;
      return { ...policy, ...parts, languages: languages as unknown as Policy['languages'] };
    }),
);

/** Uses a policy as a deployment and its first night do. */
function use(policy: Policy): void {
  const given = { current: undefined, beside: undefined, systems, settings: {}, now: NOW };
  for (const target of (isAll ? targetsOf : quickTargets)(policy)) expect(target.render(given)).not.toBe('');
  for (const database of ['(default)', 'compliance'] as const) {
    const queries = queriesOf(policy, database);
    const unserved = checkIndexes(database, indexesFor(queries), queries);
    expect(unserved.filter(({ code }) => code === 'query-without-index')).toEqual([]);
  }
  const erasee = { uid: 'ada', pseudonym: 'v1_ada', accountCreatedAt: 1 };
  const start = { id: 'e1', by: 'accountDeleted', at: NOW, from: NOW, requested: false } as const;
  expect(planErasure(policy, erasee, start).steps.length).toBeGreaterThan(0);
  for (const product of ['access', 'portability'] as const)
    expect(planExport(policy, product).records.length).toBeGreaterThan(0);
  expect(planSweeps(policy, NOW).length).toBeGreaterThan(0);
}

describe('a policy that passes the check', () => {
  it('is rendered into each file, has an index for each query, and is planned with', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const checked = checkPolicy(policy);
        // One that the check refuses is drawn anew: the number of runs counts those that pass.
        fc.pre(checked.ok);
        use(checked.policy);
      }),
      { numRuns: times(15, 60) },
    );
  });
});
