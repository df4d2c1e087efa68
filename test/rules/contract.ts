/**
 * The rights of a client by the contract, path by path, written down on their own. Nothing here is
 * read from the rules, and the matrix derives every case and its expectation from this table alone.
 */

const operations = ['get', 'list', 'create', 'update', 'delete'] as const;
export type Operation = (typeof operations)[number];

export type Field = { optional?: true } & (
  | { is: 'text'; min?: number; max: number }
  /**
   * A text of one form. `holding`: a value with a word (up to eight lower-case letters and digits)
   * in it; null if none of this form can have one.
   */
  | {
      is: 'form';
      good: readonly [string, ...string[]];
      bad: readonly string[];
      holding: ((word: string) => string) | null;
    }
  | { is: 'bool' }
  | { is: 'oneOf'; values: readonly [string, ...string[]] }
  /** `YYYY-MM-DD` */
  | { is: 'date' }
  /** The server's clock at the moment of the write, nothing else. */
  | { is: 'serverTime' }
  | { is: 'timestamp' }
  /**
   * `keys`: the members that are read; the owner has `afterSignIn` only for some minutes. A member
   * with `good` is any text of such a length.
   */
  | {
      is: 'map';
      maxKeys: number;
      keys?: Readonly<
        Record<string, { afterSignIn?: readonly string[]; good?: readonly string[]; bad: readonly string[] }>
      >;
    }
  /** The uid of the writer. */
  | { is: 'ownUid' }
);

export interface PathContract {
  /** `{uid}` is the owner's, `{id}` the document's. */
  path: string;
  /** The owner's rights; nobody else may do anything. Collection group reads are refused to all. */
  owner: readonly Operation[];
  fields: Readonly<Record<string, Field>>;
  /** Only with an account: the guest, signed in without one, may do nothing. */
  withAccount?: true;
  /** Further fields are allowed, up to this many in all; otherwise there are none. */
  open?: { maxFields: number };
  /**
   * Ids that are accepted and refused; `from` says of which fields an id is made. If they are
   * `listed`, no others are accepted; else an id may hold any word.
   */
  ids?: { good?: readonly string[]; bad?: readonly string[]; from?: string; listed?: true };
  /** Fields that only servers write. */
  servers?: readonly string[];
  /** Flags that only servers set, and that the owner may leave as they are or take away. */
  marks?: readonly string[];
  /**
   * The consent without which no row is taken (`enforce`): each request is made while it stands,
   * and further ones in every other state of the person.
   */
  consent?: string;
  /** After creation only this may be set, and nothing else changes. */
  updateOnly?: Readonly<Record<string, true>>;
  /** A field that the owner may set to one of these, if servers have marked the document (`on`). */
  word?: { readonly field: string; readonly on: string; readonly values: readonly string[] };
}

const own = ['get', 'list', 'create', 'update'] as const;
const optionalText = (max: number): Field => ({ is: 'text', max, optional: true });

const consentPurposes = ['analytics', 'userDatabase', 'messages', 'feedbackPlatforms', 'monitoring'];
const otherPurposes = ['contact', 'activityData', 'hosting', 'support', 'devicePermissions', 'registration', 'payment'];
const id128 = 'a'.repeat(128);

/** Data of the app about the person: any shape, with the time that its retention counts from. */
const appData = (collection: string): PathContract => ({
  path: `users/{uid}/${collection}/{id}`,
  owner: operations,
  fields: { createdAt: { is: 'timestamp' } },
  open: { maxFields: 100 },
});

const nothing = (path: string): PathContract => ({
  path,
  owner: [],
  fields: { uid: { is: 'ownUid' }, createdAt: { is: 'serverTime' }, granted: { is: 'bool' } },
});

