import { Temporal } from 'temporal-polyfill';
import type { FateRule, LegalBasis, Period, Policy, Source, Text } from '../schema.ts';
import { referenceOf } from '../lookup.ts';

/** The words of the register, in both languages: everything that is not in the policy itself. */
export type Language = keyof Text;

export const legalBasisWords: Record<LegalBasis, Text> = {
  consent: { en: 'consent (Art. 6(1)(a))', fr: 'consentement (art. 6(1)(a))' },
  contract: { en: 'performance of a contract (Art. 6(1)(b))', fr: "exécution d'un contrat (art. 6(1)(b))" },
  legalObligation: { en: 'legal obligation (Art. 6(1)(c))', fr: 'obligation légale (art. 6(1)(c))' },
  vitalInterest: { en: 'vital interests (Art. 6(1)(d))', fr: 'intérêts vitaux (art. 6(1)(d))' },
  publicTask: { en: 'public task (Art. 6(1)(e))', fr: "mission d'intérêt public (art. 6(1)(e))" },
  legitimateInterest: { en: 'legitimate interest (Art. 6(1)(f))', fr: 'intérêt légitime (art. 6(1)(f))' },
};

type RecipientPart = Policy['recipients'][string];

export const roleWords: Record<RecipientPart['role'], Text> = {
  processor: { en: 'processor', fr: 'sous-traitant' },
  jointController: { en: 'joint controller', fr: 'responsable conjoint' },
  controller: { en: 'controller', fr: 'responsable de traitement' },
};

export const safeguardWords: Record<RecipientPart['safeguards'][number], Text> = {
  adequacyDecision: { en: 'adequacy decision', fr: "décision d'adéquation" },
  dataPrivacyFramework: { en: 'EU-U.S. Data Privacy Framework', fr: 'cadre de protection des données UE-États-Unis' },
  standardContractualClauses: { en: 'standard contractual clauses', fr: 'clauses contractuelles types' },
  bindingCorporateRules: { en: 'binding corporate rules', fr: "règles d'entreprise contraignantes" },
};

const sourceWords: Record<Source['kind'], Text> = {
  policyText: { en: 'policy text', fr: 'texte de la politique' },
  statute: { en: 'law', fr: 'loi' },
  cnil: { en: 'CNIL', fr: 'CNIL' },
  provider: { en: 'provider', fr: 'prestataire' },
  ownChoice: { en: "controller's choice", fr: 'choix du responsable' },
};

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
  const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'fr-FR', {
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  });
  return format.format(Date.UTC(2024, month - 1, day));
}

/** `law: GDPR Art. 12(3)`. */
export const sourceInWords = (source: Source, language: Language): string =>
  language === 'fr'
    ? `${sourceWords[source.kind].fr} : ${referenceOf(source, 'fr')}`
    : `${sourceWords[source.kind].en}: ${referenceOf(source, 'en')}`;

const UNITS = [
  ['years', ['year', 'years'], ['an', 'ans']],
  ['months', ['month', 'months'], ['mois', 'mois']],
  ['weeks', ['week', 'weeks'], ['semaine', 'semaines']],
  ['days', ['day', 'days'], ['jour', 'jours']],
] as const;

/** `P1Y6M` -> `1 year and 6 months`; no time at all -> an empty string. */
export function periodInWords(period: Period, language: Language): string {
  const duration = Temporal.Duration.from(period);
  const parts = UNITS.flatMap(([unit, en, fr]) => {
    const count = duration[unit];
    return count === 0 ? [] : [`${count} ${(language === 'en' ? en : fr)[count === 1 ? 0 : 1]}`];
  });
  return parts.join(language === 'en' ? ' and ' : ' et ');
}

const eventWords: Record<'accountDeleted' | 'inactive' | 'contractEnded', Text> = {
  accountDeleted: { en: 'the deletion of the account', fr: 'la suppression du compte' },
  inactive: { en: 'the last activity', fr: 'la dernière activité' },
  contractEnded: { en: 'the end of the contract', fr: 'la fin du contrat' },
};

/** What a period counts from: `the close of the financial year of issuedAt`. */
function startInWords({ when }: FateRule, policy: Policy, language: Language): string {
  if ('event' in when) return eventWords[when.event][language];
  if ('withdrawn' in when) {
    const name = policy.purposes[when.withdrawn]?.name[language] ?? when.withdrawn;
    return language === 'en' ? `the withdrawal of the consent “${name}”` : `le retrait du consentement « ${name} »`;
  }
  const field = `\`${when.field}\``;
  if (when.from === 'financialYearEnd') {
    return language === 'en' ? `the close of the financial year of ${field}` : `la clôture de l'exercice de ${field}`;
  }
  return language === 'en' ? `the date in ${field}` : `la date ${field}`;
}

function endingInWords({ then }: FateRule, policy: Policy, language: Language): string {
  const en = language === 'en';
  switch (then.do) {
    case 'delete':
      return en ? 'deleted' : 'supprimé';
    case 'retain':
      return en ? 'kept' : 'conservé';
    case 'archive': {
      const to = policy.records[then.to]?.name[language] ?? then.to;
      return en ? `moved to “${to}”` : `versé dans « ${to} »`;
    }
    case 'anonymise': {
      const fields = then.fields.map((field) => `\`${field}\``).join(', ');
      return en ? `no longer attributed to anyone (${fields} removed)` : `rendu non attribuable (${fields} retirés)`;
    }
  }
}

/** `deleted 13 months after the date in createdAt` · `kept until 10 years after … (Art. 17(3)(b): …)`. */
export function ruleInWords(rule: FateRule, policy: Policy, language: Language): string {
  const en = language === 'en';
  const period = periodInWords(rule.after, language);
  const start = startInWords(rule, policy, language);
  const ending = endingInWords(rule, policy, language);
  if (rule.then.do === 'retain') {
    const { article } = rule.then.ground;
    const why = rule.then.ground.text[language].replace(/\.$/, '');
    const until = period === '' ? start : en ? `${period} after ${start}` : `${period} après ${start}`;
    return en ? `${ending} until ${until} (${article}: ${why})` : `${ending} jusqu'à ${until} (${article} : ${why})`;
  }
  if (period === '') return en ? `${ending} with ${start}` : `${ending} dès ${start}`;
  return en ? `${ending} ${period} after ${start}` : `${ending} ${period} après ${start}`;
}

/** For a record that ends with the one above it. */
export function endsWithInWords(id: string, policy: Policy, language: Language): string {
  const name = policy.records[id]?.name[language] ?? id;
  return language === 'en' ? `ends whole, with: ${name}` : `prend fin d'un bloc, avec : ${name}`;
}
