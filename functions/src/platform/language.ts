import { isLanguage, type Language } from '../texts/index.ts';

/**
 * Chooses the language in which to write to a caller: the one they asked for, else the first of
 * their `Accept-Language` that is among `languages`, else `fallback`.
 *
 * @param languages of the policy, the main one first
 * @param locale a BCP 47 tag that the caller named, such as `fr-CA`
 * @param acceptLanguage the header of that name (RFC 9110, 12.5.4)
 */
export function languageOf(
  languages: readonly [Language, ...Language[]],
  locale: string | undefined,
  acceptLanguage: string | undefined,
  fallback = languages[0],
): Language {
  const wanted = [locale ?? '', ...byPreference(acceptLanguage ?? '')];
  for (const tag of wanted) {
    const language = /^[a-z]+/i.exec(tag.trim())?.[0].toLowerCase();
    if (isLanguage(language) && languages.includes(language)) return language;
  }
  return fallback;
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
