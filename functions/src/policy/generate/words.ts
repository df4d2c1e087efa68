import { Temporal } from 'temporal-polyfill';
import { dateIn, listIn, textsIn, unitIn } from '../../texts/index.ts';
import { inLanguage, type Language } from '../../texts/languages.ts';
import { nameIn, referenceOf } from '../lookup.ts';
import type { FateRule, KeptByRecipient, Period, Policy, Source } from '../schema.ts';

/** Says parts of a policy in words: for the register, an archive, a certificate, a receipt. */

/** Names of the systems that this backend has an interface to; the same in every language. */
export const systemWords: Readonly<Record<string, string>> = {
  firestore: 'Cloud Firestore',
  storage: 'Cloud Storage',
  auth: 'Firebase Authentication',
  stripe: 'Stripe',
  brevo: 'Brevo',
};

/** `--12-31` -> `31 December`. */
export function dayInWords(monthDay: string, language: Language): string {
  const [month = 1, day = 1] = monthDay.slice(2).split('-').map(Number);
  return dateIn(language, Date.UTC(2024, month - 1, day), { day: 'numeric', month: 'long', timeZone: 'UTC' });
}

/** `law: GDPR Art. 12(3)`; with the day on which it was read, and whether it is confirmed. */
export function sourceInWords(source: Source, language: Language): string {
  const { rules, format } = textsIn(language);
  const remarks = [
    ...(source.read === undefined ? [] : [rules.readOn(dayOf(source.read, language))]),
    ...(source.toBeConfirmed === true ? [rules.toBeConfirmed] : []),
  ];
  const named = `${rules.sources[source.kind]}${format.colon}${referenceOf(source, language)}`;
  return remarks.length === 0 ? named : `${named} (${remarks.join(rules.separator)})`;
}

const dayOf = (date: string, language: Language): string =>
  dateIn(language, Date.parse(date), { dateStyle: 'long', timeZone: 'UTC' });

/** `90 days at most after it received them`. */
export function keptInWords(
  { period, from, orLonger }: Pick<KeptByRecipient, 'period' | 'from' | 'orLonger'>,
  language: Language,
): string {
  const { keptByRecipient } = textsIn(language).rules;
  const time = periodInWords(period, language);
  if (orLonger === true) return keptByRecipient.orLonger[from](time);
  if (from === 'receipt') return keptByRecipient.receipt(time);
  return time === '' ? keptByRecipient.atOnce[from] : keptByRecipient[from](time);
}

const UNITS = ['year', 'month', 'week', 'day'] as const;

/** `P1Y6M` -> `1 year and 6 months`; no time at all -> an empty string. */
export function periodInWords(period: Period, language: Language): string {
  const duration = Temporal.Duration.from(period);
  const parts = UNITS.flatMap((unit) => {
    const count = duration[`${unit}s`];
    return count === 0 ? [] : [unitIn(language, unit, count)];
  });
  return listIn(language, 'conjunction', parts);
}

/** Says when a period begins: `the close of the financial year of issuedAt`. */
function startInWords({ when }: FateRule, policy: Policy, language: Language): string {
  const { rules } = textsIn(language);
  if ('event' in when) return rules.events[when.event];
  if ('withdrawn' in when) {
    const no = policy.purposes[when.withdrawn]?.consent === false ? rules.objection : rules.withdrawal;
    return no(nameIn(policy.purposes, when.withdrawn, language));
  }
  const field = `\`${when.field}\``;
  return when.from === 'financialYearEnd' ? rules.financialYearEnd(field) : rules.dateIn(field);
}

function actionInWords({ then }: FateRule, policy: Policy, language: Language): string {
  const { rules } = textsIn(language);
  switch (then.do) {
    case 'delete':
      return rules.deleted;
    case 'retain':
      return rules.kept;
    case 'archive':
      return rules.archived(nameIn(policy.records, then.to, language));
    case 'anonymise':
      return rules.anonymised(then.fields.map((field) => `\`${field}\``).join(', '));
  }
}

/**
 * `deleted 13 months after the date in createdAt` · `kept until 10 years after … (Art. 17(3)(b):
 * …)`.
 */
export function ruleInWords(rule: FateRule, policy: Policy, language: Language): string {
  const { rules } = textsIn(language);
  const period = periodInWords(rule.after, language);
  const start = startInWords(rule, policy, language);
  const action = actionInWords(rule, policy, language);
  if (rule.then.do === 'retain') {
    const { article, text } = rule.then.ground;
    const why = inLanguage(text, language).replace(/\.$/, '');
    return rules.until(action, period === '' ? start : rules.after(period, start), article, why);
  }
  return period === '' ? rules.with(action, start) : `${action} ${rules.after(period, start)}`;
}

/** For a record that ends with the one above it. */
export const endsWithInWords = (id: string, policy: Policy, language: Language): string =>
  textsIn(language).rules.endsWith(nameIn(policy.records, id, language));
