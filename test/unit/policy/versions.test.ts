import { describe, expect, it } from 'vitest';
import { example } from '../../../functions/policies/example/index.ts';
import { lockNotices, lockProblems } from '../../../functions/src/policy/noticeLock.ts';
import type { Policy, VersionChange } from '../../../functions/src/policy/schema.ts';
import { differenceOf, printFact } from '../../../functions/src/policy/versions/difference.ts';
import { factsOf } from '../../../functions/src/policy/versions/facts.ts';
import { endedBefore, isPublished, isSuperseded, versionsAt } from '../../../functions/src/policy/versions/inForce.ts';
import { part, copy } from './bad-policies.ts';

/** A policy that changes: which version counts when, and how the difference is computed. */

const FIRST = example.version;
const NEXT = '2026-07-01';
const newsletterFacts = part(factsOf(example).purposes, 'newsletter');
const change: VersionChange = {
  announced: '2026-06-01',
  kind: 'purposes',
  endsConsents: { newsletter: newsletterFacts },
  text: { en: 'New.', fr: 'Nouveau.', nl: 'Nieuw.' },
};

/** The example with a second version, with the same texts. */
function next(changes: Partial<VersionChange> | null = {}, spoil: (policy: Policy) => void = () => undefined): Policy {
  const policy = copy();
  policy.version = NEXT;
  policy.notices[NEXT] = structuredClone(part(policy.notices, FIRST));
  if (changes !== null) policy.changes = { [NEXT]: { ...change, ...changes } };
  spoil(policy);
  return policy;
}
const draft = (): Policy => {
  const policy = next();
  delete part(policy.changes ?? {}, NEXT).announced;
  return policy;
};
// Brussels is two hours before UTC in summer.
const [EVE_TOLD, TOLD] = [Date.parse('2026-05-31T21:59:59.999Z'), Date.parse('2026-05-31T22:00:00Z')];
const [EVE, DAY] = [Date.parse('2026-06-30T21:59:59.999Z'), Date.parse('2026-06-30T22:00:00Z')];

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

describe('the difference of two versions is computed', () => {
  const of = (spoil: (policy: Policy) => void) => differenceOf(factsOf(example), factsOf(next({}, spoil)));
  const newsletter = (policy: Policy) => part(policy.purposes, 'newsletter');

  it.each<[string, (policy: Policy) => void, string, string[], string[]]>([
    ['words alone', (p) => (p.purposes['newsletter'] = { ...newsletter(p), name: { en: 'Mail' } }), 'wording', [], []],
    [
      'countries of a recipient',
      (p) => part(p.recipients, 'postman').countries.push('FR'),
      'information',
      [],
      ['recipients.postman.countries: - CH  + CH, FR'],
    ],
    [
      'data of a consent',
      (p) => newsletter(p).dataTypes.push('name'),
      'purposes',
      ['newsletter'],
      ['purposes.newsletter.dataTypes: + name'],
    ],
    [
      'a yes that becomes explicit',
      (p) => (newsletter(p).explicit = true),
      'purposes',
      ['newsletter'],
      ['purposes.newsletter.explicit: + true'],
    ],
    [
      'a company in the place of another',
      (p) => (part(p.recipients, 'postman').name = 'Other post'),
      'information',
      [],
      [`recipients.postman.name: - ${part(example.recipients, 'postman').name}  + Other post`],
    ],
    [
      'the part of a purpose that needs a consent',
      (p) => (part(p.purposes, 'rental').consentFor = { en: 'Cookies.', fr: 'Cookies.', nl: 'Cookies.' }),
      'information',
      [],
      ['purposes.rental.consentFor: - none  + Cookies.'],
    ],
    [
      'recipients of a consent',
      (p) => (newsletter(p).recipients = ['google']),
      'purposes',
      ['newsletter'],
      ['purposes.newsletter.recipients: - postman  + google'],
    ],
    [
      'a purpose without a consent',
      (p) => (part(p.purposes, 'rental').legalBasis = 'legitimateInterest'),
      'purposes',
      [],
      ['purposes.rental.basis: - contract  + legitimateInterest'],
    ],
    [
      'a period',
      (p) => {
        for (const rule of part(p.records, 'trips').fate) if (rule.then.do === 'archive') rule.after = 'P1Y';
      },
      'purposes',
      [],
      ['purposes.rental.periods: - P6M after a time: archive  + P1Y after a time: archive'],
    ],
    [
      'a consent that is gone',
      (p) => delete p.purposes['newsletter'],
      'purposes',
      ['newsletter'],
      ['purposes.newsletter: - consent'],
    ],
    [
      'a consent that is new',
      (p) => (p.purposes['surveys'] = newsletter(p)),
      'purposes',
      [],
      ['purposes.surveys: + consent'],
    ],
  ])('%s', (_what, spoil, kind, endsConsents, lines) => {
    const found = of(spoil);
    expect({ kind: found.kind, endsConsents: Object.keys(found.endsConsents) }).toEqual({ kind, endsConsents });
    expect(found.changed.map(printFact)).toEqual(lines);
  });

  it('the order in which a policy lists things is no difference', () => {
    const turned = next({}, (p) => {
      p.purposes = Object.fromEntries(Object.entries(p.purposes).reverse());
      part(p.purposes, 'rental').dataTypes.reverse();
    });
    expect(differenceOf(factsOf(example), factsOf(turned)).kind).toBe('wording');
  });
});

