import { HttpsError, type CallableRequest } from 'firebase-functions/v2/https';
import { beforeEach, describe, expect, it } from 'vitest';
import { anybody, callable, signedIn, type Call } from '../../../functions/src/handlers/callable.ts';
import type { Head } from '../../../functions/src/ledger/chain.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import type { Answer } from '../../../functions/src/platform/intake.ts';
import type { Caller } from '../../../functions/src/subject/signIn.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth, type FakeUser } from '../../kit/auth.ts';
import { putHead } from '../../kit/sealed/ledger.ts';
import { testContext } from '../requests/helpers.ts';

/**
 * Each callable is reached only by a person who still may call: tokens outlive the accounts behind
 * them.
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const CREATED = Date.parse('2026-01-01T00:00:00Z') / 1000;
const SIGNED_IN = NOW / 1000 - 60;
const utc = (seconds: number): string => new Date(seconds * 1000).toUTCString();
const living = (more: Partial<FakeUser> = {}): FakeUser => ({
  uid: 'ada',
  disabled: false,
  tokensValidAfterTime: utc(CREATED),
  metadata: { creationTime: utc(CREATED) },
  ...more,
});

let users: FakeUser[] = [];
let asked = 0;
let context: ReturnType<typeof contextNow>;
function contextNow() {
  const base = testContext(NOW);
  const auth = async () =>
    fakeAuth(() => {
      asked += 1;
      return users;
    }, ['school']);
  return { ...base, clients: { ...base.clients, auth } };
}
const compose = async (): Promise<Context> => context;

beforeEach(() => {
  users = [living()];
  asked = 0;
  context = contextNow();
});

interface Sent {
  uid?: string;
  authTime?: unknown;
  tenant?: string;
  headers?: Readonly<Record<string, string>>;
  data?: unknown;
}

function request({ uid = 'ada', authTime = SIGNED_IN, tenant, headers = {}, data = {} }: Sent = {}, isSignedIn = true) {
  const firebase = { sign_in_provider: 'password', ...(tenant === undefined ? {} : { tenant }) };
  return {
    data,
    rawRequest: { headers, socket: { remoteAddress: '169.254.1.1' }, ip: '6.6.6.6' },
    ...(isSignedIn ? { auth: { uid, token: { uid, auth_time: authTime, firebase } } } : {}),
  } as unknown as CallableRequest<unknown>;
}

const whoCalls = async (_: Context, { caller }: Call<Caller>): Promise<Answer<Caller, 'invalid'>> => ({
  ok: true,
  result: caller,
});
const forSignedIn = callable(compose, signedIn, async () => whoCalls);
const forAnybody = callable(
  compose,
  anybody,
  async () =>
    async (_: Context, call: Call<Caller | null>): Promise<Answer<unknown, 'invalid'>> => ({
      ok: true,
      result: call,
    }),
);

/** The answer that an app gets. */
async function refusal(sent?: Sent, isSignedIn = true): Promise<{ code: string; message: string; details: unknown }> {
  try {
    await forSignedIn.run(request(sent, isSignedIn));
  } catch (error) {
    if (error instanceof HttpsError) return { code: error.code, message: error.message, details: error.details };
    throw error;
  }
  throw new Error('the call was answered');
}

const head = (more: Partial<Head>) => {
  const chain = pseudonymOf('ada', context.keys);
  return putHead(context, chain, more);
};
const reason = (code: string) => ({ reason: code, issues: [], retryAfter: null });

