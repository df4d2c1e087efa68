import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getFirestore, Timestamp, type Firestore } from 'firebase-admin/firestore';
import { dailyJobs } from '../../../functions/src/consent/nightlyJobs.ts';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { newJob, type Runner } from '../../../functions/src/jobs/catalog.ts';
import { jobsIn } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import type { Cursor, Outcome } from '../../../functions/src/systems/system.ts';
import { verifyChain } from '../../../functions/src/ledger/verifyChain.ts';
import { testContext } from '../../conformance/harness.ts';
import { chainOf } from '../checkpoints/chains.ts';
import { standins } from '../../kit/suite.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';

/**
 * Both databases in a project of their own, with the test's own clock: no function is deployed
 * there, and no tick comes.
 */
export interface Night {
  readonly app: Firestore;
  readonly own: Firestore;
  readonly context: Context;
  /** Milliseconds since the epoch; `pass` adds some. */
  now(): number;
  pass(ms: number): void;
  end(): Promise<void>;
}

export const DAY = 86_400_000;

export function openNight(name: string, policy: Policy = amikeo): Night {
  const project = initializeApp({ projectId: `demo-${name}-${process.pid}` }, name);
  const [app, own] = [getFirestore(project), getFirestore(project, 'compliance')];
  const base = testContext({ brevo: standins.brevo, stripe: standins.stripe }, policy);
  // Yesterday: the servers' own clock, by which documents are written, is never behind it.
  let now = Date.now() - DAY;
  const context: Context = {
    ...base,
    now: () => now,
    queue: { enqueue: () => Promise.resolve() },
    clients: { ...base.clients, app: () => app, own: () => own },
    config: {
      ...base.config,
      brevoMarketingList: Number(process.env['BREVO_MARKETING_LIST']),
      brevoSince: Date.UTC(2012, 0, 1),
      brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' },
    },
  };
  return {
    app,
    own,
    context,
    now: () => now,
    pass: (ms) => void (now += ms),
    end: () => deleteApp(project),
  };
}

/** A consent as the app, or a server, writes it. */
export const consentAt = (at: number, granted: boolean, more: Record<string, unknown> = {}) => ({
  granted,
  policyVersion: AMIKEO_VERSION,
  source: 'app',
  updatedAt: Timestamp.fromMillis(at),
  ...more,
});

/** One write of a consent document, with its event, which nobody has delivered yet. */
export async function write(
  { app, context }: Night,
  uid: string,
  purpose: string,
  data: Record<string, unknown>,
): Promise<{ deliver: () => Promise<void> }> {
  const ref = app.doc(`users/${uid}/consents/${purpose}`);
  const before = (await ref.get()).data();
  await ref.set(data);
  const id = ref.firestore.collection('x').doc().id;
  const writtenAt = (data['updatedAt'] as Timestamp).toMillis();
  return { deliver: () => onConsentWritten(context, { id, uid, key: purpose, before, after: data, writtenAt }) };
}

/** Runs a step until it is settled, in tasks that have time for one page each. */
export async function drive(runner: Runner, step: string, job: Job, deadline = 0): Promise<readonly Outcome[]> {
  let cursor: Cursor | undefined;
  for (let task = 0; task < 50; task++) {
    const progress = await runner.run(step, job, { deadline, ...(cursor === undefined ? {} : { cursor }) });
    if ('settled' in progress) return progress.settled;
    if (!('more' in progress)) throw new Error(`waits: ${'held' in progress ? progress.held : progress.why}`);
    cursor = JSON.parse(JSON.stringify(progress.more)) as Cursor;
  }
  throw new Error('never settled');
}

/** The jobs of tonight. */
export const tonight = ({ context }: Night): Job[] =>
  dailyJobs(context.policy, context.config, context.now()).map((plan) => newJob(plan, context.now()));

export const chain = ({ context }: Night, uid: string): string => pseudonymOf(uid, context.keys);

/** The person's chain, verified; entries in a few words. */
export async function told(night: Night, uid: string) {
  const name = chain(night, uid);
  const { head, entries } = await chainOf(night.own, name);
  const problems = verifyChain(name, head, entries);
  if (problems.length > 0) throw new Error(`the chain does not verify: ${JSON.stringify(problems)}`);
  return { head, entries, lines: entries.map(({ purpose, state, kind }) => `${purpose ?? kind} ${state}`) };
}

export async function jobsOf(night: Night, uid: string): Promise<Job[]> {
  const found = await night.own.collection('jobs').where('pseudonym', '==', chain(night, uid)).get();
  return jobsIn(found.docs, night.context.keys).jobs;
}
