import type { Policy, Recipient } from '../../src/policy/schema.ts';
import { toolRecipients } from './recipients.tools.ts';
import {
  askedInTheForm,
  countriesSource,
  explicitConsent,
  manual,
  nameAndAddress,
  ownChoice,
  policyText,
  provider,
  toConfirm,
} from './sources.ts';

/** Backups, older versions and recycle bins, for recipients without a published period. */
const untilCopiesEnd: Recipient['kept'] = {
  period: 'P30D',
  from: 'deletion',
  source: toConfirm(
    ownChoice(
      'The text names no period: a month for backups and older versions, to be agreed with the provider (GDPR Art. 28(3)(g))',
      'Le texte ne donne pas de durée : un mois pour les sauvegardes et versions antérieures, à convenir avec le prestataire (RGPD art. 28(3)(g))',
    ),
  ),
};

/** The apps themselves write to these hosts, and end there what ends here (docs/app.md). */
const endedByTheApps: Recipient['kept'] = {
  ...untilCopiesEnd,
  followsPeriods: toConfirm(
    ownChoice(
      'The apps write these copies themselves, and end each with its row here; that their servers do so is to be confirmed',
      'Les applications écrivent elles-mêmes ces copies, et effacent chacune avec son enregistrement ici ; que leurs serveurs le font est à confirmer',
    ),
  ),
};

/**
 * The recipients of personal data, as the text names them: those that host the apps, take payments
 * and carry e-mails, then the tools of the team.
 */
