import type { Policy } from '../../src/policy/schema.ts';
import { ownChoice, policyText, provider, statute, toConfirm, trackersLast, unusedAccounts } from './sources.ts';

/** A draft (changes.ts): until it is announced and its day has come, 2025-06-15 is in force. */
export const version: Policy['version'] = '2027-03-01';

// The publisher is French: its apps speak French if they do not know the language.
export const languages: Policy['languages'] = ['fr', 'en'];

export const controller: Policy['controller'] = {
  name: 'Auticiel',
  address: '3 rue Jules César, 75012 Paris, France',
  country: 'FR',
  email: 'contact@auticiel.com',
  supervisoryAuthority: {
    name: "Commission nationale de l'informatique et des libertés (CNIL)",
    url: 'https://www.cnil.fr/fr/plaintes',
    address: '3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, France',
  },
  timeZone: 'Europe/Paris',
  financialYearEnd: '--12-31',
  source: toConfirm(
    policyText(
      'Owner and data controller; the financial year is not in the text: the calendar year',
      "Owner and data controller ; l'exercice comptable n'y figure pas : l'année civile",
    ),
  ),
};

export const ageOfConsent: Policy['ageOfConsent'] = {
  years: 15,
  source: statute(
    'Loi n° 78-17 du 6 janvier 1978 (Informatique et Libertés), art. 45; GDPR Art. 8',
    'Loi n° 78-17 du 6 janvier 1978 (Informatique et Libertés), art. 45 ; RGPD art. 8',
  ),
};

export const rights: Policy['rights'] = {
  answerWithin: { period: 'P1M', source: statute('GDPR Art. 12(3)', 'RGPD art. 12(3)') },
  erasureGrace: {
    period: 'P7D',
    source: ownChoice(
      'A week to take an erasure back: it cannot be undone; processing is restricted meanwhile',
      'Une semaine pour revenir sur un effacement, qui est définitif ; le traitement est limité entre-temps',
    ),
  },
  accountDeletionGrace: {
    period: 'P0D',
    source: ownChoice(
      'Who deletes the account has confirmed it in the app: nothing is left to wait for',
      "Qui supprime son compte l'a confirmé dans l'application : il n'y a plus rien à attendre",
    ),
  },
  thirdLook: {
    period: 'P4D',
    source: provider(
      'Stripe, Webhooks: an event that was not taken is sent again for up to three days (docs.stripe.com/webhooks#retries)',
      'Stripe, Webhooks : un événement non reçu est renvoyé pendant trois jours au plus (docs.stripe.com/webhooks#retries)',
    ),
  },
  erasureBreaker: {
    hour: { number: 20, share: 0.005 },
    day: { number: 50, share: 0.01 },
    young: 'P7D',
    ownRequest: 'P30D',
    source: ownChoice(
      'Far above what people delete by themselves, far below what a wrong migration deletes (GDPR Art. 32(1)(b) and (c))',
      "Bien au-dessus des suppressions habituelles, bien en dessous de celles d'une migration erronée (RGPD art. 32(1)(b) et (c))",
    ),
  },
  escalateBefore: {
    period: 'P7D',
    source: ownChoice(
      'A week in which an officer can still answer in time, or tell the person of a delay (GDPR Art. 12(3))',
      "Une semaine pour répondre encore à temps, ou informer la personne d'un délai (RGPD art. 12(3))",
    ),
  },
  reconsentAfter: {
    period: 'P6M',
    source: trackersLast(
      'as a good practice: an answer, a yes or a no, is kept for 6 months',
      'à titre de bonne pratique : une réponse, oui ou non, est conservée 6 mois',
    ),
  },
  exportsKept: {
    period: 'P7D',
    source: ownChoice(
      'Long enough to download it, short enough for a copy of everything',
      'Assez long pour le télécharger, assez court pour une copie de tout',
    ),
  },
  objectionToEveryBasis: {
    source: policyText(
      'The rights of Users: the right to object if the processing is carried out on a legal basis other than consent',
      'The rights of Users : « the right to object if the processing is carried out on a legal basis other than consent »',
    ),
  },
  restrictionLift: {
    notice: 'P7D',
    source: ownChoice(
      'A week in which the person can read it and answer before the data are used again (GDPR Art. 18(3))',
      'Une semaine pour le lire et répondre avant que les données soient de nouveau utilisées (RGPD art. 18(3))',
    ),
  },
  officerSheetsKept: {
    period: 'P90D',
    source: ownChoice(
      'A month to ask, a month to answer, and a reminder; then no recipient is asked any more (GDPR Art. 5(1)(e), 19)',
      "Un mois pour demander, un mois pour répondre, et un rappel ; ensuite, plus aucun destinataire n'est interrogé (RGPD art. 5(1)(e), 19)",
    ),
  },
  inactivity: {
    period: 'P2Y',
    notice: 'P30D',
    signs: ['activity', 'sessions', 'usageEvents'],
    source: unusedAccounts,
  },
  automatedDecisions: {
    text: {
      en: 'None. No computer alone takes decisions about you.',
      fr: 'Aucune. Aucun ordinateur ne prend seul de décision sur vous.',
    },
    source: ownChoice(
      'The text is silent; no decision of the kind of GDPR Art. 22 is known in the app',
      "Le texte est muet ; l'application ne connaît aucune décision au sens du RGPD art. 22",
    ),
  },
  transmission: {
    hosts: [],
    source: ownChoice(
      'The text promises it where it is technically possible; no other controller has named an address yet, so people carry their export there',
      "Le texte le promet si c'est techniquement possible ; aucun autre responsable n'a indiqué d'adresse, chacun y porte donc son export",
    ),
  },
};

