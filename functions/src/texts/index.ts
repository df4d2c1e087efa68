import { en } from './en/index.ts';
import { fr } from './fr/index.ts';
import { nl } from './nl/index.ts';

/** The engine's texts for people, in one language. English gives the shape: a language that lacks a text does not compile. */
export type Texts = typeof en;

/** Every language that the engine writes: a folder each. Adding one: docs/languages.md. */
const registry = { en, fr, nl } satisfies Record<string, Texts>;

export type Language = keyof typeof registry;
export const LANGUAGES = Object.keys(registry) as readonly Language[];

/** A text of a policy, in the languages that the policy declares. */
export type Text = { readonly [L in Language]?: string };

/** A text that was stored: the languages may be those of an older policy. */
type StoredText = Readonly<Record<string, string | undefined>>;

/** The engine's texts in a language. */
export const textsIn = (language: Language): Texts => registry[language];

export const isLanguage = (value: unknown): value is Language =>
  typeof value === 'string' && Object.hasOwn(registry, value);

/** Says a text in a language; without that one, in English, else in the first that it has. */
export const inLanguage = (text: StoredText, language: Language): string =>
  text[language] ?? text['en'] ?? Object.values(text).find((one) => one !== undefined) ?? '';

/** Says texts on a page in a language: the engine's, which are plain strings, and a policy's. */
export const saying = (language: Language) => {
  const { typeset } = registry[language].format;
  return (text: string | StoredText): string => typeset(typeof text === 'string' ? text : inLanguage(text, language));
};

/** The languages of a policy in the order of the engine's, the same whichever is the main one. */
export const languagesOf = ({ languages }: { readonly languages: readonly Language[] }): Language[] =>
  LANGUAGES.filter((language) => languages.includes(language));

/**
 * Writes a text of the engine in each language of a policy.
 *
 * @example inLanguages(policy, ({ archive }) => archive.receiptName) // { en: 'Consent receipt', fr: … }
 */
export const inLanguages = (
  policy: { readonly languages: readonly Language[] },
  write: (texts: Texts, language: Language) => string,
): Text => Object.fromEntries(languagesOf(policy).map((language) => [language, write(registry[language], language)]));

/** The English name of a language, for whoever writes a policy. */
export const nameOfLanguage = (language: Language): string =>
  new Intl.DisplayNames(['en'], { type: 'language' }).of(language) ?? language;

/** Says a date, in epoch milliseconds, as people write it in a language. */
export const dateIn = (language: Language, at: number, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(registry[language].format.locale, options).format(at);

/** Says a number of calendar units: `13 months`. */
export const unitIn = (language: Language, unit: 'year' | 'month' | 'week' | 'day', count: number): string =>
  new Intl.NumberFormat(registry[language].format.locale, { style: 'unit', unit, unitDisplay: 'long' })
    .format(count)
    // French has a blank there at which no line breaks: readers of plain texts compare with a plain one.
    .replaceAll('\u00a0', ' ');

/** Lists things in a sentence: `a, b and c`, or `a, b or c`. */
export const listIn = (language: Language, type: 'conjunction' | 'disjunction', things: readonly string[]): string =>
  new Intl.ListFormat(registry[language].format.locale, { type }).format(things);
