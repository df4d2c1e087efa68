import { afterEach, expect, it, vi } from 'vitest';
import type { HttpsFunction } from 'firebase-functions/v2/https';
import { brevoCall } from '../../../functions/src/handlers/webhook.ts';
import type { Context } from '../../../functions/src/platform/context.ts';

/** Brevo gives an event up after every answer but 429: no failure of ours may answer otherwise. */

afterEach(() => vi.unstubAllEnvs());

/** The status of the answer to a call. */
async function statusOf(call: HttpsFunction, { method = 'POST', token = 'right' } = {}): Promise<number> {
  let status = 0;
  const response = {
    on: () => undefined,
    status: (code: number) => {
      status = code;
      return { json: () => undefined };
    },
  };
  const request = { method, headers: { authorization: `Bearer ${token}` }, body: {} };
  await call(request as never, response as never);
  return status;
}

const context = async () => ({}) as Context;
const taking = (isTaken: boolean) => async () => async () => isTaken;
const failing = async () => {
  throw new Error('cold start failed');
};

it.each<[string, string, HttpsFunction]>([
  ['the secret is not set', '', brevoCall(context, taking(true))],
  ['the context cannot be made', 'right', brevoCall(failing, taking(true))],
  ['the handler cannot be loaded', 'right', brevoCall(context, failing)],
  ['the handler fails', 'right', brevoCall(context, async () => failing)],
])('answers 429 if %s', async (_, secret, call) => {
  vi.stubEnv('BREVO_WEBHOOK_TOKEN', secret);
  expect(await statusOf(call)).toBe(429);
});

it.each([
  ['as it is', 'right'],
  ['with the line break of the program that made it', 'right\n'],
])('answers 200, 400 to what nobody can read, 401 to a wrong token, 405 to a visit; token %s', async (_, secret) => {
  vi.stubEnv('BREVO_WEBHOOK_TOKEN', secret);
  const answers = [
    await statusOf(brevoCall(context, taking(true))),
    await statusOf(brevoCall(context, taking(false))),
    await statusOf(brevoCall(context, taking(true)), { token: 'guessed' }),
    await statusOf(brevoCall(context, taking(true)), { method: 'GET' }),
  ];
  expect(answers).toEqual([200, 400, 401, 405]);
});