/** The profile is where people correct their data: what other companies have of it follows. */
export const profile: Policy['profile'] = {
  record: 'users',
  values: {
    emailAddress: { account: 'email' },
    firstName: { profile: ['firstName'] },
    lastName: { profile: ['lastName'] },
    phone: { profile: ['phone'] },
    companyName: { profile: ['company'] },
    profession: { profile: ['profession'] },
    postalCode: { profile: ['postalCode'] },
  },
  source: ownChoice(
    'What people correct in the app reaches the companies that have it (GDPR Art. 5(1)(d), 16, 19)',
    "Ce que les personnes corrigent dans l'application parvient aux sociétés qui le détiennent (RGPD art. 5(1)(d), 16, 19)",
  ),
};

/** A paid subscription is a use of the apps, with or without a sign-in. */
export const contract: Policy['contract'] = {
  record: 'stripeSubscriptions',
  source: policyText('Shelf life: until the contract is fully performed'),
};

export const remains: Policy['remains'] = {
  softDelete: {
    name: { en: 'Soft-deleted objects of Cloud Storage', fr: 'Objets supprimés de Cloud Storage, encore récupérables' },
    within: 'P7D',
    setting: 'bucketSoftDelete',
    source: provider(
      'Cloud Storage documentation, Soft delete: 7 days unless the bucket says otherwise',
      'Documentation Cloud Storage, Soft delete : 7 jours sauf réglage contraire',
    ),
  },
  pointInTimeRecovery: {
    name: { en: 'Point-in-time recovery of Cloud Firestore', fr: 'Récupération à un instant donné de Cloud Firestore' },
    within: 'P7D',
    source: provider(
      'Firestore documentation, Point-in-time recovery: one hour, or 7 days where it is switched on',
      "Documentation Firestore, Point-in-time recovery : une heure, ou 7 jours si l'option est activée",
    ),
  },
  backups: {
    name: { en: 'Scheduled backups of Cloud Firestore', fr: 'Sauvegardes planifiées de Cloud Firestore' },
    within: 'P14W',
    source: provider(
      'Firestore documentation, Backups: kept up to 14 weeks; after a restore the erasures are replayed',
      "Documentation Firestore, Backups : conservées jusqu'à 14 semaines ; après une restauration, les effacements sont rejoués",
    ),
  },
  logs: {
    name: {
      en: 'Logs of requests and functions at Cloud Logging (IP addresses and pseudonyms, no names)',
      fr: 'Journaux des requêtes et des fonctions dans Cloud Logging (adresses IP et pseudonymes, pas de noms)',
    },
    within: 'P30D',
    source: toConfirm(
      provider(
        'Cloud Logging, Store log entries: the bucket _Default keeps logs for 30 days unless it is set otherwise (docs.cloud.google.com/logging/docs/store-log-entries); the setting of the project is to be confirmed',
        'Cloud Logging, Store log entries : le compartiment _Default garde les journaux 30 jours sauf réglage contraire (docs.cloud.google.com/logging/docs/store-log-entries) ; le réglage du projet est à confirmer',
        '2026-11-30',
      ),
    ),
  },
  auditLogs: {
    name: {
      en: 'Audit logs at Cloud Logging (what administrators did; the number of an account, if one of them acted on it by hand)',
      fr: "Journaux d'audit dans Cloud Logging (les actes des administrateurs ; le numéro d'un compte, si l'un d'eux y a touché à la main)",
    },
    within: 'P400D',
    source: toConfirm(
      provider(
        'Cloud Logging, Store log entries: the bucket _Required keeps the audit logs of administrators, of system events and of accesses by Google for 400 days, which nobody can change (docs.cloud.google.com/logging/docs/store-log-entries); if one names an account is to be confirmed',
        "Cloud Logging, Store log entries : le compartiment _Required garde 400 jours les journaux d'audit des administrateurs, des événements du système et des accès de Google, sans réglage possible (docs.cloud.google.com/logging/docs/store-log-entries) ; la présence d'un numéro de compte est à confirmer",
        '2026-11-30',
      ),
    ),
  },
};

