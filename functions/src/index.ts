import * as compliance from './compliance.ts';
import { deployment } from './deployment.generated.ts';

// The table of contents: every Cloud Function of this backend. compliance.ts says how each is made.

/** An answer to a consent -> the ledger, and the systems that it has an effect in. */
export const consentWritten = compliance.consentWritten(deployment);

/** A device's permissions -> the ledger, as history. */
export const devicePermissionWritten = compliance.devicePermissionWritten(deployment);

/** A server says how old a person is -> the right to decide about their consents. */
export const ageBandWritten = compliance.ageBandWritten(deployment);

/**
 * A server names or releases a holder of parental responsibility -> the right to decide about the
 * child's consents.
 */
export const guardianshipWritten = compliance.guardianshipWritten(deployment);

/**
 * A server restricts somebody's processing, or lifts that -> the systems that their consents
 * reached.
 */
export const restrictionWritten = compliance.restrictionWritten(deployment);

/** A corrected profile -> the recipients that have its values. */
export const profileWritten = compliance.profileWritten(deployment);

/** A rights request -> `requests`, and its job. */
export const privacyRequestCreated = compliance.privacyRequestCreated(deployment);

/** A rights request that its owner cancels. */
export const privacyRequestUpdated = compliance.privacyRequestUpdated(deployment);

/** A new account -> Auth's data of it, for as long as it lives. */
export const accountCreated = compliance.accountCreated(deployment);

/** A deleted account -> its erasure. */
export const accountDeleted = compliance.accountDeleted(deployment);

/**
 * Every night: records over their period, accounts that are gone, addresses that nothing needs any
 * more, requests due soon, the signed checkpoint, lost events, consents to be asked again.
 */
export const retentionDaily = compliance.retentionDaily(deployment);

/** Every job whose time has come. */
export const tick = compliance.tick(deployment);

// One task function per workload, so that none starves another (platform/queues.ts: its jobs).

/** Steps of erasures. */
export const erasureTask = compliance.erasureTask(deployment);

/**
 * Steps of the nightly ends: by time, by inactivity, after contracts; and of comparing accounts.
 */
export const retentionTask = compliance.retentionTask(deployment);

/** Steps of archives. */
export const exportTask = compliance.exportTask(deployment);

/** Steps that follow from an answer or a request, and messages to people. */
export const changeTask = compliance.changeTask(deployment);

/** Steps about the whole ledger: checkpoints, comparison with documents, asking again. */
export const ledgerTask = compliance.ledgerTask(deployment);

/** The contact form, for people without an account. */
export const contact = compliance.contact(deployment);

/**
 * A contact request of somebody with an account -> beyond a day's number, it waits for an officer.
 */
export const contactRequestCreated = compliance.contactRequestCreated(deployment);

/** A right that somebody asks for by e-mail -> a one-time link to their mailbox. */
export const requestByEmail = compliance.requestByEmail(deployment);

/** The pages of one-time links, and of the link in each marketing message. */
export const links = compliance.links(deployment);

/** Somebody unsubscribed at Brevo -> an objection, if Brevo's own state says so. */
export const brevoWebhook = compliance.brevoWebhook(deployment);

/** A parent's or guardian's answer -> the ledger of the person in their care. */
export const guardianConsent = compliance.guardianConsent(deployment);

/** A parent's or guardian's request for a right -> the person in their care, who is told first. */
export const guardianRequest = compliance.guardianRequest(deployment);

/**
 * A link to the archive that answers a person's request: for them, after a recent sign-in, for
 * minutes.
 */
export const exportLink = compliance.exportLink(deployment);

/** A person's own consent receipt: JSON and a page, in their language. */
export const consentReceipt = compliance.consentReceipt(deployment);

/** Statements of the app's servers: ages, guardians, restrictions, holds -> sealed documents. */
export const serverStatements = compliance.serverStatements(deployment);
