import * as en from './en/index.ts';
import * as fr from './fr/index.ts';
import { inLanguage, languagesOf, type Language, type StoredText, type Text } from './languages.ts';
import * as nl from './nl/index.ts';

/**
 * The engine's texts for people, in one language. English gives the shape: a language that lacks a
 * text does not compile.
 */
export type Texts = typeof en;

const registry: Readonly<Record<Language, Texts>> = { en, fr, nl };

/** The engine's texts in a language. */
export const textsIn = (language: Language): Texts => registry[language];

/** Says texts on a page in a language: the engine's, which are plain strings, and a policy's. */
export const saying = (language: Language) => {
  const { typeset } = registry[language].format;
  return (text: string | StoredText): string => typeset(typeof text === 'string' ? text : inLanguage(text, language));
};

/**
 * Writes a text of the engine in each language of a policy.
 *
 * @example inLanguages(policy, ({ archive }) => archive.receiptName) // { en: 'Consent receipt',
 *   fr: … }
 */
export const inLanguages = (
  policy: { readonly languages: readonly Language[] },
  write: (texts: Texts, language: Language) => string,
): Text => Object.fromEntries(languagesOf(policy).map((language) => [language, write(registry[language], language)]));

/** Formatters of dates: making one takes many times as long as a use of it. */
const dates = new Map<string, Intl.DateTimeFormat>();

/** Says a date, in epoch milliseconds, as people write it in a language. */
export function dateIn(language: Language, at: number, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify([language, options]);
  const format = dates.get(key) ?? new Intl.DateTimeFormat(registry[language].format.locale, options);
  dates.set(key, format);
  return format.format(at);
}

/** Says a number of calendar units: `13 months`. */
export const unitIn = (language: Language, unit: 'year' | 'month' | 'week' | 'day', count: number): string =>
  new Intl.NumberFormat(registry[language].format.locale, { style: 'unit', unit, unitDisplay: 'long' })
    .format(count)
    // French has a blank there at which no line breaks: readers of plain texts compare with a plain
    // one.
    .replaceAll('\u00a0', ' ');

/** Lists things in a sentence: `a, b and c`, or `a, b or c`. */
export const listIn = (language: Language, type: 'conjunction' | 'disjunction', things: readonly string[]): string =>
  new Intl.ListFormat(registry[language].format.locale, { type }).format(things);
