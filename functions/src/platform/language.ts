import { isLanguage, type Language } from '../texts/languages.ts';

/**
 * Chooses the language in which to write to a caller. The one that their form names comes first,
 * however wrong the rest of the form is. Then the first of their `Accept-Language` that is among
 * `languages`, else the main one.
 *
 * @param languages of the policy, the main one first
 * @param form its `language` or `locale` is a BCP 47 tag, such as `fr-CA`
 * @param acceptLanguage the header of that name (RFC 9110, 12.5.4)
 */
export function languageOf(
  languages: readonly [Language, ...Language[]],
  form: unknown,
  acceptLanguage: string | undefined,
): Language {
  const wanted = [tagIn(form), ...byPreference(acceptLanguage ?? '')];
  for (const tag of wanted) {
    const language = /^[a-z]+/i.exec(tag.trim())?.[0].toLowerCase();
    if (isLanguage(language) && languages.includes(language)) return language;
  }
  return languages[0];
}

function tagIn(form: unknown): string {
  const { language, locale } = (typeof form === 'object' && form !== null ? form : {}) as Record<string, unknown>;
  return [language, locale].find((value) => typeof value === 'string') ?? '';
}

/** The languages of an `Accept-Language` header, the most wanted first. */
function byPreference(header: string): string[] {
  return header
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';');
      const q = parameters.map((p) => /^\s*q=([\d.]+)/.exec(p)?.[1]).find((value) => value !== undefined);
      return { tag, q: q === undefined ? 1 : Number(q) };
    })
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ tag }) => tag);
}
