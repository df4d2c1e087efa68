import { FieldValue, type DocumentData } from 'firebase-admin/firestore';
import { newJob, type JobPlan } from '../jobs/catalog.ts';
import { createJob, enqueueJob, jobRef, toDocument } from '../jobs/store.ts';
import { emptyHead, erasureOf, type Protection } from '../ledger/chain.ts';
import { amend, latestHead, record, type Decide, type Recorded } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { versionOf } from '../platform/firestore.ts';
import { reject, type Issue } from '../platform/intake.ts';
import type { PurposeId } from '../policy/schema.ts';
import { isHolderOf, readGuarded, type Guarded } from '../subject/guardians.ts';
import { keyedHash, pseudonymOf, pseudonymsOf } from '../subject/pseudonym.ts';
import { markDocument } from './asking.ts';
import { answerOf, CONSENTS, consentRef } from './documents.ts';
import { effectJob, effectsOfEntries, restrictionJobs } from './effects.ts';
import {
  decideConsent,
  decideHolder,
  decidePermission,
  decideProtection,
  mayAct,
  type ConsentChange,
  type HolderAnswer,
} from './plan.ts';
import { devicePermissionDocument, issuesOf, readConsent, type ReadConsent } from './shapes.ts';

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

/**
 * A consent document was written: records the decision in the ledger (1 read, 2 writes). If the
 * purpose has an effect elsewhere, the same transaction makes the job that carries it there (1 write
 * more). `rejectedEvents` keeps a document that cannot be read as a consent. It keeps a yes to a text
 * that was never published too, and marks the document: the app asks again. A no is always read.
 */
export async function onConsentWritten(context: Context, event: DocumentEvent): Promise<void> {
  const { uid, id, key: purpose, writtenAt } = event;
  const refuse = (issues: readonly Issue[]): Promise<void> =>
    reject(context, { id, template: CONSENTS, pseudonym: pseudonymOf(uid, context.keys), issues });

  const declared = Object.hasOwn(context.policy.purposes, purpose) ? context.policy.purposes[purpose] : undefined;
  const notAsked =
    declared?.consent === true ? null : { code: declared ? 'not_asked' : 'unknown_purpose', field: '(id)' };
  if (notAsked !== null && event.after?.['granted'] === true) return refuse([notAsked]);
  const after = event.after && readConsent(event.after, event.before);
  if (after && !after.ok) return refuse(notAsked === null ? after.issues : [notAsked]);
  if (after && after.dropped.length > 0) warnDropped(context, after.dropped);
  // A document that was wrong before counts as no answer: the one that corrects it is the decision.
  const before = event.before && readConsent(event.before);
  const outcome = await recordChange(context, uid, id, {
    purpose,
    before: before?.ok === true ? answerOf(before.document) : null,
    after: after ? answerOf(after.document) : null,
    writtenAt,
  });
  // The policy no longer asks for it: what was given before can still be taken back.
  if (notAsked !== null && !outcome.recorded && outcome.because === 'noDecision') return refuse([notAsked]);
  // The app asks again. The mark stays on an answer that is none.
  if (!outcome.recorded && outcome.because === 'unpublished') return markUnpublished(context, uid, purpose);
  if (after?.ok === true && isAnsweredAgain(before, after)) await removeMark(context, uid, purpose);
}

/**
 * Marks the document of a yes to a text that was never published, unless it holds another answer by
 * now.
 */
async function markUnpublished(context: Context, uid: string, purpose: PurposeId): Promise<void> {
  const document = await consentRef(context, uid, purpose).get();
  if (document.exists) await markDocument(context, emptyHead(''), purpose, document);
}

/** A no that was read without the fields that were wrong: their names are of use to who writes the app, their values to nobody. */
function warnDropped(context: Context, dropped: readonly Issue[]): void {
  context.log.warn('consent read without some fields', { codes: dropped.map((i) => `${i.field}:${i.code}`).join(' ') });
}

