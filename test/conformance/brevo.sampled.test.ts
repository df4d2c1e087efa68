import type Timers from 'node:timers/promises';
import { setTimeout } from 'node:timers/promises';
import type { Brevo } from '@getbrevo/brevo';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startBrevo } from '../../emulator/standins/index.ts';
import { BudgetError, RetryAfterError } from '../../functions/src/platform/errors.ts';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { periodsBack } from '../../functions/src/systems/brevo/periods.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import type { Change, NamedRecord, Subject } from '../../functions/src/systems/system.ts';
import { times } from '../kit/depth.ts';
import { proven, provenEmail } from '../kit/proven.ts';
import { collect, drive, erase, fresh, NOW, recordsOf, scopeFor, subjectOf, testContext } from './harness.ts';
import { Control, survivesFaults } from './faults.ts';
import { conformance, type Planted, type Seed } from './suite.ts';

/**
 * Whether an export waits a second after so many questions (systems/brevo/history.ts). One test is
 * about that pace. The stand-in answers the others as fast as they ask.
 */
const pace = vi.hoisted(() => ({ isKept: false }));
vi.mock('node:timers/promises', async (original) => {
  const timers = await original<typeof Timers>();
  const setTimeout = (ms: number) => timers.setTimeout(ms === 1000 && !pace.isKept ? 0 : ms);
  return { ...timers, setTimeout };
});

const DAY = 86_400_000;
type Told = { [K in keyof Brevo.GetContactStatsResponse]-?: NonNullable<Brevo.GetContactStatsResponse[K]> };
const server = await startBrevo();
const first = testContext({ brevo: server.url });
const control = new Control(server.url);
const brevo = await first.clients.brevo();
const list = (await brevo.contacts.createList({ name: 'News', folderId: 1 })).id;
const context = { ...first, config: { ...first.config, brevoMarketingList: list } };
const system = await loadSystem('brevo', context);
afterAll(() => server.stop());

async function contact(email: string, extId?: string): Promise<number> {
  const attributes = { PRENOM: 'Camille', NOM: 'Martin' };
  await brevo.contacts.createContact({
    email,
    attributes,
    listIds: [list],
    ...(extId === undefined ? {} : { ext_id: extId }),
  });
  return (await brevo.contacts.getContactInfo({ identifier: email, identifierType: 'email_id' })).id;
}
const mail = (email: string) =>
  brevo.transactionalEmails.sendTransacEmail({
    sender: { email: 'bonjour@amikeo.example' },
    to: [{ email }],
    subject: 'Bonjour',
    htmlContent: '<p>Bonjour</p>',
  });
/** Does something some days before the moment that the suite reads at. */
async function before<T>(days: number, what: () => Promise<T>): Promise<T> {
  await control.put('clock', { now: NOW - days * DAY });
  try {
    return await what();
  } finally {
    await control.put('clock', { now: null });
  }
}
const find = async (identifier: string | number, identifierType: 'email_id' | 'contact_id' | 'ext_id') =>
  brevo.contacts.getContactInfo({ identifier, identifierType }).catch(() => null);
const logged = async (email: string) => (await brevo.transactionalEmails.getTransacEmailsList({ email })).count ?? 0;

/** A person whose contact is old enough that what came of its campaigns takes more than one question, and who was written to long ago. */
async function plant(): Promise<Planted> {
  const uid = fresh('cf');
  const email = `${uid}@example.com`;
  const id = await before(200, async () => {
    await mail(email);
    return contact(email, uid);
  });
  await mail(email);
  await mail(email);
  const others = [
    { email: `x${email}`, uid: `${uid}x` },
    { email: `y${email}`, uid: uid.slice(0, -1) },
    { email: `${email}.org`, uid: uid.toUpperCase() },
    { email: `z${email}` },
  ];
  for (const other of others) {
    await contact(other.email, other.uid);
    await mail(other.email);
  }
  const stays = async () => ((await find(id, 'contact_id')) === null ? 0 : 1);
  return {
    subject: subjectOf(uid, { verifiedEmails: proven(email) }),
    stranger: subjectOf(fresh('nobody'), { verifiedEmails: proven(`${fresh('nobody')}@example.com`) }),
    left: async () => (await stays()) + (await logged(email)),
    leftOf: async (record) => (record === 'brevoContact' ? stays() : logged(email)),
    retained: {},
    others: async () =>
      Promise.all(others.map(async (other) => [await find(other.email, 'email_id'), await logged(other.email)])),
    // Three e-mails are six events: each was sent and delivered. Of the old one, the list that an erasure counts by does not tell.
    rows: { brevoContact: 1, brevoEmails: 6 },
    counts: { brevoContact: 1, brevoEmails: 2 },
  };
}

