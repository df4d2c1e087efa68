import { initializeApp } from 'firebase-admin/app';
import { getFirestore, type Firestore } from 'firebase-admin/firestore';
import { CommanderError, Option } from 'commander';
import type { PseudonymKeys } from '../functions/src/platform/keys.ts';

/** What the commands share: options, the database, keys from the environment, printing. */

export interface Common {
  readonly project?: string;
  readonly json?: true;
}

export const json = new Option('--json', 'print JSON');
export const project = new Option('--project <id>', 'the Firebase project').env('GCLOUD_PROJECT');

/** The backend's own database, with the credentials of whoever is signed in (`gcloud auth application-default login`) or of the emulators. */
export function openDatabase({ project: id }: Common): Firestore {
  if (id === undefined) throw new Error('which project? Give --project, or set GCLOUD_PROJECT');
  return getFirestore(initializeApp({ projectId: id }), 'compliance');
}

/** The app's database, of the project that `openDatabase` has opened. */
export const openAppDatabase = (): Firestore => getFirestore();

export function print(options: Common, value: unknown, text: () => string): void {
  console.log(options.json ? JSON.stringify(value, null, 2) : text());
}

export const fail = (): void => void (process.exitCode = 1);

/** Exit code of a command that was not used as it can be: nothing was checked or done. */
export const USAGE = 2;

export function misused(why: string): void {
  console.error(why);
  process.exitCode = USAGE;
}

/**
 * For `exitOverride`, where 1 says that something does not hold: wrong usage ends with 2. Help is no
 * mistake.
 */
export function endsWithUsage({ exitCode, code, message }: CommanderError): never {
  throw new CommanderError(exitCode === 0 ? 0 : USAGE, code, message);
}

/**
 * The pseudonym keys of the environment: PSEUDONYM_KEY_V1 and, after a change of the key, PSEUDONYM_KEY_V2 and so on; the last one is current.
 *
 * @throws Error that names the missing one and how to get it
 */
export const keysFromEnvironment = (env: NodeJS.ProcessEnv = process.env): PseudonymKeys =>
  versionedKeys('PSEUDONYM_KEY', env);

/** The keys that sign evidence, in the same way: EVIDENCE_SIGNING_KEY_V1 and so on. @throws Error as well */
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
  if (current === 0) throw new Error(`${name}_V1 is not set: firebase functions:secrets:access ${name}_V1`);
  return { current, keys };
}
