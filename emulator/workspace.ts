import { generateKeyPair } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Parameters } from './parameters.ts';
import { HOST, type Ports } from './processes/ports.ts';

/** The root of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The folder of running suites' files, and of the logs of those that failed. */
export const SUITES = join(ROOT, '.suite');

/**
 * The files of one suite. It is a Firebase project of its own, so that suites share nothing and
 * leave nothing in `functions/`.
 */
export interface Workspace {
  readonly folder: string;
  readonly functions: string;
  /** A file per process, with the number for `kill`. */
  readonly pids: string;
  /**
   * Stands for the system's temporary folder: the Storage emulators of all suites would use the
   * same one, and empty it.
   */
  readonly temporary: string;
  readonly credentials: string;
  readonly state: string;
  readonly log: string;
}

/** The contents of a workspace. */
export interface WorkspaceOptions {
  readonly id: string;
  readonly project: string;
  readonly ports: Ports;
  readonly parameters: Parameters;
  /** The functions' folder: a `package.json`, and everything that its `main` needs. */
  readonly functions: string;
  /** Stands before the names of the functions; absent: nothing does. */
  readonly prefix?: string | undefined;
  /** The folder of security rules; a file that it lacks is the repository's. */
  readonly rules: string;
}

/** Creates the folders and files of a suite. */
export async function createWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const folder = join(SUITES, options.id);
  await rm(folder, { recursive: true, force: true });
  await forgetOldLogs();
  const workspace: Workspace = {
    folder,
    functions: join(folder, 'functions'),
    pids: join(folder, 'pids'),
    // Short: sockets lie in it, and their paths must not be longer than about 100 characters.
    temporary: await mkdtemp(join(tmpdir(), 'suite-')),
    credentials: join(folder, 'credentials.json'),
    state: join(folder, 'state.json'),
    log: join(folder, 'functions.log'),
  };
  await mkdir(workspace.pids, { recursive: true });
  await mkdir(join(folder, 'configstore'));
  await copyFunctions(options.functions, workspace.functions);
  const { params, secrets } = options.parameters;
  await Promise.all([
    writeFile(join(folder, 'firebase.json'), JSON.stringify(emulatorConfig(options.ports, options.prefix), null, 2)),
    writeFile(join(folder, 'configstore', 'firebase-tools.json'), cliSettings()),
    writeFile(join(workspace.functions, '.env'), dotenv(params)),
    writeFile(join(workspace.functions, '.secret.local'), dotenv(secrets)),
    credentials(options.project).then((text) => writeFile(workspace.credentials, text)),
    copyRules('firestore.rules', options.rules, folder, "rules_version = '2';\nservice cloud.firestore { }\n"),
    copyRules('storage.rules', options.rules, folder, "rules_version = '2';\nservice firebase.storage { }\n"),
  ]);
  return workspace;
}

/** Keeps the logs of the five suites that failed last. */
async function forgetOldLogs(): Promise<void> {
  if (!existsSync(SUITES)) return;
  const old = (await readdir(SUITES))
    .map((name) => join(SUITES, name))
    .filter((folder) => !existsSync(join(folder, 'pids')) && existsSync(join(folder, 'functions.log')))
    .sort((a, b) => statSync(join(b, 'functions.log')).mtimeMs - statSync(join(a, 'functions.log')).mtimeMs);
  for (const folder of old.slice(5)) await rm(folder, { recursive: true, force: true });
}

/** Removes the files of a suite; with `keepLogs` its logs stay. */
export async function removeWorkspace(workspace: Workspace, keepLogs: boolean): Promise<void> {
  await rm(workspace.temporary, { recursive: true, force: true });
  if (!keepLogs) return rm(workspace.folder, { recursive: true, force: true });
  for (const name of await readdir(workspace.folder))
    if (!name.endsWith('.log')) await rm(join(workspace.folder, name), { recursive: true, force: true });
}

/**
 * The Firebase configuration for the emulators: no build before the start, every port fixed,
 * nothing but loopback. It has the single form of `firestore`. Given the array that a deployment of
 * two databases needs, the CLI's emulator loads no rules and allows everything.
 */
export function emulatorConfig(ports: Ports, prefix?: string): object {
  const on = (port: number): object => ({ host: HOST, port });
  return {
    functions: [{ source: 'functions', codebase: 'compliance', prefix }],
    firestore: { rules: 'firestore.rules' },
    storage: { rules: 'storage.rules' },
    emulators: {
      hub: on(ports.hub),
      logging: on(ports.logging),
      functions: on(ports.functions),
      firestore: { ...on(ports.firestore), websocketPort: ports.firestoreWebsocket },
      pubsub: on(ports.pubsub),
      auth: on(ports.auth),
      storage: on(ports.storage),
      eventarc: on(ports.eventarc),
      tasks: on(ports.tasks),
      ui: { enabled: false },
      // The rules tests use a project of their own, so that they fire no triggers.
      singleProjectMode: false,
    },
  };
}

/** The prefix that this repository's firebase.json gives its own functions. */
export async function ownPrefix(): Promise<string | undefined> {
  const text = await readFile(join(ROOT, 'firebase.json'), 'utf8');
  return (JSON.parse(text) as { functions: readonly { prefix?: string }[] }).functions[0]?.prefix;
}

/** The text of a `.env` file that the CLI reads back as the same values. */
export function dotenv(values: Record<string, string>): string {
  const escapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v' };
  const escape = (value: string): string => value.replace(/[\n\r\t\v\\'"]/g, (c) => escapes[c] ?? `\\${c}`);
  return Object.entries(values)
    .map(([key, value]) => `${key}="${escape(value)}"\n`)
    .join('');
}

/**
 * Copies the functions as they would be deployed: built code, no sources, no packages (those of the
 * root are found from here, too).
 */
async function copyFunctions(from: string, to: string): Promise<void> {
  const left = new Set(['node_modules', 'src', 'package-lock.json']);
  await cp(from, to, {
    recursive: true,
    filter: (path) => path === from || (!left.has(basename(path)) && !basename(path).startsWith('.')),
  });
}

async function copyRules(name: string, from: string, folder: string, otherwise: string): Promise<void> {
  const file = [join(from, name), join(ROOT, name)].find(existsSync);
  await writeFile(join(folder, name), file === undefined ? otherwise : await readFile(file));
}

/**
 * The CLI's settings: no usage statistics, no account of the developer, and the message of the day
 * was seen.
 */
function cliSettings(): string {
  return JSON.stringify({ usage: false, motd: { fetched: Date.now() } });
}

/**
 * A service account that exists nowhere. Signed URLs need a key to sign with; the emulators check
 * no signature.
 */
async function credentials(project: string): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return JSON.stringify({
    type: 'service_account',
    project_id: project,
    private_key_id: 'suite',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: `suite@${project}.iam.gserviceaccount.com`,
    client_id: '0',
    token_uri: 'https://oauth2.googleapis.com/token',
  });
}