describe('a callable for signed-in people', () => {
  it('hears the caller’s uid, and asks Auth once', async () => {
    const caller = { uid: 'ada', accountCreatedAt: CREATED, signedInAt: SIGNED_IN * 1000 };
    expect(await forSignedIn.run(request())).toEqual(caller);
    expect(asked).toBe(1);
  });

  it.each([
    ['disabled', { disabled: true }],
    ['one whose tokens were revoked', { tokensValidAfterTime: utc(SIGNED_IN + 1) }],
  ])('refuses an account that is %s, in the language of the form or of the browser', async (_what, more) => {
    users = [living(more)];
    const fr = 'Veuillez vous reconnecter : cette connexion n’est plus valable.';
    const en = 'Please sign in again: this sign-in is no longer valid.';
    const told = { code: 'unauthenticated', details: reason('signInEnded') };
    expect(await refusal({ data: { language: 'en' } })).toEqual({ ...told, message: en });
    expect(await refusal({ data: { locale: 'fr-CA' } })).toEqual({ ...told, message: fr });
    expect(await refusal({ headers: { 'accept-language': 'fr' }, data: null })).toEqual({ ...told, message: fr });
  });

  it('refuses a deleted account, one with an erasure that has begun, and one that has the uid since', async () => {
    const told = { code: 'not-found', details: reason('gone') };
    users = [];
    expect(await refusal()).toMatchObject(told);
    users = [living({ metadata: { creationTime: utc(SIGNED_IN + 1) } })];
    expect(await refusal()).toMatchObject(told);
    users = [living()];
    for (const accountCreatedAt of [CREATED, null]) {
      await head({ erasing: { at: NOW - 1000, accountCreatedAt } });
      expect(await refusal()).toMatchObject(told);
      await head({ closed: { at: NOW - 1000, accountCreatedAt } });
      expect(await refusal()).toMatchObject(told);
    }
  });

  it('answers the account that has the uid after an erasure', async () => {
    await head({ closed: { at: NOW - 1000, accountCreatedAt: CREATED - 100 } });
    expect(await forSignedIn.run(request())).toMatchObject({ uid: 'ada' });
  });

  it('refuses a caller who is not signed in, and a uid that is none', async () => {
    const told = { code: 'unauthenticated', details: reason('signedOut') };
    expect(await refusal({}, false)).toMatchObject(told);
    expect(await refusal({ uid: 'a/b' })).toMatchObject(told);
    expect(asked).toBe(0);
  });

  it('asks the tenant of the token, and no other', async () => {
    users = [living({ tenantId: 'school' })];
    expect(await forSignedIn.run(request({ tenant: 'school' }))).toMatchObject({ uid: 'ada' });
    expect(await refusal()).toMatchObject({ details: reason('gone') });
    users = [living(), living({ tenantId: 'school', disabled: true })];
    expect(await refusal({ tenant: 'school' })).toMatchObject({ details: reason('signInEnded') });
    expect(await forSignedIn.run(request())).toMatchObject({ uid: 'ada' });
  });

  it('lets nobody in while Auth cannot be asked', async () => {
    const down = Promise.reject(new Error('unavailable'));
    down.catch(() => undefined);
    context = { ...context, clients: { ...context.clients, auth: () => down } };
    await expect(forSignedIn.run(request())).rejects.toThrow('unavailable');
  });

  it('passes a refusal on with its reason, fields and time', async () => {
    const limited = callable(compose, signedIn, async () => async (): Promise<Answer<never, 'rateLimited'>> => {
      return {
        ok: false,
        code: 'rateLimited',
        message: 'later',
        issues: [{ code: 'custom', field: 'y' }],
        retryAfter: 7,
      };
    });
    await expect(limited.run(request())).rejects.toMatchObject({
      code: 'resource-exhausted',
      message: 'later',
      details: { reason: 'rateLimited', issues: [{ code: 'custom', field: 'y' }], retryAfter: 7 },
    });
  });
});

describe('a callable for anybody', () => {
  it('knows a caller only if the sign-in holds, and answers everybody', async () => {
    expect(await forAnybody.run(request())).toMatchObject({ caller: { uid: 'ada' } });
    expect(await forAnybody.run(request({}, false))).toMatchObject({ caller: null });
    users = [living({ disabled: true })];
    expect(await forAnybody.run(request())).toMatchObject({ caller: null });
  });

  it('hears the address that the platform added, never the one that the caller wrote', async () => {
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.7' };
    expect(await forAnybody.run(request({ headers }, false))).toMatchObject({ address: '203.0.113.7' });
    expect(await forAnybody.run(request({}, false))).toMatchObject({ address: undefined });
    context = { ...context, config: { ...context.config, trustedProxyHops: 0 } };
    expect(await forAnybody.run(request({ headers }, false))).toMatchObject({ address: '169.254.1.1' });
  });
});
