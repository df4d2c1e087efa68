import type { Auth, Unsubscribe } from 'firebase/auth';
import {
  collection,
  doc,
  onSnapshot,
  serverTimestamp,
  setDoc,
  Timestamp,
  updateDoc,
  type DocumentReference,
  type Firestore,
  type FirestoreError,
} from 'firebase/firestore';
import { httpsCallable, type Functions } from 'firebase/functions';
import {
  FUNCTIONS,
  type Consent,
  type Details,
  type DownloadLink,
  type GuardianAnswer,
  type GuardianRequest,
  type GuardianWish,
  type LinkForm,
  type PrivacyState,
  type Purpose,
  type Request,
  type RequestType,
} from './contract.generated.ts';
import { followSignIn } from './follow.ts';

export * from './contract.generated.ts';

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

/** The callables, in the region of the backend: `getFunctions(app, REGION)`. */
export interface Callables {
  readonly functions: Functions;
}

/** The circumstances of an answer: a consent that cannot be shown later is none (Art. 7(1)). */
export type Told = Omit<Consent, 'granted' | 'updatedAt' | 'givenAt' | 'reconsentRequired' | 'objectedAt'> & {
  /** When the person answered, for an answer that was given offline and is sent later. */
  readonly givenAt?: Date;
};

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
 * True if the app may act on a consent now: it stands, and the person neither restricts the purpose
 * nor objects to it. Nothing before a yes: without a state it is false. The rules ask the
 * same of rows that the policy enforces.
 */
export function mayUse(state: PrivacyState | null, purpose: Purpose): boolean {
  if (state === null || state.restricted.all || state.purposes[purpose]?.stands !== true) return false;
  return !state.restricted.purposes.includes(purpose) && !state.objections.includes(purpose);
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

/** Says yes or no to a request that a holder made for the person. A no stops it. */
export async function say(app: Own, id: string, word: 'agrees' | 'disagrees'): Promise<void> {
  await updateDoc(own(app, 'privacyRequests', id), { say: word });
}

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
  onSnapshot(own(app, 'privacyRequests', id), (document) => next((document.data() ?? null) as Request | null), failed);

/**
 * Asks for a link to an archive of a completed export. It works for minutes, for somebody with a
 * sign-in of a moment ago; ask for it when the person presses the button, and keep it nowhere.
 *
 * @throws FunctionsError with `details.reason`: `stale` asks for a new sign-in
 */
export const downloadLink = ({ functions }: Callables, form: LinkForm): Promise<DownloadLink> =>
  call(functions, FUNCTIONS.exportLink, form);

/**
 * Answers for a child or a protected adult, as the holder or guardian that servers have named.
 *
 * @returns the state that follows: `pending` until the other side agrees as well
 * @throws FunctionsError with `details.reason`
 */
export const answerAsGuardian = (
  { functions }: Callables,
  answer: GuardianAnswer,
): Promise<{ readonly state: string }> => call(functions, FUNCTIONS.guardianConsent, answer);

/**
 * Asks for a right of the person in their care. The person is told first and can disagree.
 *
 * @returns how it stands; the same call again answers it anew
 * @throws FunctionsError with `details.reason`
 */
export const askAsGuardian = <T extends RequestType>(
  { functions }: Callables,
  wish: GuardianWish<T>,
): Promise<GuardianRequest> => call(functions, FUNCTIONS.guardianRequest, wish);

async function call<Answer>(functions: Functions, name: string, form: object): Promise<Answer> {
  return (await httpsCallable<object, Answer>(functions, name)(form)).data;
}
