import { createClients } from './platform/clients.ts';
import { systemClock } from './platform/clock.ts';
import type { Context } from './platform/context.ts';
import { cloudLog } from './platform/log.ts';
import {
  BREVO_API_KEY,
  readConfig,
  readPseudonymKeys,
  readSecret,
  readSigningKeys,
  STRIPE_SECRET_KEY,
} from './platform/params.ts';
import { cloudTasks } from './platform/queue.ts';
import { policy } from '../policies/deployed.ts';

/**
 * The composition root of the deployed functions: the one place that knows the policy and the clients (runners.ts: who runs
 * which job).
 */

let made: Context | undefined;

/**
 * What every handler works with; made at the first event of an instance.
 *
 * @throws ComplianceError that names the setting or secret that is missing
 */
export function context(): Context {
  if (made) return made;
  const config = readConfig();
  const clients = createClients(config, {
    stripe: () => readSecret(STRIPE_SECRET_KEY),
    brevo: () => readSecret(BREVO_API_KEY),
  });
  const keys = readPseudonymKeys();
  const evidenceKeys = () => readSigningKeys();
  made = { policy, clients, queue: cloudTasks, keys, evidenceKeys, config, now: systemClock, log: cloudLog };
  return made;
}