export const recipients: Policy['recipients'] = {
  firebase: {
    name: 'Firebase (Google Cloud EMEA Limited, Google LLC)',
    role: 'processor',
    countries: ['IE', 'BE', 'NL', 'FI', 'US'],
    safeguards: ['dataPrivacyFramework', 'standardContractualClauses'],
    countriesSource: toConfirm(
      provider(
        'Firestore, Locations: eur3 lies in Belgium and the Netherlands, with a witness in Finland that keeps no full copy (firebase.google.com/docs/firestore/locations); Authentication runs in the United States (firebase.google.com/support/privacy)',
        'Firestore, Locations : eur3 se trouve en Belgique et aux Pays-Bas, avec un témoin en Finlande sans copie complète (firebase.google.com/docs/firestore/locations) ; Authentication fonctionne aux États-Unis (firebase.google.com/support/privacy)',
      ),
    ),
    kept: {
      period: 'P180D',
      from: 'deletion',
      source: provider(
        'Privacy and Security in Firebase; Data deletion on Google Cloud: removed from live and backup systems within 180 days (firebase.google.com/support/privacy, cloud.google.com/docs/security/deletion)',
        'Privacy and Security in Firebase ; Data deletion on Google Cloud : retiré des systèmes actifs et des sauvegardes sous 180 jours (firebase.google.com/support/privacy, cloud.google.com/docs/security/deletion)',
      ),
    },
    dataTypes: 'all',
    purposes: [
      'coreService',
      'hosting',
      'registration',
      'activityData',
      'devicePermissions',
      'contact',
      'analytics',
      'monitoring',
      'support',
      'userDatabase',
      'marketingAutomation',
      'payment',
      'preferences',
      'legalObligations',
      'fraudAndDefence',
    ],
    reach: { systems: ['firestore', 'storage', 'auth'] },
    privacyPolicy: 'https://firebase.google.com/support/privacy',
    specialCategory: explicitConsent('coreService', 'analytics', 'marketingAutomation', 'monitoring'),
    source: policyText('Web hosting and backend infrastructure: Firebase'),
  },
  heroku: {
    name: 'Heroku (Salesforce, Inc.)',
    role: 'processor',
    countries: ['IE', 'US'],
    safeguards: ['standardContractualClauses'],
    countriesSource,
    kept: endedByTheApps,
    dataTypes: ['providerDeclared', 'emailAddress', 'firstName', 'lastName', 'usageData', 'message'],
    purposes: ['coreService', 'hosting', 'registration', 'contact'],
    reach: manual(
      'Heroku: look for the person in the databases and logs of the apps that run there (heroku pg:psql), make the change, and write down what was found. Backups end with their own rotation.',
      "Heroku : rechercher la personne dans les bases et journaux des applications hébergées (heroku pg:psql), appliquer la demande et noter le résultat. Les sauvegardes s'effacent par leur propre rotation.",
    ),
    knownBy: ['uid', 'email'],
    mirrors: nameAndAddress,
    privacyPolicy: 'https://www.heroku.com/policy/privacy',
    specialCategory: explicitConsent('coreService'),
    source: policyText('Web hosting and backend infrastructure: Heroku'),
  },
  amazonS3: {
    name: 'Amazon S3 (Amazon Web Services EMEA SARL)',
    role: 'processor',
    countries: ['LU', 'IE', 'US'],
    safeguards: ['dataPrivacyFramework', 'standardContractualClauses'],
    countriesSource,
    kept: endedByTheApps,
    dataTypes: ['usageData', 'generalActivityData', 'personalContent'],
    purposes: ['coreService', 'hosting', 'activityData'],
    reach: manual(
      "Amazon S3: list the objects under the person's prefix in each bucket, older versions included, make the change, and note the number of objects.",
      "Amazon S3 : lister les objets sous le préfixe de la personne dans chaque compartiment, versions antérieures comprises, appliquer la demande et noter le nombre d'objets.",
    ),
    knownBy: ['uid'],
    privacyPolicy: 'https://aws.amazon.com/privacy/',
    specialCategory: explicitConsent('coreService'),
    source: policyText('Web hosting and backend infrastructure: Amazon S3'),
  },
  stripe: {
    name: 'Stripe (Stripe Payments Europe Limited, Stripe, Inc.)',
    role: 'processor',
    controllerFor: {
      text: {
        en: 'stopping fraud, and the duties that the law gives to Stripe itself, such as those against money laundering',
        fr: 'la lutte contre la fraude, et les obligations que la loi impose à Stripe même, comme celles contre le blanchiment',
      },
      source: provider(
        'Stripe, Data Processing Agreement and Privacy Center: processor for its users, and controller for fraud monitoring, prevention and detection and for its own duties (stripe.com/legal/dpa, stripe.com/legal/privacy-center)',
        'Stripe, Data Processing Agreement et Privacy Center : sous-traitant de ses utilisateurs, et responsable de traitement pour la détection et la prévention de la fraude et ses propres obligations (stripe.com/legal/dpa, stripe.com/legal/privacy-center)',
      ),
    },
    countries: ['IE', 'US'],
    safeguards: ['dataPrivacyFramework', 'standardContractualClauses'],
    countriesSource: toConfirm(
      provider(
        'Stripe, Data Transfers Addendum of 17 June 2025: Data Privacy Framework, then contract clauses (stripe.com/legal/dta); countries from its published terms',
        'Stripe, Data Transfers Addendum du 17 juin 2025 : Data Privacy Framework, puis clauses contractuelles (stripe.com/legal/dta) ; pays selon ses conditions publiées',
      ),
    ),
    kept: {
      period: 'P5Y',
      from: 'deletion',
      orLonger: true,
      source: toConfirm(
        provider(
          'Stripe, Privacy Center: for its own legal duties five years or more from the last transaction (stripe.com/legal/privacy-center)',
          'Stripe, Privacy Center : pour ses propres obligations légales, cinq ans ou plus depuis la dernière transaction (stripe.com/legal/privacy-center)',
        ),
      ),
    },
    dataTypes: [
      'emailAddress',
      'usageData',
      'lastName',
      'firstName',
      'trackers',
      'paymentData',
      'accountIdentifiers',
      'integrityProof',
    ],
    purposes: ['payment', 'coreService', 'legalObligations'],
    reach: { systems: ['stripe'] },
    privacyPolicy: 'https://stripe.com/privacy',
    specialCategory: explicitConsent('coreService'),
    source: policyText('Payment management: Stripe'),
  },
  brevoAutomation: {
    name: 'Brevo marketing automation (Sendinblue SAS)',
    role: 'processor',
    countries: ['FR', 'DE', 'BE'],
    safeguards: [],
    countriesSource,
    kept: untilCopiesEnd,
    dataTypes: ['emailAddress', 'firstName', 'lastName', 'usageData', 'trackers', 'accountIdentifiers'],
    purposes: ['marketingAutomation'],
    reach: { systems: ['brevo'] },
    privacyPolicy: 'https://www.brevo.com/legal/privacypolicy/',
    specialCategory: explicitConsent('marketingAutomation'),
    source: policyText('User database management: Brevo marketing automation'),
  },
  brevoEmail: {
    name: 'Brevo e-mail (Sendinblue SAS)',
    role: 'processor',
    countries: ['FR', 'DE', 'BE'],
    safeguards: [],
    countriesSource,
    kept: {
      ...untilCopiesEnd,
      source: toConfirm(
        provider(
          'Brevo, Configure a custom retention period: the log of e-mails has no end by itself (help.brevo.com/hc/en-us/articles/4415743225746); a rule of 12 months without previews, which also ends answers to people without an account, and a month for backups are to be confirmed',
          "Brevo, Configure a custom retention period : le journal des e-mails n'a pas de fin par lui-même (help.brevo.com/hc/en-us/articles/4415743225746) ; une règle de 12 mois sans aperçus, qui met aussi fin aux réponses aux personnes sans compte, et un mois de sauvegardes sont à confirmer",
          '2026-11-30',
        ),
      ),
    },
    // An answer to a message speaks of it.
    dataTypes: ['emailAddress', 'firstName', 'lastName', 'usageData', 'trackers', 'emailEvents', 'message'],
    purposes: ['messages', 'legalObligations', 'contact', 'support'],
    reach: { systems: ['brevo'] },
    privacyPolicy: 'https://www.brevo.com/legal/privacypolicy/',
    specialCategory: { ...askedInTheForm, ...explicitConsent('messages') },
    source: policyText('Manage contacts and send messages: Brevo email'),
  },
  ...toolRecipients,
};
