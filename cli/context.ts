import { initializeApp, getApps } from 'firebase-admin/app';
import type { Context } from '../functions/src/platform/context.ts';
import { createClients } from '../functions/src/platform/clients.ts';
import { policy } from '../functions/src/policy.config.ts';
import { keysFromEnvironment, signingKeysFromEnvironment, type Common } from './common.ts';

const MINUTE = 60_000;

/** A setting of the environment that a command needs. @throws Error that names it and how to get it */
function need(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(`${name} is not set: firebase functions:secrets:access ${name}`);
}

/**
 * What an officer's command works with, made from the environment: the same systems as the deployed functions, with the credentials of whoever is
 * signed in (`gcloud auth application-default login`), or of the emulators. A key is asked for when its system is first used.
 *
 * Jobs that a command starts are not enqueued by it: the deployed `tick` finds them within a minute.
 */
export function officerContext({ project: id }: Common): Context {
  if (id === undefined) throw new Error('which project? Give --project, or set GCLOUD_PROJECT');
  if (!getApps().some(({ name }) => name === '[DEFAULT]')) initializeApp({ projectId: id });
  const say = (event: string, fields?: object): void =>
    console.error(fields ? `${event} ${JSON.stringify(fields)}` : event);
  const url = (name: string, base: string): URL => new URL(process.env[name] ?? base);
  const config: Context['config'] = {
    exportBucket: process.env['EXPORT_BUCKET'],
    evidenceBucket: process.env['EVIDENCE_BUCKET'],
    stripeApiBase: url('STRIPE_API_BASE', process.env['STRIPE_STANDIN_URL'] ?? 'https://api.stripe.com'),
    brevoApiBase: url('BREVO_API_BASE', process.env['BREVO_STANDIN_URL'] ?? 'https://api.brevo.com'),
    brevoMarketingList: undefined,
    brevoSince: Date.UTC(2012, 0, 1),
    brevoSmtpPerHour: 300,
    brevoSender: undefined,
    reconcileAfterMs: 60 * MINUTE,
    reconcileDays: 3,
    missingAfterMs: 20 * 60 * MINUTE,
    secondLookMs: 25 * 60 * MINUTE,
    thirdLookMs: undefined,
    erasureGraceMs: undefined,
    erasureHoldAbove: undefined,
    pollMs: MINUTE,
    enqueueGraceMs: 2 * MINUTE,
    leaseMs: undefined,
    retryBaseMs: 30_000,
    contactPerHour: 5,
    trustedProxyHops: 1,
  };
  const secrets = { stripe: () => need('STRIPE_SECRET_KEY'), brevo: () => need('BREVO_API_KEY') };
  return {
    policy,
    clients: createClients(config, secrets),
    queue: { enqueue: async () => undefined },
    keys: keysFromEnvironment(),
    evidenceKeys: () => signingKeysFromEnvironment(),
    config,
    now: Date.now,
    log: { info: () => undefined, warn: say, error: say },
  };
}