/** Somebody without an account: the contact of an address, naming nobody. */
async function plantNoAccount(): Promise<Planted> {
  const { subject, others, ...planted } = await plant();
  const email = `${fresh('cf')}@example.com`;
  const id = await contact(email);
  await mail(email);
  const anothers = subject.verifiedEmails[0] ?? '';
  const stays = async () => ((await find(id, 'contact_id')) === null ? 0 : 1);
  const none = { accountCreatedAt: null, pseudonym: 'v1_nobody' };
  return {
    ...planted,
    subject: subjectOf('', { ...none, verifiedEmails: proven(email) }),
    stranger: subjectOf('', { ...none, verifiedEmails: proven(`${fresh('nobody')}@example.com`) }),
    left: async () => (await stays()) + (await logged(email)),
    leftOf: async (record) => (record === 'brevoContact' ? stays() : logged(email)),
    others: async () => [await others(), await find(anothers, 'email_id'), await logged(anothers)],
    rows: { brevoContact: 1, brevoEmails: 2 },
    counts: { brevoContact: 1, brevoEmails: 1 },
  };
}

const seed: Seed = { policy: amikeo, plant };
const [contactRecord, logRecord] = recordsOf(amikeo, 'brevo');
if (contactRecord?.id !== 'brevoContact' || logRecord?.id !== 'brevoEmails') throw new Error('records of the policy');

conformance(system, seed);
conformance(system, { policy: amikeo, plant: plantNoAccount }, 'a person without an account');
survivesFaults(system, seed, control, (path) =>
  path.replace(/[^/]*@[^/]*|cf-[^/]+|%40[^/]*/g, '*').replace(/(contacts|processes)\/\d+/, '$1/*'),
);

