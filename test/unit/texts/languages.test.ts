import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dateIn, inLanguages, textsIn, unitIn } from '../../../functions/src/texts/index.ts';
import { inLanguage, LANGUAGES } from '../../../functions/src/texts/languages.ts';

const folder = join(import.meta.dirname, '../../../functions/src/texts');

/** Each text by its place: a function is called, with its own place for every value. */
function textsOf(part: unknown, place = ''): Map<string, string> {
  if (typeof part === 'string') return new Map([[place, part]]);
  if (typeof part === 'function') {
    const values = Array.from({ length: part.length }, (_, n) => `value${n}`);
    return textsOf((part as (...of: unknown[]) => unknown)(...values), place);
  }
  const members = Array.isArray(part) ? [[place, part.join('\n')] as const] : [];
  if (members.length > 0) return new Map(members);
  return new Map(
    Object.entries(part as object).flatMap(([name, member]) => [
      ...textsOf(member, place === '' ? name : `${place}.${name}`),
    ]),
  );
}

describe('the languages of the engine', () => {
  it('are the folders of texts, none forgotten', () => {
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect([...LANGUAGES].sort()).toEqual(folders.map(({ name }) => name).sort());
  });

  it.each(LANGUAGES)('%s has every text that English has, and no other', (language) => {
    const texts = textsOf(textsIn(language));
    expect([...texts.keys()].sort()).toEqual([...textsOf(textsIn('en')).keys()].sort());
    expect([...texts].filter(([, text]) => text.trim() === '').map(([place]) => place)).toEqual([]);
  });

  it.each(LANGUAGES)('%s puts every value into its texts that English puts there', (language) => {
    const values = (text: string): string[] => [...new Set(text.match(/value\d/g))].sort();
    const english = textsOf(textsIn('en'));
    for (const [place, text] of textsOf(textsIn(language)))
      expect({ place, values: values(text) }).toEqual({ place, values: values(english.get(place) ?? '') });
  });

  it.each(LANGUAGES)('%s names a data protection officer only if the policy names one', (language) => {
    const named = /data protection officer|délégué à la protection|functionaris voor gegevensbescherming/i;
    const places = [...textsOf(textsIn(language))].filter(([, text]) => named.test(text)).map(([place]) => place);
    // Both are followed by the policy's own officer, or left out.
    expect(places.sort()).toEqual(['certificate.words.officer', 'register.dpo']);
  });

  it.each(LANGUAGES)('%s writes messages in short sentences and without a link (Art. 12(1))', (language) => {
    const { messages, onBehalf } = textsIn(language);
    for (const [place, text] of textsOf({ messages, onBehalf })) {
      const words = text.split(/[.!?:\n]/).map((sentence) => sentence.trim().split(/\s+/).length);
      expect({ place, longest: Math.max(...words) <= 16 }).toEqual({ place, longest: true });
      expect(text).not.toMatch(/https?:/);
    }
  });
});

describe('a text in a language', () => {
  it('is said in that one, else in English, else in the first that it has', () => {
    expect(inLanguage({ en: 'yes', fr: 'oui' }, 'fr')).toBe('oui');
    expect(inLanguage({ en: 'yes', nl: 'ja' }, 'fr')).toBe('yes');
    expect(inLanguage({ nl: 'ja' }, 'fr')).toBe('ja');
    expect(inLanguage({}, 'fr')).toBe('');
  });

  it('of the engine is written in the languages of the policy, in one order', () => {
    const written = inLanguages({ languages: ['fr', 'en'] }, ({ archive }) => archive.receiptName);
    expect(Object.entries(written)).toEqual([
      ['en', 'Consent receipt'],
      ['fr', 'Reçu de consentement'],
    ]);
    expect(inLanguages({ languages: ['fr'] }, (_, language) => language)).toEqual({ fr: 'fr' });
  });

  it.each([
    ['en', '14 July 2026', '13 months'],
    ['fr', '14 juillet 2026', '13 mois'],
    ['nl', '14 juli 2026', '13 maanden'],
  ] as const)('%s: dates and periods as people write them', (language, day, period) => {
    expect(dateIn(language, Date.UTC(2026, 6, 14), { dateStyle: 'long', timeZone: 'UTC' })).toBe(day);
    expect(unitIn(language, 'month', 13)).toBe(period);
  });
});
