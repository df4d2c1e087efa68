import { textsIn } from '../../texts/index.ts';
import { inLanguage, type Language } from '../../texts/languages.ts';
import { nameIn, trackersOf } from '../lookup.ts';
import type { Policy, Purpose, Recipient, Source } from '../schema.ts';
import { list } from './markdown.ts';
import { sourceInWords } from './words.ts';

/** Cells of the register that say several things of one purpose or recipient. */

/** Says if a person has to give the data of a purpose, and the consequence (Art. 13(2)(e)). */
export function provisionOf({ dataTypes }: Policy, { provision }: Purpose, language: Language): string {
  const { register: h, rules, format } = textsIn(language);
  const { required, optional, without, source } = provision;
  return list([
    rules.provisions[required],
    ...(optional === undefined
      ? []
      : [`${h.mayBeLeftOut}${format.colon}${optional.map((id) => nameIn(dataTypes, id, language)).join('; ')}`]),
    `${inLanguage(without, language)} — ${sourceInWords(source, language)}`,
  ]);
}

/** The trackers of a purpose: with a consent, or the reason that they need none. */
export function trackersIn(policy: Policy, purpose: Purpose, language: Language): string[][] {
  const { register: h, format } = textsIn(language);
  const trackers = trackersOf(policy, purpose);
  if (trackers.length === 0) return [];
  const { trackersWithoutConsent: exempt } = purpose;
  const sources = new Set(trackers.flatMap((id) => policy.dataTypes[id]?.tracker ?? []));
  const how =
    exempt === undefined
      ? `${h.trackersWithConsent} — ${[...sources].map((one) => sourceInWords(one, language)).join('; ')}`
      : `${h.trackersWithout}${format.colon}${inLanguage(exempt.text, language)} — ${sourceInWords(exempt.source, language)}`;
  return [[h.trackers, list([trackers.map((id) => nameIn(policy.dataTypes, id, language)).join('; '), how])]];
}

/** The role of a recipient, and the part that it decides on by itself. */
export function roleOf({ role, controllerFor }: Recipient, language: Language): string {
  const { register: h, rules, format } = textsIn(language);
  if (controllerFor === undefined) return rules.roles[role];
  const own = `${h.controllerFor}${format.colon}${inLanguage(controllerFor.text, language)}`;
  return list([rules.roles[role], `${own} — ${sourceInWords(controllerFor.source, language)}`]);
}

/** The sources of what is said about a recipient: of itself, its countries and its period. */
export function sourcesOf({ source, countriesSource, kept }: Recipient, language: Language): string {
  const { register: h, format } = textsIn(language);
  const of = (what: string, one: Source): string => `${what}${format.colon}${sourceInWords(one, language)}`;
  return list([
    sourceInWords(source, language),
    of(h.sourceOfCountries, countriesSource),
    of(h.sourceOfPeriod, kept.source),
    ...(kept.followsPeriods === undefined ? [] : [of(h.sourceOfPeriod, kept.followsPeriods)]),
  ]);
}
