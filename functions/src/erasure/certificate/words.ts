import { textsIn } from '../../texts/index.ts';
import { inLanguage, type Language } from '../../texts/languages.ts';
import type { CertificateOutcome } from './shape.ts';

/** The one who noted it, and when. */
const officerInWords = ({ by, on }: OfficersWord, when: (moment: string) => string): string => `${by}, ${when(on)}`;

type OfficersWord = NonNullable<Extract<CertificateOutcome, { outcome: 'done' }>['officer']>;

/**
 * Says one outcome in words, as it is and no better: everything that is not in the signed JSON
 * itself.
 */
export function outcomeInWords(
  outcome: CertificateOutcome,
  language: Language,
  when: (moment: string) => string,
): string[] {
  const { certificate, format } = textsIn(language);
  const { words, ends, outcomes: t } = certificate;
  const numbered = (what: string, count: number): string => `${what}${format.colon}${count}`;
  switch (outcome.outcome) {
    case 'done': {
      if (outcome.officer !== undefined)
        return [`${ends.confirmed}${format.colon}${officerInWords(outcome.officer, when)}.`];
      const done = outcome.how === undefined ? t.done : ends[outcome.how];
      const what = outcome.count === 0 ? t.nothing : numbered(done, outcome.count);
      return [`${what}. ${words.readBackOn} ${when(outcome.at)}.`];
    }
    case 'retained': {
      const { ground, until, ids = [], held } = outcome;
      const end = until === null ? t.noDate : `${t.until} ${when(until)}`;
      return [
        `${numbered(t.kept, outcome.count)}. ${end}.`,
        `${ground.article}${format.colon}${inLanguage(ground.text, language)}`,
        ...(held === true ? [t.held] : []),
        ...(ids.length === 0 ? [] : [`${t.numbers}${format.colon}${ids.join(', ')}`]),
      ];
    }
    case 'submitted': {
      const process = outcome.providerId === '' ? '' : ` (${outcome.providerId})`;
      return [`${numbered(t.submitted, outcome.count)}${process}. ${t.finishBy} ${when(outcome.finishBy)}.`];
    }
    case 'manual': {
      const count = outcome.count === 0 ? '' : ` (${outcome.count})`;
      return [`${t.manual(when(outcome.by))}${count}${format.colon}${inLanguage(outcome.what, language)}`];
    }
    case 'unconfirmed':
    case 'refused':
    case 'impossible':
    case 'disproportionate':
      return [
        `${t[outcome.outcome]}${format.colon}${officerInWords(outcome.officer, when)}.`,
        inLanguage(outcome.what, language),
      ];
    case 'expiring':
      return [`${t.expiring(when(outcome.until))}${format.colon}${inLanguage(outcome.what, language)}`];
    case 'pending':
      return [t.pending];
    case 'unknown':
      return [t.unknown];
  }
}
