import type { FateRule, Source } from '../../src/policy/schema.ts';

/** Shorthands of the shop's policy: the source of a value, and the rules that records share. */

export const statute = (en: string, fr: string = en): Source => ({
  kind: 'statute',
  reference: en === fr ? en : { en, fr },
});
export const choice = (en: string, fr: string): Source => ({ kind: 'ownChoice', reference: { en, fr } });
export const provider = (en: string, fr: string): Source => ({
  kind: 'provider',
  reference: { en, fr },
  read: '2026-11-29',
});
export const terms: Source = { kind: 'policyText', reference: 'Confidentialité, Atelier Brindille, section 3' };

export const withTheAccount: FateRule = {
  when: { event: 'accountDeleted' },
  after: 'P0D',
  then: { do: 'delete' },
  source: statute('GDPR Art. 17(1)', 'RGPD art. 17(1)'),
};

const accounting = {
  article: 'Art. 17(3)(b)',
  text: {
    en: 'Accounting records and the documents that support them are kept for ten years from the close of the financial year (Code de commerce, art. L123-22).',
    fr: "Les documents comptables et les pièces justificatives sont conservés dix ans à compter de la clôture de l'exercice (Code de commerce, art. L123-22).",
  },
};

/**
 * Kept for ten years from the close of the financial year of the time in `field`, and ended then.
 */
export const accountingFate = (field: string): FateRule[] => [
  {
    when: { field, from: 'financialYearEnd' },
    after: 'P10Y',
    then: { do: 'retain', ground: accounting },
    source: statute('Code de commerce, art. L123-22'),
  },
  {
    when: { field, from: 'financialYearEnd' },
    after: 'P10Y',
    then: { do: 'delete' },
    source: statute('GDPR Art. 5(1)(e)', 'RGPD art. 5(1)(e)'),
  },
  withTheAccount,
];
