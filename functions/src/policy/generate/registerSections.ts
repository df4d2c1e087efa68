import { textsIn } from '../../texts/index.ts';
import { inLanguage, type Language } from '../../texts/languages.ts';
import { nameIn, referenceOf } from '../lookup.ts';
import type { Policy } from '../schema.ts';
import { sourcesIn } from '../sources.ts';
import { cell, list, section, table } from './markdown.ts';
import { keptInWords, periodInWords, sourceInWords } from './words.ts';

/** Sections of the register beside its activities, records and recipients. */

/** The recipients without the name of a company. */
export function categoriesTable({ purposes, recipientCategories }: Policy, language: Language): string {
  const { register: h, format } = textsIn(language);
  return table(
    [h.category, h.purposes, h.keptFor, h.source],
    Object.values(recipientCategories).map((category) => [
      `**${inLanguage(category.name, language)}**${category.inside ? ` (${h.inside})` : ''}`,
      category.purposes.map((id) => nameIn(purposes, id, language)).join('; '),
      keptInWords(category.kept, language),
      list([
        sourceInWords(category.source, language),
        `${h.sourceOfPeriod}${format.colon}${sourceInWords(category.kept.source, language)}`,
      ]),
    ]),
  );
}

/** The copies in which ended data last for a while. */
export function copiesTable({ remains }: Policy, language: Language): string {
  const h = textsIn(language).register;
  return table(
    [h.what, h.period, h.source],
    Object.values(remains).map(({ name, within, source }) => [
      inLanguage(name, language),
      periodInWords(within, language) || h.none,
      sourceInWords(source, language),
    ]),
  );
}

/** Every statement that nobody has confirmed, so that somebody can. */
export function unconfirmedStatements(policy: Policy, language: Language): string[] {
  const h = textsIn(language).register;
  const open = sourcesIn(policy).filter(({ source }) => source.toBeConfirmed === true);
  const line = ({ path, source }: (typeof open)[number]): string =>
    `- \`${path}\`: ${cell(referenceOf(source, language))}`;
  return open.length === 0 ? [] : [section(2, h.unconfirmed, [h.unconfirmedIntro, open.map(line).join('\n')])];
}
