import type { Duplex } from 'node:stream';
import { FirestoreMock, type FirestoreController } from '@firebase-bridge/firestore-admin';
import { Clock } from './clock.ts';
import { Locks } from './locks.ts';

/**
 * A request or an answer of Firestore's gRPC interface: passed through, except for a few fields.
 */
export type Message = Record<string, unknown>;

/** A document as the package holds it. */
export type StoredDocument = Parameters<
  Parameters<FirestoreController['database']['registerTrigger']>[0]['callback']
>[0]['doc'];

/**
 * The in-memory client behind the package's Admin SDK: it answers Firestore's RPCs with Firestore's
 * messages.
 */
export interface Client {
  context: { serializeDoc(document: StoredDocument): Message };
  commit(request: Message): Promise<[Message]>;
  batchWrite(request: Message): Promise<[Message]>;
  beginTransaction(request: Message): Promise<[Message]>;
  rollback(request: Message): Promise<[Message]>;
  listDocuments(request: Message): Promise<[Message[]]>;
  listCollectionIds(request: Message): Promise<[string[]]>;
  batchGetDocuments(request: Message): Duplex;
  runQuery(request: Message): Duplex;
  runAggregationQuery(request: Message): Duplex;
  listen(): Duplex;
}

/**
 * The Admin SDK keeps its clients in a pool that its types do not show; the package puts its own
 * client there.
 */
interface WithClients {
  initializeIfNeeded(tag: string): Promise<void>;
  _clientPool: { run<T>(tag: string, again: boolean, use: (client: Client) => Promise<T>): Promise<T> };
}

/** One database: its data, and the way to its client. */
export interface Database {
  readonly project: string;
  readonly id: string;
  readonly control: FirestoreController;
  readonly locks: Locks;
  readonly clock: Clock;
  use<T>(work: (client: Client) => Promise<T>): Promise<T>;
}

/** Returns the path of a document inside its database, from its full name. */
export const pathOf = (name: string): string => name.split('/').slice(5).join('/');

/** All databases of all projects; each is made when it is first named, as in Google's emulator. */
export class Databases {
  readonly #mock = new FirestoreMock();
  readonly #clock = new Clock();
  readonly #open = new Map<string, Database>();
  readonly #onOpen: (database: Database) => void;

  constructor(onOpen: (database: Database) => void) {
    this.#onOpen = onOpen;
    this.#mock.systemTime.custom(() => this.#clock.now());
  }

  /**
   * Returns the database that a resource name belongs to: `projects/p/databases/d`, and anything
   * behind it.
   *
   * @throws Error if `name` is no such name
   */
  of(name: unknown): Database {
    const match = /^projects\/([^/]+)\/databases\/([^/]+)/.exec(String(name));
    const [key, project, id] = match ?? [];
    if (key === undefined || project === undefined || id === undefined)
      throw new Error(`no database in the name ${String(name)}`);
    return this.#open.get(key) ?? this.#create(key, project, id);
  }

  /** Every database that was opened. */
  all(): Iterable<Database> {
    return this.#open.values();
  }

  #create(key: string, project: string, id: string): Database {
    const control = this.#mock.createDatabase(project, id);
    const sdk = control.firestore() as unknown as WithClients;
    const database: Database = {
      project,
      id,
      control,
      locks: new Locks(),
      clock: this.#clock,
      use: async (work) => {
        await sdk.initializeIfNeeded('suite');
        return sdk._clientPool.run('suite', true, work);
      },
    };
    this.#open.set(key, database);
    this.#onOpen(database);
    return database;
  }
}
