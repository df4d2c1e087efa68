import type { Policy } from '../../src/policy/schema.ts';
import { consentedPurposes } from './purposes.consented.ts';
import { basis, given, ownChoice, strictlyNecessary, toConfirm, unnamedOpenings } from './sources.ts';

/**
 * Every purpose: the twelve of the text, interest-based advertising, and those that the text names
 * in passing: preferences, obligations, fraud and legal claims.
 */
export const purposes: Policy['purposes'] = {
  contact: {
    name: { en: 'Contacting the user', fr: "Contacter l'utilisateur" },
    description: {
      en: 'Answering what people ask through the contact form, with or without an account.',
      fr: 'Répondre aux questions posées par le formulaire de contact, avec ou sans compte.',
    },
    subjects: ['contacts', 'users'],
    legalBasis: 'legitimateInterest',
    interest: {
      en: 'Answering people who write to us.',
      fr: 'Répondre aux personnes qui nous écrivent.',
    },
    consent: false,
    dataTypes: ['emailAddress', 'postalCode', 'lastName', 'firstName', 'companyName', 'phone', 'profession', 'message'],
    // Brevo carries the answers.
    recipients: ['firebase', 'heroku', 'brevoEmail'],
    provision: given(
      'request',
      { en: 'Without an address nobody can answer.', fr: 'Sans adresse, personne ne peut répondre.' },
      ['postalCode', 'lastName', 'firstName', 'companyName', 'phone', 'profession'],
    ),
    source: basis('Contact the User: contact form'),
  },
  activityData: {
    name: { en: 'Activity data', fr: "Données d'activité" },
    description: {
      en: 'Following exercises and routines in the apps, so that the person finds their progress again.',
      fr: 'Suivre les exercices et les routines dans les applications, pour que la personne retrouve sa progression.',
    },
    subjects: ['users'],
    legalBasis: 'contract',
    consent: false,
    dataTypes: ['generalActivityData', 'sessionDuration', 'numberOfSessions', 'sessionStatistics', 'personalContent'],
    recipients: ['firebase', 'amazonS3'],
    provision: given(
      'contract',
      {
        en: 'Without them the apps cannot show any progress.',
        fr: 'Sans elles, les applications ne montrent aucune progression.',
      },
      ['personalContent'],
    ),
    source: basis('Activity data management'),
  },
  hosting: {
    name: { en: 'Hosting and backend', fr: 'Hébergement et infrastructure' },
    description: {
      en: 'Storing and serving the data of the apps.',
      fr: 'Stocker et servir les données des applications.',
    },
    subjects: ['users'],
    legalBasis: 'contract',
    consent: false,
    dataTypes: ['usageData', 'providerDeclared', 'profileDetails', 'personalContent', 'accountIdentifiers'],
    recipients: ['firebase', 'heroku', 'amazonS3'],
    provision: given(
      'contract',
      { en: 'Without them the apps do not work.', fr: 'Sans elles, les applications ne marchent pas.' },
      ['profileDetails', 'personalContent'],
    ),
    source: basis('Web hosting and backend infrastructure'),
  },
  support: {
    name: { en: 'Support and contact requests', fr: "Gestion de l'assistance" },
    description: {
      en: 'Following a request for help until it is solved.',
      fr: "Suivre une demande d'aide jusqu'à sa résolution.",
    },
    subjects: ['users', 'contacts'],
    legalBasis: 'contract',
    consent: false,
    dataTypes: ['providerDeclared', 'emailAddress', 'firstName', 'lastName', 'message'],
    // Brevo carries the answers that go out from here.
    recipients: ['zendesk', 'firebase', 'brevoEmail'],
    provision: given(
      'request',
      { en: 'Without them nobody can follow the request.', fr: 'Sans elles, personne ne peut suivre la demande.' },
      ['firstName', 'lastName'],
    ),
    source: basis('Managing support and contact requests'),
  },
  devicePermissions: {
    name: { en: 'Device authorizations', fr: "Autorisations de l'appareil" },
    description: {
      en: 'Using the camera, the microphone, the storage and the pictures of the device where a feature needs them.',
      fr: "Utiliser la caméra, le microphone, le stockage et les images de l'appareil quand une fonction en a besoin.",
    },
    subjects: ['users'],
    legalBasis: 'contract',
    consent: false,
    dataTypes: [
      'cameraAuthorization',
      'storageAuthorization',
      'microphoneAuthorization',
      'imageLibraryAuthorization',
      'personalContent',
      'deviceInformation',
    ],
    recipients: ['firebase'],
    provision: given('no', {
      en: 'A feature that needs the camera, the microphone or the files does not work.',
      fr: 'Une fonction qui a besoin de la caméra, du microphone ou des fichiers ne marche pas.',
    }),
    source: basis('Device authorizations to access Personal Data'),
  },
  registration: {
    name: { en: 'Registration and sign-in', fr: 'Inscription et connexion' },
    description: {
      en: 'Creating an account and recognising the person who signs in.',
      fr: 'Créer un compte et reconnaître la personne qui se connecte.',
    },
    subjects: ['users', 'guardians'],
    legalBasis: 'contract',
    consent: false,
    dataTypes: [
      'emailAddress',
      'usageData',
      'password',
      'trackers',
      'firstName',
      'lastName',
      'phone',
      'companyName',
      'profession',
      'postalCode',
      'profileDetails',
      'accountIdentifiers',
    ],
    recipients: ['firebase', 'heroku'],
    provision: given(
      'contract',
      {
        en: 'Without an e-mail address and a password there is no account.',
        fr: "Sans adresse e-mail et mot de passe, il n'y a pas de compte.",
      },
      ['firstName', 'lastName', 'phone', 'companyName', 'profession', 'postalCode', 'profileDetails'],
    ),
    trackersWithoutConsent: strictlyNecessary(
      'Only trackers without which nobody can register or stay signed in. Any other would need a consent.',
      "Seulement les traceurs sans lesquels on ne peut ni s'inscrire ni rester connecté. Tout autre exigerait un consentement.",
    ),
    source: basis('Registration and authentication provided directly by AMIKEO'),
  },
  payment: {
    name: { en: 'Payment', fr: 'Paiement' },
    description: {
      en: 'Taking payment for subscriptions and issuing invoices.',
      fr: 'Encaisser les abonnements et émettre les factures.',
    },
    subjects: ['users', 'customers'],
    legalBasis: 'contract',
    consent: false,
    dataTypes: ['emailAddress', 'usageData', 'lastName', 'firstName', 'trackers', 'paymentData', 'accountIdentifiers'],
    recipients: ['stripe', 'firebase'],
    provision: given('contract', {
      en: 'Without them there is no subscription.',
      fr: "Sans elles, il n'y a pas d'abonnement.",
    }),
    trackersWithoutConsent: strictlyNecessary(
      'Only trackers without which Stripe cannot take the payment that the person makes.',
      'Seulement les traceurs sans lesquels Stripe ne peut encaisser le paiement que fait la personne.',
    ),
    source: basis('Payment management: Stripe'),
  },
  preferences: {
    name: { en: 'Preferences on a device', fr: 'Préférences sur un appareil' },
    description: {
      en: 'Remembering the settings that somebody chose on a device, by the number of the installation.',
      fr: "Retenir les réglages choisis sur un appareil, par le numéro de l'installation.",
    },
    subjects: ['users'],
    legalBasis: 'contract',
    consent: false,
    dataTypes: ['uuid', 'deviceInformation'],
    recipients: ['firebase'],
    provision: given('contract', {
      en: 'Without the number the apps forget the settings of the device.',
      fr: "Sans ce numéro, les applications oublient les réglages de l'appareil.",
    }),
    trackersWithoutConsent: strictlyNecessary(
      'The number of the installation keeps the settings that the person chose.',
      "Le numéro de l'installation garde les réglages choisis par la personne.",
    ),
    source: basis('Unique device identification; User identification by means of a UUID: to record preferences'),
  },
  ...consentedPurposes,
  legalObligations: {
    name: { en: 'Obligations and proof', fr: 'Obligations et preuve' },
    description: {
      en: 'Keeping accounts, answering rights requests, proving consents, answering authorities.',
      fr: 'Tenir la comptabilité, répondre aux demandes de droits, prouver les consentements, répondre aux autorités.',
    },
    subjects: ['users', 'customers', 'guardians', 'contacts', 'officers'],
    legalBasis: 'legalObligation',
    consent: false,
    dataTypes: [
      'consentChoices',
      'rightsRequests',
      'exportCopy',
      'guardianship',
      'ageBand',
      'pseudonym',
      'integrityProof',
      'officerName',
      'paymentData',
      'accountIdentifiers',
      'emailAddress',
      'phone',
      'uuid',
      'deviceInformation',
    ],
    // Brevo carries the messages to people about their rights.
    recipients: ['firebase', 'stripe', 'brevoEmail'],
    provision: given(
      'law',
      {
        en: 'Without them a law cannot be kept: no invoice, and no answer to a request.',
        fr: 'Sans elles, une loi ne peut être respectée : ni facture, ni réponse à une demande.',
      },
      ['phone'],
    ),
    trackersWithoutConsent: {
      text: {
        en: 'Numbers of installations are compared as they are stored, and nothing is read on a device. Messages about rights are plain text without pictures, and tell Brevo to name nobody who opens one.',
        fr: "Les numéros d'installation sont comparés tels qu'ils sont conservés, rien n'est lu sur un appareil. Les messages sur les droits sont du texte sans image, et demandent à Brevo de ne nommer personne qui en ouvre un.",
      },
      // No option of a message leaves the pixel out: the account decides if one is added.
      source: toConfirm(unnamedOpenings),
    },
    source: ownChoice(
      'The text names obligations and authorities under «Purposes of processing» and «Legal action» without an entry of their own',
      "Le texte évoque obligations et autorités (« Purposes of processing », « Legal action ») sans leur consacrer d'entrée",
    ),
  },
  fraudAndDefence: {
    name: { en: 'Fraud, abuse and legal claims', fr: 'Fraude, abus et droits en justice' },
    description: {
      en: 'Noticing fraud and abuse, and defending the rights of AMIKEO, of its users and of others, in court if it has to be.',
      fr: "Repérer la fraude et les abus, et défendre les droits d'AMIKEO, de ses utilisateurs et de tiers, en justice s'il le faut.",
    },
    subjects: ['users', 'customers', 'contacts'],
    legalBasis: 'legitimateInterest',
    interest: {
      en: 'Keeping the apps and their users safe from fraud and abuse, and keeping the proofs that a court asks for.',
      fr: 'Protéger les applications et leurs utilisateurs de la fraude et des abus, et garder les preuves que demande un tribunal.',
    },
    consent: false,
    dataTypes: ['accountIdentifiers', 'ipAddress', 'systemLogs', 'rightsRequests'],
    recipients: ['firebase'],
    provision: given('collected', {
      en: 'They are in the logs of the servers, or there for something else. An objection is possible.',
      fr: 'Elles sont dans les journaux des serveurs, ou déjà là pour autre chose. Une opposition est possible.',
    }),
    source: basis('Purposes of processing: protect its rights, detect malicious or fraudulent activity; Legal action'),
  },
};
