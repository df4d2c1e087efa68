import { ownDataTypeIds, ownDataTypes, ownRecords } from '../../src/policy/own/records.ts';
import type { FateRule, Policy, Source } from '../../src/policy/schema.ts';

/**
 * A second, small policy: an invented bicycle rental in Belgium, with other paths, periods and laws
 * than AMIKEO. The tests run it too, and docs/your-own-policy.md is written along it: copy this
 * file to begin your own.
 */

const statute = (reference: string): Source => ({ kind: 'statute', reference });
const choice = (reference: string): Source => ({ kind: 'ownChoice', reference });
const terms: Source = { kind: 'policyText', reference: 'Privacy page of Vélo Rive, section 2' };

const withTheAccount: FateRule = {
  when: { event: 'accountDeleted' },
  after: 'P0D',
  then: { do: 'delete' },
  source: statute('GDPR Art. 17(1)'),
};

const languages: Policy['languages'] = ['fr', 'en', 'nl'];

/** The backend's e-mail address is the one that this policy names already. */
const types = { emailAddress: 'email' };

const exportsKept: Policy['rights']['exportsKept'] = {
  period: 'P14D',
  source: choice('Two weeks, for people who are on the road'),
};

const officerSheetsKept: Policy['rights']['officerSheetsKept'] = {
  period: 'P60D',
  source: choice('Two months: the recipients are few, and answer'),
};

