import type { Policy, PolicyRecord } from '../../src/policy/schema.ts';
import { backend, deleteAfter, ownChoice, withTheAccount } from './sources.ts';

const common = {
  system: 'firestore',
  database: 'compliance',
  purposes: ['legalObligations'],
  provided: false,
  export: { access: false, portability: false },
  source: backend,
} satisfies Partial<PolicyRecord>;

const nobody: PolicyRecord['subject'] = {
  none: {
    en: 'Figures and hashes: no row is about one person.',
    fr: 'Chiffres et empreintes : aucune ligne ne concerne une personne en particulier.',
  },
};

/** What the backend writes about its own work: nobody's by name, so it ends by time only and is in no export. */
export const operationRecords: Policy['records'] = {
  checkpoints: {
    name: { en: 'Checkpoints of the ledger', fr: 'Points de contrôle du registre' },
    ...common,
    path: 'checkpoints/{date}',
    subject: nobody,
    timestamp: 'createdAt',
    dataTypes: ['integrityProof'],
    fate: [
      deleteAfter(
        'createdAt',
        'P10Y',
        ownChoice(
          'Outlives the chains that it vouches for; holds no personal data',
          'Survit aux chaînes dont il répond ; ne contient aucune donnée personnelle',
        ),
      ),
    ],
  },
  checkpointBuckets: {
    name: { en: 'Tree that checkpoints are made of', fr: 'Arbre dont sont faits les points de contrôle' },
    ...common,
    path: 'checkpointBuckets/{bucket}',
    subject: {
      none: {
        en: 'Names and last hashes of chains, in buckets: a chain leaves its bucket when it has ended and is gone.',
        fr: 'Noms et dernières empreintes des chaînes, par lots : une chaîne quitte son lot quand elle a pris fin et disparu.',
      },
    },
    timestamp: 'changedAt',
    dataTypes: ['pseudonym', 'integrityProof'],
    fate: [
      deleteAfter(
        'emptyAt',
        'P1Y',
        ownChoice(
          'Chains leave it one by one at the end of their own period; what is left is empty',
          'Les chaînes le quittent une à une au terme de leur durée ; ce qui reste est vide',
        ),
      ),
    ],
  },
  retentionRuns: {
    name: { en: 'Runs of the retention', fr: 'Passages de la purge' },
    ...common,
    path: 'retentionRuns/{id}',
    subject: nobody,
    timestamp: 'startedAt',
    dataTypes: ['integrityProof'],
    fate: [
      deleteAfter(
        'startedAt',
        'P5Y',
        ownChoice(
          'Shows for five years that periods were kept (GDPR Art. 5(2)); figures only',
          'Montre pendant cinq ans que les durées ont été tenues (RGPD art. 5(2)) ; des chiffres seulement',
        ),
      ),
    ],
  },
  retentionScans: {
    name: { en: 'Places of scans for undated rows', fr: 'Avancement de la recherche des lignes sans date' },
    ...common,
    path: 'retentionScans/{id}',
    subject: { field: 'uid' },
    timestamp: 'at',
    dataTypes: ['accountIdentifiers'],
    fate: [
      deleteAfter(
        'at',
        'P7D',
        ownChoice(
          'Where the next night goes on; after a week it begins again',
          'Là où la nuit suivante reprend ; après une semaine, elle recommence du début',
        ),
      ),
      withTheAccount,
    ],
    export: { access: true, portability: false },
  },
  breakers: {
    name: { en: 'Alerts of the circuit breaker', fr: 'Alertes du disjoncteur' },
    ...common,
    path: 'breakers/{id}',
    subject: nobody,
    timestamp: 'createdAt',
    dataTypes: ['integrityProof'],
    fate: [
      deleteAfter(
        'createdAt',
        'P1Y',
        ownChoice(
          'A year to look into what went wrong; a date and a kind of account only',
          'Un an pour comprendre un incident ; une date et un type de compte seulement',
        ),
      ),
    ],
  },
  rateLimits: {
    name: { en: 'Counters against floods', fr: 'Compteurs contre les afflux' },
    ...common,
    path: 'rateLimits/{id}',
    subject: {
      none: {
        en: 'Keyed hashes of addresses for an hour, of accounts for a day: ends by time only.',
        fr: "Empreintes à clé d'adresses pendant une heure, de comptes pendant un jour : effacé par le temps seulement.",
      },
    },
    timestamp: 'expiresAt',
    dataTypes: ['pseudonym'],
    fate: [
      deleteAfter(
        'expiresAt',
        'P0D',
        ownChoice(
          'A flood is counted by the hour or the day; the next nightly run takes what is over',
          'Un afflux se compte à l’heure ou au jour ; la purge de la nuit suivante enlève ce qui est échu',
        ),
      ),
    ],
    source: ownChoice(
      'Keeps the contact form and the requests for exports from being flooded (GDPR Art. 12(5), 32)',
      "Protège le formulaire de contact et les demandes d'export contre les afflux (RGPD art. 12(5), 32)",
    ),
  },
  rejectedEvents: {
    name: { en: 'Rejected events', fr: 'Événements rejetés' },
    ...common,
    path: 'rejectedEvents/{id}',
    subject: {
      none: {
        en: 'Codes and field names with a pseudonymous path, no values: ends by time only.',
        fr: 'Codes et noms de champs avec un chemin pseudonyme, sans valeur : effacé par le temps seulement.',
      },
    },
    timestamp: 'receivedAt',
    dataTypes: ['pseudonym'],
    fate: [
      deleteAfter(
        'receivedAt',
        'P30D',
        ownChoice(
          'A month to look at what an app sent wrongly',
          "Un mois pour examiner ce qu'une application a mal envoyé",
        ),
      ),
    ],
  },
};
