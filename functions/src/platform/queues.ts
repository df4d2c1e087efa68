import { MINUTE_MS } from './time.ts';

/** A queue of Cloud Tasks and the function that works it off. */
interface Queue {
  /** The kinds of jobs that it carries. */
  readonly kinds: readonly string[];
  /** How often a step is tried before it is blocked. */
  readonly attempts: number;
  /**
   * How long one task may take, in seconds: the function's timeout, and how long Cloud Tasks waits
   * for it. 1800 is the most that Cloud Tasks allows.
   */
  readonly timeoutSeconds: 120 | 540 | 1800;
  /** A task begins no further step after this many minutes: the step under way still has to end. */
  readonly budgetMinutes: 1 | 4 | 7;
  /** How much longer than the function a step's lease lives, in minutes (`leaseMsOf`). */
  readonly leaseMarginMinutes: 1 | 3;
  readonly memory: '512MiB' | '1GiB';
  /** Tasks that run at the same time. */
  readonly concurrentTasks: number;
  /** Secrets beside the keys of the pseudonyms. `providers`: other companies' keys. */
  readonly secrets: readonly ('providers' | 'signing')[];
}

/**
 * The task queues, one per workload so that none starves another. From a row follow the options of
 * its function (options.ts), the dispatch deadline (queue.ts), and the limits of each of its jobs.
 */
export const queues = {
  // Signs the certificate.
  erasureTask: {
    kinds: ['erasure'],
    attempts: 10,
    timeoutSeconds: 540,
    budgetMinutes: 4,
    leaseMarginMinutes: 1,
    memory: '512MiB',
    concurrentTasks: 5,
    secrets: ['providers', 'signing'],
  },
  retentionTask: {
    kinds: ['retention', 'accounts', 'inactive', 'lapse'],
    attempts: 8,
    timeoutSeconds: 540,
    budgetMinutes: 7,
    leaseMarginMinutes: 1,
    memory: '512MiB',
    concurrentTasks: 4,
    // Asks another company whether somebody who does not use the account pays.
    secrets: ['providers'],
  },
  // Signs the manifest of an archive.
  exportTask: {
    kinds: ['export'],
    attempts: 7,
    timeoutSeconds: 1800,
    budgetMinutes: 4,
    leaseMarginMinutes: 1,
    memory: '1GiB',
    concurrentTasks: 2,
    secrets: ['providers', 'signing'],
  },
  changeTask: {
    kinds: ['change', 'rectify', 'request', 'restriction', 'hold', 'disclosure', 'notice', 'morning'],
    attempts: 12,
    timeoutSeconds: 120,
    budgetMinutes: 1,
    leaseMarginMinutes: 3,
    memory: '512MiB',
    concurrentTasks: 5,
    secrets: ['providers'],
  },
  // The ledger as a whole: signs checkpoints.
  ledgerTask: {
    kinds: ['checkpoint', 'reconsent', 'reconcile'],
    attempts: 8,
    timeoutSeconds: 540,
    budgetMinutes: 7,
    leaseMarginMinutes: 1,
    memory: '512MiB',
    concurrentTasks: 2,
    secrets: ['signing'],
  },
} as const satisfies Readonly<Record<string, Queue>>;

export type QueueName = keyof typeof queues;

/** Every kind of durable job. */
export type JobKind = (typeof queues)[QueueName]['kinds'][number];

/** True for the name of a kind that there is. */
export const isJobKind = (value: unknown): value is JobKind =>
  typeof value === 'string' && Object.hasOwn(QUEUE_OF_KIND, value);

/** The queue that carries this kind of job. */
export const queueOf = (kind: JobKind): QueueName => QUEUE_OF_KIND[kind];

const QUEUE_OF_KIND = Object.fromEntries(
  (Object.keys(queues) as QueueName[]).flatMap((queue) => queues[queue].kinds.map((kind) => [kind, queue])),
) as Readonly<Record<JobKind, QueueName>>;

/** How long a task of this queue begins further steps, in milliseconds. */
export const budgetMsOf = (queue: QueueName): number => queues[queue].budgetMinutes * MINUTE_MS;

/**
 * How long one attempt of a step may take before another task may take it over, in milliseconds.
 * Always above the function's timeout: a task that still runs keeps its step.
 */
export const leaseMsOf = (queue: QueueName): number =>
  queues[queue].timeoutSeconds * 1000 + queues[queue].leaseMarginMinutes * MINUTE_MS;
