import { getApps, initializeApp } from 'firebase-admin/app';
import { getFirestore, type Firestore } from 'firebase-admin/firestore';
import { CommanderError, InvalidArgumentError, Option, type Command } from 'commander';
import type { OwnStore } from '../functions/src/platform/context.ts';
import { ComplianceError, exitOf } from '../functions/src/platform/errors.ts';
import { withoutLineBreaks, type PseudonymKeys, type SigningKeys } from '../functions/src/platform/keys.ts';
import {
  EVIDENCE_SIGNING_KEYS,
  PSEUDONYM_KEYS,
  readPseudonymKeys,
  readSigningKeys,
  versionOf,
  type Secret,
} from '../functions/src/platform/params.ts';

/** The parts that commands share: options, the database, keys from the environment, printing. */

export interface Common {
  readonly project?: string;
  readonly json?: true;
}

export const json = new Option('--json', 'print JSON');
const project = new Option('--project <id>', 'the Firebase project').env('GCLOUD_PROJECT');

/** A command that speaks with a project, and can print JSON. */
export const withProject = (command: Command): Command => command.addOption(project).addOption(json);

/** The version of a new key, for its name. */
export const keyVersion = (): Option =>
  new Option('--key-version <n>', 'of the secret: one more than the last').default(1).argParser((text) => {
    const version = Number(text);
    if (Number.isInteger(version) && version >= 1 && version <= 9999) return version;
    throw new InvalidArgumentError('a whole number from 1');
  });

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
 * @throws ComplianceError `secret` if a key is not set
 */
export function openStore(common: Common): OwnStore {
  const own = openDatabase(common);
  return { clients: { own: () => own }, keys: keysFromEnvironment() };
}

/** The app's database, of the project that `openDatabase` has opened. */
export const openAppDatabase = (): Firestore => getFirestore();

/**
 * Signs that steer a terminal or the order of letters: controls but for the line break and the tab,
 * other breaks of lines, marks of direction.
 */
const STEERING = /[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Returns a text in which no sign steers the terminal: anybody may have written it. */
export const harmless = (text: string): string => text.replace(STEERING, '\u{FFFD}');

/** The same on one line, so that no part of it passes for a line of ours. */
export const harmlessLine = (text: string): string => harmless(text.replaceAll('\n', '\u{FFFD}'));

/** Returns JSON with such signs escaped: it reads as the same value. */
export const harmlessJson = (value: unknown, space = 0): string =>
  JSON.stringify(value, null, space).replace(
    STEERING,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Returns an id as commands show it and take it. A client may have chosen it, and an officer pastes
 * it: other signs than letters, digits, `.`, `_` and `-` are percent-encoded, and a first `-`.
 */
export const shownId = (id: string): string =>
  id.replace(/^-|[^A-Za-z0-9._-]/gu, (sign) =>
    [...Buffer.from(sign)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );

/** Returns the id that `shownId` shows so. A text that it never shows stands for itself. */
export function typedId(shown: string): string {
  try {
    return decodeURIComponent(shown);
  } catch {
    return shown;
  }
}

/** Prints lines. No sign of them steers the terminal, whoever wrote it. */
export const say = (text: string): void => console.log(harmless(text));

/** Prints an answer: as JSON, or as text. */
export const print = (options: Common, value: unknown, text: () => string): void =>
  say(options.json ? harmlessJson(value, 2) : text());

/** Stands below the help of a command that opens the backend's own database. */
export const NEEDS_KEY = '\nNeeds PSEUDONYM_KEY_V1.';

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

/**
 * Returns the exit code for an error that ended a command. An unknown error counts as a system's.
 */
export function exitCodeOf(error: unknown): keyof typeof EXIT {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) return 2;
  if (error instanceof UnknownError) return 1;
  return error instanceof ComplianceError ? exitOf(error.code) : 3;
}

/** A secret of the officer's environment. */
export const secretOf = (name: string, env: NodeJS.ProcessEnv = process.env): Secret => ({
  name,
  value: () => env[name] ?? '',
});

/** Returns the versions of a key that are set in the environment, the lowest first. */
export const versionsSet = (name: string, env: NodeJS.ProcessEnv = process.env): number[] =>
  Object.keys(env)
    .filter((one) => withoutLineBreaks(env[one] ?? '') !== '')
    .flatMap((one) => new RegExp(`^${name}_V([1-9]\\d{0,3})$`).exec(one)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

/** The secrets of a key that the deployed functions read. */
type Declared = readonly Pick<Secret, 'name'>[];

/**
 * Reads the pseudonym keys of the environment: PSEUDONYM_KEY_V1, and PSEUDONYM_KEY_V2 and so on
 * after a change of the key. The last one is current. None may be left out, nor one that is
 * deployed: documents of the backend under it would pass for forged ones.
 *
 * @throws ComplianceError `secret` that names the missing key and how to get it
 */
export function keysFromEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  declared: Declared = PSEUDONYM_KEYS,
): PseudonymKeys {
  const last = Math.max(...versionsSet('PSEUDONYM_KEY', env), ...declared.map(versionOf));
  return readPseudonymKeys(Array.from({ length: last }, (_, before) => secretOf(`PSEUDONYM_KEY_V${before + 1}`, env)));
}

/** Returns the same keys, or undefined if none is set: then nothing checks the seals. */
export const keysIfSet = (env: NodeJS.ProcessEnv = process.env): PseudonymKeys | undefined =>
  versionsSet('PSEUDONYM_KEY', env).length > 0 ? keysFromEnvironment(env) : undefined;

/**
 * Reads the keys that sign evidence: EVIDENCE_SIGNING_KEY_V1 and so on. The last one signs; one of
 * before that is not set only checks nothing.
 *
 * @throws ComplianceError `secret` if the one that signs is not set, with how to get it
 */
export function signingKeysFromEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  declared: Declared = EVIDENCE_SIGNING_KEYS,
): SigningKeys {
  const versions = versionsSet('EVIDENCE_SIGNING_KEY', env);
  const last = Math.max(...versions, ...declared.map(versionOf));
  const read = [...new Set([...versions, last])];
  return readSigningKeys(read.map((version) => secretOf(`EVIDENCE_SIGNING_KEY_V${version}`, env)));
}
