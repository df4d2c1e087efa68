import type { Timestamp } from 'firebase-admin/firestore';
import type { ConsentDocument } from '../../functions/src/consent/documents.ts';
import type { HolderForm } from '../../functions/src/consent/guardianAnswer.ts';
import type { Link } from '../../functions/src/export/link.ts';
import type { LinkForm as Form } from '../../functions/src/export/linkForm.ts';
import type { ShownPurpose, ShownState } from '../../functions/src/ledger/shown/state.ts';
import type { DetailsByType } from '../../functions/src/requests/details.ts';
import type { Say } from '../../functions/src/policy/regimes.ts';
import type { Reply } from '../../functions/src/requests/reply.ts';
import type { RequestType } from '../../functions/src/requests/request.ts';
import type { HolderRequest } from '../../functions/src/rights/onBehalf/ask.ts';
import type { ShownWish } from '../../functions/src/rights/onBehalf/held.ts';
import type { Wish } from '../../functions/src/rights/onBehalf/form.ts';
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

/** A request as the person reads it: `users/{uid}/privacyRequests/{id}`. */
export type Request = Partial<
  Pick<
    RequestRecord,
    'status' | 'dueAt' | 'completedAt' | 'reason' | 'retryAt' | 'transmission' | 'missing' | 'withdrawnAt'
  >
> & {
  readonly pausedAt?: Timestamp;
  readonly reply?: Pick<Reply, 'kind' | 'at' | 'language'> & NonNullable<Reply['words']>;
  readonly type: RequestType;
  readonly createdAt: Timestamp;
  readonly cancelled?: true;
  /** Somebody asked for the person, who can say yes or no (`say`). */
  readonly askedFor?: ShownWish;
  readonly say?: Say;
};

/** The form of `exportLink`. */
export type LinkForm = Form;

/** The answer of `exportLink`: `expiresAt` is in epoch milliseconds. */
export type DownloadLink = Link;

/** The form of `guardianConsent`. */
export type HolderAnswer = HolderForm;

/** The form of `guardianRequest`, beside the details. */
export type HolderWish = Omit<Wish, 'details'>;

/** The answer of `guardianRequest`; `goesOnAt` is in epoch milliseconds. */
export type GuardianRequest = HolderRequest;
