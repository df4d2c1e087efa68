import { expr, projectID, type Expression } from 'firebase-functions/params';
import { queueOf, type QueueName } from './platform/queues.ts';

/**
 * The service accounts of this backend. `public` runs the functions called over HTTPS, by anybody
 * or by the app's servers, and holds no key of another company. `jobs` runs events, schedules and
 * tasks. `officer` runs no function: the command line acts as it. scripts/grants/table.ts has their
 * rights.
 */
export type Account = 'public' | 'jobs' | 'officer';

/** The name of an account: its address begins with it. */
export const accountName = (account: Account): string => `compliance-${account}`;

/**
 * The address of an account, with the project that is deployed to. Always whole: the CLI expands a
 * bare `name@` for functions only, not for secrets nor for the tokens of Cloud Scheduler.
 */
export const addressOf = (account: Account): Expression<string> =>
  expr`${accountName(account)}@${projectID}.iam.gserviceaccount.com`;

/**
 * The accounts that enqueue to a queue: Cloud Tasks calls its function with the token of the one
 * that did. A callable begins jobs of one queue: effects of a holder's answer, a holder's request.
 */
export const enqueuersOf = (queue: QueueName): readonly Account[] =>
  queue === queueOf('change') ? ['jobs', 'public'] : ['jobs'];
