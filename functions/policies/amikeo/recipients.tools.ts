import type { Policy, Recipient } from '../../src/policy/schema.ts';
import {
  askedInTheForm,
  cnil,
  countriesSource,
  explicitConsent,
  manual,
  nameAndAddress,
  policyText,
  provider,
  toConfirm,
} from './sources.ts';

const keptByZendesk: Recipient['kept'] = {
  period: 'P30D',
  from: 'asked',
  source: toConfirm(
    provider(
      'Zendesk, Creating end-user deletion schedules: a deleted end user is queued for permanent deletion after 30 days (support.zendesk.com); logs and backups to be confirmed',
      "Zendesk, Creating end-user deletion schedules : un utilisateur supprimé l'est définitivement après 30 jours (support.zendesk.com) ; journaux et sauvegardes à confirmer",
    ),
  ),
};

/** Recipients for customers, support, measurement and monitoring. An officer asks each of them. */
export const toolRecipients: Policy['recipients'] = {
  salesforce: {
    name: 'Salesforce Sales Cloud (Salesforce, Inc.)',
    role: 'processor',
    countries: ['FR', 'DE', 'US'],
    safeguards: ['standardContractualClauses'],
    countriesSource,
    kept: {
      period: 'P15D',
      from: 'asked',
      source: toConfirm(
        provider(
          'Salesforce, emptyRecycleBin(): the recycle bin keeps deleted records for 15 days (developer.salesforce.com); copies elsewhere to be confirmed',
          'Salesforce, emptyRecycleBin() : la corbeille garde les enregistrements supprimés 15 jours (developer.salesforce.com) ; autres copies à confirmer',
        ),
      ),
    },
    dataTypes: ['providerDeclared', 'emailAddress', 'firstName', 'lastName', 'companyName', 'phone'],
    purposes: ['userDatabase'],
    reach: manual(
      'Salesforce: search leads, contacts, accounts and activities by the e-mail address, make the change, empty the recycle bin, and note the record ids.',
      "Salesforce : rechercher l'adresse e-mail parmi les pistes, contacts, comptes et activités, appliquer la demande, vider la corbeille et noter les identifiants.",
    ),
    mirrors: {
      values: [...nameAndAddress.values, { profile: ['company'] }, { profile: ['phone'] }],
      after: 'request',
    },
    privacyPolicy: 'https://www.salesforce.com/company/privacy/',
    source: policyText('User database management: Salesforce Sales Cloud'),
  },
  zendesk: {
    name: 'Zendesk (Zendesk, Inc.)',
    role: 'processor',
    countries: ['IE', 'DE', 'US'],
    safeguards: ['standardContractualClauses'],
    countriesSource,
    kept: keptByZendesk,
    dataTypes: ['providerDeclared', 'emailAddress', 'firstName', 'lastName', 'message'],
    purposes: ['support'],
    reach: manual(
      'Zendesk: open the end user by e-mail address; for an erasure delete the tickets, then the user, then the user for good (Admin Center, or DELETE deleted_users); note the ids.',
      "Zendesk : ouvrir l'utilisateur final par son adresse e-mail ; pour un effacement, supprimer les tickets, l'utilisateur, puis l'utilisateur définitivement (Admin Center ou DELETE deleted_users) ; noter les identifiants.",
    ),
    mirrors: nameAndAddress,
    privacyPolicy: 'https://www.zendesk.com/company/agreements-and-terms/privacy-notice/',
    specialCategory: askedInTheForm,
    source: policyText('Managing support and contact requests: Zendesk'),
  },
  zendeskWidget: {
    name: 'Zendesk Widget (Zendesk, Inc.)',
    role: 'processor',
    countries: ['IE', 'DE', 'US'],
    safeguards: ['standardContractualClauses'],
    countriesSource,
    kept: keptByZendesk,
    dataTypes: ['cookies', 'usageData'],
    purposes: ['feedbackPlatforms'],
    reach: manual(
      'Zendesk Widget: look for chats and form entries of the person (by e-mail address, by the time of the request), make the change, and note the ids. Cookies stay on the device until the person removes them.',
      "Zendesk Widget : rechercher les discussions et formulaires de la personne (adresse e-mail, date), appliquer la demande et noter les identifiants. Les cookies restent sur l'appareil jusqu'à leur suppression par la personne.",
    ),
    knownBy: ['email'],
    privacyPolicy: 'https://www.zendesk.com/company/agreements-and-terms/privacy-notice/',
    specialCategory: explicitConsent('feedbackPlatforms'),
    source: policyText('Interaction with support and feedback platforms: Zendesk Widget'),
  },
  googleAnalytics: {
    name: 'Google Analytics (Google Ireland Limited, Google LLC)',
    role: 'processor',
    controllerFor: {
      text: {
        en: 'data that Auticiel shares with “Google products and services”, if this setting is on',
        fr: 'les données partagées par Auticiel avec « Produits et services Google », si ce réglage est actif',
      },
      source: toConfirm(
        provider(
          'Google Analytics, Shared data under Measurement Controller-Controller Data Protection Terms: controller of what is shared under the setting, processor of the rest (support.google.com/analytics/answer/9024351)',
          'Google Analytics, Shared data under Measurement Controller-Controller Data Protection Terms : responsable des données partagées par ce réglage, sous-traitant pour le reste (support.google.com/analytics/answer/9024351)',
        ),
      ),
    },
    countries: ['IE', 'US'],
    safeguards: ['dataPrivacyFramework', 'standardContractualClauses'],
    countriesSource,
    kept: {
      period: 'P14M',
      from: 'receipt',
      source: toConfirm(
        provider(
          'Google Analytics, data retention: 2 or 14 months for a standard property (support.google.com/analytics/answer/7667196); the longer one counts until the setting is confirmed',
          'Google Analytics, conservation des données : 2 ou 14 mois pour une propriété standard (support.google.com/analytics/answer/7667196) ; la plus longue compte tant que le réglage reste à confirmer',
        ),
      ),
    },
    dataTypes: ['cookies', 'usageData', 'trackers', 'uuid'],
    purposes: ['analytics', 'interestBasedAdvertising'],
    reach: manual(
      "Google Analytics: user explorer, find the app instance id or client id of the person's installations, delete the user; data of the text's Universal Analytics property no longer exist (service ended in 2024). Note the ids.",
      "Google Analytics : dans l'explorateur d'utilisateurs, retrouver l'identifiant d'instance des installations de la personne et supprimer l'utilisateur ; les données Universal Analytics citées par le texte n'existent plus (service arrêté en 2024). Noter les identifiants.",
    ),
    knownBy: ['installation'],
    privacyPolicy: 'https://policies.google.com/privacy',
    specialCategory: explicitConsent('analytics'),
    source: policyText('Analysis: Google Analytics (Universal Analytics)'),
  },
  crashlytics: {
    name: 'Crashlytics (Google Ireland Limited, Google LLC)',
    role: 'processor',
    countries: ['IE', 'US'],
    safeguards: ['dataPrivacyFramework', 'standardContractualClauses'],
    countriesSource,
    kept: {
      period: 'P90D',
      from: 'receipt',
      source: provider(
        'Privacy and Security in Firebase: Crashlytics keeps crash traces and identifiers for 90 days, then begins to remove them (firebase.google.com/support/privacy)',
        'Privacy and Security in Firebase : Crashlytics garde les traces de panne et les identifiants 90 jours, puis commence à les retirer (firebase.google.com/support/privacy)',
      ),
    },
    dataTypes: ['faultData', 'uuid', 'deviceInformation'],
    purposes: ['monitoring'],
    reach: manual(
      'Crashlytics: delete the crash reports of the installation UUIDs where the console or the API offers it; reports end by themselves 90 days after the crash. Note the UUIDs.',
      "Crashlytics : supprimer les rapports des UUID d'installation si la console ou l'API le permet ; les rapports s'effacent d'eux-mêmes 90 jours après la panne. Noter les UUID.",
    ),
    knownBy: ['installation'],
    privacyPolicy: 'https://firebase.google.com/support/privacy',
    source: policyText('Infrastructure monitoring: Crashlytics'),
  },
  logentries: {
    name: 'Logentries (Rapid7, Inc.)',
    role: 'processor',
    countries: ['IE', 'US'],
    safeguards: ['standardContractualClauses'],
    countriesSource,
    kept: {
      period: 'P12M',
      from: 'receipt',
      source: toConfirm(
        cnil(
          'Recommendation on logging, délibération 2021-122 of 14 October 2021: one year at most; the setting of the account is to be confirmed',
          'Recommandation sur la journalisation, délibération 2021-122 du 14 octobre 2021 : un an au plus ; le réglage du compte est à confirmer',
        ),
      ),
    },
    dataTypes: ['providerDeclared', 'usageData', 'ipAddress', 'systemLogs'],
    purposes: ['monitoring'],
    reach: manual(
      'Logentries: search the logs for the uid and the address; single lines cannot be removed, so note when the last one leaves the retention window, and answer the person with that date.',
      "Logentries : rechercher l'uid et l'adresse dans les journaux ; une ligne seule ne peut être retirée : noter la date à laquelle la dernière quitte la fenêtre de conservation et la communiquer à la personne.",
    ),
    knownBy: ['uid', 'email'],
    privacyPolicy: 'https://www.rapid7.com/privacy-policy/',
    specialCategory: explicitConsent('monitoring'),
    source: policyText('Infrastructure monitoring: Logentries'),
  },
  newRelic: {
    name: 'New Relic (New Relic, Inc.)',
    role: 'processor',
    countries: ['DE', 'US'],
    safeguards: ['dataPrivacyFramework', 'standardContractualClauses'],
    countriesSource,
    kept: {
      period: 'P395D',
      from: 'receipt',
      source: toConfirm(
        provider(
          'New Relic, Manage data retention: 8 to 395 days by kind of data (docs.newrelic.com); the longest counts until the settings are confirmed',
          'New Relic, Manage data retention : de 8 à 395 jours selon les données (docs.newrelic.com) ; la plus longue compte tant que les réglages restent à confirmer',
        ),
      ),
    },
    dataTypes: [
      'usageData',
      'sessionDuration',
      'browsingHistory',
      'deviceInformation',
      'deviceLogs',
      'numberOfSessions',
      'sessionStatistics',
      'trackers',
    ],
    purposes: ['monitoring'],
    reach: manual(
      'New Relic: send a personal data request to the provider (privacy form of the account) with the identifiers of the installations, and note its number and its answer.',
      'New Relic : adresser au prestataire une demande relative aux données personnelles (formulaire du compte) avec les identifiants des installations ; noter son numéro et sa réponse.',
    ),
    knownBy: ['installation'],
    privacyPolicy: 'https://newrelic.com/termsandconditions/privacy',
    specialCategory: explicitConsent('monitoring'),
    source: policyText('Infrastructure monitoring: New Relic'),
  },
};
