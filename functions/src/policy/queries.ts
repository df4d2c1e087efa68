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
const descending = (field: string) => ({ field, direction: 'DESCENDING' }) as const;

type Fields = Pick<QueryShape, 'equal' | 'contains' | 'order'>;

/** A query on a collection of the backend's own database. */
const own = (collection: string, why: string, fields: Fields): QueryShape => ({
  database: 'compliance',
  collection,
  scope: 'COLLECTION',
  why,
  ...fields,
});

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
  own('jobs', 'tick: jobs whose time has come', { order: [ascending('wakeAt')] }),
  own('jobs', 'jobs that wait for an officer', { equal: ['status'] }),
  own('jobs', 'circuit breaker: erasures that nobody asked for, in a window', {
    equal: ['input.breaker'],
    order: [ascending('createdAt')],
  }),
  own('jobs', 'the jobs that answer a request', { equal: ['input.request'] }),
  own('jobs', 'erasures that a request began or joined', { contains: ['input.starts'] }),
  own('jobs', 'erasures that are due soon and not finished', {
    equal: ['kind', 'status'],
    order: [ascending('dueAt')],
  }),
  own('jobs', 'jobs about a person without an account', { equal: ['input.subjectKey'] }),
  own('jobs', 'jobs about a person that are not finished', { equal: ['input.uid'] }),
  own('jobs', 'after a restore: jobs that ended since then', { order: [ascending('finishedAt')] }),
  own('jobs', 'after a restore: the jobs of a replay', { equal: ['input.run'] }),
  own('tombstones', 'after a restore: erasures that began', { order: [ascending('deletedAt')] }),
  own('tombstones', 'after a restore: erasures that ended', { order: [ascending('completedAt')] }),
  own('retentionRuns', 'the last runs of the retention', { order: [descending('startedAt')] }),
  own('legalHolds', 'legal holds on a person', { equal: ['uid'] }),
  own('legalHolds', 'legal holds by an address', { equal: ['subjectKey'] }),
  own('subjects', 'accounts that had a held address', { contains: ['verifiedEmails'] }),
  own('subjects', 'circuit breaker: accounts', { order: [ascending('accountCreatedAt')] }),
  own('requests', 'did the person ask for it?', { equal: ['pseudonym', 'type'] }),
  own('requests', 'requests of a person without an account', { equal: ['subjectKey'] }),
  own('links', 'links of a person without an account', { equal: ['subjectKey'] }),
  own('guardianships', 'guardianships of a holder who is erased', { equal: ['holder'] }),
  own('guardianships', 'is somebody named as the holder of a person?', { equal: ['child', 'holder'] }),
  own('entries', 'verification: the entries of a chain in order', { order: [ascending('seq')] }),
  own('ledger', 'verification: people about whom servers state something', { order: [ascending('stated.at')] }),
  own('ledger', 'verification: people on whom a hold or a restriction was set', {
    order: [ascending('restraints.at')],
  }),
  own('ledger', 'retention: people on whom a hold or a restriction runs', { order: [ascending('restraints.until')] }),
  {
    ...own('entries', 'retention: entries of holds and restrictions that run', { order: [ascending('keepsUntil')] }),
    scope: 'COLLECTION_GROUP',
  },
  own('ledger', 'the chain of a hold or a restriction', { contains: ['restraints.names'] }),
  own('officerTasks', 'officers: tasks that are open', { equal: ['status'] }),
  own('officerTasks', 'officers: the tasks of a job', { equal: ['job'] }),
  own('officerTasks', 'consents: the tasks about a person', { equal: ['pseudonym'] }),
  own('officerReads', 'officers: who read a document', { equal: ['of'] }),
  own('jobs', 'jobs about a person, by pseudonym', { equal: ['pseudonym'] }),
  own('ledger', 'checkpoint, and states for the app: chains that changed', { order: [ascending('changedAt')] }),
  own('checkpoints', 'verification: checkpoints in order', { order: [ascending('number')] }),
  own('checkpoints', 'the newest checkpoint', { order: [descending('number')] }),
  own('checkpointBuckets', 'checkpoint: chains that may be over their period', { order: [ascending('nextEnd')] }),
  own('tombstones', 'proof: an erased person, by the hash of the address', { contains: ['emails'] }),
  own('tombstones', 'erased people who had a held address', { contains: ['formerEmails'] }),
  own('requests', 'requests that are open, the next due first', { equal: ['status'], order: [ascending('dueAt')] }),
  own('requests', 'is a request of this type open for the person?', { equal: ['pseudonym', 'type', 'status'] }),
];

const consents = (why: string, fields: Fields): QueryShape => ({
  database: '(default)',
  collection: 'consents',
  scope: 'COLLECTION_GROUP',
  why,
  ...fields,
});

/** Queries on the app's consent documents (the contract) and on the identities of their writers. */
const consentQueries: readonly QueryShape[] = [
  consents('reconciliation: documents written lately', { order: [ascending('updatedAt')] }),
  consents('asking again: agreements to an older text', { equal: ['granted'], order: [ascending('policyVersion')] }),
  consents('asking again: agreements whose period is over', { equal: ['granted'], order: [ascending('updatedAt')] }),
  own('ledger', 'asking again: heads whose period is over', { order: [ascending('askAgainAt')] }),
  own('ledger', 'asking again: heads with a text that ended', { contains: ['agreedTo'] }),
  own('subjects', 'asking again: the person of a chain', { equal: ['pseudonym'] }),
  own('ageBands', 'reconciliation: ages stated lately', { order: [ascending('statedAt')] }),
  own('guardianships', 'reconciliation: guardianships stated lately', { order: [ascending('statedAt')] }),
  own('ageBands', 'reconciliation: ages that were reached', { order: [ascending('until')] }),
  own('guardianships', 'reconciliation: guardianships that ended', { order: [ascending('until')] }),
  own('guardianships', 'reconciliation: guardianships that began', { order: [ascending('from')] }),
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
        ...placeOfQuery({ id, record }),
        scope: 'COLLECTION',
        why: `the last activity of a person in '${id}'`,
        order: [descending(record.timestamp)],
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
