import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Firestore } from 'firebase-admin/firestore';
import type { Caller, Injector } from './injector.ts';
import { insideFirestore, type InsideFirestore } from './inside.ts';
import { GRPC, hasEffect, type Failure, type SystemName } from './kinds.ts';

/**
 * Firestore at the level of its RPCs. Every call of the SDK goes through these two methods of a
 * client (they are not in its types), so that no call is forgotten. The SDK handles each error
 * itself: transactions begin again, the bulk writer writes again.
 */
interface Wire {
  request: (method: string, request: Message, tag: string, retryCodes?: readonly number[]) => Promise<unknown>;
  requestStream: (method: string, bidirectional: boolean, request: Message, tag: string) => Promise<Readable>;
}

type Message = Readonly<Record<string, unknown>>;

const wireOf = (firestore: Firestore): Wire => firestore as unknown as Wire;

/** The one client that is connected: requests carry the full names of their documents. */
let connected: Wire | undefined;
let inside: InsideFirestore | undefined;
const connection = (): Wire => (connected ??= wireOf(new Firestore({ projectId: 'demo-faults' })));

/** From now on Firestore is in this process, instead of at FIRESTORE_EMULATOR_HOST. */
export function firestoreInside(): void {
  connected = inside = insideFirestore();
}

/** Makes room if Firestore is in this process: nothing of the project is needed any more. */
export const forgetProject = (project: string): void => inside?.forget(project);

/** A client of a database with calls that go over the one connection. */
export function directFirestore(projectId: string, databaseId: string): Firestore {
  const firestore = new Firestore({ projectId, databaseId });
  const wire = wireOf(firestore);
  wire.request = (...call) => connection().request(...call);
  wire.requestStream = (...call) => connection().requestStream(...call);
  return firestore;
}

/** A promise that never settles: a dead process waits for it. */
export const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

const failed = (failure: Failure): Error => {
  const { code, name } = GRPC[failure === 'garbage' ? '500' : failure];
  return Object.assign(new Error(`${code} ${name}: a fault of the test`), { code, details: 'a fault of the test' });
};

const expired = (): Error =>
  Object.assign(new Error('10 ABORTED: the transaction was given up meanwhile'), { code: 10, details: '' });

/** A database as one process sees it. */
export function faultyFirestore(
  { projectId, databaseId }: { readonly projectId: string; readonly databaseId: string },
  caller: Caller,
  injector: Injector,
  shape: (text: string) => string,
): Firestore {
  const firestore = directFirestore(projectId, databaseId);
  const wire = wireOf(firestore);
  const direct: Wire = { request: wire.request, requestStream: wire.requestStream };
  const system: SystemName = databaseId === 'compliance' ? 'own' : 'app';
  const database = `projects/${projectId}/databases/${databaseId}`;
  /** Transactions that this process has begun, by their ids in base64. */
  const open = new Map<string, Uint8Array>();

  /**
   * Plays a server that gives up the transactions of a process after it heard nothing of it for
   * some time.
   */
  async function giveUp(): Promise<void> {
    const transactions = [...open.values()];
    open.clear();
    for (const transaction of transactions)
      await direct.request('rollback', { database, transaction }, 'fault').catch(() => undefined);
  }

  async function meet<T>(method: string, request: Message, perform: (drain: boolean) => Promise<T>): Promise<T> {
    if (caller.isDead()) return never();
    const transaction = request['transaction'] as Uint8Array | undefined;
    const verdict = injector.call(caller, system, shape(describe(method, request)));
    let answer: T | undefined;
    switch (verdict.do) {
      case 'fail':
        if (hasEffect(verdict.failure) && isWrite(method)) await perform(true);
        throw failed(verdict.failure);
      case 'kill':
        if (verdict.after) await perform(true).catch(() => undefined);
        caller.kill();
        await giveUp();
        return never();
      case 'hold':
        if (transaction !== undefined) await giveUp();
        await verdict.until();
        if (caller.isDead()) return never();
        if (transaction !== undefined) throw expired();
        break;
      case 'pass':
        break;
    }
    try {
      answer = await perform(false);
    } catch (error) {
      if (caller.isDead()) return never();
      throw error;
    }
    return caller.isDead() ? never() : answer;
  }

  wire.request = (method, request, ...rest) => {
    const perform = (): Promise<unknown> => {
      const transaction = request['transaction'] as Uint8Array | undefined;
      if (transaction !== undefined) open.delete(keyOf(transaction));
      return direct.request(method, request, ...rest);
    };
    if (method === 'rollback') return caller.isDead() ? never() : perform();
    return meet(method, request, perform);
  };
  wire.requestStream = (method, bidirectional, asked, tag) => {
    const begins = asked['newTransaction'] !== undefined;
    // The transaction that is begun again is a hint for fairness. The embedded Firestore refuses
    // one that was not aborted, and an answer that was lost leaves a committed one behind.
    const request = begins ? { ...asked, newTransaction: { readWrite: {} } } : asked;
    return meet(method, request, async (drain) => {
      const stream = await direct.requestStream(method, bidirectional, request, tag);
      if (!begins && !drain) return stream;
      const tapped = tap(stream, (id) => open.set(keyOf(id), id));
      if (drain) await finished(tapped.resume());
      return tapped;
    });
  };
  return firestore;
}

