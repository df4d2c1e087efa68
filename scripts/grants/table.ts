import type { Account } from '../../functions/src/access.ts';

/**
 * The permissions of each service account: `npm run grant` grants these, docs/access.md shows
 * them. Roles of our own hold single permissions, each with the call that needs it.
 */

/** A permission of Google Cloud. */
interface Permission {
  readonly permission: string;
  /** The call of the code that needs it, as it is written there. */
  readonly call: string;
}

/** The reach of a role. `itself`: the account. `queues`: those that it enqueues to. */
type Place =
  | 'databases'
  | 'project'
  | 'app bucket'
  | 'bucket of exports'
  | 'bucket of evidence'
  | 'itself'
  | 'queues'
  | 'functions of events'
  | 'secrets'
  | 'secrets of officers';

const needs = (permission: string, call: string): Permission => ({ permission, call });

const documents = [
  needs('datastore.databases.get', 'runTransaction'),
  needs('datastore.entities.get', '.get()'),
  needs('datastore.entities.list', '.where('),
  needs('datastore.entities.create', '.create('),
  needs('datastore.entities.update', '.update('),
];

const accountsRead = [
  needs('firebaseauth.users.get', 'getUser('),
  needs('identitytoolkit.tenants.list', 'listTenants'),
];

/** Custom roles of the project, by their id. */
export const roles = {
  compliancePublicDocuments: documents,
  complianceDocuments: [...documents, needs('datastore.entities.delete', '.delete(')],
  complianceAccountsRead: accountsRead,
  complianceAccounts: [
    ...accountsRead,
    needs('firebaseauth.users.update', 'revokeRefreshTokens'),
    needs('firebaseauth.users.delete', 'deleteUser'),
  ],
  complianceFiles: [
    needs('storage.objects.list', 'getFiles'),
    needs('storage.objects.get', 'createReadStream'),
    needs('storage.objects.delete', '.delete('),
  ],
  complianceFileNames: [needs('storage.objects.list', 'getFiles')],
  complianceArchives: [
    needs('storage.objects.create', 'createWriteStream'),
    needs('storage.objects.get', 'createReadStream'),
    needs('storage.objects.list', 'getFiles'),
    needs('storage.objects.update', 'setMetadata'),
    needs('storage.objects.delete', '.delete('),
  ],
  complianceArchiveLink: [needs('storage.objects.get', 'getSignedUrl')],
  complianceEvidence: [
    needs('storage.objects.create', '.save('),
    needs('storage.objects.get', 'getMetadata'),
    needs('storage.objects.list', 'getFiles'),
  ],
  complianceBucketSettings: [needs('storage.buckets.get', 'bucket.getMetadata')],
  complianceBucketCheck: [
    needs('storage.buckets.get', 'bucket.getMetadata'),
    needs('storage.buckets.getIamPolicy', 'iam.getPolicy'),
  ],
  complianceEnqueue: [needs('cloudtasks.tasks.create', '.enqueue(')],
  // Cloud Tasks calls the function with a token of the account that enqueued.
  complianceActAs: [needs('iam.serviceAccounts.actAs', '.enqueue(')],
  complianceSign: [needs('iam.serviceAccounts.signBlob', 'getSignedUrl')],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

export type RoleId = keyof typeof roles;

interface Grant {
  readonly account: Account;
  /** The id of a role above, or a role of Google's. */
  readonly role: RoleId | `roles/${string}`;
  readonly on: Place;
  readonly why: string;
}

/** Every role, with its account and place. */
export const grants: readonly Grant[] = [
  // Callables: anybody on the internet reaches them.
  {
    account: 'public',
    role: 'compliancePublicDocuments',
    on: 'databases',
    why: 'writes contact requests, links, answers, requests of holders and accesses; removes nothing',
  },
  {
    account: 'public',
    role: 'complianceAccountsRead',
    on: 'project',
    why: 'asks who calls, and if the account of a link is there',
  },
  {
    account: 'public',
    role: 'complianceArchiveLink',
    on: 'bucket of exports',
    why: 'a link has the rights of its signer',
  },
  { account: 'public', role: 'complianceSign', on: 'itself', why: 'signs links to archives' },
  {
    account: 'public',
    role: 'complianceEnqueue',
    on: 'queues',
    why: "begins the effects of a holder's answer, sends links",
  },
  { account: 'public', role: 'complianceActAs', on: 'itself', why: 'names itself in the tasks that it enqueues' },

  // Events, schedules and tasks.
  { account: 'jobs', role: 'complianceDocuments', on: 'databases', why: 'retention, erasures, exports, the ledger' },
  { account: 'jobs', role: 'complianceAccounts', on: 'project', why: 'disables and deletes the accounts of erasures' },
  { account: 'jobs', role: 'complianceFiles', on: 'app bucket', why: "exports and removes people's files" },
  { account: 'jobs', role: 'complianceArchives', on: 'bucket of exports', why: 'writes archives, and removes them' },
  {
    account: 'jobs',
    role: 'complianceBucketSettings',
    on: 'app bucket',
    why: 'a certificate says for how long removed files can be restored',
  },
  { account: 'jobs', role: 'complianceBucketSettings', on: 'bucket of exports', why: 'the same of removed archives' },
  {
    account: 'jobs',
    role: 'complianceEvidence',
    on: 'bucket of evidence',
    why: 'writes certificates and checkpoints; changes and removes none',
  },
  { account: 'jobs', role: 'complianceEnqueue', on: 'queues', why: 'begins and continues jobs' },
  { account: 'jobs', role: 'complianceActAs', on: 'itself', why: 'names itself in the tasks that it enqueues' },
  { account: 'jobs', role: 'roles/eventarc.eventReceiver', on: 'project', why: 'events of Firestore and Auth' },
  { account: 'jobs', role: 'roles/run.invoker', on: 'functions of events', why: 'an event calls its function' },

  // The command line.
  {
    account: 'officer',
    role: 'complianceDocuments',
    on: 'databases',
    why: 'begins jobs, sets holds, reads the ledger',
  },
  { account: 'officer', role: 'complianceAccountsRead', on: 'project', why: 'finds the account of an erasure' },
  { account: 'officer', role: 'complianceFileNames', on: 'app bucket', why: 'retention plan counts files' },
  { account: 'officer', role: 'complianceArchives', on: 'bucket of exports', why: 'export add writes a part' },
  {
    account: 'officer',
    role: 'complianceEvidence',
    on: 'bucket of evidence',
    why: 'ledger verify reads checkpoints, ledger checkpoint writes one',
  },
  { account: 'officer', role: 'complianceBucketCheck', on: 'bucket of exports', why: 'doctor' },
  { account: 'officer', role: 'complianceBucketCheck', on: 'bucket of evidence', why: 'doctor' },
  { account: 'officer', role: 'roles/secretmanager.secretAccessor', on: 'secrets', why: 'the keys of its commands' },
  {
    account: 'officer',
    role: 'roles/secretmanager.secretAccessor',
    on: 'secrets of officers',
    why: 'officer-task show opens a sheet; no function can',
  },
];
