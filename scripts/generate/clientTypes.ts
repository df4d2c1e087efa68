import type { Timestamp } from 'firebase-admin/firestore';
import type { ConsentDocument, DevicePermissionDocument } from '../../functions/src/consent/documents.ts';
import type { HolderForm } from '../../functions/src/consent/guardianAnswer.ts';
import type { ANSWERED, ShownAnswer } from '../../functions/src/consent/told.ts';
import type { Link } from '../../functions/src/export/link.ts';
import type { LinkForm as Form } from '../../functions/src/export/linkForm.ts';
import type { ShownPurpose, ShownState } from '../../functions/src/ledger/shown/state.ts';
import type { ReceiptFiles } from '../../functions/src/handlers/receipt.ts';
import type { ReceiptForm as AskedReceipt } from '../../functions/src/proof/receipt/form.ts';
import type { DetailsByType, OwnStatement } from '../../functions/src/requests/details.ts';
import type { Say } from '../../functions/src/policy/regimes.ts';
import type { Reply } from '../../functions/src/requests/reply.ts';
import type { HolderRequest } from '../../functions/src/rights/onBehalf/ask.ts';
import type { ShownWish } from '../../functions/src/rights/onBehalf/held.ts';
import type { OwnDetail as OwnDetails, WishForm } from '../../functions/src/rights/onBehalf/form.ts';
import type { ContactForm as Message } from '../../functions/src/rights/contact/form.ts';
import type { ByEmailForm as WishByEmail } from '../../functions/src/rights/ways/byEmail.ts';
import type { RequestRecord } from '../../functions/src/requests/store.ts';

/**
 * The types of the client, each from a shape of the backend. `client.ts` prints them with
 * everything that they are made of, so that an app needs nothing of the backend. Timestamps are
 * those of the app's own SDK there.
 */

/** The document of an answer: `users/{uid}/consents/{purpose}`. */
export type Consent = ConsentDocument;

/** The answer to one purpose, as the backend shows it. */
export type PurposeState = ShownPurpose<Timestamp>;

/** The state of the person beside the purposes. */
export type StateBesides = Omit<ShownState<Timestamp>, 'purposes'> & { readonly updatedAt: Timestamp };

/** The person's additions to a request, by its type. A member that does not fit is left out. */
export type Details = DetailsByType;

/** A request as the person reads it, beside its type and its details. */
export type RequestBesides = Partial<
  Pick<
    RequestRecord,
    'status' | 'dueAt' | 'completedAt' | 'reason' | 'retryAt' | 'transmission' | 'missing' | 'withdrawnAt'
  >
> & {
  readonly createdAt: Timestamp;
  readonly pausedAt?: Timestamp;
  readonly reply?: Pick<Reply, 'kind' | 'at' | 'language'> & NonNullable<Reply['words']>;
  /** The person's own words, which stay beside their data if a correction is refused. */
  readonly statement?: OwnStatement;
  readonly cancelled?: true;
  /** Somebody asked for the person, who can say yes or no (`say`). */
  readonly askedFor?: ShownWish;
  readonly say?: Say;
};

/**
 * Tells the person how somebody answered about a consent for them: no request. `say` with
 * `disagrees` is a no of their own.
 */
export type AnsweredConsent = {
  readonly type: typeof ANSWERED;
  readonly askedFor: ShownAnswer;
};

/** The form of `exportLink`. */
export type LinkForm = Form;

/** The answer of `exportLink`: `expiresAt` is in epoch milliseconds. */
export type DownloadLink = Link;

/** The form of `guardianConsent`. */
export type HolderAnswer = HolderForm;

/** The form of `guardianRequest`, beside the details. */
export type HolderWish = Omit<WishForm, 'details'>;

/** The details that only the person gives: addresses to which something of theirs is sent. */
export type OwnDetail = OwnDetails;

/** The answer of `guardianRequest`; `goesOnAt` is in epoch milliseconds. */
export type GuardianRequest = HolderRequest;

/**
 * The permission of a device: `users/{uid}/devicePermissions/{deviceId}_{permission}`. History,
 * never a consent.
 */
export type DevicePermission = DevicePermissionDocument;

/** The form of `contact`. */
export type ContactForm = Message;

/** The form of `requestByEmail`. */
export type ByEmailForm = WishByEmail;

/** The form of `consentReceipt`. */
export type ReceiptForm = AskedReceipt;

/** The answer of `consentReceipt`. */
export type ConsentReceipt = ReceiptFiles;