/** The text gives people the right to know them: their copy has them, in easy words. */
export const securityMeasures: Policy['securityMeasures'] = [
  {
    en: 'Data are encrypted on their way and where they are kept. The hosting platform does that.',
    fr: "Les données sont chiffrées pendant leur trajet et là où elles sont gardées. La plateforme d'hébergement s'en charge.",
  },
  {
    en: 'Rules let each person read and write only their own documents, and only in the form that the app declares.',
    fr: "Des règles permettent à chacun de lire et d'écrire seulement ses propres documents, et seulement dans la forme que l'application déclare.",
  },
  {
    en: 'Proofs and the list of erased people are kept apart, in a database that no app can open. It has its own access rights and backups.',
    fr: "Les preuves et la liste des personnes effacées sont gardées à part, dans une base qu'aucune application ne peut ouvrir. Elle a ses propres droits d'accès et sauvegardes.",
  },
  {
    en: 'Proofs have a code in place of a name (a keyed pseudonym). The key to the code is a secret, kept in another place.',
    fr: 'Les preuves portent un code à la place du nom (un pseudonyme à clé). La clé du code est un secret, gardé ailleurs.',
  },
  {
    en: 'The record of consents only grows, and each entry is tied to the one before it (a chain of hashes). So a change shows.',
    fr: "Le registre des consentements ne fait que s'allonger, et chaque entrée est liée à la précédente (une chaîne d'empreintes). Toute modification se voit donc.",
  },
  {
    en: 'Lists of work and logs of our servers have identifiers, and never names or e-mail addresses.',
    fr: "Les files d'attente et les journaux de nos serveurs portent des identifiants, jamais de nom ni d'adresse e-mail.",
  },
  {
    en: 'Each of our servers may do only what its work needs (service accounts with no other roles).',
    fr: 'Chacun de nos serveurs peut faire seulement ce que demande son travail (comptes de service sans autre rôle).',
  },
];
