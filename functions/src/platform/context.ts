import type { BrevoClient } from '@getbrevo/brevo';
import type { Bucket } from '@google-cloud/storage';
import type { Auth } from 'firebase-admin/auth';
import type { Firestore } from 'firebase-admin/firestore';
import type Stripe from 'stripe';
import type { Policy } from '../policy/schema.ts';
import type { Clock } from './time.ts';
import type { PseudonymKeys, SigningKeys } from './keys.ts';
import type { Log } from './log.ts';
import type { Config } from './params.ts';
import type { QueueName } from './queues.ts';

/**
 * Clients, each made when it is first asked for: no function loads an SDK that it does not need.
 */
export interface Clients {
  /** The app's database, `(default)`. */
  app(): Firestore;
  /** The backend's own database, `compliance`. */
  own(): Firestore;
  auth(): Promise<Auth>;
  /** The bucket of the app's files, of the exports or of the evidence. */
  bucket(kind: 'app' | 'exports' | 'evidence'): Promise<Bucket>;
  stripe(): Promise<Stripe>;
  brevo(): Promise<BrevoClient>;
}

export interface TaskQueue {
  /**
   * Asks for a job to be advanced now. May be lost: `tick` finds lost ones. The payload is the
   * job's id and nothing else.
   */
  enqueue(queue: QueueName, jobId: string): Promise<void>;
}

/** The backend's own database, and the keys that seal its documents. */
export interface OwnStore {
  readonly clients: Pick<Clients, 'own'>;
  readonly keys: PseudonymKeys;
}

/** The one argument that every handler shares. */
export interface Context {
  readonly policy: Policy;
  readonly clients: Clients;
  readonly queue: TaskQueue;
  readonly keys: PseudonymKeys;
  /** Read when something is signed: a function that signs nothing needs no such secret. */
  readonly evidenceKeys: () => SigningKeys;
  readonly config: Config;
  readonly now: Clock;
  readonly log: Log;
  /** True in a command of an officer who holds the signing key; no deployed function has it. */
  readonly byOfficer?: true;
}
