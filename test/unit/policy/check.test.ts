import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { checkPolicy, checks, printProblem } from '../../../functions/src/policy/check.ts';
import { ruleInWords } from '../../../functions/src/policy/generate/words.ts';
import { example } from '../../../functions/policies/example/index.ts';
import { shop } from '../../../functions/policies/shop/index.ts';
import { badPolicies, badShapes, copy, type BadPolicy, type Loose } from './bad-policies.ts';

describe('the policies of this repository hold together', () => {
  it.each([
    ['AMIKEO', amikeo],
    ['the example', example],
    ['the shop', shop],
  ])('%s', (_name, policy) => {
    const checked = checkPolicy(policy);
    expect(checked.ok ? [] : checked.problems.map(printProblem)).toEqual([]);
    // Input and output of the schema are the same: nobody has to validate a policy to read it.
    expect(checked.ok && checked.policy).toEqual(policy);
  });
});

/** Applies the mistake to the example and answers the problems. */
function problemsOf({ spoil }: BadPolicy, use?: typeof checks) {
  const policy = copy();
  spoil(policy);
  const checked = checkPolicy(policy, use);
  return checked.ok ? [] : checked.problems;
}

describe('every check finds its mistake', () => {
  it.each(badPolicies)('$code: $why', (bad) => {
    const found = problemsOf(bad).filter(({ code }) => code === bad.code);
    expect(found.map(({ path }) => path)).toEqual([bad.path]);
    expect(found[0]?.message).toMatch(bad.says);
  });

  it.each(badPolicies)('$code: $why is found by this check alone', (bad) => {
    const others = Object.fromEntries(
      Object.entries(checks).filter(([code]) => code !== bad.code && code !== bad.also),
    );
    expect(problemsOf(bad, others).map(printProblem)).toEqual([]);
  });

  it('no check is without a case', () => {
    expect(Object.keys(checks).filter((code) => !badPolicies.some((bad) => bad.code === code))).toEqual([]);
  });
});

describe('a correction (Art. 16, 19)', () => {
  it('reaches each recipient without an interface that has the value, so that its letter is true', () => {
    const policy = structuredClone(amikeo);
    policy.recipients['salesforce']?.mirrors?.values.pop();
    const checked = checkPolicy(policy);
    expect(checked.ok ? [] : checked.problems.map(printProblem)).toEqual([
      expect.stringMatching(/recipients\.salesforce\.mirrors.*given 'phone' of the profile/s),
    ]);
  });

  it('is told to none that the policy excepts, with its reason', () => {
    const policy = structuredClone(amikeo);
    const { salesforce } = policy.recipients;
    if (salesforce === undefined) throw new Error('no such recipient');
    delete salesforce.mirrors;
    salesforce.notMirrored = salesforce.source;
    const checked = checkPolicy(policy);
    expect(checked.ok ? [] : checked.problems.map(printProblem)).toEqual([]);
  });
});

describe('an explicit consent on which a recipient rests (Art. 9(2)(a), 13(1)(e))', () => {
  it('is asked for with the name of this recipient', () => {
    const policy = structuredClone(amikeo);
    policy.recipients['brevoEmail']?.specialCategory?.consents?.push('coreService');
    const checked = checkPolicy(policy);
    expect(checked.ok ? [] : checked.problems.map(printProblem)).toEqual([
      expect.stringMatching(
        /recipients\.brevoEmail\.specialCategory\.consents.*'coreService' is told of 'brevoEmail'/s,
      ),
    ]);
  });
});

describe('an end that an objection begins (Art. 17(1)(c), 21)', () => {
  it('is allowed for a purpose that asks for no consent, and the register calls it an objection', () => {
    const policy = copy();
    const end = { when: { withdrawn: 'rental' }, after: 'P0D', then: { do: 'delete' } } as const;
    const [known] = policy.records['trips']?.fate ?? [];
    policy.records['trips']?.fate.push({ ...end, source: known?.source } as never);
    const checked = checkPolicy(policy);
    expect(checked.ok ? [] : checked.problems.map(printProblem)).toEqual([]);
    const name = policy.purposes['rental']?.name['en'] ?? '';
    expect(ruleInWords(end as never, policy, 'en')).toContain(`an objection to “${name}” that is upheld`);
  });
});

describe('the shape', () => {
  it.each(badShapes)('$why', ({ spoil, path, says }) => {
    const policy = copy() as unknown as Loose;
    spoil(policy);
    const checked = checkPolicy(policy);
    const problems = checked.ok ? [] : checked.problems;
    expect(problems.map(({ code, path: at }) => [code, at])).toEqual([['shape', path]]);
    expect(problems[0]?.message).toMatch(says);
  });

  it.each([null, undefined, 'a policy', 42, []])('refuses %j without falling over', (input) => {
    expect(checkPolicy(input).ok).toBe(false);
  });
});
