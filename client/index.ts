import type { Auth, Unsubscribe } from 'firebase/auth';
import {
  collection,
  doc,
  onSnapshot,
  orderBy,
  query,
  serverTimestamp,
  setDoc,
  Timestamp,
  updateDoc,
  type DocumentReference,
  type DocumentSnapshot,
  type Firestore,
  type FirestoreError,
} from 'firebase/firestore';
import type {
  Consent,
  Details,
  DevicePermission,
  PrivacyState,
  Purpose,
  Request,
  RequestType,
} from './contract.generated';
import { followSignIn } from './follow';

export * from './calls';
export * from './contract.generated';

/**
 * The contract with the backend for a web app, in a few functions (docs/app.md). They take the
 * Firebase instances of the app and keep nothing themselves. Their types follow from the policy and
 * from the backend's own shapes: `npm run generate` writes them.
 */

/** The documents of the signed-in person. */
export interface Own {
  readonly auth: Pick<Auth, 'currentUser'>;
  readonly db: Firestore;
}

/** The same, and each change of the signed-in person. */
export interface Followed extends Own {
  readonly auth: Pick<Auth, 'currentUser' | 'onAuthStateChanged'>;
}

/** The circumstances of an answer: a consent that cannot be shown later is none (Art. 7(1)). */
export type Told = Omit<Consent, 'granted' | 'updatedAt' | 'givenAt' | 'reconsentRequired' | 'objectedAt'> & {
  /** When the person answered, for an answer that was given offline and is sent later. */
  readonly givenAt?: Date;
};

/** The answers of a person by purpose. One that nobody has given is absent. */
export type Consents = { readonly [P in Purpose]?: Consent };

/** A request in the list of a person's requests. */
export type ListedRequest = Request & { readonly id: string };

/** A document of the person's own. @throws Error if nobody is signed in */
function own({ auth, db }: Own, ...path: readonly string[]): DocumentReference {
  const uid = auth.currentUser?.uid;
  if (uid === undefined) throw new Error('nobody is signed in: only a person can read or answer for themselves');
  return doc(db, 'users', uid, ...path);
}

/**
 * Gives or takes back a consent: the same call, the other answer (Art. 7(3)). Resolves when the
 * server has it; act on it when the state says that it stands (`onPrivacyState`).
 *
 * @param told.policyVersion the version of the text that the person saw on the screen
 * @throws FirestoreError `permission-denied` if the rules refuse it
 * @example
 * await setConsent({ auth, db }, 'analytics', true, { policyVersion, source: 'web' });
 */
export async function setConsent(app: Own, purpose: Purpose, granted: boolean, told: Told): Promise<void> {
  const { givenAt, ...rest } = told;
  await setDoc(own(app, 'consents', purpose), {
    ...rest,
    granted,
    updatedAt: serverTimestamp(),
    ...(givenAt === undefined ? {} : { givenAt: Timestamp.fromDate(givenAt) }),
  });
}

/**
 * Tells the state of the signed-in person, now and at each change. It follows the sign-in: nothing
 * that stood for one person stands for the next one, or for nobody.
 *
 * @param next null: nothing stands. Nobody is signed in, this person has not answered anything, or
 *   their state cannot be read any more
 * @param failed the reason for which it cannot be read, after `next` was told null. Firestore ends
 *   the listener then: begin a new one to try again
 * @returns ends it
 */
export const onPrivacyState = (
  { auth, db }: Followed,
  next: (state: PrivacyState | null) => void,
  failed?: (error: FirestoreError) => void,
): Unsubscribe =>
  followSignIn<PrivacyState, FirestoreError>(
    auth,
    (uid, tell, fail) =>
      onSnapshot(
        doc(db, 'users', uid, 'privacy', 'state'),
        (document) => tell((document.data() ?? null) as PrivacyState | null),
        fail,
      ),
    next,
    failed,
  );

/**
 * Tells the answers of the signed-in person as their documents have them, now and at each change.
 * They decide nothing (`mayUse` does); `mustAskAgain` needs them. It follows the sign-in as
 * `onPrivacyState` does.
 *
 * @param next null: nobody is signed in, or the answers cannot be read any more
 * @param failed the reason for which they cannot be read
 * @returns ends it
 */
export const onConsents = (
  { auth, db }: Followed,
  next: (consents: Consents | null) => void,
  failed?: (error: FirestoreError) => void,
): Unsubscribe =>
  followSignIn<Consents, FirestoreError>(
    auth,
    (uid, tell, fail) =>
      onSnapshot(
        collection(db, 'users', uid, 'consents'),
        ({ docs }) => tell(Object.fromEntries(docs.map((document) => [document.id, dataOf(document)])) as Consents),
        fail,
      ),
    next,
    failed,
  );

