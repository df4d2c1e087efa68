import { getApps, initializeApp } from 'firebase-admin/app';
import { getFirestore, type Firestore } from 'firebase-admin/firestore';
import { CommanderError, Option } from 'commander';
import type { OwnStore } from '../functions/src/platform/context.ts';
import { ComplianceError } from '../functions/src/platform/errors.ts';
import type { PseudonymKeys } from '../functions/src/platform/keys.ts';

/** The parts that commands share: options, the database, keys from the environment, printing. */

export interface Common {
  readonly project?: string;
  readonly json?: true;
}

export const json = new Option('--json', 'print JSON');
export const project = new Option('--project <id>', 'the Firebase project').env('GCLOUD_PROJECT');

/**
 * Initialises the SDK once, and returns the project.
 *
 * @throws {UsageError} if no project was named
 */
export function openApp({ project: projectId }: Common): string {
  if (projectId === undefined) throw new UsageError('which project? Give --project, or set GCLOUD_PROJECT');
  if (!getApps().some(({ name }) => name === '[DEFAULT]')) initializeApp({ projectId });
  return projectId;
}

/**
 * Opens the backend's own database, with the officer's credentials (`gcloud auth
 * application-default login`) or those of the emulators.
 */
export function openDatabase(common: Common): Firestore {
  openApp(common);
  return getFirestore('compliance');
}

/**
 * The backend's own database, with the keys that tell its documents from forged ones.
 *
 * @throws {UsageError} if a key is not set
 */
export function openStore(common: Common): OwnStore {
  const own = openDatabase(common);
  return { clients: { own: () => own }, keys: keysFromEnvironment() };
}

/** The app's database, of the project that `openDatabase` has opened. */
export const openAppDatabase = (): Firestore => getFirestore();

export function print(options: Common, value: unknown, text: () => string): void {
  console.log(options.json ? JSON.stringify(value, null, 2) : text());
}

/** The exit codes of every command. */
export const EXIT = {
  0: 'as asked',
  1: 'the answer is no, or something is due',
  2: 'wrong use, or a setting is missing: nothing was checked or done',
  3: 'a system did not answer',
} as const;

/** Ends the command with 1 after its answer was printed. */
export const fail = (): void => void (process.exitCode = 1);

/** The command was not used as it can be, or a setting is missing. */
export class UsageError extends Error {}

/** The command names something that is not there. */
export class UnknownError extends Error {}

/**
 * Runs work that only files and arguments can make fail: its errors are errors of use.
 *
 * @throws {UsageError} with the same message
 */
export async function asUsage<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** Codes of errors of use: an officer gave a wrong value, or did not set one. */
const USAGE_CODES =
  /^(consent\.entry|contact\.\w+|officer\.(email|name|uid)|hold\.order|restriction\.order|disclosure\.order|request\.entry|replay\.\w+|retention\.record|subject\.\w+|config|secret|signing_key)$/;

/** Codes of answers that say no. */
const NO_CODES =
  /^(ledger\.unreadable|seal\.broken|export\.changed|officer\.unknown|hold\.unknown|request\.erased|\w+_in_use|address_gone|ended)$/;

/**
 * Returns the exit code for an error that ended a command. An unknown error counts as a system's.
 */
export function exitCodeOf(error: unknown): keyof typeof EXIT {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const code = error instanceof ComplianceError ? error.code : '';
  if (error instanceof UsageError || USAGE_CODES.test(code)) return 2;
  return error instanceof UnknownError || NO_CODES.test(code) ? 1 : 3;
}

/**
 * Reads the pseudonym keys of the environment: PSEUDONYM_KEY_V1, and PSEUDONYM_KEY_V2 and so on
 * after a change of the key. The last one is current.
 *
 * @throws {UsageError} that names the missing key and how to get it
 */
export const keysFromEnvironment = (env: NodeJS.ProcessEnv = process.env): PseudonymKeys =>
  versionedKeys('PSEUDONYM_KEY', env);

/** Returns the same keys, or undefined if none is set: then nothing checks the seals. */
export const keysIfSet = (env: NodeJS.ProcessEnv = process.env): PseudonymKeys | undefined =>
  env['PSEUDONYM_KEY_V1'] ? keysFromEnvironment(env) : undefined;

/**
 * Reads the keys that sign evidence in the same way: EVIDENCE_SIGNING_KEY_V1 and so on.
 *
 * @throws {UsageError} that names the missing key and how to get it
 */
export const signingKeysFromEnvironment = (env: NodeJS.ProcessEnv = process.env): PseudonymKeys =>
  versionedKeys('EVIDENCE_SIGNING_KEY', env);

function versionedKeys(name: string, env: NodeJS.ProcessEnv): PseudonymKeys {
  const keys: Record<number, string> = {};
  for (let version = 1; ; version++) {
    const key = env[`${name}_V${version}`];
    if (!key) break;
    keys[version] = key;
  }
  const current = Object.keys(keys).length;
  if (current === 0) throw new UsageError(`${name}_V1 is not set: firebase functions:secrets:access ${name}_V1`);
  return { current, keys };
}
