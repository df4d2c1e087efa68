import { initializeTestEnvironment, type RulesTestEnvironment } from '@firebase/rules-unit-testing';
import { deleteApp, initializeApp } from 'firebase/app';
import {
  collection,
  collectionGroup,
  connectFirestoreEmulator,
  deleteDoc,
  doc,
  documentId,
  FieldValue,
  getDocFromServer,
  getDocsFromServer,
  getFirestore,
  query,
  setDoc,
  setLogLevel,
  Timestamp,
  terminate,
  updateDoc,
  where,
  type DocumentData,
  type Firestore,
} from 'firebase/firestore';
import type { PathContract } from './contract.ts';
import { ownUid, type Case, type Data } from './case.ts';

export const projectId = 'demo-rules';

/** The caller. The guest has the owner's uid, signed in without an account, and a while ago. */
export const actors = ['owner', 'guest', 'other', 'anonymous'] as const;
export type Actor = (typeof actors)[number];
export const owns = (actor: Actor) => actor === 'owner' || actor === 'guest';

export type Database = '(default)' | 'compliance';

export interface Emulator {
  host: string;
  port: number;
}

/** Cases run side by side in lanes; each lane has people of its own, so that cases never meet. */
const LANES = 8;
const uidOf = (lane: number) => `lane${lane}`;

/** The clients that the lanes of one group share. */
interface Clients {
  as(actor: Actor, lane: number): Firestore;
  /** Passes the rules by. */
  admin: Firestore;
}

/** Loads the rules (which starts a new coverage report) and lends the clients to `work`. */
export async function withClients(
  emulator: Emulator,
  rules: string,
  database: Database,
  work: (clients: Clients) => Promise<void>,
): Promise<void> {
  setLogLevel('silent');
  const env = await initializeTestEnvironment({ projectId, firestore: { ...emulator, rules } });
  try {
    await env.clearFirestore();
    if (database === '(default)') await withAppDatabase(env, work);
    else await withNamedDatabase(emulator, rules, database, work);
  } finally {
    await env.cleanup();
  }
}

async function withAppDatabase(env: RulesTestEnvironment, work: (clients: Clients) => Promise<void>): Promise<void> {
  const known = new Map<string, Firestore>();
  await env.withSecurityRulesDisabled(async (admin) => {
    await work({
      admin: modular(admin.firestore()),
      as: (actor, lane) => {
        const key = `${actor} ${lane}`;
        const found = known.get(key) ?? modular(contextOf(env, actor, lane).firestore());
        known.set(key, found);
        return found;
      },
    });
  });
}

function contextOf(env: RulesTestEnvironment, actor: Actor, lane: number) {
  if (actor === 'anonymous') return env.unauthenticatedContext();
  const { sub, ...claims } = tokenOf(actor, lane);
  return env.authenticatedContext(sub, claims);
}

function tokenOf(actor: Exclude<Actor, 'anonymous'>, lane: number) {
  // The other's uid begins like the owner's: a comparison of prefixes would be seen.
  const sub = actor === 'other' ? `${uidOf(lane)}x` : uidOf(lane);
  const provider = actor === 'guest' ? ('anonymous' as const) : ('password' as const);
  return { sub, auth_time: signedInAt(actor), firebase: { sign_in_provider: provider } };
}

/** Epoch seconds. The guest signed in half an hour ago, the others a minute ago. */
const signedInAt = (actor: Actor): number => Math.floor(Date.now() / 1000) - (actor === 'guest' ? 1800 : 60);

/**
 * The test environment hands out the older interface; the functions of the newer one accept it, its
 * types do not.
 */
const modular = (compat: unknown): Firestore => compat as Firestore;

/** The test environment knows the default database only, and loads its rules into that one only. */
async function withNamedDatabase(
  emulator: Emulator,
  rules: string,
  database: string,
  work: (clients: Clients) => Promise<void>,
): Promise<void> {
  const url = `http://${emulator.host}:${emulator.port}/emulator/v1/projects/${projectId}/databases/${database}`;
  const asked = async (what: string, at: string, init: RequestInit) => {
    const response = await fetch(at, init);
    if (!response.ok) throw new Error(`${what} '${database}': ${response.status} ${await response.text()}`);
  };
  const body = JSON.stringify({ rules: { files: [{ content: rules }] } });
  await asked('loading the rules into', `${url}:securityRules`, { method: 'PUT', body });
  await asked('clearing', `${url}/documents`, { method: 'DELETE' });

  const known = new Map<string, Firestore>();
  const connect = (name: string, mockUserToken?: string | ReturnType<typeof tokenOf>) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const firestore = getFirestore(
      initializeApp({ projectId }, `${database} ${name} ${crypto.randomUUID()}`),
      database,
    );
    connectFirestoreEmulator(
      firestore,
      emulator.host,
      emulator.port,
      mockUserToken === undefined ? {} : { mockUserToken },
    );
    known.set(name, firestore);
    return firestore;
  };
  try {
    await work({
      admin: connect('admin', 'owner'),
      as: (actor, lane) => connect(`${actor} ${lane}`, ...(actor === 'anonymous' ? [] : [tokenOf(actor, lane)])),
    });
  } finally {
    for (const firestore of known.values()) {
      await terminate(firestore);
      await deleteApp(firestore.app);
    }
  }
}

