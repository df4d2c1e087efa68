import { httpsCallable, type Functions } from 'firebase/functions';
import {
  FUNCTIONS,
  type ByEmailForm,
  type ConsentReceipt,
  type ContactForm,
  type DownloadLink,
  type GuardianAnswer,
  type GuardianRequest,
  type GuardianWish,
  type LinkForm,
  type ReceiptForm,
  type RequestType,
} from './contract.generated';

/**
 * The callables of the backend. Each refuses with a FunctionsError: its message is for the person,
 * `details.reason` for the app, `details.issues` names fields of the form.
 */

/** The callables, in the region of the backend: `getFunctions(app, REGION)`. */
export interface Callables {
  readonly functions: Functions;
}

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

/**
 * Makes the consent receipt of the signed-in person: JSON-LD and a page, to keep as files. Ten an
 * hour.
 *
 * @throws FunctionsError with `details.reason`: `rateLimited`, `invalid`, `gone`
 */
export const consentReceipt = ({ functions }: Callables, form: ReceiptForm = {}): Promise<ConsentReceipt> =>
  call(functions, FUNCTIONS.consentReceipt, form);

/**
 * Sends the contact form, also for somebody without an account.
 *
 * @returns the id of the message
 * @throws FunctionsError with `details.reason`: `invalid` with the fields, `rateLimited`; status
 *   `not-found` if the policy has no record `contactRequests`
 */
export const contact = ({ functions }: Callables, form: ContactForm): Promise<{ readonly id: string }> =>
  call(functions, FUNCTIONS.contact, form);

/**
 * Asks for a right without a sign-in: a one-time link goes to the address. The answer is the same
 * whether somebody has it.
 *
 * @throws FunctionsError with `details.reason`: `invalid` with the fields, `rateLimited`, `noMail`;
 *   status `not-found` if the policy sends no e-mails
 */
export const requestByEmail = ({ functions }: Callables, form: ByEmailForm): Promise<{ readonly requested: true }> =>
  call(functions, FUNCTIONS.requestByEmail, form);

async function call<Answer>(functions: Functions, name: string, form: object): Promise<Answer> {
  return (await httpsCallable<object, Answer>(functions, name)(form)).data;
}
