import type { FateRule, Policy, PolicyRecord } from '../../../../functions/src/policy/schema.ts';

/** Mistakes that somebody can make in a policy: each is a change of a good one. */
export interface Mutation {
  readonly what: string;
  /** Changes a copy of the policy. */
  readonly apply: (policy: Policy) => void;
}

const source: FateRule['source'] = { kind: 'ownChoice', reference: 'a mistake on purpose' };
const rule = (given: Omit<FateRule, 'source'>): FateRule => ({ ...given, source });

const without = <T>(parts: Readonly<Record<string, T>>, id: string): Record<string, T> =>
  Object.fromEntries(Object.entries(parts).filter(([name]) => name !== id));

/** Names of fields that Firestore refuses, or cannot look for. */
const FIELDS = ['a..b', 'a/b'];

/** Subjects, each of which fits some records and not others. */
const SUBJECTS: readonly PolicyRecord['subject'][] = [
  { pathVariable: 'nobody' },
  { pathVariable: 'id' },
  { field: 'owner' },
  { pseudonymField: 'pseudonym' },
  { pseudonymVariable: 'id' },
  { handle: 'stripeCustomer' },
  { handle: 'authUser' },
  { none: { en: 'nobody', fr: 'personne', nl: 'niemand' } },
  {
    parties: [
      { as: 'value', field: 'from' },
      { as: 'array', field: 'to' },
    ],
  },
  ...FIELDS.map((field) => ({ field })),
  { field: 'owner', email: 'a..b' },
];

const PATHS = [
  'users/{uid',
  'users//{uid}',
  'users/{uid}/rows',
  'users/{uid}/**',
  'teams/{team}/members/{uid}',
  'users/{uid}/{kind}/{id}',
  'users/x{uid}/rows/{id}',
  'shared/**',
  'rows/{id}',
  'folders/{folder}/{uid}/**',
  '__all__/{uid}',
];

/** The ways to end a row that a rule can be changed to. */
const ENDS: readonly FateRule['then'][] = [
  { do: 'retain', ground: { article: 'Art. 6(1)(c)', text: { en: 'a ground', fr: 'un motif', nl: 'een grond' } } },
  { do: 'anonymise', fields: ['other'] },
  { do: 'archive', to: 'nowhere' },
  { do: 'delete' },
];

const STARTS: readonly FateRule['when'][] = [
  { event: 'inactive' },
  { event: 'contractEnded' },
  { field: 'endedAt' },
  ...FIELDS.map((field) => ({ field })),
];

/** Every single mistake in this policy, and in these records of it. */
export const mutationsOf = (policy: Policy, ids: readonly string[]): Mutation[] => [
  ...Object.entries(policy.records).flatMap(([id, record]) => (ids.includes(id) ? ofRecord(policy, id, record) : [])),
  ...Object.keys(policy.purposes).flatMap(ofPurpose),
  {
    what: 'a time zone that is none',
    apply: ({ controller }) => (controller.timeZone = 'Mars/Olympus'),
  },
  {
    what: 'a financial year without an end',
    apply: ({ controller }) => (controller.financialYearEnd = '--13-01'),
  },
];

function ofRecord(policy: Policy, id: string, record: PolicyRecord): Mutation[] {
  /** A change of the record in the copy. */
  const change = (what: string, apply: (record: PolicyRecord, policy: Policy) => void): Mutation => ({
    what: `${id}: ${what}`,
    apply: (copy) => {
      const own = copy.records[id];
      if (own !== undefined) apply(own, copy);
    },
  });
  const all = Object.values(policy.records).map(({ path }) => path);
  const others = all.filter((path) => path.length % 5 === id.length % 5);
  return [
    { what: `${id}: gone`, apply: (copy) => (copy.records = without(copy.records, id)) },
    change('twice', (own, { records }) => (records['twin'] = { ...structuredClone(own), name: own.name })),
    ...[...new Set([...PATHS, ...others])].map((path) => change(`path ${path}`, (own) => (own.path = path))),
    ...SUBJECTS.map((subject) =>
      change(`subject ${JSON.stringify(subject)}`, (own) => (own.subject = structuredClone(subject))),
    ),
    change('another database', (own) => {
      if (own.database === undefined) own.database = 'compliance';
      else delete own.database;
    }),
    change('another bucket', (own) => {
      if (own.bucket === undefined) own.bucket = 'evidence';
      else delete own.bucket;
    }),
    ...['firestore', 'storage', 'auth', 'stripe'].map((system) =>
      change(`in ${system}`, (own) => (own.system = system)),
    ),
    ...[null, ...FIELDS].map((timestamp) => change(`timestamp ${timestamp}`, (own) => (own.timestamp = timestamp))),
    ...(['value', 'array', 'key'] as const).flatMap((as) =>
      ['a..b', 'friend'].map((field) =>
        change(`mentions ${field} as ${as}`, (own) => (own.mentions = [...(own.mentions ?? []), { field, as }])),
      ),
    ),
    ...FIELDS.map((field) => change(`files in ${field}`, (own) => (own.files = [{ field }]))),
    ...record.fate.flatMap((_, at) => ofRule(at).map(({ what, apply }) => change(`rule ${at} ${what}`, apply))),
    ...archives(id).map(({ what, apply }) => change(what, apply)),
    change('a name in one language', (own, { languages: [first] }) => (own.name = { [first]: 'a name' })),
    change('as the contact form', (own, { records }) => (records['contactRequests'] = structuredClone(own))),
  ];
}

