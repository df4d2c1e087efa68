import type { Policy, PolicyRecord, SubjectOf } from '../../src/policy/schema.ts';
import {
  deleteAfter,
  explicitConsent,
  ownChoice,
  policyText,
  trackersLast,
  withTheAccount,
  withTheConsent,
} from './sources.ts';

const owner: SubjectOf = { pathVariable: 'uid' };
const both = { access: true, portability: true };
const ownRows: NonNullable<PolicyRecord['client']> = {
  owner: ['read', 'create', 'update', 'delete'],
  timestamp: 'createdAt',
};
/** Rows of the service itself, which can reveal health: none is taken without a yes to it. */
const coreRows: NonNullable<PolicyRecord['client']> = { ...ownRows, enforce: 'coreService' };

/** Traces of the person's use of the apps, each row with `createdAt`. */
export const usageRecords: Policy['records'] = {
  installations: {
    name: { en: 'Installations of the app', fr: "Installations de l'application" },
    system: 'firestore',
    path: 'users/{uid}/installations/{id}',
    subject: owner,
    timestamp: 'createdAt',
    client: ownRows,
    purposes: ['monitoring', 'analytics', 'preferences'],
    dataTypes: ['uuid', 'deviceInformation'],
    provided: true,
    // A no to monitoring deletes the row, as its notice promises, whatever else it serves.
    fate: [
      deleteAfter(
        'createdAt',
        'P13M',
        trackersLast(
          'article 5: 13 months for trackers that measure an audience, which new visits do not prolong; here for the number of the installation as well',
          "article 5 : 13 mois pour les traceurs de mesure d'audience, sans prolongation lors des nouvelles visites ; ici aussi pour le numéro de l'installation",
        ),
      ),
      withTheConsent('monitoring'),
      withTheAccount,
    ],
    export: both,
    source: policyText('User identification by means of a Universal Unique Identifier (UUID)'),
  },
  activity: {
    name: { en: 'Activities and exercises', fr: 'Activités et exercices' },
    system: 'firestore',
    path: 'users/{uid}/activity/{id}',
    subject: owner,
    timestamp: 'createdAt',
    client: coreRows,
    purposes: ['activityData', 'hosting', 'coreService'],
    dataTypes: ['generalActivityData'],
    specialCategory: explicitConsent('coreService'),
    provided: true,
    // Pictures that were taken in an exercise.
    files: [{ field: 'files' }],
    undated: { scan: 2000 },
    fate: [
      deleteAfter(
        'createdAt',
        'P2Y',
        ownChoice(
          'Two school years of progress are useful to the person; the text names no period',
          'Deux années scolaires de progression sont utiles à la personne ; le texte ne donne pas de durée',
        ),
      ),
      withTheAccount,
    ],
    export: both,
    source: policyText('Activity data management: activity data tracked by your device'),
  },
  sessions: {
    name: { en: 'Sessions', fr: 'Sessions' },
    system: 'firestore',
    path: 'users/{uid}/sessions/{id}',
    subject: owner,
    timestamp: 'createdAt',
    client: coreRows,
    purposes: ['activityData', 'monitoring', 'coreService'],
    dataTypes: ['numberOfSessions', 'sessionDuration', 'sessionStatistics', 'deviceInformation'],
    specialCategory: explicitConsent('coreService', 'monitoring'),
    provided: true,
    undated: { scan: 2000 },
    fate: [
      deleteAfter(
        'createdAt',
        'P13M',
        ownChoice(
          'A year can be compared with the one before; in step with the 13 months of the CNIL for trackers (délibération 2020-092 of 17 September 2020, article 5)',
          'Une année peut être comparée à la précédente ; en accord avec les 13 mois de la CNIL pour les traceurs (délibération 2020-092 du 17 septembre 2020, article 5)',
        ),
      ),
      withTheAccount,
    ],
    export: both,
    source: policyText('Infrastructure monitoring; Activity data management'),
  },
  usageEvents: {
    name: { en: 'Usage events', fr: "Événements d'utilisation" },
    system: 'firestore',
    path: 'users/{uid}/usageEvents/{id}',
    subject: owner,
    timestamp: 'createdAt',
    // Nothing of it is needed before a yes. Installations serve preferences too, which need none.
    client: { ...ownRows, enforce: true },
    purposes: ['analytics'],
    dataTypes: ['usageData'],
    specialCategory: explicitConsent('analytics'),
    provided: true,
    undated: { scan: 2000 },
    fate: [
      deleteAfter(
        'createdAt',
        'P13M',
        ownChoice(
          'Shorter than the 25 months that the CNIL allows for audience measurement (délibération 2020-092 of 17 September 2020, article 5)',
          "Plus court que les 25 mois admis par la CNIL pour la mesure d'audience (délibération 2020-092 du 17 septembre 2020, article 5)",
        ),
      ),
      withTheConsent('analytics'),
      withTheAccount,
    ],
    export: both,
    source: policyText('Analysis: usage data'),
  },
};
