import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { example } from '../../../functions/policies/example/index.ts';
import { replyPage, replyText, type Told } from '../../../functions/src/messages/reply.ts';
import { authorityCountries, AUTHORITIES_AS_OF, authorityOf } from '../../../functions/src/policy/authorities.ts';
import { isInEea } from '../../../functions/src/policy/countries.ts';
import { refusalReasons } from '../../../functions/src/requests/reply.ts';
import { requestTypes } from '../../../functions/src/requests/request.ts';
import { textsIn } from '../../../functions/src/texts/index.ts';

const receivedAt = Date.parse('2026-03-01T09:00:00Z');
const until = Date.parse('2026-06-01T09:00:00Z');
const letter = (told: Told, more: object = {}, language: 'en' | 'fr' | 'nl' = 'en', policy = example) =>
  replyText(policy, { told, type: 'rectification', receivedAt, ...more }, language).text;
const refused: Told = { kind: 'refused', reason: 'excessive' };

describe("an officer's letter (Art. 12(3) and (4))", () => {
  it.each(['en', 'fr', 'nl'] as const)(
    'in %s says what was asked, the decision, and every means against it',
    (lang) => {
      const decisions: Told[] = [
        { kind: 'extended', reason: 'complexity', until },
        { kind: 'extended', reason: 'number', until },
        { kind: 'answered', result: 'done' },
        { kind: 'answered', result: 'partly' },
        ...refusalReasons.map((reason): Told => ({ kind: 'refused', reason })),
      ];
      const texts = requestTypes.flatMap((type) =>
        decisions.map((told) => letter(told, { type, words: 'In my own words.' }, lang)),
      );
      const { remedies } = textsIn(lang).replies;
      for (const text of texts) {
        expect(text).toContain('2026');
        expect(text).toContain('In my own words.');
        expect(text).toContain(example.controller.supervisoryAuthority.url);
        for (const line of [remedies.court, remedies.law, remedies.complain, example.controller.address])
          expect(text).toContain(line);
        expect(text).not.toMatch(/undefined|\[object/);
      }
      // No two decisions read alike.
      const ofOne = decisions.map((told) => letter(told, {}, lang));
      expect(new Set(ofOne).size).toBe(decisions.length);
    },
  );

  it("names the authority of the person's country, and the policy's own of any other", () => {
    expect(letter(refused, { country: 'CH' })).toContain('edoeb.admin.ch');
    expect(letter(refused, { country: 'CH' })).not.toContain(example.controller.supervisoryAuthority.url);
    expect(letter(refused, { country: 'US' })).toContain(example.controller.supervisoryAuthority.url);
    // The policy knows its own best: the page for complaints, and the postal address.
    expect(letter(refused, { country: 'FR' }, 'fr', amikeo)).toContain('cnil.fr/fr/plaintes');
    expect(letter(refused, {}, 'fr', amikeo)).toContain('75334 Paris');
  });

  it('says the new day of an extension', () => {
    expect(letter({ kind: 'extended', reason: 'number', until })).toContain('Monday, 1 June 2026');
  });

  it('is a page without a script, in which no word becomes markup', () => {
    const page = replyPage({ subject: 'A <b>', text: letter(refused, { words: '<script>alert(1)</script>' }) }, 'en');
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toMatch(/<script|<b>/);
    expect(page).toContain("default-src 'none'");
  });
});

describe('the list of authorities', () => {
  it('has each country of the EEA, the United Kingdom and Switzerland, with a secure address and a date', () => {
    expect(authorityCountries.filter((code) => !isInEea(code))).toEqual(['CH', 'GB']);
    expect(authorityCountries).toHaveLength(32);
    for (const code of authorityCountries) expect(authorityOf(code)?.url).toMatch(/^https:\/\//);
    expect(authorityOf('constructor')).toBeUndefined();
    expect(Date.parse(AUTHORITIES_AS_OF)).toBeLessThan(Date.now());
  });
});
