import type { Context } from '../functions/src/platform/context.ts';
import { createClients } from '../functions/src/platform/clients.ts';
import { readConfig, readSecret } from '../functions/src/platform/params.ts';
import { policy } from '../functions/policies/deployed.ts';
import { keysFromEnvironment, openApp, secretOf, signingKeysFromEnvironment, type Common } from './common.ts';

/**
 * Makes the context of an officer's command from the environment. It has the same systems as the
 * deployed functions, with the officer's credentials (`gcloud auth application-default login`), or
 * those of the emulators. A key is asked for when its system is first used.
 *
 * No command enqueues the jobs that it starts: the deployed `tick` finds them within a minute.
 */
export function officerContext(common: Common): Context {
  openApp(common);
  const say = (event: string, fields?: object): void =>
    console.error(fields ? `${event} ${JSON.stringify(fields)}` : event);
  // Within the local suite, its stand-ins answer for the other companies.
  for (const company of ['STRIPE', 'BREVO']) {
    const standin = process.env[`${company}_STANDIN_URL`];
    if (standin !== undefined) process.env[`${company}_API_BASE`] ??= standin;
  }
  const config = readConfig();
  const secrets = {
    stripe: () => readSecret(secretOf('STRIPE_SECRET_KEY')),
    brevo: () => readSecret(secretOf('BREVO_API_KEY')),
  };
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
