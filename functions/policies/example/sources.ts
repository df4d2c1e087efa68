import { ownDataTypes } from '../../src/policy/own/records.ts';
import type { FateRule, Policy, Source } from '../../src/policy/schema.ts';

/** Shared by the parts of the rental's policy: sources, languages, periods, kinds of data. */

export const statute = (reference: string): Source => ({ kind: 'statute', reference });
export const choice = (reference: string): Source => ({ kind: 'ownChoice', reference });
export const terms: Source = { kind: 'policyText', reference: 'Privacy page of Vélo Rive, section 2' };

export const withTheAccount: FateRule = {
  when: { event: 'accountDeleted' },
  after: 'P0D',
  then: { do: 'delete' },
  source: statute('GDPR Art. 17(1)'),
};

export const languages: Policy['languages'] = ['fr', 'en', 'nl'];

/** The backend's e-mail address is the one that this policy names already. */
export const types = { emailAddress: 'email' };

export const exportsKept: Policy['rights']['exportsKept'] = {
  period: 'P14D',
  source: choice('Two weeks, for people who are on the road'),
};

export const officerSheetsKept: Policy['rights']['officerSheetsKept'] = {
  period: 'P60D',
  source: choice('Two months: the recipients are few, and answer'),
};

export const dataTypes: Policy['dataTypes'] = {
  email: { name: { en: 'E-mail address', fr: 'Adresse e-mail', nl: 'E-mailadres' }, source: terms },
  name: { name: { en: 'Name', fr: 'Nom', nl: 'Naam' }, source: terms },
  position: {
    name: { en: 'Position of the bicycle', fr: 'Position du vélo', nl: 'Plaats van de fiets' },
    source: terms,
  },
  payment: { name: { en: 'Payments', fr: 'Paiements', nl: 'Betalingen' }, source: terms },
  adapted: {
    name: {
      en: 'Need for an adapted bicycle',
      fr: "Besoin d'un vélo adapté",
      nl: 'Behoefte aan een aangepaste fiets',
    },
    source: terms,
    specialCategory: true,
  },
  ...ownDataTypes(languages, types),
};

export const claims = {
  period: 'P5Y',
  source: statute('Code civil belge, art. 2262bis: five years for claims in tort'),
} as const;

/** An adapted bicycle is booked in a form of its own. */
export const bookingForm = {
  en: 'In the form of the booking, before it is sent.',
  fr: "Dans le formulaire de réservation, avant l'envoi.",
  nl: 'In het boekingsformulier, voor het verzenden.',
};
