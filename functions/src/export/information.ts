import type { Policy } from '../policy/schema.ts';
import type { ExportPlan } from './plan.ts';

/** What Art. 15(1) and (2) want said beside the data, from the policy alone, in English and French. */
export function information(policy: Policy, plan: ExportPlan): Record<string, unknown> {
  const { controller } = policy;
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
      countries: r.countries,
      safeguards: r.safeguards,
      dataTypes: r.dataTypes,
      ...(r.privacyPolicy === undefined ? {} : { privacyPolicy: r.privacyPolicy }),
    })),
    // Art. 15(1)(d) and (g)
    records: Object.entries(policy.records).map(([id, { name, system, provided, fate }]) => ({
      id,
      name,
      system,
      source: provided
        ? { en: 'you, or your use of the app', fr: "vous, ou votre utilisation de l'application" }
        : { en: 'this organisation or its processors', fr: 'cet organisme ou ses sous-traitants' },
      retention: fate.map(({ when, after, then }) => ({
        countedFrom: when,
        period: after,
        then: then.do,
        ...('ground' in then ? { ground: then.ground } : {}),
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
    complaints: controller.supervisoryAuthority,
  };
}
