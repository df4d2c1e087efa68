import type { Language } from '../texts/languages.ts';

/**
 * ISO 3166-1 alpha-2 codes of the European Economic Area: the 27 member states, Iceland,
 * Liechtenstein and Norway.
 */
const EEA: ReadonlySet<string> = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO'.split(' '),
);

/**
 * Countries whose level of protection the European Commission has decided to be adequate (GDPR Art.
 * 45), as of 2026. The register names the decision. Canada: commercial organisations only. The
 * United States is not here: the decision covers only certified organisations, and a recipient has
 * to say so with `dataPrivacyFramework`.
 */
export const ADEQUACY: Readonly<Record<string, string>> = {
  AD: 'Decision 2010/625/EU',
  AR: 'Decision 2003/490/EC',
  BR: 'adopted in January 2026',
  CA: 'Decision 2002/2/EC, commercial organisations',
  CH: 'Decision 2000/518/EC',
  FO: 'Decision 2010/146/EU',
  GB: 'Decision (EU) 2021/1772, renewed on 19 December 2025 until December 2031',
  GG: 'Decision 2003/821/EC',
  IL: 'Decision 2011/61/EU',
  IM: 'Decision 2004/411/EC',
  JE: 'Decision 2008/393/EC',
  JP: 'Decision (EU) 2019/419',
  KR: 'Decision (EU) 2022/254',
  NZ: 'Decision 2013/65/EU',
  UY: 'Decision 2012/484/EU',
};

export const isInEea = (country: string): boolean => EEA.has(country);

/** Is there an adequacy decision for the country as a whole (or, for Canada, its companies)? */
export const isAdequate = (country: string): boolean => country in ADEQUACY;

/** The name of a country; undefined for a code that is not one. */
export function countryName(code: string, language: Language): string | undefined {
  return new Intl.DisplayNames([language], { type: 'region', fallback: 'none' }).of(code);
}
