import { Timestamp } from 'firebase-admin/firestore';
import { jobRef, loadJob, toDocument } from '../../../functions/src/jobs/store.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import type { Job, StepState } from '../../../functions/src/jobs/types.ts';
import { erasureRunner } from '../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../functions/src/consent/reconcile.ts';
import { askedNow } from '../../../functions/src/erasure/holdTasks/plan.ts';
import { askRecipients } from '../../../functions/src/erasure/officers.ts';
import { planErasure, systemsOf } from '../../../functions/src/erasure/plan.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { sealedRequest } from '../../../functions/src/requests/store.ts';
import { bury } from '../../../functions/src/subject/tombstones.ts';
import type { Subject } from '../../../functions/src/subject/identity.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { putHead } from '../../kit/sealed/ledger.ts';
import { fakeAuth, type FakeUser } from '../../kit/auth.ts';
import { proven } from '../../kit/proven.ts';
import { policyWith } from '../export/helpers.ts';
import { sheetKeys } from './helpers.ts';
import { testContext } from '../requests/helpers.ts';
import { world as evidenceWorld } from '../erasure/certificate/issue.sample.ts';

/** An erasure that has ended here, and has come to the step that waits for officers. */

export const NOW = Date.UTC(2026, 5, 1);
export const CREATED = 1_700_000_000;
export const UID = 'Ab3dEf6hIj9lMn2pQr5t';
export const EMAIL = 'camille.durand@example.org';

/** Two recipients to ask, one of them a controller of its own; one that deletes by itself. */
export function smallPolicy(): Policy {
  const policy = policyWith({});
  const { desk, ledgerist, paper } = policy.recipients;
  if (desk === undefined || ledgerist === undefined || paper === undefined) throw new Error('no such recipients');
  const manual = { manual: { en: 'It ends by itself.', fr: 'Cela prend fin.' }, within: 'P10D', expires: 'P90D' };
  return {
    ...policy,
    recipients: { desk, ledgerist: { ...ledgerist, role: 'controller' }, paper, reports: { ...desk, reach: manual } },
  };
}

export type OfficersWorld = Awaited<ReturnType<typeof officersWorld>>;

export async function officersWorld(policy: Policy = smallPolicy()) {
  const base = testContext(NOW);
  const { evidence, context: signing } = evidenceWorld();
  const users: FakeUser[] = [];
  const context = {
    ...base,
    policy,
    config: { ...base.config, officerSheetKey: sheetKeys.publicKey },
    evidenceKeys: signing.evidenceKeys,
    clients: {
      ...base.clients,
      bucket: async (kind: string) => evidence.bucket(kind),
      auth: async () => fakeAuth(() => users),
    },
  } satisfies Context & { time: { now: number } };
  const pseudonym = pseudonymOf(UID, context.keys);
  const subject: Subject = {
    ...{ uid: UID, pseudonym, accountCreatedAt: CREATED, verifiedEmails: proven(EMAIL), providerIds: {} },
  };
  const start = { by: 'request', id: 'request:1', at: NOW, from: NOW, requested: true } as const;
  const planned = newJob(planErasure(policy, { uid: UID, pseudonym, accountCreatedAt: CREATED }, start), NOW);
  const who = async () => ({ subject, handles: [], refused: [] });
  const asked = await askRecipients(context, planned, who, askedNow(policy, NOW, []));
  const order = Object.keys(planned.steps);
  const steps = order.map((id, at): [string, StepState] => {
    const step = planned.steps[id];
    if (step === undefined) throw new Error(id);
    if (at >= order.indexOf('officers')) return [id, step];
    const outcomes = id === 'recipients' ? asked : [];
    return [id, { ...step, state: 'done', outcomes, finishedAt: NOW + at }];
  });
  const job: Job = { ...planned, steps: Object.fromEntries(steps) };
  const { own } = context;
  await jobRef(own, job.id).set(toDocument(job, context.keys));
  const identity = JSON.stringify({ subject, handles: [], refused: [] });
  await writeSealed(own.doc(`subjects/${UID}/identities/${job.id}`), { identity }, context.keys);
  await putHead(context, pseudonym, {
    ...{ seq: 1, hash: 'c'.repeat(64) },
    closed: { at: NOW, accountCreatedAt: CREATED },
  });
  await bury(context, pseudonym, { accountCreatedAt: CREATED, deletedAt: NOW, job: job.id }, NOW);
  const key = `${pseudonym}_request`;
  const times = { receivedAt: Timestamp.fromMillis(NOW), dueAt: Timestamp.fromMillis(NOW) };
  const record = { pseudonym, type: 'erasure', status: 'in_progress', channel: 'app', ...times } as const;
  await own.doc(`requests/${key}`).set(sealedRequest(key, record, context.keys));
  return { context, evidence, users, job, key, pseudonym, systems: systemsOf(policy) };
}

/** Runs the erasure as a task does. */
export const goOn = ({ context, job }: Pick<OfficersWorld, 'job'> & { context: Context }): Promise<void> =>
  runJob(context, { erasure: async (one) => erasureRunner(one, reconcilePerson) }, job.id);

export async function jobNow({ context, job }: Pick<OfficersWorld, 'context' | 'job'>): Promise<Job> {
  const found = await loadJob(context, job.id);
  if (found === null) throw new Error('no job');
  return found;
}
