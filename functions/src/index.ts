import { onDocumentCreated, onDocumentUpdated, onDocumentWritten } from 'firebase-functions/v2/firestore';
import { onUserCreated, onUserDeleted } from 'firebase-functions/v2/identity';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { onTaskDispatched } from 'firebase-functions/v2/tasks';
import { callableForAnybody, callableForSignedIn } from './handlers/callable.ts';
import { eventOptions, OWN_DATABASE, scheduleOptions, taskOptions } from './options.ts';

// Every Cloud Function of this backend: its trigger, its options (options.ts) and one call. Handlers are loaded when they are called.

/** An answer to a consent -> the ledger, and the systems that it has an effect in. */
export const consentWritten = onDocumentWritten(
  { ...eventOptions, document: 'users/{uid}/consents/{purpose}' },
  async (event) => (await import('./handlers/consent.ts')).consentWritten(event),
);

/** What a device allows -> the ledger, as history. */
export const devicePermissionWritten = onDocumentWritten(
  { ...eventOptions, document: 'users/{uid}/devicePermissions/{id}' },
  async (event) => (await import('./handlers/consent.ts')).devicePermissionWritten(event),
);

/** A server says how old a person is -> who decides about their consents. */
export const ageBandWritten = onDocumentWritten(
  { ...eventOptions, database: OWN_DATABASE, document: 'ageBands/{uid}' },
  async (event) => (await import('./handlers/guardians.ts')).ageBandWritten(event),
);

/** A server names or releases a holder of parental responsibility -> who decides about the child's consents. */
export const guardianshipWritten = onDocumentWritten(
  { ...eventOptions, database: OWN_DATABASE, document: 'guardianships/{id}' },
  async (event) => (await import('./handlers/guardians.ts')).guardianshipWritten(event),
);

/** A server restricts somebody's processing, or lifts that -> the systems that their consents reached. */
export const restrictionWritten = onDocumentWritten(
  { ...eventOptions, database: OWN_DATABASE, document: 'restrictions/{uid}' },
  async (event) => (await import('./handlers/consent.ts')).restrictionWritten(event),
);

/** A rights request -> `requests`, and its job. */
export const privacyRequestCreated = onDocumentCreated(
  { ...eventOptions, document: 'users/{uid}/privacyRequests/{id}' },
  async (event) => (await import('./handlers/requests.ts')).privacyRequestCreated(event),
);

/** A rights request that its owner cancels. */
export const privacyRequestUpdated = onDocumentUpdated(
  { ...eventOptions, document: 'users/{uid}/privacyRequests/{id}' },
  async (event) => (await import('./handlers/requests.ts')).privacyRequestUpdated(event),
);

/** A new account -> what Auth knows of it, for as long as it lives. */
export const accountCreated = onUserCreated(eventOptions, async (event) =>
  (await import('./handlers/accounts.ts')).accountCreated(event),
);

/** A deleted account -> its erasure. */
export const accountDeleted = onUserDeleted(eventOptions, async (event) =>
  (await import('./handlers/accounts.ts')).accountDeleted(event),
);

/** Every night: what is over its period, accounts that are gone, what is due soon, the signed checkpoint, lost events, consents that are asked again. */
export const retentionDaily = onSchedule({ ...scheduleOptions, schedule: 'every day 03:00' }, async (event) =>
  (await import('./handlers/schedules.ts')).retentionDaily(event),
);

/** Every job whose time has come. */
export const tick = onSchedule({ ...scheduleOptions, schedule: 'every 1 minutes' }, async () =>
  (await import('./handlers/schedules.ts')).tick(),
);

// One task function per workload, so that none starves another.
export const erasureTask = onTaskDispatched(taskOptions('erasureTask'), async (task) =>
  (await import('./handlers/tasks.ts')).runTask(task),
);
export const retentionTask = onTaskDispatched(taskOptions('retentionTask'), async (task) =>
  (await import('./handlers/tasks.ts')).runTask(task),
);
export const exportTask = onTaskDispatched(taskOptions('exportTask'), async (task) =>
  (await import('./handlers/tasks.ts')).runTask(task),
);
export const changeTask = onTaskDispatched(taskOptions('changeTask'), async (task) =>
  (await import('./handlers/tasks.ts')).runTask(task),
);
export const ledgerTask = onTaskDispatched(taskOptions('ledgerTask'), async (task) =>
  (await import('./handlers/tasks.ts')).runTask(task),
);

/** The contact form, for people without an account. */
export const contact = callableForAnybody(async () => (await import('./handlers/contact.ts')).contact);

/**
 * A contact request of somebody with an account -> beyond a day's number, it waits for an officer.
 */
export const contactRequestCreated = onDocumentCreated(
  { ...eventOptions, document: 'contactRequests/{id}' },
  async (event) => (await import('./handlers/contact.ts')).contactRequestCreated(event),
);

/** A parent's or guardian's answer -> the ledger of the person whom they protect. */
export const guardianConsent = callableForSignedIn(async () => (await import('./handlers/holder.ts')).guardianConsent);

/** A link to the archive that answers a person's request: for them, after a recent sign-in, for minutes. */
export const exportLink = callableForSignedIn(async () => (await import('./handlers/exportLink.ts')).exportLink);

/** A person's own consent receipt: JSON and a page, in their language. */
export const consentReceipt = callableForSignedIn(async () => (await import('./handlers/receipt.ts')).consentReceipt);
