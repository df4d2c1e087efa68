import { FieldValue } from 'firebase-admin/firestore';
import { contract } from '../policy/contract.ts';
import type { JobPlan } from '../jobs/catalog.ts';
import { addJob, enqueueJob } from '../jobs/store.ts';
import { emptyHead, type Entry } from '../ledger/chain.ts';
import { record, type Decide, type Recorded, type Rejection } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { versionOf } from '../platform/firestore.ts';
import { reject, type Issue } from '../platform/intake.ts';
import type { PurposeId } from '../policy/schema.ts';
import { deviceHash, pseudonymOf } from '../subject/pseudonym.ts';
import { markDocument } from './askAgain.ts';
import { decideConsent } from './decide.ts';
import { consentRef, notAskedIn, readChange, type ConsentChange, type DocumentEvent } from './documents.ts';
import { jobOfEntry } from './effects.ts';

/**
 * A consent document was written: records the decision in the ledger (1 read, 2 writes). If the
 * purpose has an effect elsewhere, the same transaction makes the job that carries it there (1
 * write more). `rejectedEvents` keeps a document that cannot be read as a consent. It keeps a yes
 * to a text that was never published too, and marks the document: the app asks again. A no is
 * always read.
 */
export async function onConsentWritten(context: Context, event: DocumentEvent): Promise<void> {
  const { uid, id, key: purpose } = event;
  const read = readChange(context.policy, event);
  if (!read.ok)
    return reject(context, {
      template: contract.consents,
      pseudonym: pseudonymOf(uid, context.keys),
      issues: read.issues,
    });
  // The names of fields that were wrong help the app's developers; their values help nobody.
  if (read.dropped.length > 0)
    context.log.warn('consent read without some fields', {
      codes: read.dropped.map(({ field, code }) => `${field}:${code}`).join(' '),
    });
  const outcome = await recordChange(context, uid, id, read.change);
  if (!outcome.recorded && outcome.because === 'notAsked') return;
  // The app asks again. The mark stays on an answer that is none.
  if (!outcome.recorded && outcome.because === 'unpublished') return markUnpublished(context, uid, purpose);
  if (isAnsweredAgain(read.change)) await removeMark(context, uid, purpose);
}

/**
 * Records one change of a consent document, with its effects. Also called by the reconciliation.
 */
export async function recordChange(
  context: Context,
  uid: string,
  id: string,
  change: ConsentChange,
): Promise<Recorded> {
  const { purpose, after, writtenAt } = change;
  const device = after?.deviceId === undefined ? undefined : deviceHash(uid, after.deviceId, context.keys);
  const outcome = await recordDecision(context, { uid, id, purpose, at: writtenAt }, (head) =>
    decideConsent(change, head, { policy: context.policy, now: context.now(), device }),
  );
  await keepRejected(context, { uid, template: contract.consents, purpose }, outcome);
  return outcome;
}

/**
 * Records one decision about a purpose, and its jobs in the same transaction: that of its effects,
 * and those of `more`.
 */
export async function recordDecision(
  context: Context,
  decision: { readonly uid: string; readonly id: string; readonly purpose: PurposeId; readonly at?: number },
  decide: Decide,
  more: (recorded: { readonly entry: Entry; readonly chain: string }) => readonly JobPlan[] = () => [],
): Promise<Recorded> {
  const { uid, id, at } = decision;
  let jobs: readonly JobPlan[] = [];
  const outcome = await record(context, uid, id, decide, {
    at,
    also: (tx, { becameCurrent, chain, entry, ...heads }) => {
      const change = { ...heads, seq: entry.seq };
      const effect = jobOfEntry(context, { ...decision, chain, state: entry.state, change, becameCurrent });
      jobs = [...(effect === undefined ? [] : [effect]), ...more({ entry, chain })];
      for (const job of jobs) addJob(tx, context, job);
    },
  });
  // If a delivery dies before this, `tick` enqueues its jobs.
  if (outcome.recorded) for (const job of jobs) await enqueueJob(context, job);
  return outcome;
}

const ISSUES: Readonly<Record<Exclude<Rejection, 'notAsked' | 'denied'>, Issue>> = {
  late: { code: 'erased', field: '(subject)' },
  unpublished: { code: 'unpublished_version', field: 'policyVersion' },
  overBudget: { code: 'over_budget', field: '(subject)' },
};

/** Keeps in `rejectedEvents` that an event was not recorded: once a day, person and reason. */
export async function keepRejected(
  context: Context,
  { uid, template, purpose = '' }: { readonly uid: string; readonly template: string; readonly purpose?: PurposeId },
  outcome: Recorded,
): Promise<void> {
  if (outcome.recorded) return;
  const { because } = outcome;
  if (because === 'duplicate' || because === 'noDecision' || because === 'denied') return;
  const issue = because === 'notAsked' ? notAskedIn(context.policy, purpose) : ISSUES[because];
  if (issue === null) return;
  await reject(context, { template, pseudonym: pseudonymOf(uid, context.keys), issues: [issue] });
}

/**
 * Marks the document of a yes to a text that was never published, unless it holds another answer by
 * now.
 */
async function markUnpublished(context: Context, uid: string, purpose: PurposeId): Promise<void> {
  await markDocument(context, emptyHead(''), purpose, await consentRef(context, uid, purpose).get());
}

/** True if the person answered the question that was asked again, and the mark still stands. */
function isAnsweredAgain({ before, after }: ConsentChange): boolean {
  return before?.askedAgain === true && after?.askedAgain === true && before.updatedAt !== after.updatedAt;
}

/** Takes the mark off an answer that a device wrote over the old one without removing it. */
async function removeMark(context: Context, uid: string, purpose: PurposeId): Promise<void> {
  const ref = consentRef(context, uid, purpose);
  const current = await ref.get();
  if (current.get('reconsentRequired') !== true) return;
  await ref.update({ reconsentRequired: FieldValue.delete() }, versionOf(current));
}
