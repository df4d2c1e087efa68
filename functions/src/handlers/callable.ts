import { HttpsError, onCall, type CallableFunction, type CallableRequest } from 'firebase-functions/v2/https';
import { callableOptions } from '../options.ts';
import type { Context } from '../platform/context.ts';
import type { Answer, Refused } from '../platform/intake.ts';
import type { Caller, SignInRefusal } from '../subject/signIn.ts';
import type { Language } from '../texts/languages.ts';

/**
 * The one way into a callable: nothing else may use `onCall` (eslint.config.js). So none can forget
 * to ask for the caller. Everything is loaded at the first call: listing the functions loads no
 * SDK.
 */

/**
 * The status of each refusal. `details.reason` names the refusal, so that an app need not read the
 * message.
 */
const STATUS = {
  signedOut: 'unauthenticated',
  signInEnded: 'unauthenticated',
  gone: 'not-found',
  invalid: 'invalid-argument',
  stale: 'failed-precondition',
  rateLimited: 'resource-exhausted',
  tooMany: 'resource-exhausted',
  alreadyOpen: 'failed-precondition',
  saidNo: 'failed-precondition',
  notFound: 'not-found',
  denied: 'permission-denied',
  erased: 'not-found',
  unpublished: 'failed-precondition',
  noMail: 'unavailable',
} as const;

export type Reason = keyof typeof STATUS;

/** One call, without the platform's wrapping. */
export interface Call<C extends Caller | null> {
  readonly caller: C;
  readonly data: unknown;
  /** The language of the answer. */
  readonly language: Language;
  /** The caller's network address, if a proxy that is trusted has told it. */
  readonly address: string | undefined;
}

/** Admits a caller, or says why not. */
type Admit<C extends Caller | null> = (found: Caller | SignInRefusal) => C | SignInRefusal;

/** Admits everybody who is signed in, and still may be. */
export const signedIn: Admit<Caller> = (found) => found;

/** Admits everybody: null if nobody is signed in, or the sign-in does not hold any more. */
export const anybody: Admit<Caller | null> = (found) => (typeof found === 'string' ? null : found);

/**
 * Makes a callable. Each call asks Auth and the ledger about its caller.
 *
 * @param contextOf makes the context at the first call, and gives the same one from then on
 * @param load loads the handler at the first call
 */
export const callable = <C extends Caller | null, T>(
  contextOf: () => Promise<Context>,
  admit: Admit<C>,
  load: () => Promise<(context: Context, call: Call<C>) => Promise<Answer<T, Reason>>>,
): CallableFunction<unknown, Promise<T>> =>
  onCall(callableOptions, async (request: CallableRequest<unknown>) => {
    const [context, handler] = await Promise.all([contextOf(), load()]);
    const caller = admit(await callerOf(context, request));
    const { data, rawRequest } = request;
    const { languageOf } = await import('../platform/language.ts');
    const language = languageOf(context.policy.languages, data, rawRequest.headers['accept-language']);
    if (typeof caller === 'string') {
      const { signInMessage } = await import('../subject/signIn.ts');
      throw errorOf({ ok: false, code: caller, message: signInMessage(caller, language) });
    }
    const address = await addressOf(context, request);
    const answer = await handler(context, { caller, data, language, address });
    if (answer.ok) return answer.result;
    throw errorOf(answer);
  });

/** The caller's network address, if a proxy that is trusted has told it. */
async function addressOf({ config }: Context, { rawRequest }: CallableRequest<unknown>): Promise<string | undefined> {
  const { clientAddress } = await import('../rights/contact/clientAddress.ts');
  const { headers, socket } = rawRequest;
  return clientAddress(
    { forwardedFor: headers['x-forwarded-for'], peer: socket.remoteAddress },
    config.trustedProxyHops,
  );
}

/**
 * Finds the caller: one call to Auth, one read of the ledger.
 *
 * @throws the errors of Auth and Firestore: nobody is let in while they cannot answer
 */
async function callerOf(context: Context, { auth }: CallableRequest<unknown>): Promise<Caller | SignInRefusal> {
  if (auth === undefined) return 'signedOut';
  const [{ findAccount }, { isUid }, { signInOf }, { isBeingErased }] = await Promise.all([
    import('../subject/accounts.ts'),
    import('../subject/identity.ts'),
    import('../subject/signIn.ts'),
    import('../ledger/find.ts'),
  ]);
  const { uid, token } = auth;
  if (!isUid(uid)) return 'signedOut';
  const account = await findAccount(context, { uid, tenantId: token.firebase.tenant ?? null });
  const caller = signInOf(account, token.auth_time);
  if (typeof caller === 'string') return caller;
  return (await isBeingErased(context, uid, caller.accountCreatedAt)) ? 'gone' : caller;
}

const errorOf = ({ code, message, issues, retryAfter }: Refused<Reason>): HttpsError =>
  new HttpsError(STATUS[code], message, { reason: code, issues: issues ?? [], retryAfter: retryAfter ?? null });
