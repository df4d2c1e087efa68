import { ownDataTypeIds } from '../../src/policy/own/records.ts';
import type { Policy } from '../../src/policy/schema.ts';
import { statute, terms, types } from './sources.ts';

export const purposes: Policy['purposes'] = {
  rental: {
    name: { en: 'Renting bicycles', fr: 'Location de vélos', nl: 'Fietsen verhuren' },
    description: {
      en: 'Opening the lock, charging the trip.',
      fr: 'Ouvrir le cadenas, facturer le trajet.',
      nl: 'Het slot openen, de rit in rekening brengen.',
    },
    subjects: ['riders'],
    legalBasis: 'contract',
    consent: false,
    dataTypes: ['email', 'name', 'position', 'payment', 'adapted', 'deviceInformation'],
    recipients: ['google'],
    provision: {
      required: 'contract',
      optional: ['adapted'],
      without: {
        en: 'Without them no lock opens.',
        fr: "Sans elles, aucun cadenas ne s'ouvre.",
        nl: 'Zonder deze gegevens gaat geen slot open.',
      },
      source: terms,
    },
    source: terms,
  },
  accounts: {
    name: { en: 'Accounts', fr: 'Comptabilité', nl: 'Boekhouding' },
    description: { en: 'Keeping accounts.', fr: 'Tenir la comptabilité.', nl: 'De boekhouding bijhouden.' },
    subjects: ['riders'],
    legalBasis: 'legalObligation',
    consent: false,
    dataTypes: ['payment', 'name'],
    recipients: ['google'],
    provision: {
      required: 'law',
      without: {
        en: 'Without them there is no bill.',
        fr: "Sans elles, il n'y a pas de facture.",
        nl: 'Zonder deze gegevens is er geen rekening.',
      },
      source: terms,
    },
    source: statute('Code de droit économique, art. III.82'),
  },
  proof: {
    name: { en: 'Rights and proof', fr: 'Droits et preuve', nl: 'Rechten en bewijs' },
    description: {
      en: 'Answering requests, and showing that promises were kept.',
      fr: 'Répondre aux demandes, et montrer que les engagements sont tenus.',
      nl: 'Verzoeken beantwoorden, en laten zien dat beloften zijn nagekomen.',
    },
    subjects: ['riders'],
    legalBasis: 'legalObligation',
    consent: false,
    dataTypes: ownDataTypeIds(types),
    recipients: ['google'],
    provision: {
      required: 'law',
      without: {
        en: 'Without them nobody can answer a request.',
        fr: 'Sans elles, personne ne peut répondre à une demande.',
        nl: 'Zonder deze gegevens kan niemand een verzoek beantwoorden.',
      },
      source: terms,
    },
    source: statute('GDPR Art. 5(2), 7(1), 12'),
  },
  newsletter: {
    name: { en: 'Newsletter', fr: "Lettre d'information", nl: 'Nieuwsbrief' },
    description: {
      en: 'New stations, by e-mail.',
      fr: 'Les nouvelles stations, par e-mail.',
      nl: 'Nieuwe stations, per e-mail.',
    },
    subjects: ['riders'],
    legalBasis: 'consent',
    consent: true,
    dataTypes: ['email'],
    recipients: ['postman'],
    advertises: true,
    provision: {
      required: 'no',
      without: {
        en: 'No newsletter comes. Renting works all the same.',
        fr: "Aucune lettre n'arrive. La location marche quand même.",
        nl: 'Er komt geen nieuwsbrief. Huren gaat gewoon door.',
      },
      source: terms,
    },
    source: terms,
  },
};
