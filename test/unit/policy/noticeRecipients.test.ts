import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { periodInWords } from '../../../functions/src/policy/generate/words.ts';
import { consentPurposes, endsAccount } from '../../../functions/src/policy/lookup.ts';
import { languagesOf } from '../../../functions/src/texts/languages.ts';

const asked = languagesOf(amikeo).flatMap((language) =>
  consentPurposes(amikeo).map((purpose) => ({
    language,
    purpose,
    text: amikeo.notices[amikeo.version]?.[purpose]?.[language] ?? '',
  })),
);

describe('the notices of AMIKEO say of its recipients what the register says (Art. 13(1)(e), 13(2)(a))', () => {
  const recipientsOf = (purpose: string) =>
    (amikeo.purposes[purpose]?.recipients ?? []).flatMap((id) => amikeo.recipients[id] ?? []);

  it.each(asked)('$purpose, $language: whom nobody allows to use the data for themselves', ({ purpose, text }) => {
    const own = recipientsOf(purpose).some(({ controllerFor }) => controllerFor !== undefined);
    expect(/They may not use|Elles n'ont pas le droit/.test(text) && own).toBe(false);
    expect(/\buses .*for itself|utilise aussi .*pour lui-même/.test(text)).toBe(own);
  });

  it.each(asked.filter(({ purpose }) => !endsAccount(amikeo, purpose)))(
    '$purpose, $language: how long those keep the data whom an officer asks',
    ({ purpose, language, text }) => {
      const periods = recipientsOf(purpose).flatMap(({ reach, kept }) =>
        'manual' in reach ? [periodInWords(kept.period, language)] : [],
      );
      expect(periods.filter((period) => !text.includes(period))).toEqual([]);
      expect(text).not.toMatch(/as long as you say yes|tant que vous dites oui/i);
    },
  );

  it.each(asked)(
    '$purpose, $language: how long companies keep copies, and all of them if it is the service',
    ({ purpose, language, text }) => {
      const told = (id: string): boolean => endsAccount(amikeo, purpose) || id.startsWith('brevo');
      const periods = (amikeo.purposes[purpose]?.recipients ?? [])
        .filter(told)
        .flatMap((id) => periodInWords(amikeo.recipients[id]?.kept.period ?? 'P0D', language));
      expect(periods.filter((period) => !text.includes(period))).toEqual([]);
    },
  );

  it.each(asked)('$purpose, $language: the number of the installation', ({ purpose, language, text }) => {
    const named = language === 'fr' ? "- Un numéro pour l'installation" : '- A number for the installation';
    expect(text.includes(named)).toBe(amikeo.purposes[purpose]?.dataTypes.includes('uuid'));
  });
});
