import { periodInWords } from '../policy/generate/words.ts';
import { allRecords } from '../policy/lookup.ts';
import type { FateRule, Policy, PurposeId, Text } from '../policy/schema.ts';

/** Since when a period counts, in easy words. */
const EVENTS: Readonly<Record<'accountDeleted' | 'inactive' | 'contractEnded', Text>> = {
  accountDeleted: { en: 'until you delete your account', fr: "jusqu'à ce que vous supprimiez votre compte" },
  inactive: { en: 'after the last time you were active', fr: 'après votre dernière activité' },
  contractEnded: { en: 'after the end of the contract', fr: 'après la fin du contrat' },
};

function ruleInEasyWords(
  { when, after, then }: FateRule,
  purpose: PurposeId,
  language: keyof Text,
): string | undefined {
  if (then.do === 'retain' || then.do === 'archive') return undefined;
  const en = language === 'en';
  const period = periodInWords(after, language);
  if ('withdrawn' in when) {
    if (when.withdrawn !== purpose) return undefined;
    const until = en ? 'until you say no' : 'jusqu’à ce que vous disiez non';
    return period === '' ? until : en ? `${period} after you say no` : `${period} après votre non`;
  }
  if ('event' in when) {
    const event = EVENTS[when.event][language];
    if (when.event === 'accountDeleted') return event;
    return en ? `${period} at most ${event}` : `${period} au plus ${event}`;
  }
  return en ? `${period} at most` : `${period} au plus`;
}

/**
 * How long what a purpose uses is kept, one line for each record, in easy words: `Usage events: 13 months at most, until you say no`. The
 * earliest of a line counts.
 */
export function keptInWords(policy: Policy, purpose: PurposeId, language: keyof Text): string[] {
  return allRecords(policy)
    .filter(({ record }) => record.purposes.includes(purpose))
    .flatMap(({ record }) => {
      const ends = record.fate.flatMap((rule) => ruleInEasyWords(rule, purpose, language) ?? []);
      if (ends.length === 0) return [];
      const colon = language === 'en' ? ': ' : ' : ';
      return [`${record.name[language]}${colon}${[...new Set(ends)].join(language === 'en' ? ', or ' : ', ou ')}`];
    });
}
