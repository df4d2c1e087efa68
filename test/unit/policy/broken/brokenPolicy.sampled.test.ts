import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { example } from '../../../../functions/policies/example/index.ts';
import { shop } from '../../../../functions/policies/shop/index.ts';
import { checkPolicy } from '../../../../functions/src/policy/check.ts';
import { OWN_PLACES } from '../../../../functions/src/policy/own/places.ts';
import type { Policy } from '../../../../functions/src/policy/schema.ts';
import { systemFolders, systemProblems } from '../../../../scripts/generate/systems.ts';
import { isAll, ofTheDay } from '../../../kit/depth.ts';
import { faultOf, stop } from './faults.ts';
import { mutationsOf } from './mutations.ts';

/**
 * Each single mistake in a policy is refused by a check, or the engine can keep the policy all the
 * same. A check that is switched off lets a mistake through, and this test fails.
 */

const systems = await systemFolders(join(import.meta.dirname, '../../../..'));
afterAll(stop);

/** The codes of the checks that refuse a policy, each once. */
function codesOf(policy: Policy): string[] {
  const checked = checkPolicy(policy);
  const problems = checked.ok ? systemProblems(checked.policy, systems) : checked.problems;
  return [...new Set(problems.map(({ code }) => code))];
}

/** Checks without which the engine would lose a person's rows, or fail at its first erasure. */
const NEEDED = [
  'anonymise-names-person',
  'archive-nowhere',
  'archive-of-nobody',
  'archive-overwrites',
  'bad-calendar',
  'bad-field',
  'bad-path',
  'contact-place',
  'no-end',
  'not-a-document',
  'outlives-account',
  'own-record',
  'same-path',
  'subject-unfindable',
  'subject-variable',
  'text-missing',
];

/** The records of a policy that are not the backend's own. */
const recordsOf = ({ records }: Policy): string[] =>
  Object.keys(records).filter((id) => !Object.hasOwn(OWN_PLACES, id));

/** The policies, and the records that get mistakes: the backend's own ones are the same in each. */
const policies = [
  { name: 'example', policy: example, ids: Object.keys(example.records) },
  { name: 'shop', policy: shop, ids: recordsOf(shop) },
];

describe('a policy with one mistake', () => {
  it('each policy of ours has no fault without one', () => {
    for (const { name, policy } of policies) expect([name, faultOf(policy)]).toEqual([name, null]);
  });

  it(
    'is refused, or can be kept; and each needed check alone refuses a mistake that cannot be kept',
    { timeout: 600_000 },
    () => {
      const through: string[] = [];
      const alone = new Set<string>();
      let tried = 0;
      for (const { name, policy, ids } of policies)
        for (const { what, apply } of ofTheDay(12, [...mutationsOf(policy, ids)])) {
          const copy = structuredClone(policy);
          apply(copy);
          tried += 1;
          const [code, ...more] = codesOf(copy);
          if (more.length > 0 || (code !== undefined && alone.has(code))) continue;
          const fault = faultOf(copy);
          if (fault === null) continue;
          if (code === undefined) through.push(`${name}, ${what}: ${fault}`);
          else alone.add(code);
        }
      expect(through).toEqual([]);
      expect(tried).toBeGreaterThan(isAll ? 2000 : 150);
      // A sample may lack the one mistake that shows the need of a check.
      if (isAll) expect(NEEDED.filter((code) => !alone.has(code))).toEqual([]);
    },
  );
});
