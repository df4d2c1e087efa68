import { pace } from './worlds/brevoPace.ts';
import type { Brevo } from '@getbrevo/brevo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BudgetError, RetryAfterError } from '../../functions/src/platform/errors.ts';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { periodsBack } from '../../functions/src/systems/brevo/periods.ts';
import { DAY_MS as DAY } from '../../functions/src/platform/time.ts';
import type { Subject } from '../../functions/src/systems/system.ts';
import { times } from '../kit/depth.ts';
import { proven } from '../kit/proven.ts';
import { contactRecord, logRecord, openAccount, today } from './worlds/brevoAccount.ts';
import { drive, erase, fresh, scopeFor, subjectOf } from './harness.ts';

type Told = { [K in keyof Brevo.GetContactStatsResponse]-?: NonNullable<Brevo.GetContactStatsResponse[K]> };

describe("an export's part from Brevo", () => {
  let there: Awaited<ReturnType<typeof openAccount>>;
  beforeEach(async () => {
    there = await openAccount();
  });
  afterEach(() => there.stop());

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
      "is read back to Brevo's beginning, each event once, with days counted in %s",
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
        // One question a period, no more: questions are scarce.
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

    it('has rows with paths that stay the same when others come', async () => {
      const { email, subject } = person();
      for (const days of [300, 100, 1]) await there.write(today - days * DAY, email);
      const paths = (await there.read(logRecord, subject)).map(({ path }) => path);
      await there.write(today + 60_000, email);
      // A reading is used for a day.
      expect((await there.read(logRecord, subject)).map(({ path }) => path)).toEqual(paths);
      there.pass(DAY);
      expect((await there.read(logRecord, subject)).map(({ path }) => path).slice(2)).toEqual(paths);
    });

    it('tells once an event that Brevo tells twice, word for word, as it does when a page moves on meanwhile', async () => {
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

    it('ends if Brevo refuses a period as too old, and that is no error', async () => {
      await there.controls.put('settings', { statisticsDays: 400 });
      const { email, subject } = person();
      for (const days of [500, 300, 100, 1]) await there.write(today - days * DAY, email);
      expect(await there.read(logRecord, subject)).toHaveLength(6);
      // Two periods with dates were refused and answered for the newest days; nothing older was
      // asked for.
      expect((await there.asked('/smtp/')).map(({ status }) => status)).toEqual([200, 200, 200, 200, 400, 200]);
    });

    it('does not end if Brevo refuses the newest days as well: that is an error', async () => {
      const { email, subject } = person();
      await there.write(today, email);
      for (const statisticsDays of [90, 50]) {
        await there.controls.put('settings', { statisticsDays });
        await expect(there.read(logRecord, subject)).rejects.toMatchObject({ code: 'brevo.400' });
      }
    });

    it('waits for the hour that Brevo has used up, as Brevo says, and then goes on at the same place', async () => {
      await there.controls.put('limits', { enforced: true });
      // The requests about contacts, ten in a second, are not scarce here.
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

    it('is not read for an erasure, which asks the same as before', async () => {
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
      'has the events of its campaigns back to its own first day, each event once, with days counted in %s',
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
