import { defined } from '../platform/defined.ts';
import { countryName } from '../policy/countries.ts';
import { legalBasisWords, roleWords, ruleInWords, safeguardWords } from '../policy/generate/words.ts';
import type { FateRule, Policy, Text } from '../policy/schema.ts';
import type { ExportPlan } from './plan.ts';
import { howToUseRights, rightsOf } from './rights.ts';

/** A rule of retention in words; the register marks names of fields as code. */
export const ruleAsText = (rule: FateRule, policy: Policy): Text => ({
  en: ruleInWords(rule, policy, 'en').replaceAll('`', ''),
  fr: ruleInWords(rule, policy, 'fr').replaceAll('`', ''),
});

/** What Art. 15(1) and (2) want said beside the data, from the policy alone, in English and French: codes for programs, words beside them. */
export function information(policy: Policy, plan: ExportPlan): Record<string, unknown> {
  const { controller } = policy;
  const { inWriting, answeredWithin, cost } = howToUseRights(policy);
  return {
    policyVersion: policy.version,
    controller: {
      name: controller.name,
      address: controller.address,
      country: controller.country,
      contact: controller.dataProtectionOfficer ?? controller.email,
    },
    // Art. 15(1)(a)
    purposes: Object.entries(policy.purposes).map(([id, { name, description, legalBasis, dataTypes, recipients }]) => ({
      id,
      name,
      description,
      legalBasis,
      legalBasisInWords: legalBasisWords[legalBasis],
      dataTypes,
      recipients,
    })),
    // Art. 15(1)(b)
    dataTypes: Object.entries(policy.dataTypes).map(([id, { name }]) => ({ id, name })),
    // Art. 15(1)(c) and (2)
    recipients: Object.entries(policy.recipients).map(([id, r]) => ({
      id,
      name: r.name,
      role: r.role,
      roleInWords: roleWords[r.role],
      countries: r.countries,
      countriesInWords: {
        en: r.countries.map((code) => countryName(code, 'en') ?? code),
        fr: r.countries.map((code) => countryName(code, 'fr') ?? code),
      },
      safeguards: r.safeguards,
      safeguardsInWords: {
        en: r.safeguards.map((one) => safeguardWords[one].en),
        fr: r.safeguards.map((one) => safeguardWords[one].fr),
      },
      dataTypes: r.dataTypes,
      ...defined({ privacyPolicy: r.privacyPolicy }),
    })),
    // Art. 15(1)(d) and (g)
    records: Object.entries(policy.records).map(([id, { name, system, provided, dataTypes, fate }]) => ({
      id,
      name,
      system,
      dataTypes,
      source: provided
        ? { en: 'you, or your use of the app', fr: "vous, ou votre utilisation de l'application" }
        : { en: 'this organisation or its processors', fr: 'cet organisme ou ses sous-traitants' },
      retention: fate.map((rule) => ({
        countedFrom: rule.when,
        period: rule.after,
        then: rule.then.do,
        ...('ground' in rule.then ? { ground: rule.then.ground } : {}),
        inWords: ruleAsText(rule, policy),
      })),
      inThisArchive: plan.records.some((r) => r.id === id),
    })),
    // Art. 15(1)(h), 22
    automatedDecisions: policy.rights.automatedDecisions.text,
    // Art. 15(1)(e) and (f)
    rights: {
      en: 'You may ask for rectification, erasure, restriction and portability, object to processing, and withdraw a consent at any time.',
      fr: 'Vous pouvez demander la rectification, l’effacement, la limitation et la portabilité, vous opposer au traitement et retirer un consentement à tout moment.',
    },
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
