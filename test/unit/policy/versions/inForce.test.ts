import { describe, expect, it } from 'vitest';
import { example } from '../../../../functions/policies/example/index.ts';
import type { Policy } from '../../../../functions/src/policy/schema.ts';
import {
  endedBefore,
  isPublished,
  isSuperseded,
  versionsAt,
} from '../../../../functions/src/policy/versions/inForce.ts';
import { DAY, draft, EVE, EVE_TOLD, FIRST, next, NEXT, TOLD } from './versions.sample.ts';

/** A policy that changes: which version counts when. */

describe('the version that counts', () => {
  const announced = { version: NEXT, from: DAY, kind: 'purposes' };
  it.each<[string, Policy, number, unknown]>([
    ['is the first one before its announcement', next(), EVE_TOLD, { inForce: FIRST }],
    ['stays the first one when the next is announced', next(), TOLD, { inForce: FIRST, announced }],
    ['stays so until the eve of its day', next(), EVE, { inForce: FIRST, announced }],
    ['is the next one from its day on (Art. 13(3))', next(), DAY, { inForce: NEXT }],
    ['is never a draft of which nobody was told', draft(), DAY + 1e11, { inForce: FIRST }],
    ['is the first one before its own day: there is no other', example, Date.UTC(2020, 0, 1), { inForce: FIRST }],
  ])('%s', (_what, policy, now, expected) => expect(versionsAt(policy, now)).toEqual(expected));

  it('a yes to a text of a draft is a yes to nothing, also after the day of its version', () => {
    expect(isPublished(draft(), NEXT, DAY + 1e11)).toBe(false);
    expect(isPublished(next(), NEXT, DAY)).toBe(true);
  });
});

describe('a consent', () => {
  const other = next({ endsConsents: {} });
  it.each<[string, Policy, string | undefined, number, boolean]>([
    ['stands until the day on which its purpose changes', next(), FIRST, EVE, false],
    ['ends on that day', next(), FIRST, DAY, true],
    ['to the new text stands', next(), NEXT, DAY, false],
    ['to a purpose that did not change stands', other, FIRST, DAY, false],
    ['to a text before the first version does not', other, '2020-01-01', DAY, true],
    ['to no version does not', other, undefined, DAY, true],
    ['ends with a change that nobody described', next(null), FIRST, DAY, true],
    ['stands beside a draft', draft(), FIRST, DAY, false],
  ])('%s', (_what, policy, version, now, expected) =>
    expect(isSuperseded(policy, 'newsletter', version, now)).toBe(expected),
  );

  it('is looked for only under versions before the last that ended one', () => {
    expect(endedBefore(next(), EVE)).toBe(FIRST);
    expect(endedBefore(next(), DAY)).toBe(NEXT);
    expect(endedBefore(other, DAY)).toBe(FIRST);
  });
});
