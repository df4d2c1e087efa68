import type { BrevoClient } from '@getbrevo/brevo';
import type { Auth } from 'firebase-admin/auth';
import type { Timestamp } from 'firebase-admin/firestore';
import { announcements, versionJob } from '../../../functions/src/consent/nightlyJobs.ts';
import { reconcileJobs, reconsentJobs } from '../../../functions/src/consent/job.ts';
import { reconcileRunner } from '../../../functions/src/consent/reconcile.ts';
import { reconsentRunner } from '../../../functions/src/consent/reconsent.ts';
import { changeRunner } from '../../../functions/src/consent/steps.ts';
import { holdRunner } from '../../../functions/src/erasure/holdTasks/steps.ts';
import { createJob } from '../../../functions/src/jobs/store.ts';
import { noticeRunner } from '../../../functions/src/messages/steps.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { rectifyRunner } from '../../../functions/src/rectification/steps.ts';
import {
  onAccountCreated,
  onAccountDeleted,
  type AccountDeletion,
} from '../../../functions/src/erasure/accountEvents.ts';
import { erasureRunner } from '../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../functions/src/consent/reconcile.ts';
import { exportJobs } from '../../../functions/src/export/job.ts';
import type { Runners } from '../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { tick } from '../../../functions/src/jobs/tick.ts';
import { finishRequest } from '../../../functions/src/requests/store.ts';
import { restrictionRunner } from '../../../functions/src/rights/restriction/steps.ts';
import type { Entry } from '../../../functions/src/rights/ways/form.ts';
import { forgetAnswered } from '../../../functions/src/rights/ways/withoutAccount.ts';
import { requestRunner } from '../../../functions/src/rights/ways/steps.ts';
import { fakeAuth, type FakeUser } from '../../kit/auth.ts';
import { world as evidenceWorld } from '../erasure/certificate/issue.sample.ts';
import { sheetKeys } from '../officerTasks/helpers.ts';
import { context, fresh } from '../rights/helpers.ts';
import { historyPolicy } from './policy.ts';
import type { Told } from '../rights/queue.sample.ts';

/**
 * One world for whole histories: an app, an account and people without one, officers, jobs, e-mails
 * and a clock. Both databases and everything else are in memory.
 */

export const UID = 'u1';
/** Never has an account. */
export const STRANGER = 'zoe.stranger@example.com';
/** Does nothing but being asked about. */
export const NOBODY = 'nobody.at.all@example.com';
const LINKS = 'https://links.example/p';

/** An e-mail that has left. */
export interface Mail {
  readonly key: string;
  readonly tag: string;
  readonly to: string;
  readonly text: string;
  readonly at: number;
}

const KEY_LIVES_MS = 30 * 60_000;

interface Sending {
  readonly to: readonly { readonly email: string }[];
  readonly textContent: string;
  readonly headers: { readonly idempotencyKey: string };
  readonly tags: readonly [string];
}

/** Brevo, as far as messages go: a key is one message for half an hour, the log knows each. */
const brevo = (sent: Mail[]): BrevoClient =>
  ({
    transactionalEmails: {
      sendTransacEmail: async ({ to: [to], textContent: text, headers, tags: [tag] }: Sending) => {
        const [key, at] = [headers.idempotencyKey, context.time.now];
        const isThere = sent.some((mail) => mail.key === key && at - mail.at < KEY_LIVES_MS);
        if (isThere) return { messageId: 'm' };
        const mail = { key, tag, to: to?.email ?? '', text, at };
        sent.push(mail);
        // A job would take an error of the judge for one of the call.
        await world.watch(mail).catch((error: unknown) => world.untrue.push(error));
        return { messageId: 'm' };
      },
      getEmailEventReport: async ({ email }: { email: string }) => ({
        events: sent.filter(({ to }) => to === email).map(({ tag }) => ({ tag })),
      }),
    },
  }) as unknown as BrevoClient;

/** A link that was asked for, with the token that came by e-mail. */
interface SentLink {
  readonly token: string;
  readonly at: number;
  uses: number;
  /** A process died at one of its uses: it may have been used. */
  isUnsure: boolean;
}

/** Everything of a history that no database has. */
export interface World {
  users: FakeUser[];
  /** How many accounts have had the uid. */
  generation: number;
  /** When each of them was created, in whole seconds. */
  readonly created: number[];
  readonly mails: Mail[];
  readonly links: SentLink[];
  /** Events of the app's documents and of accounts, which come at least once. */
  readonly events: Told[];
  readonly deletions: AccountDeletion[];
  /** Requests that the app wrote, by the number of the account. */
  readonly asked: { readonly id: string; readonly generation: number; readonly lasting: object }[];
  readonly takenBack: Set<string>;
  /** Orders of officers whose process died: they give them again. */
  readonly letters: Entry[];
  readonly givenUp: string[];
  /** Orders and events that come again. */
  readonly repeated: (() => Promise<unknown>)[];
  /** Requests of somebody else for the person, by the number of the account. */
  readonly wishes: { readonly id: string; readonly generation: number; readonly holder: string }[];
  readonly holds: string[];
  /** Looks at each e-mail when it leaves. */
  watch: (mail: Mail) => Promise<void>;
  /** The errors of these looks. */
  readonly untrue: unknown[];
  readonly evidence: ReturnType<typeof evidenceWorld>['evidence'];
  calls: number;
}

export let world: World;