/** Records one change of a consent document, with what follows from it. Also called by the reconciliation. */
export async function recordChange(
  context: Context,
  uid: string,
  id: string,
  change: ConsentChange,
): Promise<Recorded> {
  const deviceId = change.after?.deviceId;
  const device = deviceId === undefined ? undefined : keyedHash(deviceId, context.keys);
  const outcome = await recordDecision(context, { uid, id, purpose: change.purpose, at: change.writtenAt }, (head) =>
    decideConsent(change, head, { policy: context.policy, now: context.now(), device }),
  );
  await keepRefused(context, { uid, id, template: CONSENTS, kind: 'consent' }, outcome);
  return outcome;
}

/** Records one decision about a purpose, and the job of its effects in the same transaction. */
async function recordDecision(
  context: Context,
  decision: { readonly uid: string; readonly id: string; readonly purpose: PurposeId; readonly at?: number },
  decide: Decide,
): Promise<Recorded> {
  let job: JobPlan | undefined;
  const outcome = await record(
    context,
    decision.uid,
    decision.id,
    decide,
    (tx, { becameCurrent, chain, entry }) => {
      job = becameCurrent ? effectJob(context, { ...decision, chain, state: entry.state }) : undefined;
      if (job) tx.create(jobRef(context.clients.own(), job.id), toDocument(newJob(job, context.now())));
    },
    decision.at,
  );
  // The first delivery may have died between its commit and its enqueue.
  if (!outcome.recorded && outcome.because === 'duplicate')
    job = effectJob(context, { ...decision, chain: outcome.chain });
  if (job) await enqueueJob(context, job);
  return outcome;
}

/**
 * Keeps in `rejectedEvents` what was not recorded: once a day and person, if it is more than a
 * person does in a day.
 */
async function keepRefused(
  context: Context,
  event: { readonly uid: string; readonly id: string; readonly template: string; readonly kind: string },
  outcome: Recorded,
): Promise<void> {
  if (outcome.recorded) return;
  const { uid, id, template, kind } = event;
  const pseudonym = pseudonymOf(uid, context.keys);
  if (outcome.because === 'late')
    await reject(context, { id, template, pseudonym, issues: [{ code: 'erased', field: '(subject)' }] });
  if (outcome.because === 'unpublished') {
    const issues = [{ code: 'unpublished_version', field: 'policyVersion' }];
    await reject(context, { id, template, pseudonym, issues });
  }
  if (outcome.because === 'overBudget') {
    const day = new Date(context.now()).toISOString().slice(0, 10);
    const issues = [{ code: 'over_budget', field: '(subject)' }];
    await reject(context, { id: `budget_${kind}_${day}_${pseudonym}`, template, pseudonym, issues });
  }
}

/** Did the person answer what was asked again, with a document that still has the mark? */
function isAnsweredAgain(before: ReadConsent | undefined, after: Extract<ReadConsent, { ok: true }>): boolean {
  const { document } = after;
  if (document.reconsentRequired !== true || before?.ok !== true || before.document.reconsentRequired !== true)
    return false;
  return document.updatedAt?.toMillis() !== before.document.updatedAt?.toMillis();
}

/** Takes the mark off an answer that a device wrote over the old one without removing it. */
async function removeMark(context: Context, uid: string, purpose: PurposeId): Promise<void> {
  const ref = consentRef(context, uid, purpose);
  const current = await ref.get();
  if (current.get('reconsentRequired') !== true) return;
  await ref.update({ reconsentRequired: FieldValue.delete() }, versionOf(current));
}

/**
 * The outcome of a holder's answer. `denied`: nobody named them as holder of parental
 * responsibility or guardian of this person. `erased` is for those only who may decide: a stranger
 * learns nothing of who was erased. `unpublished`: a yes to a text that was never
 * published.
 */
