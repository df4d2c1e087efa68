import { createServer, type IncomingMessage } from 'node:http';
import { createRequire, Module } from 'node:module';
import { PassThrough } from 'node:stream';

/**
 * Measures one cold start, alone in its process: loads a function as production does, hands it its
 * first event, and prints how long that took. The clients are loaded whole; databases and APIs
 * answer at once from this process, so no time of a network is in the figure. load.ts gives the
 * plan as JSON in LOAD_PLAN.
 */

/** A cold start to measure. */
export interface LoadPlan {
  /** The module that has the function, as functions-framework loads it. */
  readonly file: string;
  readonly name: string;
  /** True if the function takes the raw event or request, false if it takes the SDK's own. */
  readonly raw: boolean;
  readonly event: unknown;
  /** The path of a request, `/` if absent. */
  readonly path?: string;
  /** The headers of a request, none if absent. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Documents that are there, by their paths: fields as Firestore's API has them. */
  readonly documents: Readonly<Record<string, Fields>>;
}

/** A client's work that a first event asked for. */
export type Call = `${Database} ${'read' | 'write'}` | 'auth' | 'tasks' | 'other';

/** The app's database or the backend's own: each has a client of its own. */
export type Database = 'app' | 'own';

/** One cold start, in milliseconds from the function's own `require`. */
export interface LoadRun {
  /** Until the module is loaded. */
  readonly moduleMs: number;
  /** Until its first event is handled. */
  readonly eventMs: number;
  readonly calls: readonly Call[];
  /** Why the event failed, if it did. */
  readonly failed?: string;
}

type Fields = Readonly<Record<string, unknown>>;
type Listed = readonly string[];
interface Write {
  readonly update?: { readonly name: string; readonly fields: Fields };
  readonly delete?: string;
  readonly updateMask?: { readonly fieldPaths: Listed } | null;
}
interface Asked {
  readonly database?: string;
  readonly parent?: string;
  readonly documents?: Listed;
  readonly writes?: readonly Write[];
  readonly newTransaction?: unknown;
  readonly structuredAggregationQuery?: { readonly aggregations: readonly { readonly alias: string }[] };
}

const {
  file,
  name,
  raw,
  event,
  path = '/',
  headers = {},
  documents,
} = JSON.parse(process.env['LOAD_PLAN'] ?? '') as LoadPlan;
const calls = new Set<Call>();
const MOMENT = { seconds: 1_767_225_600, nanos: 0 };
const TRANSACTION = Buffer.from('t');

