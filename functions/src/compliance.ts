import { onDocumentCreated, onDocumentUpdated, onDocumentWritten } from 'firebase-functions/v2/firestore';
import { onUserCreated, onUserDeleted } from 'firebase-functions/v2/identity';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { onTaskDispatched } from 'firebase-functions/v2/tasks';
import { declarationOf, type Deployment, type Settings } from './deployment.ts';
import { anybody, callable, signedIn } from './handlers/callable.ts';
import { pages } from './handlers/pages.ts';
import { serverCall } from './handlers/serverCall.ts';
import { brevoCall } from './handlers/webhook.ts';
import { eventOptions, OWN_DATABASE, scheduleOptions, taskOptions } from './options.ts';
import type { Runners } from './jobs/catalog.ts';
import type { Context } from './platform/context.ts';
import type { QueueName } from './platform/queues.ts';
import type { Policy } from './policy/schema.ts';
import { changeRunners, erasureRunners, exportRunners, ledgerRunners, retentionRunners } from './queueRunners.ts';
import { manifests } from './systems/registry.generated.ts';
import type { SystemManifest } from './systems/system.ts';

/**
 * A factory for each function: its trigger, its options (options.ts) and one call. index.ts gives
 * the purpose of each. Handlers, SDKs and the policy are loaded at the first event.
 */

/** Makes the context of a deployment at the first event, and gives the same one from then on. */
const contextOf = (deployment: Deployment) => async (): Promise<Context> =>
  (await import('./compose.ts')).contextOf(deployment);

/** Takes an event to its handler. */
const handledBy =
  <E>(deployment: Deployment, load: () => Promise<(context: Context, event: E) => Promise<void>>) =>
  async (event: E): Promise<void> => {
    const [context, handler] = await Promise.all([contextOf(deployment)(), load()]);
    await handler(context, event);
  };

export const consentWritten = (deployment: Deployment) =>
  onDocumentWritten(
    { ...eventOptions, document: deployment.paths.consents },
    handledBy(deployment, async () => (await import('./handlers/consent.ts')).consentWritten),
  );

/** Undefined if the policy asks devices for nothing: there is no such function then. */
export const devicePermissionWritten = (deployment: Deployment) =>
  deployment.paths.devicePermissions === undefined
    ? undefined
    : onDocumentWritten(
        { ...eventOptions, document: deployment.paths.devicePermissions },
        handledBy(deployment, async () => (await import('./handlers/consent.ts')).devicePermissionWritten),
      );

export const ageBandWritten = (deployment: Deployment) =>
  onDocumentWritten(
    { ...eventOptions, database: OWN_DATABASE, document: deployment.paths.ageBands },
    handledBy(deployment, async () => (await import('./handlers/guardians.ts')).ageBandWritten),
  );

export const guardianshipWritten = (deployment: Deployment) =>
  onDocumentWritten(
    { ...eventOptions, database: OWN_DATABASE, document: deployment.paths.guardianships },
    handledBy(deployment, async () => (await import('./handlers/guardians.ts')).guardianshipWritten),
  );

export const restrictionWritten = (deployment: Deployment) =>
  onDocumentWritten(
    { ...eventOptions, database: OWN_DATABASE, document: deployment.paths.restrictions },
    handledBy(deployment, async () => (await import('./handlers/consent.ts')).restrictionWritten),
  );

export const privacyRequestCreated = (deployment: Deployment) =>
  onDocumentCreated(
    { ...eventOptions, document: deployment.paths.privacyRequests },
    handledBy(deployment, async () => (await import('./handlers/requests.ts')).privacyRequestCreated),
  );

export const privacyRequestUpdated = (deployment: Deployment) =>
  onDocumentUpdated(
    { ...eventOptions, document: deployment.paths.privacyRequests },
    handledBy(deployment, async () => (await import('./handlers/requests.ts')).privacyRequestUpdated),
  );

export const accountCreated = (deployment: Deployment) =>
  onUserCreated(
    eventOptions,
    handledBy(deployment, async () => (await import('./handlers/accounts.ts')).accountCreated),
  );

export const accountDeleted = (deployment: Deployment) =>
  onUserDeleted(
    eventOptions,
    handledBy(deployment, async () => (await import('./handlers/accounts.ts')).accountDeleted),
  );

export const retentionDaily = (deployment: Deployment) =>
  onSchedule(
    { ...scheduleOptions(deployment), schedule: 'every day 03:00' },
    handledBy(deployment, async () => (await import('./handlers/schedules.ts')).retentionDaily),
  );

export const tick = (deployment: Deployment) =>
  onSchedule(
    { ...scheduleOptions(deployment), schedule: 'every 1 minutes' },
    handledBy(deployment, async () => (await import('./handlers/schedules.ts')).tick),
  );

const taskFunction = (queue: QueueName, runners: Partial<Runners>, deployment: Deployment) =>
  onTaskDispatched(
    taskOptions(queue, deployment),
    handledBy(deployment, async () => (await import('./handlers/tasks.ts')).runTask(runners)),
  );