interface RecordChange {
  readonly what: string;
  readonly apply: (record: PolicyRecord, policy: Policy) => void;
}

const ofRule = (at: number): RecordChange[] => [
  { what: 'gone', apply: ({ fate }) => fate.splice(at, 1) },
  ...ENDS.map((then) => ({
    what: JSON.stringify(then),
    apply: ({ fate }: PolicyRecord) =>
      (fate[at] = { ...rule({ when: { event: 'inactive' }, after: 'P1Y', then }), ...fate[at], then }),
  })),
  ...STARTS.map((when) => ({
    what: JSON.stringify(when),
    apply: ({ fate }: PolicyRecord) =>
      (fate[at] = { ...rule({ when, after: 'P1Y', then: { do: 'delete' } }), ...fate[at], when }),
  })),
];

/** A record that archives its rows to a new one, which lacks something. */
function archives(id: string): RecordChange[] {
  const lacking: Readonly<Record<string, (archive: PolicyRecord) => void>> = {
    nothing: () => undefined,
    'a variable': (archive) => (archive.path = archive.path.replace(/\{[^{}]*\}(?!.*\{)/, 'all')),
    'a name of the person': (archive) => (archive.subject = { field: 'owner' }),
    'an end': (archive) => (archive.fate = archive.fate.filter(({ then }) => then.do === 'retain')),
    'a database of its own': (archive) => delete archive.database,
  };
  return Object.entries(lacking).map(([what, lose]) => ({
    what: `archived to a record that lacks ${what}`,
    apply: (own, { records }) => {
      const archive: PolicyRecord = { ...structuredClone(own), path: `old${id}/${own.path}`, database: 'compliance' };
      if (archive.path.split('/').length % 2 !== 0) archive.path = `old${own.path}`;
      delete archive.client;
      delete archive.identifies;
      delete archive.endsWith;
      archive.fate = [
        rule({ when: { field: own.timestamp ?? 'createdAt' }, after: 'P5Y', then: { do: 'delete' } }),
        rule({ when: { event: 'accountDeleted' }, after: 'P5Y', then: { do: 'delete' } }),
      ];
      lose(archive);
      records['archived'] = archive;
      own.fate = own.fate.map((one) =>
        'event' in one.when && one.when.event === 'accountDeleted' && one.then.do !== 'retain'
          ? { ...one, then: { do: 'archive', to: 'archived' } }
          : one,
      );
    },
  }));
}

const ofPurpose = (id: string): Mutation[] => [
  ...['stripe', 'brevo', 'printer'].map((system): Mutation => ({
    what: `purpose ${id}: an effect in ${system}`,
    apply: ({ purposes }) => {
      const own = purposes[id];
      if (own !== undefined) own.effects = [...(own.effects ?? []), { system, change: 'contact' }];
    },
  })),
  {
    what: `purpose ${id}: described in one language`,
    apply: ({ purposes, languages: [first] }) => {
      const own = purposes[id];
      if (own !== undefined) own.description = { [first]: 'a text' };
    },
  },
  { what: `purpose ${id}: gone`, apply: (copy) => (copy.purposes = without(copy.purposes, id)) },
];