/** Keeps documents by their paths within a database: enough to read back one's own writes. */
const kept = new Map(Object.entries(documents));
const pathIn = (resource: string): string => resource.replace(/^.*?\/documents\//, '');

function write({ update, delete: removed, updateMask }: Write): void {
  if (removed !== undefined) kept.delete(pathIn(removed));
  if (update === undefined) return;
  const path = pathIn(update.name);
  kept.set(path, updateMask ? { ...kept.get(path), ...update.fields } : update.fields);
}

function document(resource: string): object {
  const fields = kept.get(pathIn(resource));
  if (fields === undefined) return { missing: resource, readTime: MOMENT };
  return { found: { name: resource, fields, createTime: MOMENT, updateTime: MOMENT }, readTime: MOMENT };
}

const databaseOf = ({ database, parent = '' }: Asked): Database =>
  (database ?? parent).includes('/compliance') ? 'own' : 'app';

/** Firestore's generated client: its stub is made as ever, gRPC and definitions loaded. */
interface Gapic {
  initialize(): Promise<unknown>;
}

const unary = async function (this: Gapic, asked: Asked): Promise<[object]> {
  const { writes = [] } = asked;
  await this.initialize();
  calls.add(`${databaseOf(asked)} ${writes.length > 0 ? 'write' : 'read'}`);
  writes.forEach(write);
  return [{ commitTime: MOMENT, writeResults: writes.map(() => ({ updateTime: MOMENT })), transaction: TRANSACTION }];
};

const stream = function (this: Gapic, asked: Asked): PassThrough {
  calls.add(`${databaseOf(asked)} read`);
  const { documents: wanted = [], newTransaction, structuredAggregationQuery: counted } = asked;
  const begun = newTransaction ? [{ transaction: TRANSACTION }] : [];
  const aliases = counted?.aggregations.map(({ alias }) => alias) ?? [];
  const counts = Object.fromEntries(aliases.map((alias) => [alias, { integerValue: '0' }]));
  const end = counted ? [{ result: { aggregateFields: counts }, readTime: MOMENT }] : [{ readTime: MOMENT }];
  const answers = new PassThrough({ objectMode: true });
  void this.initialize().then(() => {
    for (const one of [...begun, ...wanted.map(document), ...(wanted.length > 0 ? [] : end)]) answers.write(one);
    answers.end();
  });
  return answers;
};

/** Answers instead of Firestore. Queries find nothing. */
const firestore = {
  beginTransaction: unary,
  commit: unary,
  rollback: unary,
  listDocuments: unary,
  listCollectionIds: unary,
  batchGetDocuments: stream,
  runQuery: stream,
  runAggregationQuery: stream,
};

/** Answers as Auth, Cloud Tasks and other APIs do: one account is there, and each task is taken. */
function answer({ url = '' }: IncomingMessage): object {
  const isAuth = url.includes('identitytoolkit');
  calls.add(isAuth ? 'auth' : url.includes('/queues/') ? 'tasks' : 'other');
  const account = {
    localId: 'person',
    email: 'person@example.com',
    createdAt: '1767225600000',
    validSince: '1767225600',
  };
  return isAuth ? { users: [account] } : {};
}

/** Puts the answers into the generated client of Firestore when it is loaded. */
function intercept(): void {
  const internals = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
  const load = internals._load;
  internals._load = (request, ...rest) => {
    const loaded = load(request, ...rest);
    if (request === './firestore_client')
      Object.assign((loaded as { FirestoreClient: { prototype: object } }).FirestoreClient.prototype, firestore);
    return loaded;
  };
}

/** A request of a server, as Express has it, and a response that tells when it is sent. */
function exchange(body: unknown): { readonly args: readonly unknown[]; readonly sent: Promise<unknown> } {
  const sent = Promise.withResolvers<unknown>();
  const response = {
    status: () => response,
    json: sent.resolve,
    set: () => response,
    send: sent.resolve,
    on: () => response,
    setHeader: () => response,
    getHeader: () => undefined,
  };
  return {
    args: [{ method: 'POST', path, body, headers, header: () => undefined }, response],
    sent: sent.promise,
  };
}

type Deployed = ((...args: readonly unknown[]) => Promise<unknown>) & { run(event: unknown): Promise<unknown> };

async function handle(deployed: Deployed): Promise<unknown> {
  if (!raw) return deployed.run(event);
  if ('specversion' in (event as object)) return deployed(event);
  const { args, sent } = exchange(event);
  return Promise.all([deployed(...args), sent]);
}

const server = createServer((request, response) => {
  request.resume().on('end', () => response.end(JSON.stringify(answer(request))));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const host = `127.0.0.1:${(server.address() as { port: number }).port}`;
Object.assign(process.env, {
  FIREBASE_AUTH_EMULATOR_HOST: host,
  CLOUD_TASKS_EMULATOR_HOST: host,
  FIRESTORE_EMULATOR_HOST: host,
});
intercept();
const require = createRequire(file);

const start = performance.now();
const deployed = (require(file) as Readonly<Record<string, Deployed>>)[name];
const moduleMs = performance.now() - start;
if (deployed === undefined) throw new Error(`${file} has no function ${name}`);
const failed = await handle(deployed).then(
  () => undefined,
  (error: unknown) => (error as Error).stack ?? String(error),
);
const eventMs = performance.now() - start;
const run: LoadRun = { moduleMs, eventMs, calls: [...calls].sort(), ...(failed === undefined ? {} : { failed }) };
process.stdout.write(`\n${JSON.stringify(run)}\n`, () => process.exit(0));
