import { contactCollection } from './contract.ts';
import {
  allRecords,
  collectionId,
  collectionPath,
  databaseOf,
  isRoot,
  parseTemplate,
  sweepable,
  type NamedRecord,
} from './lookup.ts';
import { partiesOf } from './parties.ts';
import type { Policy } from './schema.ts';

/**
 * The shape of every query of the deployed code. Emulators enforce no index and production refuses
 * a query without one. So each query is listed here, or follows from the policy, and `npm run
 * generate` writes the indexes that serve them.
 */
export interface QueryShape {
  /** The purpose of the query, in a few words; shown if an index is missing. */
  readonly why: string;
  readonly database: '(default)' | 'compliance';
  /** The id of the collection or of the collection group. */
  readonly collection: string;
  readonly scope: 'COLLECTION' | 'COLLECTION_GROUP';
  /** Fields compared with `==` or `in`. */
  readonly equal?: readonly string[];
  /** Fields compared with `array-contains`. */
  readonly contains?: readonly string[];
  /**
   * Fields of `<`, `<=`, `>`, `>=` and of `orderBy`, in the order of the query. The document's name
   * needs no mention.
   */
  readonly order?: readonly { readonly field: string; readonly direction: 'ASCENDING' | 'DESCENDING' }[];
}

const ascending = (field: string) => ({ field, direction: 'ASCENDING' }) as const;
const own = { database: 'compliance', scope: 'COLLECTION' } as const;

/** Contact requests that wait for an officer. */
function contactQueries(policy: Policy): readonly QueryShape[] {
  const collection = contactCollection(policy);
  if (collection === null) return [];
  return [
    {
      why: 'contact requests that wait for an officer, the oldest first',
      database: '(default)',
      collection,
      scope: 'COLLECTION',
      equal: ['heldForReview'],
      order: [ascending('createdAt')],
    },
  ];
}

/**
 * Queries on the backend's own collections, whose names no policy changes. A new one in the code is
 * added here.
 */
const backendQueries: readonly QueryShape[] = [
  { ...own, why: 'tick: jobs whose time has come', collection: 'jobs', order: [ascending('wakeAt')] },
  { ...own, why: 'jobs that wait for an officer', collection: 'jobs', equal: ['status'] },
  {
    ...own,
    why: 'circuit breaker: erasures that nobody asked for, in a window',
    collection: 'jobs',
    equal: ['input.breaker'],
    order: [ascending('createdAt')],
  },
  { ...own, why: 'the jobs that answer a request', collection: 'jobs', equal: ['input.request'] },
  { ...own, why: 'erasures that a request began or joined', collection: 'jobs', contains: ['input.starts'] },
  {
    ...own,
    why: 'erasures that are due soon and not finished',
    collection: 'jobs',
    equal: ['kind', 'status'],
    order: [ascending('dueAt')],
  },
  { ...own, why: 'jobs about a person without an account', collection: 'jobs', equal: ['input.subjectKey'] },
  { ...own, why: 'jobs about a person that are not finished', collection: 'jobs', equal: ['input.uid'] },
  { ...own, why: 'after a restore: jobs that ended since then', collection: 'jobs', order: [ascending('finishedAt')] },
  { ...own, why: 'after a restore: the jobs of a replay', collection: 'jobs', equal: ['input.run'] },
  { ...own, why: 'after a restore: erasures that began', collection: 'tombstones', order: [ascending('deletedAt')] },
  { ...own, why: 'after a restore: erasures that ended', collection: 'tombstones', order: [ascending('completedAt')] },
  {
    ...own,
    why: 'the last runs of the retention',
    collection: 'retentionRuns',
    order: [{ field: 'startedAt', direction: 'DESCENDING' }],
  },
  { ...own, why: 'legal holds on a person', collection: 'legalHolds', equal: ['uid'] },
  { ...own, why: 'legal holds by an address', collection: 'legalHolds', equal: ['subjectKey'] },
  { ...own, why: 'accounts that had a held address', collection: 'subjects', contains: ['verifiedEmails'] },
  { ...own, why: 'circuit breaker: accounts', collection: 'subjects', order: [ascending('accountCreatedAt')] },
  { ...own, why: 'did the person ask for it?', collection: 'requests', equal: ['pseudonym', 'type'] },
  { ...own, why: 'requests of a person without an account', collection: 'requests', equal: ['subjectKey'] },
  { ...own, why: 'links of a person without an account', collection: 'links', equal: ['subjectKey'] },
  { ...own, why: 'guardianships of a holder who is erased', collection: 'guardianships', equal: ['holder'] },
  {
    ...own,
    why: 'is somebody named as the holder of a person?',
    collection: 'guardianships',
    equal: ['child', 'holder'],
  },
  { ...own, why: 'verification: the entries of a chain in order', collection: 'entries', order: [ascending('seq')] },
  {
    ...own,
    why: 'verification: people about whom servers state something',
    collection: 'ledger',
    order: [ascending('stated.at')],
  },
  {
    ...own,
    why: 'verification: people on whom a hold or a restriction was set',
    collection: 'ledger',
    order: [ascending('restraints.at')],
  },
  {
    ...own,
    why: 'retention: people on whom a hold or a restriction runs',
    collection: 'ledger',
    order: [ascending('restraints.until')],
  },
  {
    ...own,
    why: 'retention: entries of holds and restrictions that run',
    collection: 'entries',
    scope: 'COLLECTION_GROUP',
    order: [ascending('keepsUntil')],
  },
  { ...own, why: 'the chain of a hold or a restriction', collection: 'ledger', contains: ['restraints.names'] },
  { ...own, why: 'officers: tasks that are open', collection: 'officerTasks', equal: ['status'] },
  { ...own, why: 'officers: the tasks of a job', collection: 'officerTasks', equal: ['job'] },
  { ...own, why: 'consents: the tasks about a person', collection: 'officerTasks', equal: ['pseudonym'] },
  { ...own, why: 'officers: who read a document', collection: 'officerReads', equal: ['of'] },
  { ...own, why: 'jobs about a person, by pseudonym', collection: 'jobs', equal: ['pseudonym'] },
  {
    ...own,
    why: 'checkpoint, and states for the app: chains that changed',
    collection: 'ledger',
    order: [ascending('changedAt')],
  },
  { ...own, why: 'verification: checkpoints in order', collection: 'checkpoints', order: [ascending('number')] },
  {
    ...own,
    why: 'the newest checkpoint',
    collection: 'checkpoints',
    order: [{ field: 'number', direction: 'DESCENDING' }],
  },
  {
    ...own,
    why: 'checkpoint: chains that may be over their period',
    collection: 'checkpointBuckets',
    order: [ascending('nextEnd')],
  },
  {
    ...own,
    why: 'proof: an erased person, by the hash of the address',
    collection: 'tombstones',
    contains: ['emails'],
  },
  { ...own, why: 'erased people who had a held address', collection: 'tombstones', contains: ['formerEmails'] },
  {
    ...own,
    why: 'requests that are open, the next due first',
    collection: 'requests',
    equal: ['status'],
    order: [ascending('dueAt')],
  },
  {
    ...own,
    why: 'is a request of this type open for the person?',
    collection: 'requests',
    equal: ['pseudonym', 'type', 'status'],
  },
];