/** A path with cases of it. */
export interface Group {
  readonly path: PathContract;
  readonly cases: readonly Case[];
}

/** The most cases that go one behind the other in a lane. */
const BATCH = 16;

/** Divides cases into batches that find the same documents: a lane writes these once then. */
const batchesOf = ({ path, cases }: Group): Group[] =>
  [...Map.groupBy(cases, ({ state }) => state).values()]
    .flatMap((ofState) => [...Map.groupBy(ofState, ({ seed }) => seed).values()])
    .flatMap((same) =>
      Array.from({ length: Math.ceil(same.length / BATCH) }, (_, n) => same.slice(n * BATCH).slice(0, BATCH)),
    )
    .map((batch) => ({ path, cases: batch }));

/**
 * Runs the cases as one actor; answers with a line for each that did not end as the contract says.
 */
export async function runCases(clients: Clients, actor: Actor, groups: readonly Group[]): Promise<string[]> {
  const failures: string[] = [];
  const queue = groups.flatMap(batchesOf);
  const lane = async (number: number) => {
    const client = clients.as(actor, number);
    /** The document known to stand under a path; refused requests leave it so. */
    const standing = new Map<string, Data | null | undefined>();
    const stand = async (where: string, data: Data | null, before?: Data | null) => {
      const now = standing.has(where) ? standing.get(where) : before;
      if (now !== data) await seed(clients.admin, where, data, number);
      standing.set(where, data);
    };
    const run = async (path: PathContract, one: Case) => {
      const where = place(path, number, one.id);
      // Nothing stands in the places of a path before its first request.
      await stand(where, one.seed, null);
      if (one.state !== undefined) await stand(`users/${uidOf(number)}/privacy/state`, one.state);
      const outcome = await attempt(() => request(client, where, one, number));
      if (outcome !== 'refused' && writes(one)) standing.set(where, undefined);
      const mayNow = one.afterSignIn !== true || actor === 'owner';
      const mayHere = path.withAccount !== true || actor !== 'guest';
      const expected = one.granted && owns(actor) && mayNow && mayHere ? 'granted' : 'refused';
      if (outcome !== expected) failures.push(`${path.path}: ${actor}: ${one.name}: ${outcome}, not ${expected}`);
    };
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      for (const one of next.cases) await run(next.path, one);
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  return failures;
}

const writes = ({ do: { op } }: Case) => op === 'create' || op === 'replace' || op === 'patch' || op === 'delete';

/** If nobody's uid is in the path, lanes keep apart by a collection's ids. */
function place(path: PathContract, lane: number, id: string): string {
  const own = path.path.includes('{uid}') ? id : `${id}-${lane}`;
  return path.path.replaceAll('{uid}', uidOf(lane)).replaceAll('{id}', own);
}

const resolve = (data: Data, lane: number): DocumentData =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value === ownUid ? uidOf(lane) : value]));

async function seed(admin: Firestore, where: string, data: Data | null, lane: number): Promise<void> {
  if (data === null) await deleteDoc(doc(admin, where));
  else await setDoc(doc(admin, where), written(resolve(data, lane)));
}

/**
 * Documents that stand there were written earlier: a server's time of this very millisecond could
 * still be that of the request.
 */
const written = (data: DocumentData): DocumentData =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, value instanceof FieldValue ? EARLIER : value]),
  );

const EARLIER = Timestamp.fromMillis(Date.UTC(2024, 1, 29));

async function request(client: Firestore, path: string, { do: action }: Case, lane: number): Promise<unknown> {
  const at = doc(client, path);
  switch (action.op) {
    case 'get':
      return getDocFromServer(at);
    case 'list':
      return getDocsFromServer(collection(client, at.parent.path));
    case 'listOwn':
      return getDocsFromServer(query(collection(client, at.parent.path), where(documentId(), '==', at.id)));
    case 'group':
      return getDocsFromServer(collectionGroup(client, at.parent.id));
    case 'delete':
      return deleteDoc(at);
    case 'create':
    case 'replace':
      return setDoc(at, resolve(action.data, lane));
    case 'patch':
      return updateDoc(at, resolve(action.data, lane));
  }
}

/**
 * Anything but a grant or a refusal by the rules is a fault of the test, and says so. The SDK gives
 * a read up as 'unavailable' after 10 s without a connection, as happens while a cold emulator
 * starts: that is no answer, so ask again.
 */
async function attempt(ask: () => Promise<unknown>, patience = 5): Promise<string> {
  try {
    await ask();
    return 'granted';
  } catch (error) {
    // By name, not by class: the test environment brings a copy of the SDK of its own.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'unavailable' && patience > 0) return attempt(ask, patience - 1);
    return code === 'permission-denied' ? 'refused' : `failed (${String(error)})`;
  }
}

/** Do the rules grant an access? Throws on anything but a grant or a refusal. */
export async function granted(ask: Promise<unknown>): Promise<boolean> {
  const outcome = await attempt(() => ask);
  if (outcome !== 'granted' && outcome !== 'refused') throw new Error(outcome);
  return outcome === 'granted';
}
