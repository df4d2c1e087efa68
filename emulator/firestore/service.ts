import { status, type sendUnaryData, type ServerDuplexStream, type ServerUnaryCall } from '@grpc/grpc-js';
import type { ServerWritableStream, ServiceError, UntypedServiceImplementation } from '@grpc/grpc-js';
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

type Unary = (call: ServerUnaryCall<Message, Message>, done: sendUnaryData<Message>) => void;
type Streaming = (call: ServerWritableStream<Message, Message>) => void;

/** What a gRPC caller is told about an error of the in-memory client. */
export function toStatus(error: unknown): Partial<ServiceError> {
  const { code, details, message } = error as Partial<ServiceError>;
  return { code: typeof code === 'number' ? code : status.UNKNOWN, details: details ?? message ?? String(error) };
}

/**
 * Firestore's gRPC service over the in-memory databases: each call is handed on as it is, and what it costs is noted.
 *
 * Not answered, because nothing here uses it: PartitionQuery, CreateDocument, GetDocument, UpdateDocument, DeleteDocument
 * (the SDKs read with BatchGetDocuments and write with Commit).
 */
export function firestoreService(databases: Databases, ledger: Ledger): UntypedServiceImplementation {
  const unary =
    (
      method: (client: Client, request: Message) => Promise<Message>,
      cost?: (request: Message, response: Message) => Billed,
    ): Unary =>
    (call, done) => {
      const { request } = call;
      const run = async (): Promise<Message> => {
        const database = databases.of(request.database ?? request.parent);
        const response = await database.use((client) => method(client, request));
        if (cost) ledger.add(database.id, cost(request, response));
        return response;
      };
      run().then(
        (response) => done(null, response),
        (error: unknown) => done(toStatus(error)),
      );
    };

  const streaming =
    (
      method: 'batchGetDocuments' | 'runQuery' | 'runAggregationQuery',
      cost: (answers: Message[]) => Billed,
    ): Streaming =>
    (call) => {
      const run = (database: Database): Promise<void> =>
        database.use(
          (client) =>
            new Promise((resolve, reject) => {
              const answers: Message[] = [];
              client[method](call.request)
                .on('data', (answer: Message) => {
                  answers.push(answer);
                  call.write(answer);
                })
                .on('error', reject)
                .on('end', () => {
                  ledger.add(database.id, cost(answers));
                  resolve();
                });
            }),
        );
      Promise.resolve()
        .then(() => run(databases.of(call.request.database ?? call.request.parent)))
        .then(
          () => call.end(),
          (error: unknown) => call.emit('error', toStatus(error)),
        );
    };

  return {
    Commit: unary(
      async (client, request) => (await client.commit(request))[0],
      (request) => writesOf(writesIn(request)),
    ),
    BatchWrite: unary(
      async (client, request) => (await client.batchWrite(request))[0],
      (request, response) => writesOf(writesIn(request), (response.status ?? []) as WriteStatus[]),
    ),
    BeginTransaction: unary(async (client, request) => (await client.beginTransaction(request))[0]),
    Rollback: unary(async (client, request) => (await client.rollback(request))[0]),
    ListDocuments: unary(
      async (client, request) => ({ documents: (await client.listDocuments(request))[0] }),
      (_, response) => readsOf((response.documents as Message[]).length),
    ),
    ListCollectionIds: unary(
      async (client, request) => ({ collectionIds: (await client.listCollectionIds(request))[0] }),
      () => readsOf(1),
    ),
    BatchGetDocuments: streaming('batchGetDocuments', (answers) => readsOf(answers.length)),
    RunQuery: streaming('runQuery', (answers) => readsOf(documentsOf(answers))),
    RunAggregationQuery: streaming('runAggregationQuery', (answers) => readsOfCount(countOf(answers))),
    Write: (call: ServerDuplexStream<Message, Message>) => writeStream(call, databases, ledger),
    Listen: (call: ServerDuplexStream<Message, Message>) => listen(call, databases, ledger),
  };
}

/** The client SDKs write through one stream: the first message opens it, each further one is a commit, answered in order. */
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
    const { id, project, use } = database;
    const commit = { database: `projects/${project}/databases/${id}`, writes: request.writes };
    const [response] = await use((client) => client.commit(commit));
    ledger.add(id, writesOf(writesIn(request)));
    call.write({ streamToken: token(), writeResults: response.writeResults, commitTime: response.commitTime });
  };
  call.on('data', (request: Message) => {
    previous = previous.then(() => answer(request)).catch((error: unknown) => void call.emit('error', toStatus(error)));
  });
  call.on('end', () => void previous.then(() => call.end()));
}

const writesIn = (request: Message): WriteRequest[] => (request.writes ?? []) as WriteRequest[];

/** Documents in a query's answer; those that an offset skipped are read, and billed, too. */
function documentsOf(answers: Message[]): number {
  return answers.reduce((n, answer) => n + (answer.document ? 1 : 0) + Number(answer.skippedResults ?? 0), 0);
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
