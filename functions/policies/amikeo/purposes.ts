import type { Policy } from '../../src/policy/schema.ts';
import { consentedPurposes } from './purposes.consented.ts';
import { basis, ownChoice } from './sources.ts';

/**
 * Every purpose: the twelve of the text, interest-based advertising, and the obligations that the
 * text names in passing.
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
    consent: false,
    dataTypes: ['emailAddress', 'postalCode', 'lastName', 'firstName', 'companyName', 'phone', 'profession', 'message'],
    recipients: ['firebase', 'heroku'],
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
    recipients: ['zendesk', 'firebase'],
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
    source: basis('Payment management: Stripe'),
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
    source: ownChoice(
      'The text names obligations, authorities and legal action under «Purposes of processing» and «Legal action» without an entry of their own',
      "Le texte évoque obligations, autorités et actions en justice (« Purposes of processing », « Legal action ») sans leur consacrer d'entrée",
    ),
  },
};
