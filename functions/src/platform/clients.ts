import type { BrevoClient } from '@getbrevo/brevo';
import type { Bucket } from '@google-cloud/storage';
import { getApps, initializeApp, type App } from 'firebase-admin/app';
import type { Auth } from 'firebase-admin/auth';
import { getFirestore } from 'firebase-admin/firestore';
import type Stripe from 'stripe';
import type { Clients } from './context.ts';
import { ComplianceError } from './errors.ts';
import type { Config } from './params.ts';

/**
 * The version of Stripe's API that stripe 23.1.0 is typed for. It is fixed, so that an account's
 * own default changes nothing here.
 */
const STRIPE_API_VERSION = '2026-10-28.endive';
/**
 * How long another company may take to answer, in seconds; a step has minutes, and a failed attempt
 * comes again.
 */
const ANSWER_WITHIN_SECONDS = 20;

/**
 * Clients, each made when it is first asked for. Stripe, Brevo, Storage and Auth are loaded then
 * too: no function pays at its start for an SDK that it does not use. Against the emulators by the
 * CLI's usual environment variables.
 *
 * @param keyOf reads the key of another company's API when its client is first made: a function
 *   that never calls Stripe needs no key of it
 * @throws ComplianceError `config` at the first use of a bucket without a known name
 */
export function createClients(
  config: Config,
  keyOf: (secret: 'STRIPE_SECRET_KEY' | 'BREVO_API_KEY') => string,
): Clients {
  // The Functions SDK keeps an app of its own under another name: only the default one is ours.
  const app = once(() => getApps().find(({ name }) => name === '[DEFAULT]') ?? initializeApp());
  return {
    app: once(() => getFirestore(app())),
    own: once(() => getFirestore(app(), 'compliance')),
    auth: once(async (): Promise<Auth> => (await import('firebase-admin/auth')).getAuth(app())),
    bucket: async (kind): Promise<Bucket> => {
      const { getStorage } = await import('firebase-admin/storage');
      return getStorage(app()).bucket(bucketName(kind, config, app()));
    },
    stripe: once(async () => createStripe(config, keyOf('STRIPE_SECRET_KEY'))),
    brevo: once(async () => createBrevo(config, keyOf('BREVO_API_KEY'))),
  };
}

/** The first answer, kept; a failure is not. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    const { value } = (made ??= { value: make() });
    if (value instanceof Promise) value.catch(() => (made = undefined));
    return value;
  };
}

/** The kinds of buckets, each with the setting that names it. */
export const BUCKETS = { app: 'APP_BUCKET', exports: 'EXPORT_BUCKET', evidence: 'EVIDENCE_BUCKET' } as const;

/** The default bucket of a project, as Firebase names it since the autumn of 2024. */
export const defaultBucket = (project: string): string => `${project}.firebasestorage.app`;

/**
 * The bucket's name: its setting, else that of the app's bucket, else the project's default bucket
 * as the CLI and the console tell it to functions. An officer's terminal is told none.
 *
 * @throws ComplianceError `config` if nothing names it
 */
export function bucketName(
  kind: keyof typeof BUCKETS,
  { appBucket, exportBucket, evidenceBucket }: Pick<Config, 'appBucket' | 'exportBucket' | 'evidenceBucket'>,
  { options }: Pick<App, 'options'>,
): string {
  const chosen = { app: undefined, exports: exportBucket, evidence: evidenceBucket }[kind] ?? appBucket;
  if (chosen !== undefined) return chosen;
  const told = options.storageBucket ?? firebaseConfig().storageBucket;
  if (told !== undefined) return told;
  const project = options.projectId ?? process.env['GCLOUD_PROJECT'] ?? process.env['GOOGLE_CLOUD_PROJECT'];
  if (project) return defaultBucket(project);
  throw new ComplianceError('config', `no bucket for ${kind}: neither ${BUCKETS[kind]} nor FIREBASE_CONFIG names one`);
}

/**
 * Returns the project's settings from the environment; a file name or nonsense there names no
 * bucket.
 */
function firebaseConfig(): { storageBucket?: string } {
  try {
    const config = JSON.parse(process.env['FIREBASE_CONFIG'] ?? '{}') as { storageBucket?: unknown };
    return typeof config.storageBucket === 'string' && config.storageBucket
      ? { storageBucket: config.storageBucket }
      : {};
  } catch {
    return {};
  }
}

async function createStripe({ stripeApiBase: base }: Config, key: string): Promise<Stripe> {
  const { default: StripeClient } = await import('stripe');
  return new StripeClient(key, {
    apiVersion: STRIPE_API_VERSION,
    host: base.hostname,
    port: base.port || (base.protocol === 'http:' ? '80' : '443'),
    protocol: base.protocol === 'http:' ? 'http' : 'https',
    // The durable job retries; one try more here only spares it the hiccups of a connection.
    maxNetworkRetries: 1,
    timeout: ANSWER_WITHIN_SECONDS * 1000,
    telemetry: false,
  });
}

async function createBrevo({ brevoApiBase: base }: Config, apiKey: string): Promise<BrevoClient> {
  const { BrevoClient: Client } = await import('@getbrevo/brevo');
  return new Client({
    apiKey,
    baseUrl: `${base.href.replace(/\/+$/, '')}/v3`,
    // The SDK would sleep up to a minute and knows nothing of Brevo's own header: a rate limit is a
    // wait of the job.
    maxRetries: 0,
    timeoutInSeconds: ANSWER_WITHIN_SECONDS,
  });
}