const dataTypes: Policy['dataTypes'] = {
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

const claims = {
  period: 'P5Y',
  source: statute('Code civil belge, art. 2262bis: five years for claims in tort'),
} as const;

/** An adapted bicycle is booked in a form of its own. */
const bookingForm = {
  en: 'In the form of the booking, before it is sent.',
  fr: "Dans le formulaire de réservation, avant l'envoi.",
  nl: 'In het boekingsformulier, voor het verzenden.',
};

export const example: Policy = {
  version: '2026-02-01',
  controller: {
    name: 'Vélo Rive SCRL',
    address: 'Quai de la Boverie 1, 4020 Liège, Belgium',
    country: 'BE',
    email: 'privacy@velo-rive.example',
    dataProtectionOfficer: 'dpo@velo-rive.example',
    supervisoryAuthority: {
      name: 'Autorité de protection des données (APD)',
      url: 'https://www.autoriteprotectiondonnees.be',
      address: 'Rue de la Presse 35, 1000 Bruxelles, Belgium',
    },
    timeZone: 'Europe/Brussels',
    financialYearEnd: '--06-30',
    source: terms,
  },
  ageOfConsent: { years: 13, source: statute('Loi du 30 juillet 2018, art. 7') },
  subjectCategories: {
    riders: {
      name: { en: 'People who rent bicycles', fr: 'Personnes qui louent des vélos', nl: 'Mensen die fietsen huren' },
      source: terms,
    },
  },
  dataTypes,
  purposes: {
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
        source: {
          kind: 'provider',
          reference: 'Data deletion on Google Cloud (cloud.google.com/docs/security/deletion)',
          read: '2026-11-29',
        },
      },
      dataTypes: 'all',
      purposes: ['rental', 'accounts', 'proof'],
      reach: { systems: ['firestore', 'storage', 'auth'] },
      specialCategory: {
        article: '9(2)(a)',
        askedElsewhere: bookingForm,
        text: {
          en: 'Asked for when an adapted bicycle is booked.',
          fr: "Demandé à la réservation d'un vélo adapté.",
          nl: 'Gevraagd als iemand een aangepaste fiets boekt.',
        },
        source: terms,
      },
      source: terms,
    },
    postman: {
      name: 'Facteur SA',
      role: 'processor',
      countries: ['CH'],
      safeguards: ['adequacyDecision'],
      countriesSource: terms,
      kept: { period: 'P30D', from: 'asked', source: { ...terms, toBeConfirmed: true } },
      dataTypes: ['email'],
      purposes: ['newsletter'],
      reach: {
        manual: {
          en: 'Remove the address in the console of Facteur.',
          fr: "Retirer l'adresse dans la console de Facteur.",
          nl: 'Verwijder het adres in de console van Facteur.',
        },
        within: 'P5D',
      },
      source: terms,
    },
  },
  recipientCategories: {
    staff: {
      name: { en: 'Staff of the rental', fr: 'Personnel de la location', nl: 'Medewerkers van de verhuur' },
      inside: true,
      purposes: ['rental', 'accounts', 'proof'],
      kept: { period: 'P0D', from: 'deletion', source: terms },
      source: terms,
    },
  },
  devicePermissions: {
    location: {
      name: { en: 'Location', fr: 'Localisation', nl: 'Locatie' },
      description: {
        en: 'Finding the next station.',
        fr: 'Trouver la station la plus proche.',
        nl: 'Het dichtstbijzijnde station vinden.',
      },
      dataType: 'position',
      source: terms,
    },
  },
  records: {
    riders: {
      name: { en: 'Riders', fr: 'Cyclistes', nl: 'Fietsers' },
      system: 'firestore',
      path: 'riders/{rider}',
      subject: { pathVariable: 'rider' },
      client: { owner: ['read', 'create', 'update'], texts: { name: 200 } },
      timestamp: null,
      purposes: ['rental'],
      dataTypes: ['email', 'name', 'adapted'],
      specialCategory: {
        article: '9(2)(a)',
        askedElsewhere: bookingForm,
        text: {
          en: 'Asked for when an adapted bicycle is booked.',
          fr: "Demandé à la réservation d'un vélo adapté.",
          nl: 'Gevraagd als iemand een aangepaste fiets boekt.',
        },
        source: terms,
      },
      provided: true,
      subcollections: true,
      fate: [withTheAccount],
      export: { access: true, portability: true },
      source: terms,
    },
    trips: {
      name: { en: 'Trips', fr: 'Trajets', nl: 'Ritten' },
      system: 'firestore',
      path: 'riders/{rider}/trips/{trip}',
      subject: { pathVariable: 'rider' },
      client: { owner: ['read'] },
      timestamp: 'endedAt',
      purposes: ['rental'],
      dataTypes: ['position'],
      provided: true,
      fate: [
        {
          when: { field: 'endedAt' },
          after: 'P6M',
          then: { do: 'archive', to: 'disputedTrips' },
          source: choice('After a season a trip matters only where it is disputed'),
        },
        withTheAccount,
      ],
      export: { access: true, portability: true },
      source: terms,
    },
    disputedTrips: {
      name: { en: 'Archive of trips', fr: 'Archives des trajets', nl: 'Archief van ritten' },
      system: 'firestore',
      database: 'compliance',
      path: 'tripArchive/{rider}/trips/{trip}',
      subject: { pathVariable: 'rider' },
      timestamp: 'endedAt',
      purposes: ['rental'],
      dataTypes: ['position'],
      provided: true,
      fate: [
        {
          when: { field: 'endedAt' },
          after: 'P1Y',
          then: { do: 'delete' },
          source: statute('Code civil belge, art. 2272: one year for the price of what was delivered'),
        },
        withTheAccount,
      ],
      export: { access: true, portability: false },
      source: terms,
    },
    bills: {
      name: { en: 'Bills', fr: 'Factures', nl: 'Rekeningen' },
      system: 'firestore',
      path: 'bills/{bill}',
      subject: { field: 'rider' },
      timestamp: 'issuedAt',
      purposes: ['accounts', 'rental'],
      dataTypes: ['payment', 'name'],
      provided: false,
      fate: [
        {
          when: { field: 'issuedAt', from: 'financialYearEnd' },
          after: 'P7Y',
          then: {
            do: 'retain',
            ground: {
              article: 'Art. 17(3)(b)',
              text: {
                en: 'Accounting records, seven years.',
                fr: 'Pièces comptables, sept ans.',
                nl: 'Boekhoudkundige stukken, zeven jaar.',
              },
            },
          },
          source: statute('Code de droit économique, art. III.88'),
        },
        {
          when: { field: 'issuedAt', from: 'financialYearEnd' },
          after: 'P7Y',
          then: { do: 'delete' },
          source: statute('GDPR Art. 5(1)(e)'),
        },
        withTheAccount,
      ],
      export: { access: true, portability: false },
      source: terms,
    },
    repairs: {
      name: { en: 'Repairs', fr: 'Réparations', nl: 'Reparaties' },
      system: 'firestore',
      path: 'repairs/{repair}',
      subject: {
        none: {
          en: 'A repair is of a bicycle; whoever reported or follows it is taken out when their account ends.',
          fr: "Une réparation concerne un vélo ; qui l'a signalée ou la suit en est retiré à la fin de son compte.",
          nl: 'Een reparatie gaat over een fiets; wie haar meldde of volgt, wordt eruit gehaald als het account eindigt.',
        },
      },
      timestamp: 'doneAt',
      purposes: ['rental'],
      dataTypes: ['position'],
      provided: false,
      mentions: [
        { field: 'reportedBy', as: 'value' },
        { field: 'followers', as: 'array' },
      ],
      fate: [
        {
          when: { field: 'doneAt' },
          after: 'P2Y',
          then: { do: 'delete' },
          source: choice('Two seasons show which bicycles break again and again'),
        },
      ],
      export: { access: false, portability: false },
      source: terms,
    },
    account: {
      name: { en: 'Sign-in record', fr: 'Compte de connexion', nl: 'Account om in te loggen' },
      system: 'auth',
      path: 'users/{uid}',
      subject: { handle: 'authUser' },
      timestamp: null,
      purposes: ['rental'],
      dataTypes: ['email', 'name'],
      provided: true,
      fate: [withTheAccount],
      export: { access: true, portability: true },
      source: terms,
    },
    ...ownRecords({
      languages,
      purpose: 'proof',
      asked: ['newsletter'],
      service: 'rental',
      devices: { purposes: ['rental'], dataTypes: ['position'] },
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
    answerWithin: { period: 'P1M', source: statute('GDPR Art. 12(3)') },
    erasureGrace: { period: 'P3D', source: choice('Time to return a bicycle that is still out') },
    accountDeletionGrace: { period: 'P0D', source: choice('It was confirmed in the app') },
    thirdLook: { period: 'P4D', source: choice('Payment notices are sent again for up to three days') },
    erasureBreaker: {
      hour: { number: 5, share: 0.01 },
      day: { number: 10, share: 0.02 },
      young: 'P2D',
      ownRequest: 'P30D',
      source: choice('A small shop: more than ten a day is a mistake'),
    },
    escalateBefore: { period: 'P7D', source: choice('A week to answer') },
    reconsentAfter: { period: 'P1Y', source: choice('Once a season') },
    exportsKept,
    restrictionLift: { notice: 'P5D', source: choice('Five days, in which people read their mail on the road') },
    officerSheetsKept,
    automatedDecisions: {
      text: {
        en: 'A bicycle locks by itself when its trip is not paid. Write to us, and a person looks at it.',
        fr: 'Un vélo se verrouille seul quand le trajet n’est pas payé. Écrivez-nous, et une personne regarde.',
        nl: 'Een fiets gaat vanzelf op slot als de rit niet is betaald. Schrijf ons, en een mens kijkt ernaar.',
      },
      source: choice('The only decision that no person takes'),
    },
    transmission: {
      hosts: ['import.autre-loueur.example'],
      source: choice('The other bicycle hire of the town takes exports'),
    },
  },
  remains: {
    backups: {
      name: { en: 'Backups of the database', fr: 'Sauvegardes de la base', nl: 'Back-ups van de database' },
      within: 'P14W',
      source: choice('As long as Firestore keeps them at most'),
    },
  },
  securityMeasures: [
    {
      en: 'Locks report to servers only.',
      fr: 'Les cadenas ne parlent qu’aux serveurs.',
      nl: 'Sloten praten alleen met servers.',
    },
  ],
  notices: {
    '2026-02-01': {
      newsletter: {
        en: [
          'May we write to you when there is a new station?',
          'For this we use your e-mail address. Facteur SA, in Switzerland, sends the messages for us.',
          'We do so until you say no. You can say no at any time, in the app. Renting bicycles works all the same.',
          'Questions? Write to privacy@velo-rive.example.',
        ].join('\n'),
        fr: [
          'Pouvons-nous vous écrire quand une nouvelle station ouvre ?',
          'Pour cela, nous utilisons votre adresse e-mail. Facteur SA, en Suisse, envoie les messages pour nous.',
          "Nous le faisons jusqu'à ce que vous disiez non. Vous pouvez dire non à tout moment, dans l'application. La location marche quand même.",
          'Des questions ? Écrivez à privacy@velo-rive.example.',
        ].join('\n'),
        nl: [
          'Mogen wij u schrijven als er een nieuw station opent?',
          'Daarvoor gebruiken wij uw e-mailadres. Facteur SA, in Zwitserland, stuurt de berichten voor ons.',
          'Wij doen dit tot u nee zegt. U kunt altijd nee zeggen, in de app. Fietsen huren kan dan nog steeds.',
          'Vragen? Schrijf naar privacy@velo-rive.example.',
        ].join('\n'),
      },
    },
  },
  languages,
};
