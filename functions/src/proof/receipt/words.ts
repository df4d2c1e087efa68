import { periodInWords } from '../../policy/generate/words.ts';
import { allRecords } from '../../policy/lookup.ts';
import type { FateRule, Policy, PurposeId } from '../../policy/schema.ts';
import { textsIn } from '../../texts/index.ts';
import { inLanguage, type Language } from '../../texts/languages.ts';

function ruleInEasyWords({ when, after, then }: FateRule, purpose: PurposeId, language: Language): string | undefined {
  if (then.do === 'retain' || then.do === 'archive') return undefined;
  const t = textsIn(language).receipt;
  const period = periodInWords(after, language);
  if ('withdrawn' in when) {
    if (when.withdrawn !== purpose) return undefined;
    return period === '' ? t.untilNo : t.afterNo(period);
  }
  if (!('event' in when)) return t.atMost(period);
  const event = t.events[when.event];
  return when.event === 'accountDeleted' ? event : t.atMostFrom(period, event);
}

/**
 * Says how long the data of a purpose are kept, one line for each record, in easy words: `Usage
 * events: 13 months at most, until you say no`. The earliest of a line counts.
 */
export function keptInWords(policy: Policy, purpose: PurposeId, language: Language): string[] {
  return allRecords(policy)
    .filter(({ record }) => record.purposes.includes(purpose))
    .flatMap(({ record }) => {
      const ends = record.fate.flatMap((rule) => ruleInEasyWords(rule, purpose, language) ?? []);
      if (ends.length === 0) return [];
      const { receipt, format } = textsIn(language);
      return [`${inLanguage(record.name, language)}${format.colon}${[...new Set(ends)].join(receipt.or)}`];
    });
}