export type HolderOutcome =
  | { readonly ok: true; readonly state: string }
  | { readonly ok: false; readonly because: 'denied' | 'erased' | 'tooMany' | 'unpublished' };

/**
 * A holder of parental responsibility, or a guardian, answers for the person whom they protect.
 * Only who is named in a guardianship that runs, for a person who does not decide alone. Everybody
 * else gets one answer after the same work, before anything of the person is read.
 *
 * @param requestId the app's own id of this answer: a call that is made again is the same answer
 */
export async function onHolderAnswer(
  context: Context,
  {
    holder,
    child,
    requestId,
    answer,
  }: { holder: string; child: string; requestId: string; answer: Omit<HolderAnswer, 'holder'> },
): Promise<HolderOutcome> {
  if (!(await isHolderOf(context, holder, child))) return { ok: false, because: 'denied' };
  const pseudonyms = pseudonymsOf(holder, context.keys);
  const [pseudonym = ''] = pseudonyms;
  const id = `holder_${keyedHash(JSON.stringify([holder, child, requestId]), context.keys)}`;
  const verdict = { denied: false };
  const outcome = await recordDecision(context, { uid: child, id, purpose: answer.purpose }, (head) => {
    const now = context.now();
    verdict.denied = !mayAct(head.protection, pseudonyms, now);
    return verdict.denied
      ? null
      : decideHolder({ ...answer, holder: pseudonym }, head, { policy: context.policy, now });
  });
  if (verdict.denied) return { ok: false, because: 'denied' };
  if (!outcome.recorded && outcome.because === 'late') return { ok: false, because: 'erased' };
  if (!outcome.recorded && outcome.because === 'overBudget') return { ok: false, because: 'tooMany' };
  if (!outcome.recorded && outcome.because === 'unpublished') return { ok: false, because: 'unpublished' };
  if (outcome.recorded) return { ok: true, state: outcome.entry.state };
  return { ok: true, state: (await latestHead(context, child)).head.current[answer.purpose] ?? 'refused' };
}

/**
 * What servers say of a person's age and guardians has changed, or its time has come: who decides is written into the head of their chain, and
 * what that makes of the consents that are there into the chain. Runs twice harmlessly.
 */
export async function refreshProtection(context: Context, uid: string): Promise<void> {
  const guarded = await readGuarded(context, uid);
  let jobs: readonly JobPlan[] = [];
  const entries = await amend(
    context,
    uid,
    (head) => decideProtection(head, protectionOf(context, guarded), context.policy, context.now()),
    (tx, amended) => void (jobs = effectsOfEntries(context, tx, uid, amended)),
  );
  for (const job of jobs) await enqueueJob(context, job);
  if (entries.length > 0) context.log.info('who decides for a person has changed', { entries: entries.length });
}

/** A restriction of a person's processing began or ended: the systems that answers of theirs reached are told. The event's id makes it once. */
export async function onRestrictionWritten(context: Context, { id, uid }: { id: string; uid: string }): Promise<void> {
  const { chain, head } = await latestHead(context, uid);
  if (erasureOf(head)) return;
  const answered = new Set(Object.keys(head.current));
  for (const job of restrictionJobs(context, { id, uid, chain, answered })) await createJob(context, job);
}

/** With pseudonyms in the place of uids: the ledger names nobody. */
function protectionOf(context: Context, guarded: Guarded | null): Protection | undefined {
  if (guarded === null) return undefined;
  const holders = guarded.holders.map(({ uid, ...rest }) => ({ holder: pseudonymOf(uid, context.keys), ...rest }));
  return { ...guarded, since: context.now(), holders };
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
  const { uid, id } = event;
  const outcome = await record(
    context,
    uid,
    id,
    (head) => decidePermission(change, head, context.now(), device),
    undefined,
    event.writtenAt,
  );
  await keepRefused(context, { uid, id, template, kind: 'devicePermission' }, outcome);
}