const keyOf = (transaction: Uint8Array): string => Buffer.from(transaction).toString('base64');

const isWrite = (method: string): boolean => method === 'commit' || method === 'batchWrite';

/** A stream that tells of the transaction that its first answer begins. */
function tap(stream: Readable, began: (transaction: Uint8Array) => void): Readable {
  const tapped = new PassThrough({ objectMode: true });
  tapped.pause();
  stream.on('data', (part: { transaction?: Uint8Array }) => {
    if (part.transaction !== undefined && part.transaction.length > 0) began(part.transaction);
    tapped.write(part);
  });
  stream.on('end', () => tapped.end());
  stream.on('error', (error) => tapped.destroy(error));
  stream.resume();
  return tapped;
}

/** As many paths are part of a call's name. */
const MOST_PATHS = 2;

/** The subject of an RPC, in a few words. */
function describe(method: string, request: Message): string {
  const within = request['transaction'] === undefined && request['newTransaction'] === undefined ? '' : 'tx ';
  switch (method) {
    case 'batchGetDocuments':
      return `${within}get ${some((request['documents'] as string[]).map(pathOf))}`;
    case 'runQuery':
      return `${within}query ${queryOf(request['parent'], request['structuredQuery'] as Query)}`;
    case 'runAggregationQuery': {
      const { structuredQuery } = request['structuredAggregationQuery'] as { structuredQuery: Query };
      return `${within}count ${queryOf(request['parent'], structuredQuery)}`;
    }
    case 'listDocuments':
      return `list ${pathOf(String(request['parent']))}/${String(request['collectionId'])}`;
    case 'listCollectionIds':
      return `collections ${pathOf(String(request['parent']))}`;
    case 'commit':
      return `${within}commit ${some(((request['writes'] ?? []) as Write[]).map(writeOf))}`;
    case 'batchWrite':
      return `bulk ${some(((request['writes'] ?? []) as Write[]).map(writeOf))}`;
    default:
      return `${within}${method}`;
  }
}

interface Write {
  readonly delete?: string;
  readonly update?: { readonly name: string };
  readonly transform?: { readonly document: string };
}
const writeOf = ({ delete: gone, update, transform }: Write): string =>
  gone === undefined ? pathOf(update?.name ?? transform?.document ?? '') : `-${pathOf(gone)}`;

interface Query {
  readonly from?: readonly { readonly collectionId?: string; readonly allDescendants?: boolean }[];
  readonly where?: Filter;
}
interface Filter {
  readonly fieldFilter?: { readonly field: { readonly fieldPath: string } };
  readonly unaryFilter?: { readonly field: { readonly fieldPath: string } };
  readonly compositeFilter?: { readonly filters: readonly Filter[] };
}

function queryOf(parent: unknown, { from = [], where }: Query): string {
  const [{ collectionId = '', allDescendants = false } = {}] = from;
  const fields = [...new Set(fieldsOf(where))].join(',');
  return `${pathOf(String(parent))}/${allDescendants ? '**/' : ''}${collectionId}${fields === '' ? '' : `[${fields}]`}`;
}

const fieldsOf = (filter: Filter | undefined): string[] =>
  filter === undefined
    ? []
    : [
        ...(filter.fieldFilter === undefined ? [] : [filter.fieldFilter.field.fieldPath]),
        ...(filter.unaryFilter === undefined ? [] : [filter.unaryFilter.field.fieldPath]),
        ...(filter.compositeFilter?.filters ?? []).flatMap(fieldsOf),
      ];

const pathOf = (name: string): string => name.split('/').slice(5).join('/');

const some = (paths: readonly string[]): string =>
  `${paths.slice(0, MOST_PATHS).join(' ')}${paths.length > MOST_PATHS ? ` +${paths.length - MOST_PATHS}` : ''}`;

/** Every document of a database, in one query over everything. */
export async function everyDocument(firestore: Firestore): Promise<FirebaseFirestore.QueryDocumentSnapshot[]> {
  const wire = firestore as unknown as Wire & {
    readonly formattedName: string;
    snapshot_(document: unknown, readTime: unknown): FirebaseFirestore.QueryDocumentSnapshot;
  };
  const request = {
    parent: `${wire.formattedName}/documents`,
    structuredQuery: { from: [{ allDescendants: true }] },
  };
  const stream = await wire.requestStream('runQuery', false, request, 'everything');
  const documents: FirebaseFirestore.QueryDocumentSnapshot[] = [];
  stream.resume();
  for await (const part of stream as AsyncIterable<{ document?: unknown; readTime?: unknown }>)
    if (part.document) documents.push(wire.snapshot_(part.document, part.readTime));
  return documents;
}