export const contract: readonly PathContract[] = [
  {
    path: 'users/{uid}',
    owner: own,
    fields: {
      email: optionalText(320),
      firstName: optionalText(200),
      lastName: optionalText(200),
      phone: optionalText(50),
      company: optionalText(200),
      profession: optionalText(200),
      postalCode: optionalText(20),
      locale: optionalText(35),
    },
    open: { maxFields: 100 },
    servers: ['stripeCustomerId'],
  },
  {
    path: 'users/{uid}/consents/{id}',
    owner: own,
    fields: {
      granted: { is: 'bool' },
      policyVersion: { is: 'date' },
      source: { is: 'oneOf', values: ['app', 'web'] },
      updatedAt: { is: 'serverTime' },
      locale: {
        is: 'form',
        optional: true,
        holding: (word) => `fr-FR-x-${word}`,
        good: [
          'fr-FR',
          '',
          'fr',
          'fr_FR',
          'zh-Hant-TW',
          'es-419',
          'fr-FR-u-mu-celsius',
          `fr${'-abcdefgh'.repeat(3)}-abcde`,
        ],
        bad: [
          'f',
          'french',
          'fr FR',
          'fr-',
          '-fr',
          'Ada Lovelace',
          'ada@example.com',
          'é',
          `fr${'-abcdefgh'.repeat(3)}-abcdef`,
        ],
      },
      appVersion: {
        is: 'form',
        optional: true,
        holding: null,
        good: ['1.2.3', '', '5', '4.12.0.2026', '123456.123456.123456.123456'],
        bad: ['v1', '1.2.3-beta', '1.', '.1', '1..2', '1.2.3.4.5', '1234567', 'Ada', '1,2', ' 1', '1.2\n'],
      },
      deviceId: optionalText(128),
      givenAt: { is: 'timestamp', optional: true },
    },
    ids: {
      listed: true,
      good: [...consentPurposes, 'interestBasedAdvertising'],
      bad: [...otherPurposes, 'unknown', 'Analytics', 'analytics2', 'interestBased'],
    },
    marks: ['reconsentRequired'],
  },
  {
    path: 'users/{uid}/devicePermissions/{id}',
    owner: own,
    fields: {
      permission: { is: 'oneOf', values: ['camera', 'microphone', 'storage', 'imageLibrary'] },
      granted: { is: 'bool' },
      deviceId: { is: 'text', min: 1, max: 128 },
      updatedAt: { is: 'serverTime' },
      platform: optionalText(50),
    },
    ids: { from: '{deviceId}_{permission}', bad: ['camera', 'another-device_camera', 'camera_text', 'text_cameras'] },
  },
  {
    path: 'users/{uid}/privacyRequests/{id}',
    owner: own,
    fields: {
      type: {
        is: 'oneOf',
        values: ['access', 'portability', 'erasure', 'rectification', 'restriction', 'objection'],
      },
      createdAt: { is: 'serverTime' },
      details: {
        is: 'map',
        maxKeys: 50,
        optional: true,
        // Everything is sent there: only shortly after a sign-in.
        keys: {
          transmitTo: {
            afterSignIn: ['https://import.example.org/up?to=1', `https://${'x'.repeat(2040)}`],
            bad: ['http://import.example.org', 'https://', '', 'ftp://x.org/', `https://${'x'.repeat(2041)}`],
          },
          text: { good: ['', 'x'.repeat(2000)], bad: ['x'.repeat(2001)] },
          correction: { good: ['', 'x'.repeat(2000)], bad: ['x'.repeat(2001)] },
        },
      },
    },
    ids: {
      good: ['aB3dE6gH9jK2mN5pQ8sT', '2026-01-31T10:00:00.000Z', '6f1c1c1e-6e0f-4f4e-9a43-0d2f7d0f3c55', id128],
      bad: [`${id128}a`, 'with space', 'é', 'line\nbreak'],
    },
    servers: [
      ...['status', 'dueAt', 'completedAt', 'reason', 'retryAt', 'transmission', 'missing', 'withdrawnAt', 'pausedAt'],
      ...['reply', 'statement', 'askedFor', 'say'],
    ],
    updateOnly: { cancelled: true },
    word: { field: 'say', on: 'askedFor', values: ['agrees', 'disagrees'] },
  },
  appData('installations'),
  appData('activity'),
  appData('sessions'),
  { ...appData('usageEvents'), consent: 'analytics' },
  {
    path: 'users/{uid}/privacy/{id}',
    owner: ['get', 'list'],
    fields: {
      policyVersion: { is: 'date' },
      purposes: { is: 'map', maxKeys: 50 },
      restricted: { is: 'map', maxKeys: 5 },
    },
    ids: { good: ['state'] },
  },
  {
    path: 'contactRequests/{id}',
    owner: ['create'],
    withAccount: true,
    fields: {
      email: { is: 'text', min: 1, max: 320 },
      firstName: { is: 'text', max: 200 },
      lastName: { is: 'text', max: 200 },
      message: { is: 'text', min: 1, max: 10_000 },
      company: optionalText(200),
      phone: optionalText(50),
      profession: optionalText(200),
      postalCode: optionalText(20),
      uid: { is: 'ownUid' },
      createdAt: { is: 'serverTime' },
    },
    // An officer reads it on a terminal, and types it again. The runner adds two signs to each.
    ids: {
      good: ['aB3dE6gH9jK2mN5pQ8sT', '6f1c1c1e-6e0f-4f4e-9a43-0d2f7d0f3c55', '_', id128.slice(2)],
      bad: [
        ...[id128.slice(1), 'with space', 'é', 'm.7', 'm7;ls', '$(id)', 'zoe@example.com'],
        ...['x\n\nm7\n  of 1.12.2026, due 1.1.2027', '\u001b[2K\u001b[Anothing is due', '\u009b2K', '\u202em7'],
      ],
    },
    servers: ['closedAt', 'heldForReview'],
  },
  nothing('systemLogs/{id}'),
  nothing('customers/{uid}'),
];

/** Paths that the contract does not know, among them look-alikes of those it does. */
export const foreignPaths: readonly PathContract[] = [
  'settings/{id}',
  'sessions/{id}',
  'consents/{id}',
  'teams/{uid}/sessions/{id}',
  'users/{uid}/notes/{id}',
  'customers/{uid}/subscriptions/{id}',
  // Below a document that is the owner's, nothing is, unless the contract says so.
  ...contract.map(({ path }) => `${path.replace('{id}', 'doc')}/further/{id}`),
  // The backend's collections do not exist in the app's database, and nobody can make them there.
  'ledger/{uid}',
  'jobs/{id}',
  'subjects/{uid}',
].map(nothing);

/**
 * The backend's own database: closed, also under the paths that are the owner's in the app's
 * database.
 */
export const compliancePaths: readonly PathContract[] = [
  ...[
    'ledger/{uid}',
    'ledger/{uid}/entries/{id}',
    'jobs/{id}',
    'requests/{id}',
    'subjects/{uid}',
    'tombstones/{id}',
    'legalHolds/{id}',
    'restrictions/{uid}',
    'guardianships/{id}',
    'checkpoints/{id}',
    'retentionRuns/{id}',
    'rejectedEvents/{id}',
  ].map(nothing),
  ...contract.map((path): PathContract => ({ ...path, owner: [] })),
];
