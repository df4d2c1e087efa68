import { ownDataTypeIds, ownDataTypes, ownRecords } from '../../src/policy/own/records.ts';
import type { Policy } from '../../src/policy/schema.ts';
import { records } from './records.ts';
import { choice, provider, statute, terms } from './sources.ts';

const languages: Policy['languages'] = ['fr', 'en'];

/** The backend's e-mail address is the one that this policy names already. */
const types = { emailAddress: 'email' };

const dataTypes: Policy['dataTypes'] = {
  email: { name: { en: 'E-mail address', fr: 'Adresse e-mail' }, source: terms },
  name: { name: { en: 'Name', fr: 'Nom' }, source: terms },
  address: { name: { en: 'Postal address', fr: 'Adresse postale' }, source: terms },
  purchases: { name: { en: 'Purchases and payments', fr: 'Achats et paiements' }, source: terms },
  contributions: { name: { en: 'Texts that members write', fr: 'Textes écrits par les membres' }, source: terms },
  ...ownDataTypes(languages, types),
};

const exportsKept: Policy['rights']['exportsKept'] = {
  period: 'P7D',
  source: choice('A week to download it', 'Une semaine pour le télécharger'),
};

const officerSheetsKept: Policy['rights']['officerSheetsKept'] = {
  period: 'P90D',
  source: choice('Three months, with a reminder', 'Trois mois, avec un rappel'),
};

const claims = {
  period: 'P5Y',
  source: choice(
    'Five years, the general limitation of civil actions (Code civil, art. 2224)',
    'Cinq ans, la prescription de droit commun (Code civil, art. 2224)',
  ),
};

/**
 * A third policy: an invented shop in France with members that write to each other. Its profiles
 * are elsewhere than in `users`, it asks for no authorization of a device, it sends no e-mail, rows
 * have several subjects, and its contact form writes to `questions`. The tests run it, so that no
 * code takes AMIKEO's policy for granted.
 */
