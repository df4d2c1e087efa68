import type { Policy } from '../../src/policy/schema.ts';
import { basis, given } from './sources.ts';

/**
 * Purposes that need a consent. If a purpose as a whole rests on another basis, `consentFor` says
 * which part needs one.
 */
export const consentedPurposes: Policy['purposes'] = {
  analytics: {
    name: { en: 'Audience measurement', fr: "Mesure d'audience" },
    description: {
      en: 'Understanding how the apps are used, to make them better.',
      fr: "Comprendre l'usage des applications pour les améliorer.",
    },
    subjects: ['users'],
    legalBasis: 'consent',
    consent: true,
    dataTypes: ['cookies', 'usageData', 'uuid'],
    recipients: ['googleAnalytics', 'firebase'],
    provision: given('no', { en: 'The apps work all the same.', fr: 'Les applications marchent quand même.' }),
    source: basis('Analysis: Google Analytics; Unique device identification: for analysis'),
  },
  feedbackPlatforms: {
    name: { en: 'Support and feedback widget', fr: "Outil d'aide et d'avis intégré" },
    description: {
      en: 'Asking for help or giving an opinion from inside the apps.',
      fr: "Demander de l'aide ou donner son avis depuis les applications.",
    },
    subjects: ['users'],
    legalBasis: 'legitimateInterest',
    consent: true,
    consentFor: {
      en: 'Cookies and other trackers of the widget, which are not needed to answer (loi Informatique et Libertés, art. 82).',
      fr: "Les cookies et autres traceurs de l'outil, qui ne sont pas nécessaires pour répondre (loi Informatique et Libertés, art. 82).",
    },
    dataTypes: ['cookies', 'usageData'],
    recipients: ['zendeskWidget'],
    provision: given('no', {
      en: 'The apps work all the same, and the contact form stays.',
      fr: 'Les applications marchent quand même, et le formulaire de contact reste.',
    }),
    source: basis('Interaction with support and feedback platforms'),
  },
  userDatabase: {
    name: { en: 'User database and marketing automation', fr: 'Base des utilisateurs et marketing automatisé' },
    description: {
      en: 'Knowing who the customers are and, with their agreement, writing to them according to how they use the apps.',
      fr: 'Connaître les clients et, avec leur accord, leur écrire selon leur usage des applications.',
    },
    subjects: ['users', 'customers'],
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
      'companyName',
      'phone',
      'usageData',
      'trackers',
      'accountIdentifiers',
    ],
    recipients: ['salesforce', 'brevoAutomation', 'firebase'],
    effects: [{ system: 'brevo', change: 'contact' }],
    provision: given('no', { en: 'The apps work all the same.', fr: 'Les applications marchent quand même.' }),
    source: basis('User database management: Salesforce Sales Cloud, Brevo marketing automation'),
  },
  messages: {
    name: { en: 'Newsletters and offers by e-mail', fr: "Lettres d'information et offres par e-mail" },
    description: {
      en: 'Sending news and offers of AMIKEO by e-mail.',
      fr: "Envoyer par e-mail l'actualité et les offres d'AMIKEO.",
    },
    subjects: ['users'],
    legalBasis: 'consent',
    consent: true,
    dataTypes: ['emailAddress', 'firstName', 'lastName', 'usageData', 'trackers', 'emailEvents'],
    recipients: ['brevoEmail'],
    effects: [{ system: 'brevo', change: 'messages' }],
    provision: given('no', {
      en: 'No news and no offers come. The apps work all the same.',
      fr: "Ni actualité ni offres n'arrivent. Les applications marchent quand même.",
    }),
    source: basis('Manage contacts and send messages: Brevo email'),
  },
  monitoring: {
    name: { en: 'Monitoring of the infrastructure', fr: "Surveillance de l'infrastructure" },
    description: {
      en: 'Noticing faults and attacks, and mending them.',
      fr: 'Repérer les pannes et les attaques, et y remédier.',
    },
    subjects: ['users'],
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
      'accountIdentifiers',
    ],
    recipients: ['crashlytics', 'logentries', 'newRelic', 'firebase'],
    provision: given('no', {
      en: 'The apps work all the same. The log of the servers is kept for safety.',
      fr: 'Les applications marchent quand même. Le journal des serveurs est gardé pour la sécurité.',
    }),
    source: basis('Infrastructure monitoring; System and maintenance logs'),
  },
  interestBasedAdvertising: {
    name: { en: 'Interest-based advertising', fr: "Publicité ciblée par centres d'intérêt" },
    description: {
      en: 'Showing advertising that follows what somebody seems to be interested in. Refused unless the person agrees.',
      fr: "Afficher de la publicité selon les centres d'intérêt supposés. Refusée tant que la personne n'a pas accepté.",
    },
    subjects: ['users'],
    legalBasis: 'consent',
    consent: true,
    dataTypes: ['cookies', 'trackers'],
    recipients: ['googleAnalytics'],
    provision: given('no', { en: 'The apps work all the same.', fr: 'Les applications marchent quand même.' }),
    source: basis('Information on refusing interest-based advertising'),
  },
};
