import type { Policy } from '../../src/policy/schema.ts';
import { basis, given, ownChoice, toConfirm } from './sources.ts';

/**
 * Purposes that need a consent. If a purpose as a whole rests on another basis, `consentFor` says
 * which part needs one.
 */
export const consentedPurposes: Policy['purposes'] = {
  coreService: {
    name: { en: 'The apps themselves', fr: 'Les applications elles-mêmes' },
    description: {
      en: 'Using data that can say something about health, since the apps cannot work without them.',
      fr: 'Utiliser des données qui peuvent dire quelque chose sur la santé, car les applications ne marchent pas sans elles.',
    },
    subjects: ['users'],
    legalBasis: 'contract',
    consent: true,
    consentFor: {
      en: 'All of it: the use of the apps can reveal something about health (GDPR Art. 9(2)(a)).',
      fr: "L'ensemble : l'usage des applications peut révéler une information de santé (RGPD art. 9(2)(a)).",
    },
    explicit: true,
    endsAccount: {
      source: toConfirm(
        ownChoice(
          'Without this consent nobody may use these data (GDPR Art. 9(2)(a), 17(1)(b)); the grace is that of an erasure',
          "Sans ce consentement, nul ne peut utiliser ces données (RGPD art. 9(2)(a), 17(1)(b)) ; le délai est celui d'un effacement",
        ),
      ),
    },
    dataTypes: [
      'usageData',
      'generalActivityData',
      'numberOfSessions',
      'sessionDuration',
      'sessionStatistics',
      'personalContent',
      'profileDetails',
    ],
    // The text names usage data at Stripe as well.
    recipients: ['firebase', 'heroku', 'amazonS3', 'stripe'],
    provision: given(
      'contract',
      { en: 'Without them the apps do not work.', fr: 'Sans elles, les applications ne marchent pas.' },
      ['personalContent', 'profileDetails'],
    ),
    source: toConfirm(
      basis(
        'Activity data management; Web hosting and backend infrastructure; Payment management: without a ground of Art. 9(2)',
      ),
    ),
  },
  analytics: {
    name: { en: 'Audience measurement', fr: "Mesure d'audience" },
    description: {
      en: 'Understanding how the apps are used, to make them better.',
      fr: "Comprendre l'usage des applications pour les améliorer.",
    },
    subjects: ['users'],
    legalBasis: 'consent',
    consent: true,
    explicit: true,
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
    interest: {
      en: 'Helping people inside the apps, and hearing what they think of them.',
      fr: "Aider les personnes dans les applications, et savoir ce qu'elles en pensent.",
    },
    consent: true,
    consentFor: {
      en: 'Cookies and other trackers of the widget, which are not needed to answer (loi Informatique et Libertés, art. 82).',
      fr: "Les cookies et autres traceurs de l'outil, qui ne sont pas nécessaires pour répondre (loi Informatique et Libertés, art. 82).",
    },
    explicit: true,
    dataTypes: ['cookies', 'usageData'],
    recipients: ['zendeskWidget'],
    provision: given('no', {
      en: 'The apps work all the same, and the contact form stays.',
      fr: 'Les applications marchent quand même, et le formulaire de contact reste.',
    }),
    source: basis('Interaction with support and feedback platforms'),
  },
  userDatabase: {
    name: { en: 'Customer file', fr: 'Fichier clients' },
    description: {
      en: 'Knowing who the customers are, to serve them well and to answer them.',
      fr: 'Connaître les clients, pour bien les servir et leur répondre.',
    },
    subjects: ['users', 'customers'],
    legalBasis: 'consent',
    consent: true,
    dataTypes: [
      'providerDeclared',
      'emailAddress',
      'firstName',
      'lastName',
      'companyName',
      'phone',
      'accountIdentifiers',
    ],
    recipients: ['salesforce', 'firebase'],
    // The text of 2025 asked for marketing automation under this name.
    effects: [{ system: 'brevo', change: 'contact', before: '2027-03-01' }],
    // An answer to that text may still rest on it.
    profilingFor: ['messages'],
    provision: given('no', { en: 'The apps work all the same.', fr: 'Les applications marchent quand même.' }),
    source: basis('User database management: Salesforce Sales Cloud'),
  },
  marketingAutomation: {
    name: { en: 'Marketing automation', fr: 'Marketing automatisé' },
    description: {
      en: 'Choosing messages for people according to how they use the apps.',
      fr: "Choisir des messages pour chacun selon l'usage des applications.",
    },
    subjects: ['users'],
    legalBasis: 'consent',
    consent: true,
    explicit: true,
    dataTypes: ['emailAddress', 'firstName', 'lastName', 'usageData', 'trackers', 'accountIdentifiers'],
    recipients: ['brevoAutomation', 'firebase'],
    effects: [{ system: 'brevo', change: 'contact' }],
    profilingFor: ['messages'],
    provision: given('no', { en: 'The apps work all the same.', fr: 'Les applications marchent quand même.' }),
    source: basis('User database management: Brevo marketing automation'),
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
    explicit: true,
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
    interest: {
      en: 'Noticing faults and attacks before they harm anybody.',
      fr: "Repérer les pannes et les attaques avant qu'elles ne nuisent à quelqu'un.",
    },
    consent: true,
    consentFor: {
      en: 'Identifiers and trackers on the device that the service does not strictly need (loi Informatique et Libertés, art. 82).',
      fr: "Les identifiants et traceurs déposés sur l'appareil sans être strictement nécessaires au service (loi Informatique et Libertés, art. 82).",
    },
    explicit: true,
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
    advertises: true,
    provision: given('no', { en: 'The apps work all the same.', fr: 'Les applications marchent quand même.' }),
    source: basis('Information on refusing interest-based advertising'),
  },
};