export const shop: Policy = {
  version: '2026-03-01',
  controller: {
    name: 'Atelier Brindille SAS',
    address: '8 rue des Trois-Conils, 33000 Bordeaux, France',
    country: 'FR',
    email: 'vie-privee@brindille.example',
    supervisoryAuthority: {
      name: "Commission nationale de l'informatique et des libertés (CNIL)",
      url: 'https://www.cnil.fr/fr/plaintes',
    },
    timeZone: 'Europe/Paris',
    financialYearEnd: '--09-30',
    source: terms,
  },
  ageOfConsent: { years: 15, source: statute('Loi n° 78-17 du 6 janvier 1978, art. 45') },
  subjectCategories: {
    members: { name: { en: 'Members of the shop', fr: 'Membres de la boutique' }, source: terms },
  },
  dataTypes,
  purposes: {
    sale: {
      name: { en: 'Selling and delivering', fr: 'Vente et livraison' },
      description: { en: 'Taking orders, charging them.', fr: 'Prendre les commandes, les facturer.' },
      subjects: ['members'],
      legalBasis: 'contract',
      consent: false,
      dataTypes: ['email', 'name', 'address', 'purchases'],
      recipients: ['google', 'stripe'],
      provision: {
        required: 'contract',
        without: { en: 'Without them nothing can be delivered.', fr: 'Sans elles, rien ne peut être livré.' },
        source: terms,
      },
      source: terms,
    },
    accounts: {
      name: { en: 'Accounts', fr: 'Comptabilité' },
      description: { en: 'Keeping accounts.', fr: 'Tenir la comptabilité.' },
      subjects: ['members'],
      legalBasis: 'legalObligation',
      consent: false,
      dataTypes: ['email', 'name', 'address', 'purchases'],
      recipients: ['google', 'stripe'],
      provision: {
        required: 'law',
        without: { en: 'Without them there is no invoice.', fr: "Sans elles, il n'y a pas de facture." },
        source: terms,
      },
      source: statute('Code de commerce, art. L123-12'),
    },
    community: {
      name: { en: 'Reviews and conversations', fr: 'Avis et conversations' },
      description: {
        en: 'Members say what a product is like, and answer each other.',
        fr: 'Les membres disent ce que vaut un produit, et se répondent.',
      },
      subjects: ['members'],
      legalBasis: 'contract',
      consent: false,
      dataTypes: ['contributions', 'name'],
      recipients: ['google'],
      provision: {
        required: 'no',
        without: {
          en: 'Nobody has to write anything to buy.',
          fr: "Personne n'a à écrire quoi que ce soit pour acheter.",
        },
        source: terms,
      },
      source: terms,
    },
    questions: {
      name: { en: 'Questions to the shop', fr: 'Questions à la boutique' },
      description: {
        en: 'Answering members, and people who are no members yet.',
        fr: 'Répondre aux membres, et à ceux qui ne le sont pas encore.',
      },
      subjects: ['members'],
      legalBasis: 'legitimateInterest',
      interest: { en: 'Answering people who write to us.', fr: 'Répondre à ceux qui nous écrivent.' },
      consent: false,
      dataTypes: ['email', 'name', 'address', 'phone', 'contributions'],
      recipients: ['google'],
      provision: {
        required: 'request',
        optional: ['name', 'address', 'phone'],
        without: { en: 'Without an address nobody can answer.', fr: 'Sans adresse, personne ne peut répondre.' },
        source: terms,
      },
      source: terms,
    },
    proof: {
      name: { en: 'Rights and proof', fr: 'Droits et preuve' },
      description: {
        en: 'Answering requests, and showing that promises were kept.',
        fr: 'Répondre aux demandes, et montrer que les engagements sont tenus.',
      },
      subjects: ['members'],
      legalBasis: 'legalObligation',
      consent: false,
      dataTypes: ownDataTypeIds(types),
      recipients: ['google'],
      provision: {
        required: 'law',
        without: {
          en: 'Without them nobody can answer a request.',
          fr: 'Sans elles, personne ne peut répondre à une demande.',
        },
        source: terms,
      },
      source: statute('GDPR Art. 5(2), 7(1), 12', 'RGPD art. 5(2), 7(1), 12'),
    },
    catalogue: {
      name: { en: 'Printed catalogue', fr: 'Catalogue imprimé' },
      description: { en: 'Sending the catalogue by post.', fr: 'Envoyer le catalogue par la poste.' },
      subjects: ['members'],
      legalBasis: 'consent',
      consent: true,
      dataTypes: ['name', 'address'],
      recipients: ['google', 'printer'],
      advertises: true,
      provision: {
        required: 'no',
        without: {
          en: 'No catalogue comes. Buying works all the same.',
          fr: "Aucun catalogue n'arrive. Les achats marchent quand même.",
        },
        source: terms,
      },
      source: terms,
    },
  },
  recipients: {
    google: {
      name: 'Google Cloud EMEA Limited',
      role: 'processor',
      countries: ['IE', 'US'],
      safeguards: ['dataPrivacyFramework', 'standardContractualClauses'],
      countriesSource: terms,
      kept: {
        period: 'P180D',
        from: 'deletion',
        source: provider(
          'Data deletion on Google Cloud (cloud.google.com/docs/security/deletion)',
          'Suppression des données sur Google Cloud (cloud.google.com/docs/security/deletion)',
        ),
      },
      dataTypes: 'all',
      purposes: ['sale', 'accounts', 'community', 'questions', 'catalogue', 'proof'],
      reach: { systems: ['firestore', 'storage', 'auth'] },
      source: terms,
    },
    stripe: {
      name: 'Stripe Payments Europe Limited',
      role: 'processor',
      controllerFor: {
        text: { en: 'stopping fraud', fr: 'la lutte contre la fraude' },
        source: provider(
          'Data Processing Agreement (stripe.com/legal/dpa)',
          'Data Processing Agreement (stripe.com/legal/dpa)',
        ),
      },
      countries: ['IE', 'US'],
      safeguards: ['dataPrivacyFramework'],
      countriesSource: terms,
      kept: {
        period: 'P5Y',
        from: 'deletion',
        source: provider(
          'Privacy Center (stripe.com/legal/privacy-center)',
          'Privacy Center (stripe.com/legal/privacy-center)',
        ),
      },
      dataTypes: ['purchases', 'email', 'name', 'address'],
      purposes: ['sale', 'accounts'],
      reach: { systems: ['stripe'] },
      source: terms,
    },
    printer: {
      name: 'Imprimerie du Marais SARL',
      role: 'processor',
      countries: ['FR'],
      safeguards: [],
      countriesSource: terms,
      kept: {
        period: 'P30D',
        from: 'receipt',
        source: choice('The list of a mailing is used once', "La liste d'un envoi ne sert qu'une fois"),
      },
      dataTypes: ['name', 'address'],
      purposes: ['catalogue'],
      reach: {
        manual: {
          en: 'Take the address off the list of the next mailing.',
          fr: "Retirer l'adresse de la liste du prochain envoi.",
        },
        within: 'P7D',
      },
      source: terms,
    },
  },
  recipientCategories: {
    staff: {
      name: { en: 'Staff of the shop', fr: 'Personnel de la boutique' },
      inside: true,
      purposes: ['sale', 'accounts', 'community', 'questions', 'proof', 'catalogue'],
      kept: { period: 'P0D', from: 'deletion', source: terms },
      source: terms,
    },
    couriers: {
      name: { en: 'Couriers of parcels', fr: 'Transporteurs de colis' },
      inside: false,
      purposes: ['sale'],
      kept: { period: 'P1Y', from: 'receipt', source: terms },
      source: terms,
    },
  },
  devicePermissions: {},
  records: {
    ...records,
    ...ownRecords({
      languages,
      purpose: 'proof',
      asked: ['catalogue'],
      service: 'sale',
      dataTypes,
      types,
      proof: claims,
      claims,
      exportsKept,
      officerSheetsKept,
    }),
  },
  retention: { windows: 4 },
  rights: {
    answerWithin: {
      period: 'P1M',
      source: statute('GDPR Art. 12(3)', 'RGPD art. 12(3)'),
      extension: {
        period: 'P2M',
        source: statute('GDPR Art. 12(3), second sentence', 'RGPD art. 12(3), deuxième phrase'),
      },
    },
    erasureGrace: {
      period: 'P2D',
      source: choice('A parcel can still be on its way', 'Un colis peut encore être en route'),
    },
    accountDeletionGrace: {
      period: 'P0D',
      source: choice('It was confirmed in the shop', 'La boutique a demandé confirmation'),
    },
    thirdLook: {
      period: 'P4D',
      source: choice(
        'Stripe sends its events again for up to three days',
        'Stripe renvoie ses événements pendant trois jours au plus',
      ),
    },
    erasureBreaker: {
      hour: { number: 5, share: 0.01 },
      day: { number: 10, share: 0.02 },
      young: 'P2D',
      ownRequest: 'P30D',
      source: choice('More than ten a day is a mistake', 'Plus de dix par jour, c’est une erreur'),
    },
    escalateBefore: { period: 'P7D', source: choice('A week to answer', 'Une semaine pour répondre') },
    reconsentAfter: { period: 'P1Y', source: choice('One catalogue a year', 'Un catalogue par an') },
    exportsKept,
    restrictionLift: { notice: 'P14D', source: choice('Two weeks to answer', 'Deux semaines pour répondre') },
    officerSheetsKept,
    automatedDecisions: {
      text: { en: 'None.', fr: 'Aucune.' },
      source: choice('The shop decides nothing by computer', 'La boutique ne décide rien par ordinateur'),
    },
    // Members give the country of their postal address.
    countryField: { record: 'members', field: 'country', source: statute('GDPR Art. 77(1)', 'RGPD art. 77(1)') },
  },
  remains: {
    backups: {
      name: { en: 'Backups of the database', fr: 'Sauvegardes de la base' },
      within: 'P4W',
      source: choice('As long as the shop keeps them', 'Aussi longtemps que la boutique les garde'),
    },
  },
  securityMeasures: [
    {
      en: 'Members read and write their own documents only.',
      fr: 'Chaque membre ne lit et n’écrit que ses propres documents.',
    },
  ],
  notices: {
    '2026-03-01': {
      catalogue: {
        en: [
          'May we send you our printed catalogue, once a year?',
          'For this we use your name and your postal address. Imprimerie du Marais SARL, in France, prints and sends it for us.',
          'We do so until you say no. You can say no at any time, in the shop. Buying works all the same.',
          'Questions? Write to vie-privee@brindille.example.',
        ].join('\n'),
        fr: [
          'Pouvons-nous vous envoyer notre catalogue imprimé, une fois par an ?',
          'Pour cela, nous utilisons votre nom et votre adresse postale. Imprimerie du Marais SARL, en France, l’imprime et l’envoie pour nous.',
          'Nous le faisons jusqu’à ce que vous disiez non. Vous pouvez dire non à tout moment, dans la boutique. Vos achats marchent quand même.',
          'Des questions ? Écrivez à vie-privee@brindille.example.',
        ].join('\n'),
      },
    },
  },
  languages,
};
