import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, test } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { contactLimits, submitContact } from '../../../functions/src/rights/contact/submit.ts';
import { listDue } from '../../../functions/src/rights/due.ts';
import { languageOf } from '../../../functions/src/platform/language.ts';
import { testContext } from '../requests/helpers.ts';

const NOW = Date.parse('2026-03-01T09:00:00Z');
const { contactRequests } = amikeo.records;
if (contactRequests === undefined) throw new Error('AMIKEO has no contact form');
const fresh = () => {
  const base = testContext(NOW);
  return { ...base, policy: { ...base.policy, records: { ...base.policy.records, contactRequests } } };
};
let context = fresh();
beforeEach(() => {
  context = fresh();
});

const form = (more: object = {}): object => ({
  email: 'Ada@Example.com',
  firstName: 'Ada',
  lastName: 'L',
  message: 'Hello',
  ...more,
});
const call = (data: unknown, address: string | undefined = '203.0.113.7', acceptLanguage?: string) =>
  submitContact(context, {
    data,
    address,
    language: languageOf(context.policy.languages, data, acceptLanguage),
    caller: null,
  });
const limits = contactLimits(3);
const written = async () => (await context.app.collection('contactRequests').get()).docs.map((d) => d.data());
const held = async () => (await written()).filter((d) => d['heldForReview'] === true);

