import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, test } from 'vitest';
import { network, submitContact } from '../../../functions/src/requests/contact.ts';
import { languageOf } from '../../../functions/src/platform/language.ts';
import { testContext } from './helpers.ts';

const NOW = Date.parse('2026-03-01T09:00:00Z');
let context = testContext(NOW);
beforeEach(() => {
  context = testContext(NOW);
});

const form = (more: object = {}): object => ({
  email: 'Ada@Example.com',
  firstName: 'Ada',
  lastName: 'L',
  message: 'Hello',
  ...more,
});
const call = (data: unknown, ip = '203.0.113.7', acceptLanguage?: string) =>
  submitContact(context, { data, ip, acceptLanguage });

describe('the contact form of people without an account', () => {
  test('is written with the server’s time, without uid, without what the contract does not name', async () => {
    const outcome = await call(form({ company: 'AMIKEO', locale: 'fr' }));
    const [written] = (await context.app.collection('contactRequests').get()).docs;
    expect(outcome).toEqual({ ok: true, id: written?.id });
    const { createdAt, ...fields } = written?.data() ?? {};
    expect(createdAt).toBeInstanceOf(Timestamp);
    expect(fields).toEqual({
      email: 'ada@example.com',
      firstName: 'Ada',
      lastName: 'L',
      message: 'Hello',
      company: 'AMIKEO',
    });
  });

  test.each([
    ['no message', form({ message: ' ' }), 'message'],
    ['no e-mail', form({ email: 'ada' }), 'email'],
    ['a forged mail header', form({ firstName: 'Ada\r\nBcc: x@y.z' }), 'firstName'],
    ['a message of a novel’s size', form({ message: 'x'.repeat(10_001) }), 'message'],
    ['a uid of somebody', form({ uid: 'u1' }), '(form)'],
    ['nothing', null, '(form)'],
  ])('%s is refused by field name and code, without counting', async (_name, data, field) => {
    const outcome = await call(data);
    expect(outcome).toMatchObject({ ok: false, code: 'invalid', issues: [{ field }] });
    expect((await context.own.collection('rateLimits').get()).size).toBe(0);
    expect((await context.app.collection('contactRequests').get()).size).toBe(0);
  });

  test('is limited per network address and hour, and says when to come back', async () => {
    for (let n = 0; n < 3; n++) expect((await call(form({ email: `a${n}@example.com` }))).ok).toBe(true);
    context.time.now += 600_000;
    expect(await call(form({ email: 'new@example.com' }), '203.0.113.7', 'fr-FR,fr;q=0.9,en;q=0.8')).toEqual({
      ok: false,
      code: 'rateLimited',
      retryAfter: 3000,
      message: 'Vous avez envoyé trop de messages au cours de la dernière heure. Veuillez réessayer plus tard.',
    });
    expect((await call(form(), '203.0.113.8')).ok).toBe(true);
    context.time.now += 3_000_000;
    expect((await call(form())).ok).toBe(true);
  });

  test('is limited per e-mail address, however it is written', async () => {
    for (let n = 0; n < 3; n++) expect((await call(form(), `203.0.113.${n}`)).ok).toBe(true);
    expect(await call(form({ email: 'ADA@example.com' }), '203.0.113.99')).toMatchObject({ code: 'rateLimited' });
  });

  test('counters name nobody and carry the moment at which they end', async () => {
    await call(form());
    const counters = (await context.own.collection('rateLimits').get()).docs;
    expect(counters.map((d) => d.data())).toEqual([
      { count: 1, expiresAt: Timestamp.fromMillis(NOW + 3_600_000) },
      { count: 1, expiresAt: Timestamp.fromMillis(NOW + 3_600_000) },
    ]);
    expect(counters.map((d) => d.id).join()).not.toMatch(/ada|203|@/i);
  });

  test('calls at the same moment do not pass together', async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, (_, n) => call(form({ email: `a${n}@example.com` }))));
    expect(outcomes.filter((o) => o.ok).length).toBe(3);
  });
});

test.each([
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:0db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['203.0.113.7', '203.0.113.7'],
  [undefined, 'unknown'],
])('the network of %s is %s', (ip, expected) => expect(network(ip)).toBe(expected));

test.each([
  ['fr-CA', 'en', 'fr'],
  [undefined, 'de, fr;q=0.5, en;q=0.7', 'en'],
  [undefined, 'fr;q=0, en;q=0.1', 'en'],
  [undefined, 'de', 'en'],
  [undefined, undefined, 'en'],
] as const)('locale %s and Accept-Language %s: %s', (locale, header, language) =>
  expect(languageOf(locale, header)).toBe(language),
);
