import { defineSecret } from 'firebase-functions/params';
import type { Deployment } from './deployment.ts';
import { createClients } from './platform/clients.ts';
import type { Context } from './platform/context.ts';
import { functionName, REGION } from './platform/functions.ts';
import { cloudLog } from './platform/log.ts';
import { readConfig, readPseudonymKeys, readSecret, readSigningKeys } from './platform/params.ts';
import { cloudTasks } from './platform/queue.ts';

/**
 * The composition root of the deployed functions: makes the clients and the context that handlers
 * work with (runners.ts: the runner of each job).
 */

const contexts = new WeakMap<Deployment, Promise<Context>>();

/**
 * Returns the context of every handler of a deployment: made at the first event of an instance,
 * then kept. A failure is not kept.
 *
 * @throws ComplianceError that names the setting or secret that is missing
 */
export function contextOf(deployment: Deployment): Promise<Context> {
  const known = contexts.get(deployment);
  if (known !== undefined) return known;
  const made = compose(deployment);
  contexts.set(deployment, made);
  made.catch(() => contexts.delete(deployment));
  return made;
}

/** The address that Google gives the function `links`; undefined outside of a project. */
function linksUrlOf(prefix: string): URL | undefined {
  const project = process.env['GCLOUD_PROJECT'];
  if (project === undefined) return undefined;
  return new URL(`https://${REGION}-${project}.cloudfunctions.net/${functionName(prefix, 'links')}`);
}

async function compose({ policy, prefix }: Deployment): Promise<Context> {
  const read = readConfig();
  const config = { ...read, linksUrl: read.linksUrl ?? linksUrlOf(prefix) };
  const clients = createClients(config, (name) => readSecret(defineSecret(name)));
  const keys = readPseudonymKeys();
  return {
    policy: await policy(),
    clients,
    queue: cloudTasks(prefix),
    keys,
    evidenceKeys: () => readSigningKeys(),
    config,
    now: () => Date.now(),
    log: cloudLog,
  };
}