describe('the contact form of people without an account', () => {
  test('is written with the server’s time, without uid, without fields that the contract does not name', async () => {
    const outcome = await call(form({ company: 'AMIKEO', locale: 'fr' }));
    const [written] = (await context.app.collection('contactRequests').get()).docs;
    expect(outcome).toEqual({ ok: true, result: { id: written?.id } });
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

  test('is written, counted and shown as due if the policy has it', async () => {
    const policy = structuredClone(amikeo);
    const record = policy.records['contactRequests'];
    if (record === undefined) throw new Error('no contact requests');
    record.path = 'letters/{letter}';
    const moved = { ...context, policy };
    const send = () => submitContact(moved, { data: form(), address: undefined, language: 'en', caller: null });
    for (let n = 0; n <= limits.address; n++) await send();
    expect(await written()).toEqual([]);
    expect((await context.app.collection('letters').get()).size).toBe(limits.address + 1);
    expect(await listDue(moved, 'P1M')).toMatchObject([{ kind: 'contact' }]);
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

  test('is limited per network and hour, and says when to come back', async () => {
    for (let n = 0; n < limits.network; n++) expect((await call(form({ email: `a${n}@example.com` }))).ok).toBe(true);
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

  test('callers without a known network share one: the limit holds for all of them together', async () => {
    const attempts = Array.from({ length: limits.network + 5 }, (_, n) => form({ email: `a${n}@example.com` }));
    const outcomes = [];
    for (const data of attempts)
      outcomes.push(await submitContact(context, { data, address: undefined, language: 'en', caller: null }));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(limits.network);
  });

  describe('a flood from many networks under many addresses', () => {
    const few = contactLimits(1);
    beforeEach(() => {
      context = { ...context, config: { ...context.config, contactPerHour: 1 } };
    });
    const flood = async (count: number): Promise<number> => {
      let taken = 0;
      for (let n = 0; n < count; n++)
        if ((await call(form({ email: `a${n}@example.com` }), `198.51.${n >> 8}.${n & 255}`)).ok) taken += 1;
      return taken;
    };

    test('keeps nobody out: messages over the number for all wait for an officer', async () => {
      expect(await flood(few.all)).toBe(few.all);
      expect(await held()).toEqual([]);
      expect(await call(form())).toEqual({ ok: true, result: { id: expect.any(String) as string } });
      expect(await held()).toMatchObject([{ email: 'ada@example.com' }]);
    });

    test('ends as well, and a refused caller is not blamed', async () => {
      expect(await flood(few.most + 20)).toBe(few.most);
      expect(await written()).toHaveLength(few.most);
      context.time.now += 600_000;
      expect(await call(form())).toEqual({
        ok: false,
        code: 'rateLimited',
        retryAfter: 3000,
        message: 'We are receiving very many messages at the moment. Please try again later.',
      });
      expect(await call(form({ locale: 'fr' }))).toMatchObject({
        message: 'Nous recevons actuellement un très grand nombre de messages. Veuillez réessayer plus tard.',
      });
    });
  });

  test('all networks of an IPv6 site have a number together, and refused messages use up nobody else’s', async () => {
    let taken = 0;
    for (let n = 0; n < limits.all + 5; n++) {
      const address = `2001:db8:0:${(n % 100).toString(16)}::1`;
      const outcome = await call(form({ email: `a${n}@example.com` }), address);
      if (outcome.ok) taken += 1;
      else expect(outcome.message).toMatch(/from you/);
    }
    expect(taken).toBe(limits.site);
    expect((await call(form(), '203.0.113.7')).ok).toBe(true);
    expect((await call(form(), '2001:db8:1::1')).ok).toBe(true);
    expect(await held()).toEqual([]);
  });

  test('a person’s address, typed by others, keeps them out of nothing and tells nothing: surplus messages wait for an officer', async () => {
    for (let n = 0; n < limits.address; n++) await call(form(), '203.0.113.66');
    expect(await held()).toEqual([]);
    const victim = await call(form({ email: 'ADA@example.com', message: 'Please help' }), '198.51.100.1');
    const somebody = await call(form({ email: 'new@example.com' }), '198.51.100.2');
    expect(Object.keys(victim)).toEqual(Object.keys(somebody));
    expect(victim).toEqual({ ok: true, result: { id: expect.any(String) as string } });
    expect(await held()).toMatchObject([{ email: 'ada@example.com', message: 'Please help' }]);
    // Refused by the network, the answer is the same for an address that was used and for one that
    // was not.
    for (let n = limits.address; n < limits.network; n++)
      await call(form({ email: `b${n}@example.com` }), '203.0.113.66');
    expect(await call(form(), '203.0.113.66')).toEqual(await call(form({ email: 'c@example.com' }), '203.0.113.66'));
    context.time.now += 3_600_000;
    await call(form(), '198.51.100.3');
    expect(await held()).toHaveLength(1);
  });

  test('an officer sees each one that waits among the due items, with any date', async () => {
    for (let n = 0; n <= limits.address; n++) await call(form(), `203.0.113.${n}`);
    const due = await listDue(context, 'P1D');
    expect(due).toMatchObject([{ kind: 'contact', type: 'contact', waitsFor: { for: 'officer' } }]);
    expect((await context.app.doc(`contactRequests/${due[0]?.id ?? ''}`).get()).get('heldForReview')).toBe(true);
    expect(due[0]?.daysLeft).toBeGreaterThan(27);
  });

  test('the row of a signed-in person is theirs', async () => {
    await submitContact(context, {
      data: form(),
      address: '203.0.113.7',
      language: 'en',
      caller: { uid: 'ada' },
    });
    expect(await written()).toMatchObject([{ uid: 'ada', heldForReview: false }]);
  });

  test('counters name nobody and carry the moment at which they end', async () => {
    await call(form());
    const counters = (await context.own.collection('rateLimits').get()).docs;
    const counter = { count: 1, expiresAt: Timestamp.fromMillis(NOW + 3_600_000) };
    expect(counters.map((d) => d.data())).toEqual([counter, counter, counter, counter]);
    expect(counters.map((d) => d.id).join()).not.toMatch(/ada|203|@/i);
  });

  test('calls at the same moment do not pass together', async () => {
    const numbered = (n: number) => call(form({ email: `a${n}@example.com` }));
    for (let n = 1; n < limits.network; n++) expect((await numbered(n)).ok).toBe(true);
    // Three at once: the Firestore in memory loses count of more transactions that are tried again.
    const calls = ['x', 'y', 'z'].map((name) => call(form({ email: `${name}@example.com` })));
    expect((await Promise.all(calls)).filter((o) => o.ok).length).toBe(1);
  });
});

test.each([
  ['fr-CA', 'en', 'fr'],
  [undefined, 'de, fr;q=0.5, en;q=0.7', 'en'],
  [undefined, 'fr;q=0, en;q=0.1', 'en'],
  [undefined, 'de', 'en'],
  [undefined, undefined, 'en'],
] as const)('locale %s and Accept-Language %s: %s', (locale, header, language) => {
  for (const form of [{ locale }, { language: locale }]) expect(languageOf(['en', 'fr'], form, header)).toBe(language);
});
