import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { periodInWords } from '../../../../functions/src/policy/generate/words.ts';
import type { Policy } from '../../../../functions/src/policy/schema.ts';
import { ASKS } from '../../../../functions/src/rights/ways/link.ts';
import { donePage } from '../../../../functions/src/rights/ways/linkPage.ts';
import { LANGUAGES, type Language } from '../../../../functions/src/texts/languages.ts';

const within = (period: string): Policy => {
  const { rights } = amikeo;
  return { ...amikeo, rights: { ...rights, answerWithin: { ...rights.answerWithin, period } } };
};

/** A page's text, with plain blanks. */
const said = (page: string): string => page.replaceAll('\u00a0', ' ');

describe('the page after the button', () => {
  it.each<[string, Language, string]>([
    ['P1M', 'en', 'You get an answer within 1 month.'],
    ['P20D', 'en', 'You get an answer within 20 days.'],
    ['P20D', 'fr', 'Vous recevez une réponse en 20 jours au plus.'],
    ['P20D', 'nl', 'U krijgt binnen 20 dagen antwoord.'],
  ])('says the policy’s period in words: %s, %s', (period, language, words) => {
    for (const asks of ASKS.filter((one) => one !== 'marketing'))
      expect([asks, said(donePage(within(period), { asks, language }))]).toEqual([
        asks,
        expect.stringContaining(words) as string,
      ]);
  });

  it('about marketing promises no answer: it is done at once', () => {
    for (const language of LANGUAGES)
      expect(said(donePage(within('P20D'), { asks: 'marketing', language }))).not.toContain(
        periodInWords('P20D', language),
      );
  });
});