describe('what an export has of Brevo', () => {
  /** Far from the suite's time, so that a walk back that begins at the wrong moment shows. */
  const today = Date.parse('2026-11-05T09:30:00Z');
  let there: Awaited<ReturnType<typeof openAccount>>;
  beforeEach(async () => {
    there = await openAccount();
  });
  afterEach(() => there.stop());

  /** An account of its own, whose time the test moves. */
  async function openAccount(since = Date.UTC(2012, 0, 1)) {
    const time = { now: today };
    const now = () => time.now;
    const own = await startBrevo({ now });
    const base = testContext({ brevo: own.url });
    const world = { ...base, now, config: { ...base.config, brevoSince: since } };
    const [client, controls] = [await world.clients.brevo(), new Control(own.url)];
    const system = await loadSystem('brevo', world);
    const at = async <T>(moment: number, what: () => Promise<T>): Promise<T> => {
      time.now = moment;
      return what().finally(() => (time.now = today));
    };
    const write = (moment: number, email: string, subject = 'Bonjour') =>
      at(moment, () =>
        client.transactionalEmails.sendTransacEmail({
          sender: { email: 'bonjour@amikeo.example' },
          to: [{ email }],
          subject,
          textContent: 'Bonjour',
        }),
      );
    const read = async (record: NamedRecord, subject: Subject) => {
      const scope = { ...(await scopeFor(system, amikeo, subject)), now: time.now };
      await controls.clear();
      return collect(system.read(record, scope));
    };
    const asked = async (path: string) => (await controls.requests()).filter((request) => request.path.includes(path));
    const pass = (ms: number) => (time.now = today + ms);
    return { client, controls, system, at, write, read, asked, pass, stop: () => own.stop() };
  }
  const person = (emails = 1) => {
    const uid = fresh('cf');
    const verifiedEmails = Array.from({ length: emails }, (_, n) => `${uid}.${n}@example.com`);
    return { email: verifiedEmails[0] ?? '', subject: subjectOf(uid, { verifiedEmails: proven(...verifiedEmails) }) };
  };

  describe('the log of e-mails', () => {
    /** On both sides of each border between two periods, at the beginning and now; oldest first. */
    const moments = periodsBack(today, Date.UTC(2012, 0, 1))
      .flatMap(({ from, until }) => [from, from + 1, Math.min(until - 1, today)])
      .sort((a, b) => a - b);

    it.each(['UTC', 'Europe/Paris', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Etc/GMT+12'])(
      "is read back to Brevo's beginning, each event once, where Brevo counts days in %s",
      async (timeZone) => {
        await there.controls.put('settings', { timeZone });
        const { email, subject } = person();
        for (const moment of moments) {
          await there.write(moment, email);
          await there.write(moment, `x${email}`);
        }
        const rows = await there.read(logRecord, subject);
        const expected = [...moments].reverse().flatMap((moment) => [
          ['delivered', moment],
          ['requests', moment],
        ]);
        expect(rows.map(({ data }) => [data['event'], Date.parse(String(data['date']))])).toEqual(expected);
        expect(new Set(rows.map(({ path }) => path)).size).toBe(rows.length);
        expect(
          rows.every(({ path, data }) => /^smtp\/emails\/[0-9a-f]{24}$/.test(path) && data['email'] === email),
        ).toBe(true);
        // A question a period, no more: they are what is scarce.
        expect(await there.asked('/smtp/')).toHaveLength(periodsBack(today, Date.UTC(2012, 0, 1)).length);
      },
    );

    it('is asked for no year in which Brevo was not used', async () => {
      const late = await openAccount(Date.UTC(2026, 0, 1));
      try {
        const { email, subject } = person();
        for (const day of ['2025-12-31', '2026-01-01']) await late.write(Date.parse(`${day}T12:00:00Z`), email);
        expect(await late.read(logRecord, subject)).toHaveLength(2);
        expect(await late.asked('/smtp/')).toHaveLength(periodsBack(today, Date.UTC(2026, 0, 1)).length);
      } finally {
        await late.stop();
      }
    });

    it('has rows whose paths stay the same when others come', async () => {
      const { email, subject } = person();
      for (const days of [300, 100, 1]) await there.write(today - days * DAY, email);
      const paths = (await there.read(logRecord, subject)).map(({ path }) => path);
      await there.write(today + 60_000, email);
      // A reading is used for a day.
      expect((await there.read(logRecord, subject)).map(({ path }) => path)).toEqual(paths);
      there.pass(DAY);
      expect((await there.read(logRecord, subject)).map(({ path }) => path).slice(2)).toEqual(paths);
    });

    it('tells once what Brevo tells twice, word for word, as it does when a page moves on meanwhile', async () => {
      const { email, subject } = person();
      await there.client.transactionalEmails.sendTransacEmail({
        sender: { email: 'bonjour@amikeo.example' },
        to: [{ email }],
        cc: [{ email }],
        subject: 'Bonjour',
        textContent: 'Bonjour',
      });
      const { events } = await there.client.transactionalEmails.getEmailEventReport({ email });
      expect(events).toHaveLength(4);
      const rows = await there.read(logRecord, subject);
      expect(rows.map(({ data }) => data['event'])).toEqual(['delivered', 'requests']);
      expect(new Set(rows.map(({ path }) => path)).size).toBe(2);
    });

    it('comes in pages', async () => {
      const { email, subject } = person();
      for (let n = 0; n < 1300; n += 100)
        await Promise.all(Array.from({ length: 100 }, (_, m) => there.write(today, email, `n${n + m}`)));
      const rows = await there.read(logRecord, subject);
      expect(new Set(rows.map(({ data }) => `${String(data['subject'])} ${String(data['event'])}`)).size).toBe(2600);
      expect(rows).toHaveLength(2600);
    });

    it('ends where Brevo refuses a period as too old, and that is no error', async () => {
      await there.controls.put('settings', { statisticsDays: 400 });
      const { email, subject } = person();
      for (const days of [500, 300, 100, 1]) await there.write(today - days * DAY, email);
      expect(await there.read(logRecord, subject)).toHaveLength(6);
      // Two periods with dates were refused and answered for the newest days; nothing older was asked for.
      expect((await there.asked('/smtp/')).map(({ status }) => status)).toEqual([200, 200, 200, 200, 400, 200]);
    });

    it('does not end where Brevo refuses the newest days as well: that is an error', async () => {
      const { email, subject } = person();
      await there.write(today, email);
      for (const statisticsDays of [90, 50]) {
        await there.controls.put('settings', { statisticsDays });
        await expect(there.read(logRecord, subject)).rejects.toMatchObject({ code: 'brevo.400' });
      }
    });

    it('waits for the hour that Brevo has used up, as Brevo says, and then goes on where it was', async () => {
      await there.controls.put('limits', { enforced: true });
      // The requests about contacts, ten in a second, are not what is short here.
      let passed = 0;
      const attempt = async (subject: Subject): Promise<unknown> => {
        there.pass((passed += 1000));
        return there.read(logRecord, subject);
      };
      for (let n = 0; n < 4; n++) await attempt(person().subject);
      const { email, subject } = person();
      await there.write(today, email);
      const waits = await attempt(subject).catch((e: unknown) => e);
      expect(waits).toBeInstanceOf(RetryAfterError);
      expect(waits).not.toBeInstanceOf(BudgetError);
      expect((waits as RetryAfterError).until).toBeGreaterThan(today + 1_000_000);
      const before = (await there.asked('/smtp/')).filter(({ status }) => status === 200).length;
      expect(before).toBeGreaterThan(0);
      passed = (waits as RetryAfterError).until - today;
      expect(await attempt(subject)).toHaveLength(2);
      const periods = periodsBack(today, Date.UTC(2012, 0, 1)).length;
      expect(await there.asked('/smtp/')).toHaveLength(periods - before);
    });

    it('is not read for an erasure, which asks what it asked before', async () => {
      const { email, subject } = person();
      for (const days of [300, 1]) await there.write(today - days * DAY, email);
      const scope = await scopeFor(there.system, amikeo, subject);
      await there.controls.clear();
      await drive((s) => there.system.apply(logRecord, s, erase), scope);
      const calls = (await there.controls.requests()).map(
        ({ method, path }) => `${method} ${path.replace(/cf-[^/]+/, '*').replace(/\d+$/, '1')}`,
      );
      expect(calls).toEqual([
        'GET /v3/contacts/*',
        'GET /v3/smtp/emails',
        'DELETE /v3/smtp/log/*',
        ...Array.from({ length: 3 }, () => 'GET /v3/processes/1'),
        'GET /v3/smtp/emails',
      ]);
    });
  });

  describe('the contact', () => {
    const contactAt = async (moment: number, email: string, uid: string, listIds: number[] = []) =>
      there.at(moment, () => there.client.contacts.createContact({ email, ext_id: uid, listIds }));
    const campaign = async (moment: number, email: string, campaignId: number, events: readonly string[]) =>
      there.at(moment, () => there.controls.put('campaigns', { email, campaignId, events }));

    it('has the names of its lists, each read once, also of those that were unsubscribed from; one that is gone has none', async () => {
      const [news, gone, trial] = await Promise.all(
        ['News', 'Gone', 'Trial'].map(
          async (name) => (await there.client.contacts.createList({ name, folderId: 1 })).id,
        ),
      );
      if (news === undefined || gone === undefined || trial === undefined) throw new Error('three lists');
      const { email, subject } = person();
      await contactAt(today, email, subject.uid, [news, gone]);
      await there.controls.put('unsubscriptions', { email });
      await there.client.contacts.deleteList({ listId: gone });
      await there.client.contacts.addContactToList({ listId: trial, body: { emails: [email] } });
      const [row, ...others] = await there.read(contactRecord, subject);
      expect(others).toEqual([]);
      expect(row?.data).toMatchObject({
        email,
        listIds: [news, trial],
        listUnsubscribed: [news, gone],
      });
      expect([row?.data['lists'], row?.data['listsUnsubscribed']]).toStrictEqual([
        [
          { id: news, name: 'News' },
          { id: trial, name: 'Trial' },
        ],
        [{ id: news, name: 'News' }, { id: gone }],
      ]);
      expect(await there.asked('/lists/')).toHaveLength(3);
    });

    it.each(['UTC', 'Pacific/Kiritimati', 'Etc/GMT+12'])(
      'has what came of its campaigns back to its own first day, each event once, where days are counted in %s',
      async (timeZone) => {
        await there.controls.put('settings', { timeZone });
        const { email, subject } = person();
        const made = today - 400 * DAY;
        await contactAt(made, email, subject.uid);
        const moments = periodsBack(today, made)
          .flatMap(({ from, until }) => [Math.max(from, made), Math.min(until - 1, today)])
          .sort((a, b) => a - b);
        for (const [n, moment] of moments.entries())
          await campaign(moment, email, n % 3, ['messagesSent', 'delivered', 'opened', 'clicked']);
        await there.controls.put('unsubscriptions', { email });
        const [row] = await there.read(contactRecord, subject);
        const { statistics } = row?.data as { statistics: Told };
        const times = (events: readonly { eventTime: string }[]) =>
          events.map(({ eventTime }) => Date.parse(eventTime)).sort((a, b) => a - b);
        for (const kind of ['messagesSent', 'delivered', 'opened'] as const)
          expect([kind, times(statistics[kind])]).toEqual([kind, moments]);
        expect(statistics.clicked).toHaveLength(3);
        expect(times(statistics.clicked.flatMap(({ links }) => links))).toEqual(moments);
        expect(times(statistics.unsubscriptions.userUnsubscription)).toEqual([today]);
        expect(await there.asked('/campaignStats')).toHaveLength(4);
      },
    );

    it('of which Brevo tells no more than 90 days has these', async () => {
      await there.controls.put('settings', { statisticsDays: 91 });
      const { email, subject } = person();
      await contactAt(today - 300 * DAY, email, subject.uid);
      await campaign(today - 200 * DAY, email, 1, ['messagesSent']);
      await campaign(today - 20 * DAY, email, 2, ['messagesSent']);
      const [row] = await there.read(contactRecord, subject);
      expect(row?.data).toMatchObject({ statistics: { messagesSent: [{ campaignId: 2 }] } });
      await there.controls.put('settings', { statisticsDays: 90 });
      await expect(there.read(contactRecord, subject)).rejects.toMatchObject({ code: 'brevo.400' });
    });

    it(
      'that is years old is read without asking more than Brevo answers in a second',
      { timeout: 120_000 },
      async () => {
        const years = times(4, 10);
        await there.controls.put('limits', { enforced: true });
        const { email, subject } = person();
        await contactAt(today - years * 365 * DAY, email, subject.uid);
        pace.isKept = true;
        const began = Date.now();
        const reading = there.read(contactRecord, subject);
        // The account's time goes on with the real one.
        const clock = setInterval(() => there.pass(Date.now() - began), 10);
        try {
          expect(await reading).toHaveLength(1);
        } finally {
          clearInterval(clock);
          pace.isKept = false;
        }
        expect((await there.asked('/campaignStats')).length).toBeGreaterThanOrEqual(4 * years);
      },
    );
  });
});

describe('Brevo, further', () => {
  beforeEach(async () => {
    await control.put('settings', { processPolls: 2, logDeletion: 'process' });
    await control.put('limits', { enforced: false });
  });

  it('is asked every question of an export for the person of the faults above: each of them was met by every fault', async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    await control.clear();
    for (const record of [contactRecord, logRecord]) await collect(system.read(record, scope));
    const asked = new Set(
      (await control.requests()).map(({ path }) => decodeURIComponent(path).replace(/[^/]*@[^/]*|\d+/g, '*')),
    );
    expect([...asked].sort()).toEqual([
      '/v*/contacts/*',
      '/v*/contacts/*/campaignStats',
      '/v*/contacts/lists/*',
      '/v*/smtp/statistics/events',
    ]);
  });

  it('shows the deletion of a log as submitted, with its process, until Brevo has finished', async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    const begun = await system.apply(logRecord, scope, erase);
    expect(begun).toMatchObject({
      wait: expect.any(Number),
      soFar: [{ outcome: 'submitted', count: 2, providerId: expect.stringMatching(/^\d+$/) }],
    });
    await expect(system.check(logRecord, scope, erase)).rejects.toMatchObject({ code: 'brevo.left' });
    if (!('wait' in begun) || begun.cursor === undefined) throw new Error('a wait has a cursor');
    const { outcomes } = await drive((s) => system.apply(logRecord, s, erase), { ...scope, cursor: begun.cursor });
    expect(outcomes).toEqual([{ record: 'brevoEmails', count: 2, outcome: 'done', how: 'deleted' }]);
  });

  it('is asked about a deletion of its log less and less often: a minute of age later, six hours at most', async () => {
    await control.put('settings', { processPolls: 100 });
    const { subject } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    const begun = await system.apply(logRecord, scope, erase);
    if (!('wait' in begun) || begun.cursor === undefined) throw new Error('a wait has a cursor');
    const [minute, hour] = [60_000, 3_600_000];
    for (const [age, wait] of [
      [minute, minute],
      [5 * hour, 5 * hour],
      [30 * hour, 6 * hour],
    ] as const) {
      const before = Date.now();
      const cursor = { ...begun.cursor, since: before - age };
      const asked = await system.apply(logRecord, { ...scope, cursor }, erase);
      if (!('wait' in asked)) throw new Error('Brevo has not finished');
      expect(asked.wait - before).toBeGreaterThanOrEqual(wait);
      expect(asked.wait - before).toBeLessThan(wait + minute);
    }
  });

  it('has its full time for the log of each address: the clock of the one before has ended with it', async () => {
    await control.put('settings', { processPolls: 100 });
    const { subject } = await plant();
    const empty = `${fresh('empty')}@example.com`;
    const both = subjectOf(subject.uid, { verifiedEmails: proven(empty, ...subject.verifiedEmails) });
    const scope = await scopeFor(system, amikeo, both);
    const before = Date.now();
    const cursor = { index: 0, process: 'unnamed', since: before - 47 * 3_600_000, deleted: 0, byHand: 0 };
    const asked = await system.apply(logRecord, { ...scope, cursor }, erase);
    if (!('wait' in asked)) throw new Error('Brevo has not finished');
    expect(asked.cursor).toMatchObject({ index: 1 });
    expect(asked.wait - before).toBeLessThan(60_000);
    expect(Number(asked.cursor?.['since'])).toBeGreaterThanOrEqual(before);
  });

  it('understands the answer of the reference too: 204 and no process', async () => {
    await control.put('settings', { logDeletion: '204', processPolls: 0 });
    const { subject, left } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    await drive((s) => system.apply(contactRecord, s, erase), scope);
    const { outcomes } = await drive((s) => system.apply(logRecord, s, erase), scope);
    expect(outcomes).toEqual([{ record: 'brevoEmails', count: 2, outcome: 'done', how: 'deleted' }]);
    expect(await left()).toBe(0);
  });

  it("waits as long as Brevo's own header says", async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    await control.put('limits', { enforced: true, hourMs: 1_800_000, secondMs: 100_000 });
    const ask = async () => {
      for (let i = 0; i < 20; i++)
        await system
          .check(contactRecord, scope, erase)
          .catch((e: unknown) => (e instanceof RetryAfterError ? Promise.reject(e) : null));
    };
    const before = Date.now();
    const error = await ask().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RetryAfterError);
    expect((error as RetryAfterError).until - before).toBeGreaterThan(50_000);
    expect(Date.now() - before, 'never a sleep').toBeLessThan(10_000);
  });

  it('leaves a contact of the same e-mail that names somebody else, and its log, to an officer', async () => {
    const email = `${fresh('cf')}@example.com`;
    const id = await contact(email, fresh('other'));
    await mail(email);
    const scope = await scopeFor(system, amikeo, subjectOf(fresh('cf'), { verifiedEmails: proven(email) }));
    expect(scope.handles).toEqual([]);
    for (const record of [contactRecord, logRecord]) {
      const foretold = await system.preview(record, scope, erase);
      const { outcomes } = await drive((s) => system.apply(record, s, erase), scope);
      expect(foretold).toEqual(outcomes);
      expect(outcomes).toContainEqual(expect.objectContaining({ outcome: 'manual', count: 1 }));
    }
    expect(await find(id, 'contact_id')).not.toBeNull();
    expect(await logged(email)).toBe(1);
  });

  describe('an answer to marketing', () => {
    const consent = (granted: boolean, email: string): Change => ({
      kind: 'consent',
      purpose: 'messages',
      granted,
      email: provenEmail(email),
    });
    const bring = async (subject: Subject, change: Change, attempts = 1) => {
      const scope = await scopeFor(system, amikeo, subject);
      const before = await Promise.all(subject.verifiedEmails.map((email) => find(email, 'email_id')));
      const foretold = await system.preview(contactRecord, scope, change);
      expect(await Promise.all(subject.verifiedEmails.map((email) => find(email, 'email_id')))).toEqual(before);
      const { outcomes } = await drive((s) => system.apply(contactRecord, s, change), scope, { attempts });
      expect(foretold).toEqual(outcomes);
      const checked = await drive((s) => system.check(contactRecord, s, change), scope);
      expect(checked.outcomes).toEqual(outcomes);
      return outcomes;
    };
    const person = () => {
      const uid = fresh('cf');
      const email = `${uid}@example.com`;
      return { uid, email, subject: subjectOf(uid, { verifiedEmails: proven(email) }) };
    };

    it('given: makes a contact under the uid, in the list, not blocklisted; twice is once', async () => {
      const { uid, email, subject } = person();
      for (let times = 0; times < 2; times++) {
        expect(await bring(subject, consent(true, email))).toMatchObject([{ outcome: 'done', count: 1 }]);
        expect(await find(uid, 'ext_id')).toMatchObject({
          email,
          emailBlacklisted: false,
          listIds: [list],
        });
      }
    });

    it('given to one purpose while another forbids messages: the contact is there, blocklisted and not in the list', async () => {
      const { uid, email, subject } = person();
      await bring(subject, consent(true, email));
      await bring(subject, { ...consent(true, email), purpose: 'userDatabase', silent: true } as Change);
      expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: true, listIds: [] });
      await bring(subject, consent(true, email));
      expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: false, listIds: [list] });
    });

    describe('who unsubscribed at Brevo itself', () => {
      const since = (messagesSince: number, email: string): Change =>
        ({ ...consent(true, email), messagesSince }) as Change;
      const objected = [{ record: 'brevoContact', count: 1, outcome: 'done', how: 'objected' }];
      /** Through the link in a campaign, of which Brevo tells the time; or anywhere else, of which it tells nothing. */
      const ways = {
        'through the link in a campaign': (email: string) => control.put('unsubscriptions', { email }),
        'in a way that Brevo does not date': (email: string) =>
          brevo.contacts.updateContact({ identifier: email, identifierType: 'email_id', emailBlacklisted: true }),
      };

      it.each(Object.entries(ways))('%s: is not subscribed again by a retry', async (_, unsubscribe) => {
        const { uid, email, subject } = person();
        const given = since(Date.now(), email);
        await bring(subject, given);
        await unsubscribe(email);
        expect(await bring(subject, given)).toEqual(objected);
        expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: true });
      });

      it.each(Object.entries(ways))('%s: is not subscribed again by another consent', async (_, unsubscribe) => {
        const { uid, email, subject } = person();
        const given = Date.now();
        await bring(subject, since(given, email));
        await unsubscribe(email);
        const another = { ...since(given, email), purpose: 'userDatabase', decidedAt: Date.now() + 1000 } as Change;
        expect(await bring(subject, another)).toEqual(objected);
        expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: true });
      });

      it.each(Object.entries(ways))('%s: is subscribed again by a newer answer', async (_, unsubscribe) => {
        const { uid, email, subject } = person();
        await bring(subject, since(Date.now(), email));
        await unsubscribe(email);
        expect(await bring(subject, since(Date.now() + 1000, email))).toMatchObject([
          { outcome: 'done', how: 'changed' },
        ]);
        expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: false, listIds: [list] });
      });

      it('after the newer answer, and before that was brought there: the time that Brevo tells decides', async () => {
        const { uid, email, subject } = person();
        await bring(subject, since(Date.now() - 5000, email));
        await setTimeout(20);
        const newer = Date.now();
        await setTimeout(20);
        await ways['through the link in a campaign'](email);
        expect(await bring(subject, since(newer, email))).toEqual(objected);
        expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: true });
      });

      it('before this backend ever wrote to Brevo, and after the answer: stays as it is', async () => {
        const { email, subject } = person();
        await contact(email);
        const given = Date.now() - 1000;
        await ways['in a way that Brevo does not date'](email);
        expect(await bring(subject, since(given, email))).toEqual(objected);
        expect(await find(email, 'email_id')).toMatchObject({ emailBlacklisted: true });
      });

      it('a contact that this backend blocklisted itself, a moment after the newer answer, is subscribed again', async () => {
        const { uid, email, subject } = person();
        const given = Date.now();
        await bring(subject, since(given, email));
        await bring(subject, consent(false, email));
        await bring(subject, since(given, email));
        expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: false, listIds: [list] });
      });
    });

    it('withdrawn: blocklists and unlists the contact, which stays; absent is done with count 0', async () => {
      const { uid, email, subject } = person();
      expect(await bring(subject, consent(false, email))).toEqual([
        { record: 'brevoContact', count: 0, outcome: 'done' },
      ]);
      await bring(subject, consent(true, email));
      expect(await bring(subject, consent(false, email))).toMatchObject([{ outcome: 'done', count: 1 }]);
      expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: true, listIds: [] });
    });

    it('withdrawn under a new e-mail: the blocklisted contact keeps its old one, or Brevo would subscribe it again', async () => {
      const { uid, email, subject } = person();
      await bring(subject, consent(true, email));
      const moved = { ...subject, verifiedEmails: proven(`new-${email}`) };
      await bring(moved, consent(false, `new-${email}`));
      expect(await find(uid, 'ext_id')).toMatchObject({ email, emailBlacklisted: true });
    });

    it('given after a change of e-mail: goes to the address of the answer', async () => {
      const { uid, email, subject } = person();
      await bring(subject, consent(true, email));
      await bring({ ...subject, verifiedEmails: proven(`new-${email}`) }, consent(true, `new-${email}`));
      expect(await find(uid, 'ext_id')).toMatchObject({ email: `new-${email}`, emailBlacklisted: false });
    });

    it('withdrawn for an address that Brevo was not asked about: an officer looks, at an erasure as well', async () => {
      const uid = fresh('cf');
      const email = `${uid}&co@example.com`;
      const subject = subjectOf(uid, { verifiedEmails: proven(email) });
      const byHand = [{ outcome: 'manual', count: 1, what: { en: expect.stringContaining('could not be asked') } }];
      expect(await bring(subject, consent(false, email))).toMatchObject(byHand);
      const scope = await scopeFor(system, amikeo, subject);
      for (const how of ['apply', 'check'] as const) {
        const { outcomes } = await drive((s) => system[how](contactRecord, s, erase), scope);
        expect(outcomes.slice(-1)).toMatchObject(byHand);
      }
    });

    it('touches no contact of an address that Auth did not verify, or that names somebody else', async () => {
      const { uid, email } = person();
      const id = await contact(email);
      const before = await find(id, 'contact_id');
      for (const granted of [true, false]) await bring(subjectOf(uid), consent(granted, email));
      expect(await find(id, 'contact_id')).toEqual(before);
      const other = `o-${email}`;
      const anothers = await contact(other, fresh('other'));
      const otherBefore = await find(anothers, 'contact_id');
      for (const granted of [true, false]) {
        const outcomes = await bring(subjectOf(uid, { verifiedEmails: proven(other) }), consent(granted, other));
        expect(outcomes).toContainEqual(expect.objectContaining({ outcome: 'manual' }));
      }
      expect(await find(anothers, 'contact_id')).toEqual(otherBefore);
    });

    it.each(['429', '500', '500-no-error', 'reset-before', 'reset-after', 'garbage'] as const)(
      'is not said to be there after %s of any call',
      async (kind) => {
        const shapes = [
          { method: 'GET', path: '/v3/contacts' },
          { method: 'POST', path: '/v3/contacts' },
          { method: 'PUT', path: '/v3/contacts' },
        ];
        for (const fault of shapes) {
          for (const granted of [true, false]) {
            const { uid, email, subject } = person();
            if (!granted || fault.method === 'PUT') await contact(email, uid);
            if (!granted && fault.method === 'POST') continue;
            await control.faults([{ ...fault, kind }]);
            const scope = await scopeFor(system, amikeo, subject).catch(() => scopeFor(system, amikeo, subject));
            await drive((s) => system.apply(contactRecord, s, consent(granted, email)), scope, { attempts: 5 });
            expect(await control.pending(), `${fault.method} met ${kind}`).toBe(0);
            expect(await find(uid, 'ext_id'), `${fault.method} ${kind} ${granted}`).toMatchObject({
              emailBlacklisted: !granted,
            });
          }
        }
      },
    );
  });
});
