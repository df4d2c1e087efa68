import type { DocumentData } from 'firebase-admin/firestore';
import { newJob, type JobPlan } from '../jobs/catalog.ts';
import { enqueueJob, jobRef, toDocument } from '../jobs/store.ts';
import { record } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { eventKey, reject, type Issue } from '../platform/intake.ts';
import { keyedHash, pseudonymOf } from '../subject/pseudonym.ts';
import { decideConsent, decidePermission, effectsOf, type Answer } from './plan.ts';
import { consentDocument, devicePermissionDocument, issuesOf, type ConsentDocument } from './shapes.ts';

/** One delivery of a Firestore event, without the SDK's wrapping. */
export interface DocumentEvent {
  readonly id: string;
  readonly uid: string;
  /** The document's own id. */
  readonly key: string;
  readonly before: DocumentData | undefined;
  readonly after: DocumentData | undefined;
  /** When the server wrote it, epoch milliseconds. */
  readonly writtenAt: number;
}

function answerOf(document: ConsentDocument): Answer {
  const { granted, policyVersion, source, locale, appVersion, deviceId, givenAt } = document;
  return {
    granted,
    policyVersion,
    source,
    updatedAt: document.updatedAt.toMillis(),
    ...(givenAt === undefined ? {} : { givenAt: givenAt.toMillis() }),
    ...(locale === undefined ? {} : { locale }),
    ...(appVersion === undefined ? {} : { appVersion }),
    ...(deviceId === undefined ? {} : { deviceId }),
  };
}

/**
 * A consent document was written: records the decision in the ledger (1 read, 2 writes), and in the same transaction the job that carries
 * it to other systems, where the purpose has such an effect (1 write more). What cannot be read as a consent is kept in `rejectedEvents`.
 */
export async function onConsentWritten(context: Context, event: DocumentEvent): Promise<void> {
  const refuse = (issues: readonly Issue[]): Promise<void> =>
    reject(context, {
      id: event.id,
      template: 'users/{uid}/consents/{purpose}',
      pseudonym: pseudonymOf(event.uid, context.keys),
      issues,
    });

  const purpose = context.policy.purposes[event.key];
  if (purpose?.consent !== true) return refuse([{ code: purpose ? 'not_asked' : 'unknown_purpose', field: '(id)' }]);
  const after = event.after && consentDocument.safeParse(event.after);
  if (after && !after.success) return refuse(issuesOf(after.error));
  // A document that was wrong before counts as no answer: the one that corrects it is the decision.
  const before = event.before && consentDocument.safeParse(event.before);

  const change = {
    purpose: event.key,
    before: before?.success === true ? answerOf(before.data) : null,
    after: after ? answerOf(after.data) : null,
    writtenAt: event.writtenAt,
  };
  const device = change.after?.deviceId === undefined ? undefined : keyedHash(change.after.deviceId, context.keys);
  let job: JobPlan | undefined;
  const outcome = await record(
    context,
    event.uid,
    event.id,
    (head) => decideConsent(change, head, context.policy, context.now(), device),
    (tx, { becameCurrent, chain }) => {
      job = becameCurrent ? effectJob(context, event, chain) : undefined;
      if (job) tx.create(jobRef(context.clients.own(), job.id), toDocument(newJob(job, context.now())));
    },
  );
  if (outcome.recorded) {
    if (job) await enqueueJob(context, job);
  } else if (outcome.because === 'late') await refuse([{ code: 'erased', field: '(subject)' }]);
  else if (outcome.because === 'duplicate') {
    // The first delivery may have died between its commit and its enqueue.
    const again = effectJob(context, event, outcome.chain);
    if (again) await enqueueJob(context, again);
  }
}

/** How long a change may take to reach another company before it is late: without undue delay, and no later than two days. */
const EFFECT_WITHIN_MS = 48 * 3_600_000;

function effectJob(context: Context, event: DocumentEvent, chain: string): JobPlan | undefined {
  const effects = effectsOf(context.policy, event.key);
  if (effects.length === 0) return undefined;
  return {
    id: `change_${eventKey(event.id)}`,
    kind: 'change',
    pseudonym: chain,
    input: { uid: event.uid, purpose: event.key },
    dueAt: context.now() + EFFECT_WITHIN_MS,
    steps: effects.map(({ system }) => ({ id: system })),
  };
}

/** A device permission was written: history in the ledger, never a consent. */
export async function onDevicePermissionWritten(context: Context, event: DocumentEvent): Promise<void> {
  const template = 'users/{uid}/devicePermissions/{id}';
  const refuse = (issues: readonly Issue[]): Promise<void> =>
    reject(context, { id: event.id, template, pseudonym: pseudonymOf(event.uid, context.keys), issues });

  const after = event.after && devicePermissionDocument.safeParse(event.after);
  if (after && !after.success) return refuse(issuesOf(after.error));
  if (after && event.key !== `${after.data.deviceId}_${after.data.permission}`)
    return refuse([{ code: 'mismatch', field: '(id)' }]);
  const before = event.before && devicePermissionDocument.safeParse(event.before);
  const device = after ? keyedHash(after.data.deviceId, context.keys) : '';
  const change = {
    before: before?.success === true ? before.data : null,
    after: after ? { ...after.data, updatedAt: after.data.updatedAt.toMillis() } : null,
    writtenAt: event.writtenAt,
  };
  const outcome = await record(context, event.uid, event.id, (head) =>
    decidePermission(change, head, context.now(), device),
  );
  if (!outcome.recorded && outcome.because === 'late') await refuse([{ code: 'erased', field: '(subject)' }]);
}
