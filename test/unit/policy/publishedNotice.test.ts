import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { example } from '../../../functions/policies/example/index.ts';
import { noticeOf, publishedNotice } from '../../../functions/src/policy/notices.ts';
import type { Policy, Text } from '../../../functions/src/policy/schema.ts';
import { versionInForce } from '../../../functions/src/policy/versions/inForce.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';

/** The text that a person is shown for a purpose, by version and language. */

const NOW = Date.parse('2026-06-01T12:00:00Z');
const KNOWN = AMIKEO_VERSION;

describe('a text is published', () => {
  it('not because an object has such a member', async () => {
    expect(publishedNotice(amikeo, { purpose: 'constructor', policyVersion: KNOWN }, NOW)).toBeNull();
    expect(publishedNotice(amikeo, { purpose: 'messages', policyVersion: '__proto__' }, NOW)).toBeNull();
    expect(publishedNotice(amikeo, { purpose: 'messages' }, NOW)).toBeNull();
  });

  describe('in the declared language, else in the policy’s own', () => {
    const only = (text: Partial<Text>): Policy => ({
      ...amikeo,
      languages: ['en', 'fr'],
      notices: { [KNOWN]: { messages: text } },
    });
    it.each<[string | undefined, Partial<Text>, string | null]>([
      ['fr-CA', { en: 'May we?', fr: 'Pouvons-nous ?' }, 'fr declared'],
      ['fr_FR', { en: 'May we?', fr: 'Pouvons-nous ?' }, 'fr declared'],
      ['de-AT', { en: 'May we?', fr: 'Pouvons-nous ?' }, 'en assumed'],
      [undefined, { en: 'May we?', fr: 'Pouvons-nous ?' }, 'en assumed'],
      ['fr', { en: 'May we?' }, 'en assumed'],
      ['fr', { en: 'May we?', fr: '  ' }, 'en assumed'],
      ['fr', { fr: 'Pouvons-nous ?' }, 'fr declared'],
      ['de', { fr: 'Pouvons-nous ?' }, null],
      ['en', {}, null],
    ])('%s of %j: %s', (locale, text, expected) => {
      const notice = publishedNotice(only(text), { purpose: 'messages', policyVersion: KNOWN, locale }, NOW);
      const told = notice && `${notice.language} ${notice.assumed ? 'assumed' : 'declared'}`;
      expect(told).toBe(expected);
      expect(noticeOf(only(text), KNOWN, 'messages', locale)).toEqual(notice);
    });
  });

  it.each([
    ['AMIKEO', amikeo],
    ['the example', example],
  ])('%s: a yes to each question of the present version counts', (_name, policy) => {
    const policyVersion = versionInForce(policy, NOW);
    const asked = Object.keys(policy.notices[policyVersion] ?? {});
    expect(asked.length).toBeGreaterThan(0);
    for (const purpose of asked) expect(publishedNotice(policy, { purpose, policyVersion }, NOW)).not.toBeNull();
  });
});