const consents = { database: '(default)', collection: 'consents', scope: 'COLLECTION_GROUP' } as const;

/** Queries on the app's consent documents (the contract) and on the identities of their writers. */
const consentQueries: readonly QueryShape[] = [
  { ...consents, why: 'reconciliation: documents written lately', order: [ascending('updatedAt')] },
  {
    ...consents,
    why: 'asking again: agreements to an older text',
    equal: ['granted'],
    order: [ascending('policyVersion')],
  },
  {
    ...consents,
    why: 'asking again: agreements whose period is over',
    equal: ['granted'],
    order: [ascending('updatedAt')],
  },
  { ...own, why: 'asking again: heads whose period is over', collection: 'ledger', order: [ascending('askAgainAt')] },
  { ...own, why: 'asking again: heads with a text that ended', collection: 'ledger', contains: ['agreedTo'] },
  { ...own, why: 'asking again: the person of a chain', collection: 'subjects', equal: ['pseudonym'] },
  { ...own, why: 'reconciliation: ages stated lately', collection: 'ageBands', order: [ascending('statedAt')] },
  {
    ...own,
    why: 'reconciliation: guardianships stated lately',
    collection: 'guardianships',
    order: [ascending('statedAt')],
  },
  { ...own, why: 'reconciliation: ages that were reached', collection: 'ageBands', order: [ascending('until')] },
  { ...own, why: 'reconciliation: guardianships that ended', collection: 'guardianships', order: [ascending('until')] },
  { ...own, why: 'reconciliation: guardianships that began', collection: 'guardianships', order: [ascending('from')] },
];

/**
 * The collection of a query for everybody's rows of a record: a root collection by itself, anything
 * deeper by its collection group.
 */
const placeOfQuery = ({ record }: NamedRecord): Pick<QueryShape, 'database' | 'collection' | 'scope'> => ({
  database: databaseOf(record),
  collection: collectionId(record.path),
  scope: isRoot(record.path) ? 'COLLECTION' : 'COLLECTION_GROUP',
});

/**
 * A sweep: rows with `field` up to a cut-off, oldest first, in pages; and the count of the rows
 * that have a time at all.
 */
