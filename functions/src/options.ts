import { defineSecret } from 'firebase-functions/params';
import type { EventHandlerOptions } from 'firebase-functions/v2';
import type { CallableOptions, HttpsOptions } from 'firebase-functions/v2/https';
import type { TaskQueueOptions } from 'firebase-functions/v2/tasks';
import { addressOf, enqueuersOf } from './access.ts';
import type { Declaration } from './deployment.ts';
import { brevoWebhookToken, EVIDENCE_SIGNING_KEYS, PSEUDONYM_KEYS, SERVER_ACCOUNT } from './platform/params.ts';
import { queues, type QueueName } from './platform/queues.ts';
import { REGION } from './platform/functions.ts';

/** The options of every function. Nothing is left to a default that differs between projects. */
const common = {
  region: REGION,
  secrets: PSEUDONYM_KEYS,
  memory: '256MiB' as const,
};

/** The backend's own database. */
export const OWN_DATABASE = 'compliance';

/** Functions that only Google's own services call. */
const internal = { ...common, serviceAccount: addressOf('jobs') };

/** Events: at least once (`retry`), small, many at a time. */
export const eventOptions = {
  ...internal,
  retry: true,
  concurrency: 40,
  cpu: 1,
  maxInstances: 20,
  timeoutSeconds: 60,
} satisfies EventHandlerOptions;

/** Options of a schedule: its hours are the controller's. */
export const scheduleOptions = ({ timeZone }: Declaration) => ({
  ...internal,
  concurrency: 1,
  maxInstances: 1,
  timeoutSeconds: 300,
  retryCount: 3,
  timeZone,
});

/**
 * Cloud Tasks tries a task again only if the process failed: an error in a step is a state of its
 * job, and `tick` goes on.
 */
const task = {
  ...internal,
  concurrency: 1,
  maxInstances: 10,
  retryConfig: { maxAttempts: 3, minBackoffSeconds: 10 },
} satisfies TaskQueueOptions;

/** Options of the function that works off a queue (platform/queues.ts). */
export function taskOptions(queue: QueueName, declaration: Declaration): TaskQueueOptions {
  const { timeoutSeconds, memory, concurrentTasks, secrets } = queues[queue];
  /** The secrets of each group of a queue. */
  const groups = { providers: declaration.secrets.map((name) => defineSecret(name)), signing: EVIDENCE_SIGNING_KEYS };
  return {
    ...task,
    invoker: enqueuersOf(queue).map((account) => addressOf(account).toCEL()),
    memory,
    timeoutSeconds,
    secrets: [...PSEUDONYM_KEYS, ...secrets.flatMap((group) => groups[group])],
    rateLimits: { maxConcurrentDispatches: concurrentTasks },
  };
}

/** Functions that are called over HTTPS: many calls at a time, each soon answered. */
const called = {
  ...common,
  serviceAccount: addressOf('public'),
  concurrency: 40,
  cpu: 1,
  maxInstances: 5,
  timeoutSeconds: 30,
} satisfies HttpsOptions;

/**
 * App Check refuses every client but the app; the emulators have no App Check, and say so
 * themselves (FUNCTIONS_EMULATOR).
 */
export const callableOptions: CallableOptions = {
  ...called,
  enforceAppCheck: process.env['FUNCTIONS_EMULATOR'] !== 'true',
};

/** Browsers open these, from an e-mail: everybody is let in, and a token decides. */
export const pageOptions: HttpsOptions = { ...called, invoker: 'public', cors: false };

/** Another company calls it: everybody is let in, and the token of its settings decides. */
export const webhookOptions = (): HttpsOptions => ({
  ...pageOptions,
  secrets: [...PSEUDONYM_KEYS, brevoWebhookToken()],
});

/** Cloud Run lets in this service account and nobody else: no browser, no app. */
export const serverOptions: HttpsOptions = { ...called, invoker: [SERVER_ACCOUNT.toCEL()], cors: false };
