import type { Policy, PolicyRecord } from '../../src/policy/schema.ts';
import { operationRecords } from './records.operation.ts';
import { backend, cnil, deleteAfter, legalClaims, ownChoice, proofFate, statute, withTheAccount } from './sources.ts';

const place = { system: 'firestore', database: 'compliance' } as const;
const byPseudonym = { pseudonymVariable: 'pseudonym' };
const onAccess = { access: true, portability: false };
const neither = { access: false, portability: false };

const fiveYears = ownChoice(
  'Five years, the general limitation of civil actions (Code civil, art. 2224)',
  'Cinq ans, la prescription de droit commun (Code civil, art. 2224)',
);
const common = { purposes: ['legalObligations'], provided: false, source: backend } satisfies Partial<PolicyRecord>;

/** What this backend keeps in its own database, closed to every client: to decide, to prove and to remember whom it erased. */
export const complianceRecords: Policy['records'] = {
  ledger: {
    name: { en: 'Consent ledger: head of a chain', fr: 'Registre des consentements : tête de chaîne' },
    ...common,
    ...place,
    path: 'ledger/{pseudonym}',
    subject: byPseudonym,
    timestamp: null,
    dataTypes: ['pseudonym', 'consentChoices'],
    subcollections: true,
    // A chain is proof as a whole: its entries stay while it is open, and it is deleted whole.
    fate: proofFate('closed.at'),
    export: onAccess,
    source: statute(
      'GDPR Art. 7(1): the controller shall be able to demonstrate consent',
      'RGPD art. 7(1) : le responsable doit pouvoir démontrer le consentement',
    ),
  },
  ledgerEntries: {
    name: { en: 'Consent ledger: entries', fr: 'Registre des consentements : inscriptions' },
    ...common,
    ...place,
    path: 'ledger/{pseudonym}/entries/{id}',
    subject: byPseudonym,
    timestamp: 'recordedAt',
    dataTypes: ['pseudonym', 'consentChoices', 'rightsRequests', 'deviceInformation'],
    specialCategory: legalClaims,
    endsWith: 'ledger',
    fate: proofFate(),
    export: onAccess,
    source: statute('GDPR Art. 7(1) and 5(2)', 'RGPD art. 7(1) et 5(2)'),
  },
  jobs: {
    name: { en: 'Durable jobs', fr: 'Travaux en cours et terminés' },
    ...common,
    ...place,
    path: 'jobs/{id}',
    subject: { pseudonymField: 'pseudonym' },
    timestamp: 'createdAt',
    dataTypes: ['pseudonym', 'accountIdentifiers', 'rightsRequests'],
    specialCategory: legalClaims,
    // Not counted from the account's end: the job that erases it must outlive it, and has no `finishedAt` until it is done.
    fate: [
      deleteAfter(
        'finishedAt',
        'P1Y',
        ownChoice(
          'A year to look into what went wrong; the certificate and the request file say the rest',
          "Un an pour comprendre un incident ; l'attestation et le dossier de la demande disent le reste",
        ),
      ),
    ],
    export: onAccess,
  },
  requests: {
    name: { en: 'Files of rights requests', fr: 'Dossiers des demandes de droits' },
    ...common,
    ...place,
    path: 'requests/{id}',
    subject: { pseudonymField: 'pseudonym' },
    timestamp: 'receivedAt',
    dataTypes: ['pseudonym', 'rightsRequests'],
    specialCategory: legalClaims,
    fate: [deleteAfter('completedAt', 'P5Y', fiveYears)],
    export: onAccess,
  },
  subjects: {
    name: { en: 'Identity map', fr: "Table d'identité" },
    ...common,
    ...place,
    path: 'subjects/{uid}',
    subject: { pathVariable: 'uid' },
    timestamp: null,
    dataTypes: ['accountIdentifiers', 'emailAddress', 'phone'],
    subcollections: true,
    fate: [withTheAccount],
    export: onAccess,
  },
  identities: {
    name: { en: 'Identity proven for an erasure', fr: 'Identité établie pour un effacement' },
    ...common,
    ...place,
    path: 'subjects/{uid}/identities/{id}',
    subject: { pathVariable: 'uid' },
    timestamp: null,
    dataTypes: ['accountIdentifiers', 'emailAddress', 'phone', 'uuid'],
    // Needed until the last step of the erasure has read it, which deletes it.
    fate: [withTheAccount],
    // There while an erasure runs, when no export is made; it says what the identity map says.
    export: neither,
    source: ownChoice(
      'Collected before anything is deleted, so that an interrupted erasure still finds everything',
      "Réunie avant toute suppression, pour qu'un effacement interrompu retrouve tout",
    ),
  },
  tombstones: {
    name: { en: 'List of the erased', fr: 'Liste des personnes effacées' },
    ...common,
    ...place,
    path: 'tombstones/{pseudonym}',
    subject: byPseudonym,
    timestamp: 'deletedAt',
    dataTypes: ['pseudonym'],
    fate: proofFate('deletedAt'),
    // Of somebody whose account is gone: under a uid that is used again, it is not of whoever asks.
    export: neither,
    source: ownChoice(
      'Keeps a late event, or a restored backup (up to 14 weeks old), from bringing an erased person back',
      "Empêche un événement tardif, ou une sauvegarde restaurée (jusqu'à 14 semaines), de faire revenir une personne effacée",
    ),
  },
  suppressions: {
    name: {
      en: 'Objections to marketing that outlive an erasure',
      fr: 'Oppositions à la prospection, après un effacement',
    },
    ...common,
    ...place,
    path: 'suppressions/{hash}',
    subject: {
      none: {
        en: 'Keyed hash of an address and a date: tells only whoever knows the address already, and ends by time only.',
        fr: "Empreinte à clé d'une adresse et une date : ne parle qu'à qui connaît déjà l'adresse, et s'efface par le temps seulement.",
      },
    },
    timestamp: 'objectedAt',
    dataTypes: ['pseudonym', 'consentChoices'],
    fate: [
      deleteAfter(
        'objectedAt',
        'P3Y',
        cnil(
          'Practical guide on retention periods and reference framework on commercial management: an objection to marketing is kept three years at least',
          "Guide pratique des durées de conservation et référentiel « gestion commerciale » : l'opposition à la prospection est conservée trois ans au moins",
        ),
      ),
    ],
    export: neither,
    source: statute(
      'GDPR Art. 21(3): no longer processed for direct marketing, also after an erasure (Art. 17(3)(b))',
      'RGPD art. 21(3) : plus de traitement à des fins de prospection, y compris après un effacement (art. 17(3)(b))',
    ),
  },
  legalHolds: {
    name: { en: 'Legal holds', fr: 'Gels juridiques' },
    ...common,
    ...place,
    path: 'legalHolds/{id}',
    subject: { field: 'uid' },
    timestamp: 'createdAt',
    dataTypes: ['accountIdentifiers', 'rightsRequests'],
    specialCategory: legalClaims,
    fate: [deleteAfter('until', 'P5Y', fiveYears)],
    export: onAccess,
    source: statute('GDPR Art. 17(3)(e) and 18(1)(c)', 'RGPD art. 17(3)(e) et 18(1)(c)'),
  },
  restrictions: {
    name: { en: 'Restrictions of processing', fr: 'Limitations du traitement' },
    ...common,
    ...place,
    path: 'restrictions/{uid}',
    subject: { pathVariable: 'uid' },
    timestamp: 'createdAt',
    dataTypes: ['accountIdentifiers'],
    fate: [withTheAccount],
    export: onAccess,
    source: statute('GDPR Art. 18', 'RGPD art. 18'),
  },
  inactivities: {
    name: { en: 'Notices of inactivity', fr: "Avis d'inactivité" },
    ...common,
    ...place,
    path: 'inactivities/{uid}',
    subject: { pathVariable: 'uid' },
    timestamp: 'foundAt',
    dataTypes: ['accountIdentifiers'],
    // Gone as soon as the person is seen again, or with the account.
    fate: [
      deleteAfter(
        'foundAt',
        'P1Y',
        ownChoice(
          'Long over the period of the notice; who is still inactive is told again',
          "Bien au-delà du délai de l'avis ; une personne toujours inactive est avertie à nouveau",
        ),
      ),
      withTheAccount,
    ],
    export: onAccess,
    source: cnil(
      'Practical guide on retention periods: an unused account ends after a notice',
      'Guide pratique des durées de conservation : un compte inutilisé prend fin après un avis',
    ),
  },
  ageBands: {
    name: { en: 'Bands of age', fr: "Tranches d'âge" },
    ...common,
    ...place,
    path: 'ageBands/{uid}',
    subject: { pathVariable: 'uid' },
    timestamp: null,
    dataTypes: ['accountIdentifiers', 'ageBand'],
    fate: [withTheAccount],
    export: onAccess,
    source: statute(
      'GDPR Art. 8; loi Informatique et Libertés, art. 45: who consents depends on it; a band, not a date of birth (Art. 5(1)(c))',
      "RGPD art. 8 ; loi Informatique et Libertés, art. 45 : de l'âge dépend qui consent ; une tranche, pas une date de naissance (art. 5(1)(c))",
    ),
  },
  guardianships: {
    name: { en: 'Parental responsibility and guardianship', fr: 'Autorité parentale et représentation' },
    ...common,
    ...place,
    path: 'guardianships/{id}',
    subject: { field: 'child' },
    timestamp: 'from',
    dataTypes: ['accountIdentifiers', 'guardianship'],
    specialCategory: legalClaims,
    fate: [deleteAfter('until', 'P5Y', fiveYears), withTheAccount],
    // The holder's name and papers are the holder's data: policy/checks/guardians.ts.
    export: { ...onAccess, leaveOut: ['holder', 'holderPseudonym', 'evidence'] },
    source: statute(
      'GDPR Art. 8(2); loi Informatique et Libertés, art. 45',
      'RGPD art. 8(2) ; loi Informatique et Libertés, art. 45',
    ),
  },
  // The same rows as data of the holder. They end with the person who is protected, and outlive the
  // holder without naming them.
  guardianshipsHeld: {
    name: {
      en: 'Parental responsibility and guardianship, as the holder',
      fr: 'Autorité parentale et représentation, en tant que titulaire',
    },
    ...common,
    ...place,
    path: 'guardianships/{id}',
    subject: { field: 'holder' },
    timestamp: 'from',
    dataTypes: ['accountIdentifiers', 'guardianship'],
    specialCategory: legalClaims,
    fate: [
      {
        when: { event: 'accountDeleted' },
        after: 'P0D',
        then: { do: 'anonymise', fields: ['holder', 'evidence'] },
        source: statute('GDPR Art. 17(1)', 'RGPD art. 17(1)'),
      },
    ],
    export: { ...onAccess, leaveOut: ['child'] },
    source: statute(
      'GDPR Art. 8(2); loi Informatique et Libertés, art. 45',
      'RGPD art. 8(2) ; loi Informatique et Libertés, art. 45',
    ),
  },
  notifications: {
    name: { en: 'Notices to people about their rights', fr: 'Avis aux personnes sur leurs droits' },
    ...common,
    ...place,
    path: 'notifications/{id}',
    subject: { field: 'uid' },
    timestamp: 'createdAt',
    dataTypes: ['accountIdentifiers', 'consentChoices'],
    fate: [
      deleteAfter(
        'createdAt',
        'P30D',
        ownChoice(
          'A month to send it and to see what became of it; the consent that it is about stands in the ledger',
          "Un mois pour l'envoyer et voir ce qu'il est devenu ; le consentement concerné figure au registre",
        ),
      ),
      withTheAccount,
    ],
    export: onAccess,
    source: ownChoice(
      'A message about the person’s own answers, without marketing (GDPR Art. 6(1)(c) with Art. 7 and 12)',
      'Un message sur les réponses de la personne, sans publicité (RGPD art. 6(1)(c) avec les art. 7 et 12)',
    ),
  },
  ...operationRecords,
};