const sweeps = (policy: Policy): QueryShape[] =>
  sweepable(policy, 'firestore').flatMap((named) => {
    const { timestamp } = named.record;
    const fields = timestamp === null || timestamp === named.field ? [named.field] : [named.field, timestamp];
    return fields.map((field) => ({
      ...placeOfQuery(named),
      why: `retention of '${named.id}' by '${field}'`,
      order: [ascending(field)],
    }));
  });

/** Contracts that have ended, the first one first. */
const contracts = (policy: Policy): QueryShape[] => {
  const { record: id = '', ended } = policy.contract ?? {};
  const record = policy.records[id];
  if (ended === undefined || record === undefined) return [];
  return [{ ...placeOfQuery({ id, record }), why: `contracts that ended, in '${id}'`, order: [ascending(ended)] }];
};

/** Finds the newest row of a person in a record that shows activity, if an account seems unused. */
const bySign = (policy: Policy): QueryShape[] =>
  (policy.rights.inactivity?.signs ?? []).flatMap((id) => {
    const record = policy.records[id];
    if (record === undefined || record.timestamp === null) return [];
    return [
      {
        database: databaseOf(record),
        collection: collectionId(record.path),
        scope: 'COLLECTION',
        why: `the last activity of a person in '${id}'`,
        order: [{ field: record.timestamp, direction: 'DESCENDING' }],
      },
    ];
  });

/**
 * Finds a person's rows in a collection of everybody's rows. If an address can stand for the uid,
 * one query asks for either: Firestore answers each side of an `or` by the index of its own field,
 * ordered by name.
 */
const bySubject = (policy: Policy): QueryShape[] =>
  allRecords(policy).flatMap((named) => {
    const { subject, system } = named.record;
    if (system !== 'firestore' || !('field' in subject || 'pseudonymField' in subject)) return [];
    const fields = 'field' in subject ? [subject.field, subject.email] : [subject.pseudonymField];
    return fields.flatMap((field) =>
      field === undefined
        ? []
        : [{ ...placeOfQuery(named), why: `rows of a person in '${named.id}' by '${field}'`, equal: [field] }],
    );
  });

/** Rows in which a person is one of several: a query for each of the parties. */
const byParty = (policy: Policy): QueryShape[] =>
  allRecords(policy).flatMap((named) =>
    partiesOf(named.record).map(({ field, as }) => ({
      ...placeOfQuery(named),
      why: `rows of a person among others in '${named.id}' by '${field}'`,
      ...(as === 'array' ? { contains: [field] } : { equal: [field] }),
    })),
  );

/**
 * Rows of others that mention a person. A key of a map is sorted by, and takes after the indexes of
 * its map.
 */
const byMention = (policy: Policy): QueryShape[] =>
  allRecords(policy).flatMap((named) =>
    (named.record.mentions ?? []).map(({ field, as }) => ({
      ...placeOfQuery(named),
      why: `mentions of a person in '${named.id}' by '${field}'`,
      ...{ value: { equal: [field] }, array: { contains: [field] }, key: { order: [ascending(field)] } }[as],
    })),
  );

/**
 * Rows of a person that name a file, or have one below their prefix. One query asks for one name
 * and for a list of them. If the uid leads to the one collection of the person's rows, the
 * field's ordinary indexes answer.
 */
const byFile = (policy: Policy): QueryShape[] =>
  allRecords(policy).flatMap((named) => {
    const { subject, path, files = [] } = named.record;
    const why = `files of a person in '${named.id}'`;
    const place = isOneCollection(named)
      ? ({ ...placeOfQuery(named), scope: 'COLLECTION' } as const)
      : placeOfQuery(named);
    const person = 'field' in subject ? [subject.field] : [];
    return files.flatMap((one): QueryShape[] => {
      if (!('field' in one)) return person.length === 0 ? [] : [{ ...place, why, equal: person }];
      // One document a person is read, not looked for.
      if ('pathVariable' in subject && path.endsWith(`/{${subject.pathVariable}}`)) return [];
      return [
        { ...place, why: `${why} by '${one.field}'`, equal: [...person, one.field] },
        { ...place, why: `${why} by the list '${one.field}'`, equal: person, contains: [one.field] },
      ];
    });
  });

/** Does the person's uid alone lead to the collection of their rows? */
const isOneCollection = ({ record: { subject, path } }: NamedRecord): boolean =>
  'pathVariable' in subject &&
  parseTemplate(collectionPath(path)).every(
    (one) => 'literal' in one || ('variable' in one && one.variable === subject.pathVariable),
  );

/** Every query of the deployed code on a database, under a policy. */
export const queriesOf = (policy: Policy, database: QueryShape['database']): QueryShape[] =>
  [
    ...backendQueries,
    ...consentQueries,
    ...contactQueries(policy),
    ...sweeps(policy),
    ...bySubject(policy),
    ...byParty(policy),
    ...byMention(policy),
    ...byFile(policy),
    ...bySign(policy),
    ...contracts(policy),
  ].filter((query) => query.database === database);
