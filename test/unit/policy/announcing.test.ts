import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { checkPolicy } from '../../../functions/src/policy/check.ts';
import { renderRules } from '../../../functions/src/policy/generate/rules.ts';
import { lockNotices, lockProblems } from '../../../functions/src/policy/noticeLock.ts';
import { readLock } from '../../../functions/src/policy/versions/lockFile.ts';
import { publishedNotice } from '../../../functions/src/policy/notices.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { versionsAt } from '../../../functions/src/policy/versions/inForce.ts';
import { asDraft } from '../../kit/amikeo.ts';

/**
 * AMIKEO's next version is a draft: its controller decides the day on which people are told. One
 * line announces it, and everything else follows from that line.
 */

const NEXT = '2027-03-01';
const FROM = Date.parse('2027-02-28T23:00:00Z');
const lock = readLock(readFileSync('docs/notices.lock.json', 'utf8'));
const NOW = Date.parse('2026-12-01T09:00:00Z');

/** The policy with the one line that docs/your-own-policy.md names. */
function announcedOn(announced: string): Policy {
  const change = amikeo.changes?.[NEXT];
  if (change === undefined) throw new Error(`AMIKEO has no version ${NEXT}`);
  return { ...amikeo, changes: { ...amikeo.changes, [NEXT]: { ...change, announced } } };
}
const policy = announcedOn('2027-01-15');
const draft = asDraft(amikeo);
const codes = (one: Policy): string[] => {
  const checked = checkPolicy(one);
  return [...(checked.ok ? [] : checked.problems), ...lockProblems(one, lock, NOW)].map(({ code }) => code);
};
const yes = { purpose: 'coreService', granted: true, policyVersion: NEXT, locale: 'fr' } as const;

describe('the facts of AMIKEO’s version of 2025', () => {
  const facts = lock['2025-06-15']?.facts;
  const purposes = Object.entries(facts?.purposes ?? {});
  const [asked, unasked] = [purposes.filter(([, one]) => one.consent), purposes.filter(([, one]) => !one.consent)];
  const questions = Object.entries(amikeo.notices['2025-06-15'] ?? {});
  const fact = (path: string): string[] => facts?.others[path]?.split(', ') ?? [];

  it('have the purposes that the published text tells in passing: none of them is told as new', () => {
    expect(unasked.map(([id]) => id)).toEqual(expect.arrayContaining(['fraudAndDefence', 'preferences']));
    for (const told of Object.values(amikeo.changes?.[NEXT]?.text ?? {}))
      expect(told).not.toMatch(/fraud|remember|retiennent/);
  });

  it('have no period of a purpose that nobody was asked for, nor a type of data that no text named', () => {
    expect(unasked.flatMap(([, { periods }]) => periods)).toEqual([]);
    const never = ['ageBand', 'consentChoices', 'exportCopy', 'guardianship', 'officerName', 'rightsRequests'];
    expect(purposes.flatMap(([, { dataTypes }]) => dataTypes).filter((type) => never.includes(type))).toEqual([]);
  });

  it('name countries and roles of the companies in the questions alone, and contracts as the one protection', () => {
    const named = new Set(asked.flatMap(([, { recipients }]) => recipients));
    for (const id of Object.keys(amikeo.recipients)) {
      // Zendesk is one company with two tools; the questions name it for one of them.
      const isNamed = named.has(id) || id === 'zendesk';
      expect({ id, countries: fact(`recipients.${id}.countries`).length > 0 }).toEqual({ id, countries: isNamed });
      expect({ id, role: fact(`recipients.${id}.role`).length > 0 }).toEqual({ id, role: isNamed });
      expect(['', 'standardContractualClauses', undefined]).toContain(facts?.others[`recipients.${id}.safeguards`]);
    }
    expect(questions.every(([, { en = '' }]) => !/Amazon|Heroku|Stripe/.test(en))).toBe(true);
  });
});

describe('AMIKEO’s draft, announced by one line', () => {
  it('passes every check, and is locked from the announcement on', () => {
    expect(codes(policy)).toEqual([]);
    const told = lockNotices(policy, lock, Date.parse('2027-01-20'));
    const other = announcedOn('2027-01-20');
    expect(lockProblems(other, told, Date.parse('2027-01-20')).map(({ code }) => code)).toEqual(['published-facts']);
  });

  it('is refused on its own day, or after it: people are told before (Art. 13(3))', () => {
    for (const late of [NEXT, '2027-03-02']) expect(codes(announcedOn(late))).toContain('change-announced-late');
  });

  it('counts from its day on, and nobody can answer it before', () => {
    expect(versionsAt(policy, NOW)).toEqual({ inForce: '2025-06-15' });
    expect(versionsAt(policy, FROM - 1)).toMatchObject({ inForce: '2025-06-15', announced: { version: NEXT } });
    expect(versionsAt(policy, FROM)).toEqual({ inForce: NEXT });
    expect(publishedNotice(policy, yes, FROM - 1)).toBeNull();
    expect(publishedNotice(policy, yes, FROM)).not.toBeNull();
    expect(publishedNotice(draft, yes, FROM)).toBeNull();
    expect(versionsAt(draft, Date.UTC(2040, 0, 1))).toEqual({ inForce: '2025-06-15' });
  });

  it('lets the rules ask for the service from its day on, and the draft leaves them as they are', () => {
    const enforced = "isAgreed(state, 'coreService')";
    expect(renderRules(draft)).not.toContain(enforced);
    const rules = renderRules(policy);
    expect(rules.split(enforced)).toHaveLength(3);
    expect(rules.split(`return request.time < timestamp.value(${FROM}) || hasConsent();`)).toHaveLength(3);
  });
});
