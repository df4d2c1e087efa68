import type { Policy } from '../../src/policy/schema.ts';
import { purposes } from './purposes.ts';
import { records } from './records.ts';
import {
  bookingForm,
  choice,
  dataTypes,
  exportsKept,
  languages,
  officerSheetsKept,
  statute,
  terms,
} from './sources.ts';

/**
 * A second, small policy: an invented bicycle rental in Belgium, with other paths, periods and laws
 * than AMIKEO. The tests run it too, and docs/your-own-policy.md is written along it: copy this
 * folder to begin your own.
 */

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
  purposes,
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
  records,
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
