import type { Duplex } from 'node:stream';
import type {
  sendUnaryData,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import {
  readsOf,
  readsOfCount,
  writesOf,
  type Billed,
  type Ledger,
  type WriteRequest,
  type WriteStatus,
} from './billing.ts';
import type { Client, Database, Databases, Message } from './databases.ts';
import { listen } from './listen.ts';
import { masked } from './masks.ts';
import { completeQuery, type StructuredQuery } from './queries.ts';
import { toStatus } from './status.ts';
import { batchWrite, commit, readDocuments, rollback } from './transactions.ts';

type Unary = (call: ServerUnaryCall<Message, Message>, done: sendUnaryData<Message>) => void;
type Streaming = (call: ServerWritableStream<Message, Message>) => void;

/**
 * Firestore's gRPC service over the in-memory databases: each call is handed on as it is, and its
 * cost is noted.
 *
 * Not answered, because nothing here uses it: PartitionQuery, CreateDocument, GetDocument,
 * UpdateDocument, DeleteDocument (the SDKs read with BatchGetDocuments and write with Commit).
 */
export function firestoreService(databases: Databases, ledger: Ledger): UntypedServiceImplementation {
  const unary =
    (
      method: (database: Database, request: Message) => Promise<Message>,
      cost?: (request: Message, response: Message) => Billed,
    ): Unary =>
    (call, done) => {
      const { request } = call;
      const run = async (): Promise<Message> => {
        const database = databases.of(request.database ?? request.parent);
        const response = await method(database, request);
        if (cost) ledger.add(database, cost(request, response));
        return response;
      };
      run().then(
        (response) => done(null, response),
        (error: unknown) => done(toStatus(error)),
      );
    };

  const streaming =
    (
      method: (database: Database, client: Client, request: Message) => Duplex | Promise<Duplex>,
      cost: (answers: Message[], request: Message) => Billed,
      change: (answer: Message, request: Message) => Message = (answer) => answer,
    ): Streaming =>
    (call) => {
      const { request } = call;
      const run = async (): Promise<void> => {
        const database = databases.of(request.database ?? request.parent);
        const answers: Message[] = [];
        await database.use(async (client) => {
          for await (const answer of await method(database, client, request)) {
            answers.push(answer as Message);
            call.write(change(answer as Message, request));
          }
        });
        ledger.add(database, cost(answers, request));
      };
      run().then(
        () => call.end(),
        (error: unknown) => call.emit('error', toStatus(error)),
      );
    };

  return {
    Commit: unary(commit, (request) => writesOf(writesIn(request))),
    BatchWrite: unary(batchWrite, (request, response) =>
      writesOf(writesIn(request), (response.status ?? []) as WriteStatus[]),
    ),
    BeginTransaction: unary((database, request) =>
      database.use(async (client) => (await client.beginTransaction(request))[0]),
    ),
    Rollback: unary(rollback),
    ListDocuments: unary(
      // The package refuses a mask. The SDK masks only the fields of documents that it lists by
      // name.
      (database, request) =>
        database.use(async (client) => ({
          documents: (await client.listDocuments({ ...request, mask: undefined }))[0],
        })),
      (_, response) => readsOf((response.documents as Message[]).length),
    ),
    ListCollectionIds: unary(
      (database, request) =>
        database.use(async (client) => ({ collectionIds: (await client.listCollectionIds(request))[0] })),
      () => readsOf(1),
    ),
    BatchGetDocuments: streaming(readDocuments, (answers) => readsOf(answers.length), maskAnswer),
    RunQuery: streaming((_, client, request) => client.runQuery(completed(request)), documentsOf),
    RunAggregationQuery: streaming(
      (_, client, request) => client.runAggregationQuery(completedCount(request)),
      (answers) => readsOfCount(countOf(answers)),
    ),
    Write: (call: ServerDuplexStream<Message, Message>) => writeStream(call, databases, ledger),
    Listen: (call: ServerDuplexStream<Message, Message>) => listen(call, databases, ledger),
  };
}

function maskAnswer(answer: Message, request: Message): Message {
  const mask = request.mask as { fieldPaths?: string[] } | undefined;
  return answer.found && mask ? { ...answer, found: masked(answer.found as Message, mask.fieldPaths ?? []) } : answer;
}

const completed = (request: Message): Message => ({
  ...request,
  structuredQuery: completeQuery((request.structuredQuery ?? {}) as StructuredQuery),
});

const completedCount = (request: Message): Message => ({
  ...request,
  structuredAggregationQuery: completed((request.structuredAggregationQuery ?? {}) as Message),
});

/**
 * The client SDKs write through one stream: the first message opens it, each further one is a
 * commit, answered in order.
 */
function writeStream(call: ServerDuplexStream<Message, Message>, databases: Databases, ledger: Ledger): void {
  let database: Database | undefined;
  let answered = 0;
  let previous = Promise.resolve();
  const token = (): Buffer => Buffer.from(String(answered++));
  const answer = async (request: Message): Promise<void> => {
    if (!database) {
      database = databases.of(request.database);
      call.write({ streamId: '1', streamToken: token() });
      return;
    }
    const { id, project } = database;
    const writes = { database: `projects/${project}/databases/${id}`, writes: request.writes };
    const response = await commit(database, writes);
    ledger.add(database, writesOf(writesIn(request)));
    call.write({ streamToken: token(), writeResults: response.writeResults, commitTime: response.commitTime });
  };
  call.on('data', (request: Message) => {
    previous = previous.then(() => answer(request)).catch((error: unknown) => void call.emit('error', toStatus(error)));
  });
  call.on('end', () => void previous.then(() => call.end()));
}

const writesIn = (request: Message): WriteRequest[] => (request.writes ?? []) as WriteRequest[];

/** The cost of a query's answer; documents that an offset skipped are read, too. */
function documentsOf(answers: Message[], request: Message): Billed {
  const documents = answers.filter((answer) => answer.document).length;
  const { offset = 0 } = (request.structuredQuery ?? {}) as { offset?: number };
  return readsOf(documents > 0 ? documents + offset : 0);
}

/** The largest count in an aggregation's answer. */
function countOf(answers: Message[]): number {
  const counts = answers.flatMap((answer) => {
    const result = answer.result as
      { aggregateFields?: Record<string, { integerValue?: string | number }> } | undefined;
    return Object.values(result?.aggregateFields ?? {}).map((value) => Number(value.integerValue ?? 0));
  });
  return Math.max(0, ...counts);
}
