import { existsSync } from 'node:fs';
import type { Bucket } from '@google-cloud/storage';
import type { Clients, Context } from '../functions/src/platform/context.ts';
import { BUCKETS, createClients } from '../functions/src/platform/clients.ts';
import { isNoObject } from '../functions/src/platform/codes.ts';
import { readConfig, readSecret } from '../functions/src/platform/params.ts';
import { policy } from '../functions/policies/deployed.ts';
import { deployedSettings, settingsFile } from '../scripts/settings.ts';
import {
  keysFromEnvironment,
  openApp,
  secretOf,
  signingKeysFromEnvironment,
  UsageError,
  type Common,
} from './common.ts';

/**
 * Takes the settings of the project that a command names from the files of its deployment. Those of
 * the environment count before them. Comes before the options are read: some are settings, too.
 */
export function loadSettings(args: readonly string[]): void {
  const project = projectNamed(args);
  if (project === undefined) return;
  // Within the local suite, its stand-ins answer for the other companies.
  for (const company of ['STRIPE', 'BREVO']) {
    const standin = process.env[`${company}_STANDIN_URL`];
    if (standin !== undefined) process.env[`${company}_API_BASE`] ??= standin;
  }
  for (const [name, value] of Object.entries(deployedSettings(project))) if (value) process.env[name] ??= value;
}

/** The project of a command, before its options are read. */
function projectNamed(args: readonly string[]): string | undefined {
  const at = args.indexOf('--project');
  const joined = args.find((arg) => arg.startsWith('--project='))?.slice('--project='.length);
  return (at < 0 ? joined : args[at + 1]) ?? process.env['GCLOUD_PROJECT'];
}

/**
 * Makes the context of an officer's command from the environment. It has the same systems as the
 * deployed functions, with the officer's credentials (`gcloud auth application-default login`), or
 * those of the emulators. A key is asked for when its system is first used.
 *
 * No command enqueues the jobs that it starts: the deployed `tick` finds them within a minute.
 */
export function officerContext(common: Common): Context {
  const file = settingsFile(openApp(common));
  const say = (event: string, fields?: object): void =>
    console.error(fields ? `${event} ${JSON.stringify(fields)}` : event);
  const isLocal = process.env['FIRESTORE_EMULATOR_HOST'] !== undefined;
  if (!isLocal && !existsSync(file))
    say(`${file} is not there: a setting that the environment has not is taken to have its default`);
  const config = readConfig();
  const clients = createClients(config, (name) => readSecret(secretOf(name)));
  return {
    policy,
    clients: { ...clients, bucket: onlyExisting(clients) },
    queue: { enqueue: async () => undefined },
    keys: keysFromEnvironment(),
    evidenceKeys: () => signingKeysFromEnvironment(),
    config,
    now: Date.now,
    log: { info: () => undefined, warn: say, error: say },
  };
}

/** Opens buckets that are there. Each is asked once. */
function onlyExisting(clients: Clients): Clients['bucket'] {
  const asked = new Map<keyof typeof BUCKETS, Promise<Bucket>>();
  return async (kind) => {
    const known = asked.get(kind) ?? clients.bucket(kind).then((bucket) => existing(bucket, BUCKETS[kind]));
    asked.set(kind, known);
    return known;
  };
}

/**
 * Returns a bucket that is there: of one that is not, Cloud Storage says that no object is in it,
 * and an officer would tell a person so. Costs a listing of one object.
 *
 * @param setting names the bucket
 * @throws {UsageError} that names both, if there is none
 */
export async function existing(bucket: Bucket, setting: string): Promise<Bucket> {
  try {
    await bucket.getFiles({ maxResults: 1, autoPaginate: false });
    return bucket;
  } catch (error) {
    if (!isNoObject(error)) throw error;
    const remedy = `set ${setting} as it is deployed, in functions/.env.PROJECT or in the environment`;
    throw new UsageError(`there is no bucket ${bucket.name}: ${remedy}`, { cause: error });
  }
}
