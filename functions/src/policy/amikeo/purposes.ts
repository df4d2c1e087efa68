import type { Policy } from '../schema.ts';
import { ownChoice, policyText } from './sources.ts';

const basis = (section: string) =>
  policyText(`${section}; legal basis allocated by the controller, the text lists bases in general`);

/**
 * The purposes. A consent is asked for six of them; where the purpose as a whole rests on another basis, `consentFor` says for which part.
 */
export const purposes: Policy['purposes'] = {
  contact: {
    name: { en: 'Contacting the user', fr: "Contacter l'utilisateur" },
    description: {
      en: 'Answering what people ask through the contact form, with or without an account.',
      fr: 'Répondre aux questions posées par le formulaire de contact, avec ou sans compte.',
    },
    legalBasis: 'legitimateInterest',
    consent: false,
    dataTypes: ['emailAddress', 'postalCode', 'lastName', 'firstName', 'companyName', 'phone', 'profession', 'message'],
    recipients: ['firebase', 'heroku'],
    source: basis('Contact the User: contact form'),
  },
  analytics: {
    name: { en: 'Audience measurement', fr: "Mesure d'audience" },
    description: {
      en: 'Understanding how the apps are used, to make them better.',
      fr: "Comprendre l'usage des applications pour les améliorer.",
    },
    legalBasis: 'consent',
    consent: true,
    dataTypes: ['cookies', 'usageData'],
    recipients: ['googleAnalytics', 'firebase'],
    source: basis('Analysis: Google Analytics'),
  },
  activityData: {
    name: { en: 'Activity data', fr: "Données d'activité" },
    description: {
      en: 'Following exercises and routines in the apps, so that the person finds their progress again.',
      fr: 'Suivre les exercices et les routines dans les applications, pour que la personne retrouve sa progression.',
    },
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
    legalBasis: 'contract',
    consent: false,
    dataTypes: ['usageData', 'providerDeclared', 'profileDetails', 'personalContent', 'accountIdentifiers'],
    recipients: ['firebase', 'heroku', 'amazonS3'],
    source: basis('Web hosting and backend infrastructure'),
  },
  feedbackPlatforms: {
    name: { en: 'Support and feedback widget', fr: "Outil d'aide et d'avis intégré" },
    description: {
      en: 'Asking for help or giving an opinion from inside the apps.',
      fr: "Demander de l'aide ou donner son avis depuis les applications.",
    },
    legalBasis: 'legitimateInterest',
    consent: true,
    consentFor: {
      en: 'Cookies and other trackers of the widget, which are not needed to answer (loi Informatique et Libertés, art. 82).',
      fr: "Les cookies et autres traceurs de l'outil, qui ne sont pas nécessaires pour répondre (loi Informatique et Libertés, art. 82).",
    },
    dataTypes: ['cookies', 'usageData'],
    recipients: ['zendeskWidget'],
    source: basis('Interaction with support and feedback platforms'),
  },
  support: {
    name: { en: 'Support and contact requests', fr: "Gestion de l'assistance" },
    description: {
      en: 'Following a request for help until it is solved.',
      fr: "Suivre une demande d'aide jusqu'à sa résolution.",
    },
    legalBasis: 'contract',
    consent: false,
    dataTypes: ['providerDeclared', 'emailAddress', 'firstName', 'lastName', 'message'],
    recipients: ['zendesk', 'firebase'],
    source: basis('Managing support and contact requests'),
  },
  userDatabase: {
    name: { en: 'User database and marketing automation', fr: 'Base des utilisateurs et marketing automatisé' },
    description: {
      en: 'Knowing who the customers are and, with their agreement, writing to them according to how they use the apps.',
      fr: 'Connaître les clients et, avec leur accord, leur écrire selon leur usage des applications.',
    },
    legalBasis: 'legitimateInterest',
    consent: true,
    consentFor: {
      en: 'Marketing automation: messages chosen by use, and the trackers that this takes.',
      fr: "Le marketing automatisé : des messages choisis selon l'usage, et les traceurs qu'il utilise.",
    },
    dataTypes: [
      'providerDeclared',
      'emailAddress',
      'firstName',
      'lastName',
      'usageData',
      'trackers',
      'accountIdentifiers',
    ],
    recipients: ['salesforce', 'brevoAutomation', 'firebase'],
    effects: [{ system: 'brevo', change: 'marketing' }],
    source: basis('User database management: Salesforce Sales Cloud, Brevo marketing automation'),
  },
  devicePermissions: {
    name: { en: 'Device authorizations', fr: "Autorisations de l'appareil" },
    description: {
      en: 'Using the camera, the microphone, the storage and the pictures of the device where a feature needs them.',
      fr: "Utiliser la caméra, le microphone, le stockage et les images de l'appareil quand une fonction en a besoin.",
    },
    legalBasis: 'contract',
    consent: false,
    dataTypes: [
      'cameraAuthorization',
      'storageAuthorization',
      'microphoneAuthorization',
      'imageLibraryAuthorization',
      'personalContent',
    ],
    recipients: ['firebase'],
    source: basis('Device authorizations to access Personal Data'),
  },
  messages: {
    name: { en: 'Newsletters and offers by e-mail', fr: "Lettres d'information et offres par e-mail" },
    description: {
      en: 'Sending news and offers of AMIKEO by e-mail.',
      fr: "Envoyer par e-mail l'actualité et les offres d'AMIKEO.",
    },
    legalBasis: 'consent',
    consent: true,
    dataTypes: ['emailAddress', 'firstName', 'lastName', 'usageData', 'trackers', 'emailEvents'],
    recipients: ['brevoEmail'],
    effects: [{ system: 'brevo', change: 'marketing' }],
    source: basis('Manage contacts and send messages: Brevo email'),
  },
  registration: {
    name: { en: 'Registration and sign-in', fr: 'Inscription et connexion' },
    description: {
      en: 'Creating an account and recognising the person who signs in.',
      fr: 'Créer un compte et reconnaître la personne qui se connecte.',
    },
    legalBasis: 'contract',
    consent: false,
    dataTypes: [
      'emailAddress',
      'usageData',
      'password',
      'trackers',
      'firstName',
      'lastName',
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
    legalBasis: 'contract',
    consent: false,
    dataTypes: ['emailAddress', 'usageData', 'lastName', 'firstName', 'trackers', 'paymentData', 'accountIdentifiers'],
    recipients: ['stripe', 'firebase'],
    source: basis('Payment management: Stripe'),
  },
  monitoring: {
    name: { en: 'Monitoring of the infrastructure', fr: "Surveillance de l'infrastructure" },
    description: {
      en: 'Noticing faults and attacks, and mending them.',
      fr: 'Repérer les pannes et les attaques, et y remédier.',
    },
    legalBasis: 'legitimateInterest',
    consent: true,
    consentFor: {
      en: 'Identifiers and trackers on the device that the service does not strictly need (loi Informatique et Libertés, art. 82).',
      fr: "Les identifiants et traceurs déposés sur l'appareil sans être strictement nécessaires au service (loi Informatique et Libertés, art. 82).",
    },
    dataTypes: [
      'faultData',
      'uuid',
      'deviceInformation',
      'providerDeclared',
      'usageData',
      'sessionDuration',
      'browsingHistory',
      'deviceLogs',
      'numberOfSessions',
      'sessionStatistics',
      'trackers',
      'ipAddress',
      'systemLogs',
    ],
    recipients: ['crashlytics', 'logentries', 'newRelic', 'firebase'],
    source: basis('Infrastructure monitoring; System and maintenance logs'),
  },
  interestBasedAdvertising: {
    name: { en: 'Interest-based advertising', fr: "Publicité ciblée par centres d'intérêt" },
    description: {
      en: 'Showing advertising that follows what somebody seems to be interested in. Refused unless the person agrees.',
      fr: "Afficher de la publicité selon les centres d'intérêt supposés. Refusée tant que la personne n'a pas accepté.",
    },
    legalBasis: 'consent',
    consent: true,
    dataTypes: ['cookies', 'trackers'],
    recipients: ['googleAnalytics'],
    source: basis('Information on refusing interest-based advertising'),
  },
  legalObligations: {
    name: { en: 'Obligations and proof', fr: 'Obligations et preuve' },
    description: {
      en: 'Keeping accounts, answering rights requests, proving consents, answering authorities.',
      fr: 'Tenir la comptabilité, répondre aux demandes de droits, prouver les consentements, répondre aux autorités.',
    },
    legalBasis: 'legalObligation',
    consent: false,
    dataTypes: [
      'consentChoices',
      'rightsRequests',
      'guardianship',
      'pseudonym',
      'integrityProof',
      'paymentData',
      'accountIdentifiers',
      'emailAddress',
      'deviceInformation',
    ],
    recipients: ['firebase', 'stripe'],
    source: ownChoice(
      'The text names obligations, authorities and legal action under «Purposes of processing» and «Legal action» without an entry of their own',
    ),
  },
};
