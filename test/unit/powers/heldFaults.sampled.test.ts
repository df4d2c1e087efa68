import type { BrevoClient } from '@getbrevo/brevo';
import { expect, it } from 'vitest';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import type { RequestType } from '../../../functions/src/requests/request.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { ofTheDay } from '../../kit/depth.ts';
import { Family, NOW } from './family.ts';

/**
 * Each call of the job that holds a request for another person, by each fault. However the call
 * fails, the person is told once, in the app and by e-mail, before anything goes on; and it goes on
 * on its day, once.
 */

const EMAIL = 'kim@example.com';

/** Before the call nothing happens; after it, only the answer is lost. */
const FAULTS = {
  'refused by a server that is out of order': { when: 'before', statusCode: 503 },
  'asked to come back later': { when: 'before', statusCode: 429 },
  'refused as it is': { when: 'before', statusCode: 400 },
  'answered, and the answer is lost': { when: 'after', statusCode: undefined },
} as const;
type Fault = keyof typeof FAULTS;
/** The systems, and more calls than each of them gets. */
const CALLS = { auth: 8, brevo: 3, app: 10, own: 30 } as const;
type Call = keyof typeof CALLS;

/** The part of the Firestore client that carries each call. */
interface Client {
  request(method: string, ...rest: unknown[]): Promise<unknown>;
}

/** A family of which the nth call of a kind fails once. */
function failing(call: Call, nth: number, fault: Fault) {
  const family = new Family();
  const seen = { calls: 0, isMet: false };
  const sent = new Map<string, string>();
  const through = async <T>(kind: Call, work: () => Promise<T>): Promise<T> => {
    const isIt = kind === call && !seen.isMet && seen.calls++ === nth;
    if (!isIt) return work();
    seen.isMet = true;
    const { when, statusCode } = FAULTS[fault];
    if (when === 'after') await work();
    // Of Firestore: one that its own client does not try again.
    throw Object.assign(new Error(fault), { statusCode, code: 7 });
  };
  const creationTime = new Date(NOW - 100 * DAY_MS).toUTCString();
  const auth = fakeAuth(() => [{ uid: 'kim', email: EMAIL, emailVerified: true, metadata: { creationTime } }]);
  interface Sending {
    readonly headers: { readonly idempotencyKey: string };
    readonly tags: readonly string[];
    readonly textContent: string;
  }
  const brevo = {
    transactionalEmails: {
      sendTransacEmail: ({ headers, textContent }: Sending) =>
        through('brevo', async () => {
          sent.set(headers.idempotencyKey, textContent);
          return { messageId: 'm' };
        }),
      getEmailEventReport: async () => ({ events: [] }),
    },
  } as unknown as BrevoClient;
  const { context } = family;
  Object.assign(context, {
    config: { ...context.config, brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' } },
    clients: {
      ...context.clients,
      auth: async () =>
        Object.assign(Object.create(auth) as typeof auth, {
          getUser: (uid: string) => through('auth', () => auth.getUser(uid)),
        }),
      brevo: async () => brevo,
    },
  });
  for (const name of ['app', 'own'] as const) {
    const client = context[name] as unknown as Client;
    const original = client.request.bind(client);
    client.request = (method, ...rest) =>
      method === 'commit' ? through(name, () => original(method, ...rest)) : original(method, ...rest);
  }
  return { family, seen, isMet: () => seen.isMet, mails: () => [...sent.values()] };
}

/** Runs whatever is due, some hours long: a task that fails comes again. */
async function hours(family: Family, count: number): Promise<void> {
  for (let hour = 0; hour < count; hour++) await family.days(1 / 24).catch(() => undefined);
}

/** A call that fails is made again by the app. */
async function asked(family: Family, type: RequestType): Promise<string> {
  const requestId = 'the-same-call';
  return family.asked('mother', type, { requestId }).catch(() => family.asked('mother', type, { requestId }));
}

const TYPES = ['portability', 'restriction', 'erasure'] as const;
const all = TYPES.flatMap((type) =>
  Object.entries(CALLS).flatMap(([call, most]) =>
    Object.keys(FAULTS).flatMap((fault) =>
      Array.from({ length: most }, (_, nth) => [type, nth, call as Call, fault as Fault] as const),
    ),
  ),
);

it.each(ofTheDay(30, all))('a %s of a parent while call %i of %s is %s', async (type, nth, call, fault) => {
  const { family, seen, isMet, mails } = failing(call, nth, fault);
  // The servers have stated the power before anything fails.
  seen.isMet = true;
  await family.power('mother', 'parentalAuthority');
  seen.isMet = false;
  const id = await asked(family, type);
  await hours(family, 3);
  const isHeld = type !== 'restriction';
  expect((await family.shown(id))?.['askedFor']).toMatchObject({ language: 'fr' });
  // An address that Brevo refuses holds nothing up: the app shows it.
  const isRefused = call === 'brevo' && fault === 'refused as it is' && isMet();
  expect(mails().length).toBe(isRefused ? 0 : 1);
  const begun = [`${type}.asked holder`, `${type}.requested holder`];
  expect(await family.entries()).toEqual(isHeld ? begun.slice(0, 1) : begun);
  family.now += 7 * DAY_MS;
  await hours(family, 3);
  expect(await family.entries()).toEqual(begun);
  const { begunAt } = (await family.recorded(id)) ?? {};
  if (isHeld) expect(begunAt?.toMillis()).toBeGreaterThanOrEqual(NOW + 7 * DAY_MS);
});

it.each(Object.entries(CALLS))('no more calls go to %s than were tried', async (call, most) => {
  const { family, seen } = failing(call as Call, most - 1, 'refused as it is');
  await family.power('mother', 'parentalAuthority');
  await asked(family, 'erasure');
  await hours(family, 3);
  family.now += 7 * DAY_MS;
  await hours(family, 3);
  expect(seen.isMet).toBe(false);
  expect(seen.calls).toBeGreaterThan(0);
});