/** Begins a history: empty databases, and one person with an account. */
export async function begin(): Promise<void> {
  fresh();
  const { evidence, context: signing } = evidenceWorld();
  world = {
    ...{ users: [], generation: 0, created: [], mails: [], links: [], events: [], deletions: [], asked: [] },
    ...{ takenBack: new Set(), letters: [], givenUp: [], evidence, calls: 0 },
    ...{ repeated: [], wishes: [], holds: [], untrue: [], watch: async () => undefined },
  };
  const mails = world.mails;
  Object.assign(context, {
    policy: historyPolicy(),
    evidenceKeys: signing.evidenceKeys,
    config: {
      ...context.config,
      officerSheetKey: sheetKeys.publicKey,
      brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' },
      linksUrl: new URL(LINKS),
      contactPerHour: 1000,
    },
    clients: {
      ...context.clients,
      auth: async () => auth(),
      brevo: async () => brevo(mails),
      bucket: async (kind: string) => evidence.bucket(kind),
    },
  });
  await signUp();
}

/** Authentication with the calls by which an erasure ends an account. */
function auth(): Auth {
  const calls = {
    updateUser: async (uid: string, { disabled }: { disabled: boolean }) => {
      world.users = world.users.map((user) => (user.uid === uid ? { ...user, disabled } : user));
    },
    revokeRefreshTokens: async () => undefined,
    deleteUser: async () => {
      dropAccount();
    },
  };
  return Object.assign(
    fakeAuth(() => world.users),
    calls,
  );
}

/** Ends the account; its event comes later. */
export function dropAccount(): AccountDeletion | undefined {
  const [user] = world.users;
  if (user === undefined) return undefined;
  world.users = [];
  const deletedAt = context.time.now;
  const deletion = { uid: UID, tenantId: null, user, deletedAt };
  world.deletions.push(deletion);
  return deletion;
}

/** The address of the present account, or of the last one. */
export const addressOfAccount = (): string => world.users[0]?.email ?? `ada${world.generation}.account@example.com`;

/** Somebody opens an account, under the uid of somebody who has none any more. */
export async function signUp(): Promise<void> {
  world.generation += 1;
  // Auth tells whole seconds: two accounts of one second under one uid would be one.
  context.time.now += 1000;
  world.created.push(Math.floor(context.time.now / 1000));
  const creationTime = new Date(context.time.now).toUTCString();
  const email = `ada${world.generation}.account@example.com`;
  const user = { uid: UID, email, emailVerified: true, metadata: { creationTime } };
  world.users = [user];
  await context.app.doc(`users/${UID}`).set({ of: world.generation });
  await onAccountCreated(context, user);
}

export const accountDeleted = (deletion: AccountDeletion): Promise<unknown> => onAccountDeleted(context, deletion);

const NOTHING = { settled: [] };

/** The real work of requests and erasures; an export is answered without an archive. */
const runners = {
  request: async (c) => requestRunner(c),
  restriction: async (c) => restrictionRunner(c),
  erasure: async (c) => erasureRunner(c, reconcilePerson),
  change: async (c) => changeRunner(c),
  rectify: async (c) => rectifyRunner(c),
  hold: async (c) => holdRunner(c),
  notice: async (c) => noticeRunner(c),
  reconsent: async (c) => reconsentRunner(c),
  reconcile: async (c) => reconcileRunner(c),
  export: async (c) =>
    exportJobs.runner({
      archive: async ({ input: { uid, requestId, request: key } }) => {
        const parts = [{ object: 'a.zip', bytes: 1, sha256: 'a' }];
        await finishRequest(c, { uid, requestId, key }, { status: 'completed', answer: { parts } });
        return NOTHING;
      },
      officers: async () => NOTHING,
      transmit: async () => NOTHING,
      told: async () => NOTHING,
      clean: async () => NOTHING,
    }),
} satisfies Partial<Runners>;

/** Runs every job whose time has come, as `tick` and the queues do. Then the links have come. */
export async function work(rounds = 1): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    context.time.now += 2000;
    context.enqueued.length = 0;
    const due = await tick(context);
    const jobs = context.enqueued.map((line) => line.replace(/^\w+ /, ''));
    for (const job of jobs) await runJob(context, runners, job);
    if (due === 0) return;
  }
}

/** Notes the links that have come by e-mail since. */
export function readMails(): void {
  for (const { text, at } of world.mails) {
    const token = /links\.example\/p\/([A-Za-z0-9_-]+)/.exec(text)?.[1];
    if (token !== undefined && !world.links.some((link) => link.token === token))
      world.links.push({ token, at, uses: 0, isUnsure: false });
  }
}

/** The nightly end of rows whose time is over, as far as histories have such rows. */
export async function night(): Promise<void> {
  const { own, time } = context;
  const ends = { officerSheets: 'until', links: 'expiresAt' };
  for (const [collection, field] of Object.entries(ends))
    for (const one of (await own.collection(collection).get()).docs)
      if ((one.get(field) as Timestamp).toMillis() <= time.now) await one.ref.delete();
  await forgetAnswered(context);
  await startNight();
}

/** Begins the work of a night on consents: a new version, and the states that apps read. */
async function startNight(): Promise<void> {
  const { policy, time } = context;
  const [dueAt, scheduledAt] = [time.now + DAY_MS, time.now];
  const version = { id: versionJob(policy, time.now), input: { scheduledAt }, dueAt };
  const shown = { id: `reconcile_${time.now}`, input: { scheduledAt, from: 0, to: time.now }, dueAt };
  for (const plan of [
    ...announcements(policy, time.now, true),
    reconsentJobs.plan({ ...version, steps: [{ id: 'older' }] }),
    reconcileJobs.plan({ ...shown, steps: [{ id: 'shown' }] }),
  ])
    await createJob(context, plan);
}
