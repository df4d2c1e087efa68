import type { Policy } from '../../src/policy/schema.ts';
import { ownChoice, policyText } from './sources.ts';

/** The categories of people (Art. 30(1)(c)). */
export const subjectCategories: Policy['subjectCategories'] = {
  users: {
    name: {
      en: 'Users of the apps, among them children and people with a cognitive disability',
      fr: 'Utilisateurs des applications, dont des enfants et des personnes en situation de handicap cognitif',
    },
    source: policyText('Title: AMIKEO applications (Individuals)'),
  },
  guardians: {
    name: {
      en: 'Holders of parental responsibility and guardians',
      fr: "Titulaires de l'autorité parentale et représentants légaux",
    },
    source: ownChoice(
      'Children and protected adults use the apps; who acts for them is known to the backend',
      'Des enfants et des majeurs protégés utilisent les applications ; le dispositif connaît qui agit pour eux',
    ),
  },
  customers: {
    name: { en: 'People who pay for a subscription', fr: 'Personnes qui paient un abonnement' },
    source: policyText('Payment management'),
  },
  contacts: {
    name: {
      en: 'People who write to the publisher, with or without an account',
      fr: "Personnes qui écrivent à l'éditeur, avec ou sans compte",
    },
    source: policyText('Contact the User: contact form'),
  },
  officers: {
    name: { en: 'Officers of the publisher who answer requests', fr: "Chargés des demandes de l'éditeur" },
    source: ownChoice(
      'Decisions are made by somebody: their name stands in a directory, a pseudonym with each decision',
      "Quelqu'un prend les décisions : son nom figure dans un annuaire, un pseudonyme auprès de chaque décision",
    ),
  },
};