describe('the lock', () => {
  const now = Date.parse('2026-05-01T12:00:00Z');
  const lock = lockNotices(example, {}, now);
  const codes = (policy: Policy, at = now, known = lock) =>
    lockProblems(policy, known, at).map(({ code, path }) => `${code} ${path}`);

  it('keeps the facts of each version, and refuses to change those that people were told', () => {
    expect(lock[FIRST]?.facts).toEqual(factsOf(example));
    const changed = copy();
    part(changed.recipients, 'postman').countries = ['FR'];
    expect(codes(changed)).toEqual(['published-facts recipients.postman.countries']);
    expect(lockNotices(changed, lock, now)).toEqual(lock);
  });

  it('refuses a version that does not say what changed, and one that says something else', () => {
    const more = (p: Policy) => part(p.purposes, 'newsletter').dataTypes.push('name');
    expect(codes(next(null, more))).toEqual([`change-missing changes.${NEXT}`]);
    expect(codes(next({}, more))).toEqual([]);
    for (const wrong of [{ kind: 'wording' }, { kind: 'information' }, { endsConsents: {} }] as const)
      expect(codes(next(wrong as Partial<VersionChange>, more))).toEqual([`change-differs changes.${NEXT}`]);
    const [problem] = lockProblems(next({ kind: 'wording' }, more), lock, now);
    expect(problem?.message).toContain('write kind: \'purposes\', endsConsents: {"newsletter":');
  });

  it('keeps what was announced from the announcement on, and a draft never', () => {
    const more = (p: Policy) => part(p.purposes, 'newsletter').dataTypes.push('name');
    const told = lockNotices(next({}, more), lock, now);
    const words = next({}, (p) => {
      more(p);
      part(p.notices, NEXT)['newsletter'] = { en: 'Other.', fr: 'Autre.', nl: 'Anders.' };
    });
    expect(codes(words, EVE_TOLD, told)).toEqual([]);
    expect(codes(words, TOLD, told)).toEqual(
      ['en', 'fr', 'nl'].map((language) => `published-notice notices.${NEXT}.newsletter.${language}`),
    );
    expect(codes(next({ announced: '2026-06-15' }, more), TOLD, told)).toEqual([
      `published-facts changes.${NEXT}.announced`,
    ]);
    const draftLock = lockNotices(draft(), lock, now);
    expect(draftLock[NEXT]?.since).toBeUndefined();
    expect(codes(example, DAY + 1e11, draftLock)).toEqual([]);
  });
});
