import type { Change, DocumentSnapshot, FirestoreEvent } from 'firebase-functions/v2/firestore';
import { HttpsError, type CallableRequest } from 'firebase-functions/v2/https';
import type { AuthEvent } from 'firebase-functions/v2/identity';
import type { ScheduledEvent } from 'firebase-functions/v2/scheduler';
import type { Request } from 'firebase-functions/v2/tasks';
import { context, runners } from './compose.ts';
import type { DocumentEvent } from './consent/operations.ts';
import type { RequestEvent } from './requests/operations.ts';
import type { UserRecordLike } from './subject/identity.ts';

/** From a trigger's event to a capability's operation: plain data in, the capability loaded when it is needed, nothing decided here. */

type Written = FirestoreEvent<Change<DocumentSnapshot> | undefined, Record<string, string>>;

/** A written document as plain data. Above 10 MiB an event has no data: the document is read, and what it said before is not known. */
async function written(event: Written, key: string): Promise<DocumentEvent> {
  const { uid = '', [key]: id = '' } = event.params;
  const base = { id: event.id, uid, key: id, writtenAt: Date.parse(event.time) };
  if (event.data) return { ...base, before: event.data.before.data(), after: event.data.after.data() };
  return { ...base, before: undefined, after: (await context().clients.app().doc(event.document).get()).data() };
}

export async function consentWritten(event: Written): Promise<void> {
  const { onConsentWritten } = await import('./consent/operations.ts');
  await onConsentWritten(context(), await written(event, 'purpose'));
}

export async function devicePermissionWritten(event: Written): Promise<void> {
  const { onDevicePermissionWritten } = await import('./consent/operations.ts');
  await onDevicePermissionWritten(context(), await written(event, 'id'));
}

/** A rights request as plain data; an event without data (above 10 MiB) has no shape that could be one. */
function requestEvent(event: FirestoreEvent<unknown, Record<string, string>>, data: unknown): RequestEvent {
  const { uid = '', id: requestId = '' } = event.params;
  return { id: event.id, uid, requestId, data, time: Date.parse(event.time) };
}

export async function privacyRequestCreated(
  event: FirestoreEvent<DocumentSnapshot | undefined, Record<string, string>>,
): Promise<void> {
  const { onPrivacyRequestCreated } = await import('./requests/operations.ts');
  await onPrivacyRequestCreated(context(), requestEvent(event, event.data?.data()));
}

export async function privacyRequestUpdated(event: Written): Promise<void> {
  const { isCancellation, onPrivacyRequestCancelled } = await import('./requests/operations.ts');
  const [before, after] = [event.data?.before.data(), event.data?.after.data()];
  if (isCancellation(before, after)) await onPrivacyRequestCancelled(context(), requestEvent(event, after));
}

/** A user in an event of Auth: its times are ISO 8601 with milliseconds, or as Auth's records write them. */
type AccountEvent = AuthEvent<UserRecordLike>;

export async function accountCreated(event: AccountEvent): Promise<void> {
  const { onAccountCreated } = await import('./erasure/operations.ts');
  const user = event.data as UserRecordLike | undefined;
  if (user) await onAccountCreated(context(), user);
}

export async function accountDeleted(event: AccountEvent & { uid?: string }): Promise<void> {
  const { onAccountDeleted } = await import('./erasure/operations.ts');
  const user = event.data as UserRecordLike | undefined;
  const uid = user?.uid ?? event.uid;
  if (uid === undefined) throw new Error('a deletion of an account that does not say which');
  await onAccountDeleted(context(), { uid, user, deletedAt: Date.parse(event.time) });
}

export async function retentionDaily(event: ScheduledEvent): Promise<void> {
  const { startRetention } = await import('./retention/operations.ts');
  const scheduledAt = Date.parse(event.scheduleTime);
  await startRetention(context(), Number.isNaN(scheduledAt) ? context().now() : scheduledAt);
}

export async function tick(): Promise<void> {
  const { tick: run } = await import('./jobs/tick.ts');
  await run(context());
}

export async function runTask(task: Request<{ jobId?: unknown }>): Promise<void> {
  const { runJob } = await import('./jobs/run.ts');
  const { jobId } = task.data;
  if (typeof jobId !== 'string') throw new Error('a task without a job');
  await runJob(context(), runners, jobId);
}

const CONTACT_CODES = { invalid: 'invalid-argument', rateLimited: 'resource-exhausted' } as const;

export async function contact(request: CallableRequest<unknown>): Promise<{ id: string }> {
  const { submitContact } = await import('./requests/contact.ts');
  const { rawRequest, data } = request;
  const outcome = await submitContact(context(), {
    data,
    ip: rawRequest.ip,
    acceptLanguage: rawRequest.headers['accept-language'],
  });
  if (outcome.ok) return { id: outcome.id };
  const { code, message, issues, retryAfter } = outcome;
  throw new HttpsError(CONTACT_CODES[code], message, {
    reason: code,
    issues: issues ?? [],
    retryAfter: retryAfter ?? null,
  });
}
