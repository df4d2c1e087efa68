import { describe, expect, it } from 'vitest';
import { example } from '../../../../functions/policies/example/index.ts';
import { lockNotes, lockNotices, lockProblems } from '../../../../functions/src/policy/noticeLock.ts';
import type { Policy, VersionChange } from '../../../../functions/src/policy/schema.ts';
import { factsOf, KINDS } from '../../../../functions/src/policy/versions/facts.ts';
import { printLock, readLock, type NoticeLock } from '../../../../functions/src/policy/versions/lockFile.ts';
import { copy, part } from '../bad-policies.ts';
import { DAY, draft, EVE_TOLD, FIRST, next, NEXT, TOLD } from './versions.sample.ts';

/** The lock keeps what people were told, and tells the next difference. */

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

  it('is refused if a version has other countries than those that it says', () => {
    const moved = (p: Policy) => (part(p.recipients, 'postman').countries = ['FR']);
    const change = { kind: 'information', endsConsents: {} } as const;
    expect(codes(next({ ...change, formerCountries: { postman: ['CH'] } }, moved))).toEqual([]);
    expect(codes(next(change, moved))).toEqual([`change-differs changes.${NEXT}`]);
    expect(lockProblems(next(change, moved), lock, now)[0]?.message).toContain('formerCountries: {"postman":["CH"]}');
  });
});

describe('the file of the lock', () => {
  const now = Date.parse('2026-05-01T12:00:00Z');
  const lock = lockNotices(example, {}, now);
  const { texts } = part(lock, FIRST);

  it('is read as it was written', () => expect(readLock(printLock(lock))).toEqual(lock));

  it('with texts alone is of the first form: they stay frozen from the day of their version', () => {
    const read = readLock(JSON.stringify({ [FIRST]: texts }));
    expect(read).toEqual({ [FIRST]: { since: FIRST, texts } });
    const changed = copy();
    part(changed.notices, FIRST)['newsletter'] = { en: 'Other.', fr: 'Autre.', nl: 'Anders.' };
    const codes = lockProblems(changed, read, now).map(({ code }) => code);
    expect(codes).toEqual(['published-notice', 'published-notice', 'published-notice']);
    expect(part(lockNotices(changed, read, now), FIRST).texts).toEqual(texts);
    // It has no facts: nobody computes what the next version changes.
    expect(lockNotes(next(), read)).toEqual([expect.stringContaining(`no facts of the version before ${NEXT}`)]);
    expect(lockNotes(example, read)).toEqual([]);
  });

  it('with facts that do not list their kinds is refused, with the way out of it', () => {
    // As the lock had them once: the part that needs a consent stood among the other facts.
    const { purposes, others } = factsOf(example);
    const facts = { purposes, others: { ...others, 'purposes.newsletter.consentFor': 'none' } };
    const file = (of: object) => JSON.stringify({ [FIRST]: { since: FIRST, texts, ...of } });
    expect(() => readLock(file({ facts }))).toThrow(/do not list their kinds.*Remove 'facts'.*npm run generate/);
    const read = readLock(file({}));
    expect(lockProblems(example, read, now)).toEqual([]);
    expect(lockNotices(example, read, now)).toEqual(lock);
  });

  it.each<[string, unknown]>([
    ['a list', []],
    ['a version without a date', { latest: { texts } }],
    ['a version with something unknown', { [FIRST]: { texts, sinse: FIRST } }],
    ['a text without a hash', { [FIRST]: { since: FIRST, texts: { newsletter: { en: 1 } } } }],
    ['facts that are none', { [FIRST]: { since: FIRST, texts, facts: { purposes: [] } } }],
  ])('in no known form is refused, and never taken as a draft: %s', (_what, file) =>
    expect(() => readLock(JSON.stringify(file))).toThrow(/docs\/notices\.lock\.json.*last commit/),
  );
});

describe('facts that an older version did not record', () => {
  const now = Date.parse('2026-05-01T12:00:00Z');
  const { purposes, others } = factsOf(example);
  /** As code recorded them that knew less. */
  const MISSING = ['purposes.*.description', 'purposes.*.periods', 'purposes.*.consentFor'];
  const first: NoticeLock = {
    [FIRST]: {
      since: FIRST,
      texts: part(lockNotices(example, {}, now), FIRST).texts,
      facts: {
        kinds: KINDS.filter((kind) => !MISSING.includes(kind)),
        purposes: Object.fromEntries(Object.entries(purposes).map(([id, facts]) => [id, { ...facts, periods: [] }])),
        others: Object.fromEntries(Object.entries(others).filter(([path]) => !path.endsWith('.description'))),
      },
    },
  };
  const described = (p: Policy) => {
    part(p.purposes, 'rental').description = { en: 'Other.', fr: 'Autre.', nl: 'Anders.' };
    for (const rule of part(p.records, 'trips').fate) if (rule.then.do === 'archive') rule.after = 'P1Y';
  };
  const wording = { kind: 'wording', endsConsents: {} } as const;

  it('are not compared: an update of this backend makes no published version a false one', () => {
    expect(lockProblems(example, first, now)).toEqual([]);
    expect(lockNotices(example, first, now)).toEqual(first);
  });

  it('are named, since nobody can compute if they changed', () => {
    expect(lockProblems(next(wording, described), first, now)).toEqual([]);
    const [note] = lockNotes(next(wording, described), first);
    expect(note).toContain(`the facts of ${FIRST} do not record `);
    for (const kind of MISSING) expect(note).toContain(kind);
    expect(note).not.toContain('recipients.*.countries');
    // The published version itself could be changed in them, and no check would see it.
    expect(lockNotes(example, first)).toEqual([
      expect.stringMatching(new RegExp(`^docs/notices.lock.json: the facts of ${FIRST} .*: raise the version`)),
    ]);
  });

  it('are named if this code does not know them: newer code wrote the lock', () => {
    const { facts, ...locked } = part(lockNotices(example, {}, now), FIRST);
    if (facts === undefined) throw new Error('no facts');
    const newer = { ...facts, kinds: [...facts.kinds, 'recipients.*.owner'] };
    expect(lockNotes(example, { [FIRST]: { ...locked, facts: newer } })).toEqual([
      expect.stringMatching(new RegExp(`${FIRST} records recipients\\.\\*\\.owner, .*newer code`)),
    ]);
  });

  it('what both record is compared all the same', () => {
    const moved = (p: Policy) => (part(p.recipients, 'postman').countries = ['FR']);
    expect(lockProblems(next(wording, moved), first, now).map(({ code }) => code)).toEqual(['change-differs']);
    expect(lockNotes(example, lockNotices(example, {}, now))).toEqual([]);
  });
});
