import type { OwnPlace } from './place.ts';

const own = { system: 'firestore', database: 'compliance' } as const;
const app = { system: 'firestore', timestamp: 'updatedAt', export: 'both' } as const;
const ofUid = { pathVariable: 'uid' } as const;
const byUid = { field: 'uid' } as const;
const ofChain = { pseudonymVariable: 'pseudonym' } as const;
const byChain = { pseudonymField: 'pseudonym' } as const;
const nobody = { subject: 'nobody', export: 'neither' } as const;

/**
 * Every place in which the functions, or the app's servers for them, write: in both databases and
 * in the buckets. `ownRecords` makes the records of a policy from it, the check asks for each, and
 * test/unit/policy/places/written.test.ts compares it with the code.
 */
export const OWN_PLACES = {
  consents: {
    ...app,
    path: 'users/{uid}/consents/{purpose}',
    subject: ofUid,
    dataTypes: ['consentChoices', 'deviceInformation'],
    ends: ['account'],
  },
  privacyRequests: {
    ...app,
    path: 'users/{uid}/privacyRequests/{id}',
    subject: ofUid,
    timestamp: 'createdAt',
    dataTypes: ['rightsRequests'],
    ends: [{ field: 'createdAt', period: 'privacyRequests' }, 'account'],
    ownWords: true,
  },
  // A projection of the ledger for the app: the backend alone writes it, and decides nothing by it.
  privacyState: {
    ...app,
    path: 'users/{uid}/privacy/{id}',
    subject: ofUid,
    dataTypes: ['consentChoices', 'rightsRequests'],
    ends: ['account'],
    export: 'access',
  },
  exports: {
    system: 'storage',
    bucket: 'exports',
    path: 'exports/{uid}/**',
    subject: ofUid,
    timestamp: 'timeCreated',
    dataTypes: ['exportCopy'],
    // A copy that waits for parts is noted as kept each day: all of it lives until its period after
    // the last part.
    ends: [{ field: 'updated', period: 'exports' }, 'account'],
    export: 'neither',
  },
  certificates: {
    system: 'storage',
    bucket: 'evidence',
    path: 'certificates/{pseudonym}/**',
    subject: ofChain,
    timestamp: 'timeCreated',
    dataTypes: ['pseudonym', 'rightsRequests', 'integrityProof'],
    ends: [{ field: 'timeCreated', period: 'certificates' }],
    export: 'access',
  },
  checkpointFiles: {
    ...nobody,
    system: 'storage',
    bucket: 'evidence',
    path: 'checkpoints/**',
    timestamp: 'timeCreated',
    dataTypes: ['integrityProof'],
    ends: [{ field: 'timeCreated', period: 'checkpoints' }],
  },
  // A chain is proof as a whole: its entries stay while it is open, and it is deleted whole.
  ledger: {
    ...own,
    path: 'ledger/{pseudonym}',
    subject: ofChain,
    timestamp: null,
    dataTypes: ['pseudonym', 'consentChoices'],
    subcollections: true,
    ends: ['proof', { proofFrom: 'closed.at' }],
    export: 'access',
  },
  ledgerEntries: {
    ...own,
    path: 'ledger/{pseudonym}/entries/{id}',
    subject: ofChain,
    timestamp: 'recordedAt',
    dataTypes: ['pseudonym', 'consentChoices', 'rightsRequests', 'deviceInformation'],
    endsWith: 'ledger',
    ends: ['proof'],
    export: 'access',
  },
  // Not counted from the account's end: the job that erases it must outlive it, and has no
  // `finishedAt` until it is done.
  jobs: {
    ...own,
    path: 'jobs/{id}',
    subject: byChain,
    timestamp: 'createdAt',
    dataTypes: ['pseudonym', 'accountIdentifiers', 'rightsRequests'],
    ends: [{ field: 'finishedAt', period: 'jobs' }],
    export: 'access',
  },
  requests: {
    ...own,
    path: 'requests/{id}',
    subject: byChain,
    timestamp: 'receivedAt',
    dataTypes: ['pseudonym', 'rightsRequests'],
    ends: [{ field: 'completedAt', period: 'claims' }],
    export: 'access',
  },
  subjects: {
    ...own,
    path: 'subjects/{uid}',
    subject: ofUid,
    timestamp: null,
    dataTypes: ['accountIdentifiers', 'emailAddress', 'phone'],
    subcollections: true,
    ends: ['account'],
    export: 'access',
  },
  // Needed until the last step of the erasure has read it, which deletes it. There while an
  // erasure runs, when no export is made; it says what the identity map says.
  identities: {
    ...own,
    path: 'subjects/{uid}/identities/{id}',
    subject: ofUid,
    timestamp: null,
    dataTypes: ['accountIdentifiers', 'emailAddress', 'phone', 'uuid'],
    ends: ['account'],
    export: 'neither',
  },
  // Of somebody whose account is gone: under a uid that is used again, it is not of whoever asks.
  tombstones: {
    ...own,
    path: 'tombstones/{pseudonym}',
    subject: ofChain,
    timestamp: 'deletedAt',
    dataTypes: ['pseudonym'],
    ends: ['proof', { proofFrom: 'deletedAt' }],
    export: 'neither',
  },
  suppressions: {
    ...nobody,
    ...own,
    path: 'suppressions/{hash}',
    timestamp: 'objectedAt',
    dataTypes: ['pseudonym', 'consentChoices'],
    ends: [{ field: 'objectedAt', period: 'suppressions' }],
  },
  // Keyed hash of a message's id: nothing of it leads to anybody once the message is gone.
  contactAnswers: {
    ...nobody,
    ...own,
    path: 'contactAnswers/{id}',
    timestamp: 'startedAt',
    dataTypes: ['rightsRequests', 'pseudonym'],
    ends: [{ field: 'startedAt', period: 'claims' }],
  },
  // Staff of the company. Entries have the pseudonym, which outlives the name.
  officers: {
    ...nobody,
    ...own,
    path: 'officers/{pseudonym}',
    timestamp: 'addedAt',
    dataTypes: ['officerName', 'pseudonym'],
    ends: [{ field: 'removedAt', period: 'claims' }],
  },
  legalHolds: {
    ...own,
    path: 'legalHolds/{id}',
    subject: byUid,
    timestamp: 'createdAt',
    dataTypes: ['accountIdentifiers', 'rightsRequests'],
    ends: [{ field: 'until', period: 'claims' }],
    export: 'access',
  },
  restrictions: {
    ...own,
    path: 'restrictions/{uid}',
    subject: ofUid,
    timestamp: 'createdAt',
    dataTypes: ['accountIdentifiers'],
    ends: ['account'],
    export: 'access',
  },
  // Gone as soon as the person is seen again, or with the account.
  inactivities: {
    ...own,
    path: 'inactivities/{uid}',
    subject: ofUid,
    timestamp: 'foundAt',
    dataTypes: ['accountIdentifiers'],
    ends: [{ field: 'foundAt', period: 'inactivities' }, 'account'],
    export: 'access',
  },
  ageBands: {
    ...own,
    path: 'ageBands/{uid}',
    subject: ofUid,
    timestamp: null,
    dataTypes: ['accountIdentifiers', 'ageBand'],
    ends: ['account'],
    export: 'access',
  },
  // The holder's name and papers are the holder's data: policy/checks/guardians.ts.
  guardianships: {
    ...own,
    path: 'guardianships/{id}',
    subject: { field: 'child' },
    timestamp: 'from',
    dataTypes: ['accountIdentifiers', 'guardianship'],
    ends: [{ field: 'until', period: 'claims' }, 'account'],
    export: 'access',
    leaveOut: ['holder', 'holderPseudonyms', 'evidence'],
  },
  // The same rows as data of the holder. They end with the person who is protected, and outlive the
  // holder without naming them.
  guardianshipsHeld: {
    ...own,
    path: 'guardianships/{id}',
    subject: { field: 'holder' },
    timestamp: 'from',
    dataTypes: ['accountIdentifiers', 'guardianship'],
    ends: [{ loses: ['holder', 'evidence'] }],
    export: 'access',
    leaveOut: ['child'],
  },
  notifications: {
    ...own,
    path: 'notifications/{id}',
    subject: byUid,
    timestamp: 'createdAt',
    dataTypes: ['accountIdentifiers', 'consentChoices'],
    ends: [{ field: 'createdAt', period: 'notifications' }, 'account'],
    export: 'access',
  },
  // Data of a person that an authority got: a recipient of the person's access.
  disclosures: {
    ...own,
    path: 'disclosures/{id}',
    subject: byChain,
    timestamp: 'disclosedAt',
    dataTypes: ['pseudonym', 'rightsRequests'],
    ends: [{ field: 'disclosedAt', period: 'claims' }],
    export: 'access',
  },
  // The same, while a law forbids to tell the person.
  hiddenDisclosures: {
    ...own,
    path: 'hiddenDisclosures/{id}',
    subject: byChain,
    timestamp: 'disclosedAt',
    dataTypes: ['pseudonym', 'rightsRequests'],
    ends: [{ field: 'disclosedAt', period: 'claims' }],
    export: 'neither',
  },
  // The readings of officers, without anything that was read.
  officerReads: {
    ...nobody,
    ...own,
    path: 'officerReads/{id}',
    timestamp: 'at',
    dataTypes: ['pseudonym'],
    ends: [{ field: 'at', period: 'officerReads' }],
  },
  // An officer's words go with it; it names the person by the chain alone.
  officerTasks: {
    ...own,
    path: 'officerTasks/{id}',
    subject: byChain,
    timestamp: 'createdAt',
    dataTypes: ['pseudonym', 'rightsRequests'],
    ends: [{ field: 'closedAt', period: 'claims' }],
    export: 'access',
  },
  // Goes with the end of its task. Nobody but an officer can read it, so it is in no export.
  officerSheets: {
    ...own,
    path: 'officerSheets/{id}',
    subject: byChain,
    timestamp: 'createdAt',
    dataTypes: ['pseudonym', 'accountIdentifiers', 'emailAddress', 'phone', 'uuid'],
    ends: [{ field: 'createdAt', period: 'officerSheets' }],
    export: 'neither',
  },
  // Goes when the last answer has been sent. There while an erasure runs, when no export is made.
  lastAnswers: {
    ...own,
    path: 'lastAnswers/{id}',
    subject: byChain,
    timestamp: 'createdAt',
    dataTypes: ['pseudonym', 'emailAddress'],
    ends: [{ field: 'createdAt', period: 'lastAnswers' }],
    export: 'neither',
  },
  checkpoints: {
    ...nobody,
    ...own,
    path: 'checkpoints/{date}',
    timestamp: 'createdAt',
    dataTypes: ['integrityProof'],
    ends: [{ field: 'createdAt', period: 'checkpoints' }],
  },
  checkpointBuckets: {
    ...nobody,
    ...own,
    path: 'checkpointBuckets/{bucket}',
    timestamp: 'changedAt',
    dataTypes: ['pseudonym', 'integrityProof'],
    ends: [{ field: 'emptyAt', period: 'checkpointBuckets' }],
  },
  retentionRuns: {
    ...nobody,
    ...own,
    path: 'retentionRuns/{id}',
    timestamp: 'startedAt',
    dataTypes: ['integrityProof'],
    ends: [{ field: 'startedAt', period: 'retentionRuns' }],
  },
  retentionScans: {
    ...own,
    path: 'retentionScans/{id}',
    subject: byUid,
    timestamp: 'at',
    dataTypes: ['accountIdentifiers'],
    ends: [{ field: 'at', period: 'retentionScans' }, 'account'],
    export: 'access',
  },
  breakers: {
    ...nobody,
    ...own,
    path: 'breakers/{id}',
    timestamp: 'createdAt',
    dataTypes: ['integrityProof'],
    ends: [{ field: 'createdAt', period: 'breakers' }],
  },
  links: {
    ...nobody,
    ...own,
    path: 'links/{id}',
    timestamp: 'expiresAt',
    dataTypes: ['pseudonym', 'rightsRequests'],
    ends: [{ field: 'expiresAt', period: 'links' }],
  },
  rateLimits: {
    ...nobody,
    ...own,
    path: 'rateLimits/{id}',
    timestamp: 'expiresAt',
    dataTypes: ['pseudonym'],
    ends: [{ field: 'expiresAt', period: 'rateLimits' }],
  },
  rejectedEvents: {
    ...nobody,
    ...own,
    path: 'rejectedEvents/{id}',
    timestamp: 'receivedAt',
    dataTypes: ['pseudonym'],
    ends: [{ field: 'receivedAt', period: 'rejectedEvents' }],
  },
} as const satisfies Readonly<Record<string, OwnPlace>>;

export type OwnRecordId = keyof typeof OWN_PLACES;

/** The history of what a device allows: there only if a policy asks devices for something. */
export const DEVICE_PLACE: OwnPlace = {
  ...app,
  path: 'users/{uid}/devicePermissions/{id}',
  subject: ofUid,
  dataTypes: ['deviceInformation'],
  ends: ['account'],
};

/** Every place, by the id of its record. */
export const ownPlaces = (policy: { readonly devicePermissions: object }): ReadonlyMap<string, OwnPlace> =>
  new Map<string, OwnPlace>([
    ...Object.entries(OWN_PLACES),
    ...(Object.keys(policy.devicePermissions).length > 0 ? [['devicePermissions', DEVICE_PLACE] as const] : []),
  ]);
