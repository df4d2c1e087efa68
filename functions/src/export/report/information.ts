import { defined } from '../../platform/defined.ts';
import { countryName } from '../../policy/countries.ts';
import { keptInWords, ruleInWords } from '../../policy/generate/words.ts';
import { trackersOf, unconfirmed } from '../../policy/lookup.ts';
import type { FateRule, KeptByRecipient, Policy, Text } from '../../policy/schema.ts';
import { inLanguages, textsIn } from '../../texts/index.ts';
import { languagesOf, type Language } from '../../texts/languages.ts';
import type { ExportPlan } from '../plan.ts';
import { howToUseRights, rightsOf } from './rights.ts';

/** A rule of retention in words; the register marks names of fields as code. */
export const ruleAsText = (rule: FateRule, policy: Policy): Text =>
  inLanguages(policy, (_, language) => ruleInWords(rule, policy, language).replaceAll('`', ''));

/** Several things in words, in each language of a policy. */
const eachIn = <T>(policy: Policy, things: readonly T[], say: (thing: T, language: Language) => string) =>
  Object.fromEntries(languagesOf(policy).map((language) => [language, things.map((thing) => say(thing, language))]));

const keptBy = (policy: Policy, kept: KeptByRecipient) => ({
  countedFrom: kept.from,
  period: kept.period,
  ...defined({ orLonger: kept.orLonger }),
  inWords: inLanguages(policy, (_, language) => keptInWords(kept, language)),
});

/**
 * The information of Art. 15(1) and (2) beside the data, from the policy alone, in its languages:
 * codes for programs, words beside them.
 */
export function information(policy: Policy, plan: ExportPlan): Record<string, unknown> {
  const { controller } = policy;
  const { inWriting, answeredWithin, cost } = howToUseRights(policy);
  return {
    policyVersion: plan.policyVersion,
    controller: {
      name: controller.name,
      address: controller.address,
      country: controller.country,
      contact: controller.dataProtectionOfficer ?? controller.email,
    },
    // Art. 15(1)(a)
    purposes: Object.entries(policy.purposes).map(([id, purpose]) => {
      const { name, description, legalBasis, interest } = purpose;
      const { dataTypes, recipients, provision, trackersWithoutConsent } = purpose;
      return {
        id,
        name,
        description,
        legalBasis,
        legalBasisInWords: inLanguages(policy, ({ rules }) => rules.legalBases[legalBasis]),
        // Art. 13(1)(d)
        ...defined({ interest }),
        dataTypes,
        // Art. 13(2)(e)
        provision: {
          required: provision.required,
          requiredInWords: inLanguages(policy, ({ rules }) => rules.provisions[provision.required]),
          optional: provision.optional ?? [],
          without: provision.without,
        },
        trackers: trackersOf(policy, purpose),
        ...defined({ trackersWithoutConsent: trackersWithoutConsent?.text }),
        recipients,
      };
    }),
    // Art. 15(1)(b)
    dataTypes: Object.entries(policy.dataTypes).map(([id, { name }]) => ({ id, name })),
    // Art. 15(1)(c) and (2)
    recipients: Object.entries(policy.recipients).map(([id, r]) => ({
      id,
      name: r.name,
      role: r.role,
      roleInWords: inLanguages(policy, ({ rules }) => rules.roles[r.role]),
      countries: r.countries,
      countriesInWords: eachIn(policy, r.countries, (code, language) => countryName(code, language) ?? code),
      safeguards: r.safeguards,
      safeguardsInWords: eachIn(policy, r.safeguards, (one, language) => textsIn(language).rules.safeguards[one]),
      // Art. 13(1)(f)
      ...(r.safeguards.length === 0
        ? {}
        : { copyOfSafeguards: inLanguages(policy, ({ report }) => report.copyOfProtection) }),
      kept: keptBy(policy, r.kept),
      // Statements of the controller that nobody has confirmed yet.
      toBeConfirmed: unconfirmed(r),
      dataTypes: r.dataTypes,
      ...defined({ controllerFor: r.controllerFor?.text, privacyPolicy: r.privacyPolicy }),
    })),
    recipientCategories: Object.entries(policy.recipientCategories).map(([id, { name, inside, purposes, kept }]) => ({
      ...{ id, name, inside, purposes },
      kept: keptBy(policy, kept),
    })),
    // Art. 15(1)(d) and (g)
    records: Object.entries(policy.records).map(([id, { name, system, provided, dataTypes, fate }]) => ({
      id,
      name,
      system,
      dataTypes,
      source: inLanguages(policy, ({ rights }) => (provided ? rights.fromYou : rights.fromUs)),
      retention: fate.map((rule) => ({
        countedFrom: rule.when,
        period: rule.after,
        then: rule.then.do,
        ...('ground' in rule.then ? { ground: rule.then.ground } : {}),
        inWords: ruleAsText(rule, policy),
      })),
      inThisArchive: plan.records.some((r) => r.id === id),
    })),
    afterThePeriods: inLanguages(policy, ({ report }) => report.over),
    // Art. 15(1)(h), 22
    automatedDecisions: policy.rights.automatedDecisions.text,
    // Art. 32: the text of a policy can promise them to people.
    securityMeasures: policy.securityMeasures,
    // Art. 15(1)(e) and (f)
    rights: inLanguages(policy, ({ rights }) => rights.summary),
    rightsAndHowToUseThem: rightsOf(policy).map(({ id, article, name, what, how, request }) => ({
      id,
      article: `GDPR Art. ${article}`,
      name,
      what,
      howToUse: how,
      ...(request === null ? {} : { privacyRequest: request }),
      inWriting,
      answeredWithin,
      cost,
    })),
    complaints: controller.supervisoryAuthority,
  };
}
