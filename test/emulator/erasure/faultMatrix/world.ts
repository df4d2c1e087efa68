import type { Bucket } from '@google-cloud/storage';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getAuth, type Auth } from 'firebase-admin/auth';
import type { Firestore } from 'firebase-admin/firestore';
import { startStandins } from '../../../../emulator/standins/index.ts';
import type { PseudonymKeys } from '../../../../functions/src/platform/keys.ts';
import { amikeo as policy } from '../../../../functions/policies/amikeo/index.ts';
import type { Policy } from '../../../../functions/src/policy/schema.ts';
import type { Origins } from './gate.ts';
import { storageOf } from './storage.ts';
import { directFirestore, forgetProject } from './wire.ts';
import { keys as pseudonymKeys, signingKeys } from '../../../kit/sealed/keys.ts';

/** A time that goes on by itself and can be moved on. */
interface TestClock {
  readonly now: () => number;
  /** Not before this moment. */
  until(instant: number): void;
  pass(ms: number): void;
}

/**
 * A project of its own with both databases, accounts and buckets, and a Stripe and a Brevo of its
 * own: nothing of one run meets another.
 */
export interface World {
  readonly project: string;
  readonly policy: Policy;
  readonly clock: TestClock;
  readonly keys: PseudonymKeys;
  readonly origins: Origins;
  /** Clients that no fault happens to. */
  readonly app: Firestore;
  readonly own: Firestore;
  readonly auth: Auth;
  bucket(kind: BucketKind): Bucket;
  /** Ids of jobs that were enqueued and have not run. */
  readonly tasks: string[];
  /** Lines of the log that an alert is set on. */
  readonly alerts: string[];
  /** All lines of the log. */
  readonly lines: string[];
  /** A text about this person, as it would be about any other. */
  readonly shape: (text: string) => string;
  /** The same for everything that contains this. */
  named(value: string, name: string): void;
  end(): Promise<void>;
}

export type BucketKind = 'app' | 'exports' | 'evidence';

export { pseudonymKeys, signingKeys };

export const bucketName = (project: string, kind: BucketKind): string => `${project}-${kind}`;

let worlds = 0;

export async function openWorld(): Promise<World> {
  const project = `demo-f${process.pid}-${(worlds += 1)}`;
  let skipped = 0;
  const now = (): number => Date.now() + skipped;
  const standins = await startStandins({ now });
  const origins: Origins = {
    stripe: standins.stripeUrl,
    brevo: standins.brevoUrl,
    auth: `http://${process.env['FIREBASE_AUTH_EMULATOR_HOST'] ?? ''}`,
    storage: `http://${process.env['FIREBASE_STORAGE_EMULATOR_HOST'] ?? ''}`,
  };
  const app = initializeApp({ projectId: project }, project);
  const storage = storageOf(project, origins.storage);
  const names: [string, string][] = [[project, '{project}']];
  return {
    project,
    policy,
    clock: {
      now,
      until: (instant) => void (skipped += Math.max(0, instant - now())),
      pass: (ms) => void (skipped += ms),
    },
    keys: pseudonymKeys,
    origins,
    app: directFirestore(project, '(default)'),
    own: directFirestore(project, 'compliance'),
    auth: getAuth(app),
    bucket: (kind) => storage.bucket(bucketName(project, kind)),
    tasks: [],
    alerts: [],
    lines: [],
    shape: (text) =>
      names
        .reduce((all, [value, name]) => all.replaceAll(value, name), text)
        .replace(/\/processes\/\d+/g, '/processes/{process}')
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\.zip)/g, '{object}')
        .replace(/(__kept__\/brevo\/[^/]+\/)\d+(\/\d+-)\d+/g, '$1{begun}$2{read}')
        .replace(/(erasure_[^/ ]*?)_\d{9,}/g, '$1_{created}')
        .replace(/(\{created\})_\d{13}/g, '$1_{begun}')
        .replace(/(entries\/(?:set|ended)_)[^/ ]+_\d{13}/g, '$1{name}_{time}')
        .replace(/(entries\/officer_[^ ]*?)_\d{13}/g, '$1_{time}')
        .replace(/(restriction_\{chain\})_\d{13}/g, '$1_{time}')
        // A link is named by a random number; its request and the request's job by the link.
        .replace(/(links\/|mail_|link_)v\d+_[\w-]{43}/g, '$1{link}')
        .replace(/((?:requests\/|object_)\{chain\}_|objected_|privacyRequests\/link-)[\w-]{43}/g, '$1{hash}')
        // An entry of such a request has the hash of a name.
        .replace(/(\/entries\/)[\w-]{43}(?![\w-])/g, '$1{event}')
        // A correction's job has its slot of time, and a restriction's a hash with the time.
        .replace(/(rectify_\{chain\}_[A-Za-z]+)_\d+/g, '$1_{slot}')
        .replace(/(restriction_(?:begun|over|lift))_[\w-]{43}/g, '$1_{order}')
        // A task's id follows from its job, which the time of the account names.
        .replace(/(officer(?:Tasks|Sheets)\/)task_[\w-]{43}/g, '$1{task}'),
    named(value, name) {
      names.push([value, name]);
      // A name that contains another one comes first.
      names.sort(([a], [b]) => b.length - a.length);
    },
    async end() {
      await standins.stop();
      await deleteApp(app);
      forgetProject(project);
    },
  };
}
