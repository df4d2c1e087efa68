/**
 * The languages of the engine and of policies, without a text of any: most functions write none,
 * and start without them.
 */

/** Every language that the engine writes: a folder each. Adding one: docs/languages.md. */
export const LANGUAGES = ['en', 'fr', 'nl'] as const;

export type Language = (typeof LANGUAGES)[number];

/** A text of a policy, in the languages that the policy declares. */
export type Text = { readonly [L in Language]?: string };

/** A text that was stored: the languages may be those of an older policy. */
export type StoredText = Readonly<Record<string, string | undefined>>;

export const isLanguage = (value: unknown): value is Language => LANGUAGES.some((language) => language === value);

/** Says a text in a language; without that one, in English, else in the first that it has. */
export const inLanguage = (text: StoredText, language: Language): string =>
  text[language] ?? text['en'] ?? Object.values(text).find((one) => one !== undefined) ?? '';

/** The languages of a policy in the order of the engine's, the same whichever is the main one. */
export const languagesOf = ({ languages }: { readonly languages: readonly Language[] }): Language[] =>
  LANGUAGES.filter((language) => languages.includes(language));

/** The English name of a language, for whoever writes a policy. */
export const nameOfLanguage = (language: Language): string =>
  new Intl.DisplayNames(['en'], { type: 'language' }).of(language) ?? language;
