import type { Firestore } from 'firebase-admin/firestore';
import { allDocuments, type Person } from '../../fixtures/index.ts';
import type { Clients } from '../../fixtures/load/index.ts';
import type { Stage } from '../stage.ts';
import { readDocuments } from './documents.ts';
import { countSent, readAccounts, readBrevo, readFiles, readStripe, type StripeView } from './others.ts';

/** One person's data in the places of the suite, as read back. */
export interface Footprint {
  /** All but log lines. */
  readonly documents: readonly string[];
  readonly logLines: LogLines;
  readonly files: readonly string[];
  readonly account: boolean;
  readonly stripe: StripeView | undefined;
  readonly brevo: boolean;
  /** E-mails in Brevo's transactional log. */
  readonly sent: number;
}

/** Lines of the servers' logs that were written about the person. */
interface LogLines {
  readonly there: number;
  /** How many of them name the person, by a uid or an address. */
  readonly telling: number;
}

async function readLogLines(db: Firestore, paths: readonly string[]): Promise<LogLines> {
  if (paths.length === 0) return { there: 0, telling: 0 };
  const lines = (await db.getAll(...paths.map((path) => db.doc(path)))).filter((line) => line.exists);
  const telling = lines.filter((line) => line.get('uid') !== undefined || line.get('ip') !== undefined);
  return { there: lines.length, telling: telling.length };
}

const isLogLine = (path: string): boolean => path.startsWith('systemLogs/');

/**
 * Paths of the set that belong to this person: under their uid, or with their uid in a field.
 * Decoys only look like it.
 */
function ownPaths(stage: Stage, { account }: Person): Set<string> {
  const rows = [...allDocuments(stage.world), ...stage.loaded.customers];
  const own = rows.filter(
    ({ place, path, data }) => place !== 'decoy' && (path.split('/')[1] === account.uid || data['uid'] === account.uid),
  );
  return new Set(own.map((row) => row.path));
}

/** True for any path of the person, also for one that no fixture made. */
const isBelow = (path: string, uid: string): boolean =>
  path === `users/${uid}` || path.startsWith(`users/${uid}/`) || path === `customers/${uid}`;

export async function footprint(stage: Stage, who: Person): Promise<Footprint> {
  const { clients, loaded, world } = stage;
  const { uid, email } = who.account;
  const own = ownPaths(stage, who);
  const ids = loaded.stripe.get(uid);
  const [documents, logLines, files, accounts, stripe, brevo, sent] = await Promise.all([
    readDocuments(clients.app, world),
    readLogLines(clients.app, [...own].filter(isLogLine)),
    readFiles(clients.files, `users/${uid}/`),
    readAccounts(clients.auth),
    ids === undefined ? undefined : readStripe(clients.stripe, ids),
    email === undefined ? undefined : readBrevo(clients.brevo, email),
    email === undefined ? 0 : countSent(clients.brevo, email),
  ]);
  return {
    documents: [...documents.keys()].filter((path) => (own.has(path) && !isLogLine(path)) || isBelow(path, uid)),
    logLines,
    files: [...files.keys()],
    account: accounts.has(uid),
    stripe,
    brevo: brevo !== undefined,
    sent,
  };
}

/** Fingerprints by name of everybody else's data: they must be the same afterwards. */
export interface Others {
  readonly documents: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, string>;
  readonly accounts: ReadonlyMap<string, string>;
  readonly stripe: ReadonlyMap<string, string>;
  readonly brevo: ReadonlyMap<string, string>;
}

const without = (map: ReadonlyMap<string, string>, gone: (key: string) => boolean) =>
  new Map([...map].filter(([key]) => !gone(key)));

async function stripeOf(clients: Clients, stage: Stage, uid: string): Promise<Map<string, string>> {
  const customers = [...stage.loaded.stripe].filter(([owner]) => owner !== uid).map(([, ids]) => ids);
  const views = await Promise.all(
    [...customers, ...stage.loaded.strangers].map(
      async (ids) => [ids.customer, JSON.stringify(await readStripe(clients.stripe, ids))] as const,
    ),
  );
  return new Map(views);
}

async function brevoOf(stage: Stage, email: string | undefined): Promise<Map<string, string>> {
  const { people, surroundings } = stage.world;
  const emails = [
    ...people.flatMap((p) => p.account.email ?? []),
    ...surroundings.brevo.map((contact) => contact.email),
  ];
  const views = await Promise.all(
    emails
      .filter((other) => other !== email)
      .map(async (other) => [other, JSON.stringify((await readBrevo(stage.clients.brevo, other)) ?? null)] as const),
  );
  return new Map(views);
}

export async function others(stage: Stage, who: Person): Promise<Others> {
  const { clients, world } = stage;
  const { uid, email } = who.account;
  const own = ownPaths(stage, who);
  const [documents, files, accounts, stripe, brevo] = await Promise.all([
    readDocuments(clients.app, world),
    readFiles(clients.files, ''),
    readAccounts(clients.auth),
    stripeOf(clients, stage, uid),
    brevoOf(stage, email),
  ]);
  const loaded = new Set(
    [...world.people.flatMap((p) => p.files), ...world.surroundings.files].map((file) => file.name),
  );
  return {
    documents: without(documents, (path) => own.has(path) || isBelow(path, uid)),
    // The backend's own objects (exports, certificates) lie in the same bucket of the suite.
    files: without(files, (name) => name.startsWith(`users/${uid}/`) || !loaded.has(name)),
    accounts: without(accounts, (other) => other === uid),
    stripe,
    brevo,
  };
}