/**
 * True if the app asks a person again who has answered before: the consent has expired, or it is to
 * a version without a published text.
 */
export const mustAskAgain = (state: PrivacyState | null, consents: Consents | null, purpose: Purpose): boolean =>
  state?.purposes[purpose]?.askAgain === true || consents?.[purpose]?.reconsentRequired === true;

/**
 * True if the app may act on a consent now: it stands, and the person neither restricts the purpose
 * nor objects to it. Nothing before a yes: without a state it is false. The rules ask the
 * same of rows that the policy enforces.
 */
export function mayUse(state: PrivacyState | null, purpose: Purpose): boolean {
  if (state === null || state.restricted.all || state.purposes[purpose]?.stands !== true) return false;
  return !state.restricted.purposes.includes(purpose) && !state.objections.includes(purpose);
}

/**
 * Notes a permission of this device: history, never a consent. One document for each device and
 * permission.
 *
 * @throws FirestoreError `permission-denied` if the rules refuse it
 */
export async function setDevicePermission(app: Own, permission: Omit<DevicePermission, 'updatedAt'>): Promise<void> {
  const id = `${permission.deviceId}_${permission.permission}`;
  await setDoc(own(app, 'devicePermissions', id), { ...permission, updatedAt: serverTimestamp() });
}

/**
 * Asks for a right (Art. 15 to 21). Resolves when the server has it; `onRequest` tells how it goes
 * on.
 *
 * @param id of the request, if the app wants to choose it: asked again under it is refused
 * @returns its id
 */
export async function ask<T extends RequestType>(
  app: Own,
  type: T,
  details?: Details[T],
  id = doc(collection(app.db, 'ids')).id,
): Promise<string> {
  const given = details === undefined ? {} : { details };
  await setDoc(own(app, 'privacyRequests', id), { type, createdAt: serverTimestamp(), ...given });
  return id;
}

/** Takes a request back. The work that was done by then stays done. */
export async function takeBack(app: Own, id: string): Promise<void> {
  await updateDoc(own(app, 'privacyRequests', id), { cancelled: true });
}

/**
 * Says yes or no to a request that a holder made for the person. A no stops it. A no to an answer
 * about a consent (`type: 'consents'`) takes that consent back.
 */
export async function say(app: Own, id: string, word: 'agrees' | 'disagrees'): Promise<void> {
  await updateDoc(own(app, 'privacyRequests', id), { say: word });
}

/**
 * Tells every request of the signed-in person, the newest first, now and at each change. These are
 * their own, those that somebody made for them (`askedFor`), and those that an officer entered.
 * Among them is how somebody answered about a consent for them (`type: 'consents'`). It follows the
 * sign-in as `onPrivacyState` does. Costs a read for each request, and one for each change.
 *
 * @param next null: nobody is signed in, or the requests cannot be read any more
 * @param failed the reason for which they cannot be read
 * @returns ends it
 * @example
 * onRequests({ auth, db }, (requests) => {
 *   const open = requests?.find((one) => one.askedFor !== undefined && one.say === undefined);
 *   if (open?.askedFor) show(open.askedFor.title, (word) => say({ auth, db }, open.id, word));
 * });
 */
export const onRequests = (
  { auth, db }: Followed,
  next: (requests: readonly ListedRequest[] | null) => void,
  failed?: (error: FirestoreError) => void,
): Unsubscribe =>
  followSignIn<readonly ListedRequest[], FirestoreError>(
    auth,
    (uid, tell, fail) =>
      onSnapshot(
        query(collection(db, 'users', uid, 'privacyRequests'), orderBy('createdAt', 'desc')),
        ({ docs }) => tell(docs.map((document) => ({ ...(dataOf(document) as Request), id: document.id }))),
        fail,
      ),
    next,
    failed,
  );

/**
 * Tells how a request of the signed-in person goes on. End it when they sign out.
 *
 * @param next null: there is no such request
 * @param failed the reason for which it cannot be read any more
 * @returns ends it
 */
export const onRequest = (
  app: Own,
  id: string,
  next: (request: Request | null) => void,
  failed?: (error: FirestoreError) => void,
): Unsubscribe =>
  onSnapshot(own(app, 'privacyRequests', id), (document) => next((dataOf(document) ?? null) as Request | null), failed);

/** The fields of a document. A time that the server has not set yet is the device's own. */
const dataOf = (document: DocumentSnapshot) => document.data({ serverTimestamps: 'estimate' });
