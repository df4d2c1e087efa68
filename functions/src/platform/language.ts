/**
 * In which language to write to a caller: what they asked for, else the first of their `Accept-Language` that there are texts in, else
 * `fallback`.
 *
 * @param locale a BCP 47 tag that the caller named, such as `fr-CA`
 * @param acceptLanguage the header of that name (RFC 9110, 12.5.4)
 */
export function languageOf(
  locale: string | undefined,
  acceptLanguage: string | undefined,
  fallback: 'en' | 'fr' = 'en',
): 'en' | 'fr' {
  const wanted = [locale ?? '', ...byPreference(acceptLanguage ?? '')];
  for (const tag of wanted) {
    const language = /^[a-z]+/i.exec(tag.trim())?.[0].toLowerCase();
    if (language === 'fr' || language === 'en') return language;
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