export const erasureTask = (deployment: Deployment) => taskFunction('erasureTask', erasureRunners, deployment);
export const retentionTask = (deployment: Deployment) => taskFunction('retentionTask', retentionRunners, deployment);
export const exportTask = (deployment: Deployment) => taskFunction('exportTask', exportRunners, deployment);
export const changeTask = (deployment: Deployment) => taskFunction('changeTask', changeRunners, deployment);
export const ledgerTask = (deployment: Deployment) => taskFunction('ledgerTask', ledgerRunners, deployment);

/** Undefined if the policy names no profile: there is no such function then. */
export const profileWritten = (deployment: Deployment) =>
  deployment.paths.profiles === undefined
    ? undefined
    : onDocumentWritten(
        { ...eventOptions, document: deployment.paths.profiles },
        handledBy(deployment, async () => (await import('./handlers/profile.ts')).profileWritten),
      );

/** Undefined if the policy has no contact form: there is no such function then. */
export const contact = (deployment: Deployment) =>
  deployment.paths.contactRequests === undefined
    ? undefined
    : callable(contextOf(deployment), anybody, async () => (await import('./rights/contact/submit.ts')).submitContact);

/** Undefined if the policy has no contact form. */
export const contactRequestCreated = (deployment: Deployment) =>
  deployment.paths.contactRequests === undefined
    ? undefined
    : onDocumentCreated(
        { ...eventOptions, document: deployment.paths.contactRequests },
        handledBy(deployment, async () => (await import('./handlers/contact.ts')).contactRequestCreated),
      );

/** Undefined if the policy sends no e-mails: there is no such function then. */
export const requestByEmail = (deployment: Deployment) =>
  deployment.mail
    ? callable(contextOf(deployment), anybody, async () => (await import('./rights/ways/byEmail.ts')).requestByEmail)
    : undefined;

/** Undefined if the policy sends no e-mails, neither about rights nor marketing. */
export const links = (deployment: Deployment) =>
  deployment.mail || deployment.marketing
    ? pages(contextOf(deployment), async () => (await import('./rights/ways/openLink.ts')).openLink)
    : undefined;

/** Undefined if the policy writes to nobody through Brevo. */
export const brevoWebhook = (deployment: Deployment) =>
  deployment.marketing
    ? brevoCall(contextOf(deployment), async () => (await import('./rights/ways/brevoEvents.ts')).takeBrevoEvents)
    : undefined;

export const guardianConsent = (deployment: Deployment) =>
  callable(contextOf(deployment), signedIn, async () => (await import('./consent/guardianAnswer.ts')).answerAsHolder);

export const guardianRequest = (deployment: Deployment) =>
  callable(contextOf(deployment), signedIn, async () => (await import('./rights/onBehalf/ask.ts')).requestAsHolder);

export const exportLink = (deployment: Deployment) =>
  callable(contextOf(deployment), signedIn, async () => (await import('./export/link.ts')).issueLink);

export const consentReceipt = (deployment: Deployment) =>
  callable(contextOf(deployment), signedIn, async () => (await import('./handlers/receipt.ts')).consentReceipt);

export const serverStatements = (deployment: Deployment) =>
  serverCall(contextOf(deployment), async () => (await import('./handlers/serverStatements.ts')).serverStatements);

/**
 * Makes every function of a policy, for an index.ts of one's own. index.ts of this folder does the
 * same one by one, so that each has a bundle of its own.
 *
 * @example
 * // Deployed as acme-consentWritten, acme-tick …; firebase.json has no prefix then.
 * export const acme = createCompliance(policy, { prefix: 'acme' });
 */
export function createCompliance(policy: Policy, settings: Settings = {}) {
  const known: Readonly<Record<string, SystemManifest | undefined>> = manifests;
  const declaration = declarationOf(policy, settings, (system) => known[system]?.secrets ?? []);
  return functionsOf({ ...declaration, policy: async () => policy });
}

/** Makes every function of a deployment, each under the name of its entry point. */
export function functionsOf(deployment: Deployment) {
  return {
    consentWritten: consentWritten(deployment),
    devicePermissionWritten: devicePermissionWritten(deployment),
    ageBandWritten: ageBandWritten(deployment),
    guardianshipWritten: guardianshipWritten(deployment),
    restrictionWritten: restrictionWritten(deployment),
    profileWritten: profileWritten(deployment),
    privacyRequestCreated: privacyRequestCreated(deployment),
    privacyRequestUpdated: privacyRequestUpdated(deployment),
    accountCreated: accountCreated(deployment),
    accountDeleted: accountDeleted(deployment),
    retentionDaily: retentionDaily(deployment),
    tick: tick(deployment),
    erasureTask: erasureTask(deployment),
    retentionTask: retentionTask(deployment),
    exportTask: exportTask(deployment),
    changeTask: changeTask(deployment),
    ledgerTask: ledgerTask(deployment),
    contact: contact(deployment),
    contactRequestCreated: contactRequestCreated(deployment),
    requestByEmail: requestByEmail(deployment),
    links: links(deployment),
    brevoWebhook: brevoWebhook(deployment),
    guardianConsent: guardianConsent(deployment),
    guardianRequest: guardianRequest(deployment),
    exportLink: exportLink(deployment),
    consentReceipt: consentReceipt(deployment),
    serverStatements: serverStatements(deployment),
  };
}
