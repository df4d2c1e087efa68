import type { BrevoClient } from '@getbrevo/brevo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, openBench, type Bench } from './helpers.ts';

let bench: Bench;
let brevo: BrevoClient;
beforeEach(async () => {
  bench = await openBench();
  brevo = bench.brevo();
});
afterEach(() => bench.stop());

const day = 24 * 60 * 60 * 1000;
const send = async (email: string, more: object = {}): Promise<string> => {
  const { messageId } = await brevo.transactionalEmails.sendTransacEmail({
    sender: { email: 'app@example.fr', name: 'App' },
    to: [{ email }],
    subject: 'Your request',
    textContent: 'It was received.',
    ...more,
  });
  return messageId ?? '';
};
const listed = async (email: string) =>
  (await brevo.transactionalEmails.getTransacEmailsList({ email })).transactionalEmails ?? [];

describe('transactional e-mails', () => {
  it('are sent, listed, read and reported', async () => {
    const messageId = await send('Anne@Example.fr', {
      tags: ['rights'],
      attachment: [{ name: 'a.txt', content: 'YQ==' }],
    });
    expect(messageId).toMatch(/^<.+@.+>$/);
    await send('bob@example.fr');
    const [email, ...others] = await listed('anne@example.fr');
    expect(others).toEqual([]);
    expect(email).toMatchObject({
      email: 'anne@example.fr',
      subject: 'Your request',
      messageId,
      from: 'app@example.fr',
      tags: ['rights'],
    });
    expect(await brevo.transactionalEmails.getTransacEmailContent({ uuid: email?.uuid ?? '' })).toMatchObject({
      body: 'It was received.',
      attachmentCount: 1,
      events: [{ name: 'sent' }, { name: 'delivered' }],
    });
    const { events } = await brevo.transactionalEmails.getEmailEventReport({ email: 'anne@example.fr', sort: 'asc' });
    expect(events?.map((e) => [e.event, e.messageId, e.tag])).toEqual([
      ['requests', messageId, 'rights'],
      ['delivered', messageId, 'rights'],
    ]);
    expect((await brevo.transactionalEmails.getEmailEventReport({ event: 'delivered' })).events).toHaveLength(2);
    expect((await brevo.transactionalEmails.getTransacEmailsList({ messageId })).count).toBe(1);
    expect(await failure(brevo.transactionalEmails.getTransacEmailContent({ uuid: 'x' }))).toMatchObject({
      statusCode: 404,
    });
  });

  it('refuse a missing parameter, with its name', async () => {
    const cases: [object, string][] = [
      [{ sender: undefined }, 'sender'],
      [{ subject: undefined }, 'subject'],
      [{ textContent: undefined }, 'htmlContent'],
      [{ to: undefined }, 'to'],
      [{ to: [{ email: 'nobody' }] }, 'to.0.email'],
      [{ attachment: [{ content: 'YQ==' }] }, 'attachment'],
      [{ textcontent: 'x' }, 'textcontent'],
    ];
    for (const [more, name] of cases) {
      expect(await failure(send('a@b.fr', more)), name).toMatchObject({
        statusCode: 400,
        body: { message: expect.stringContaining(name) as string },
      });
    }
    expect(await listed('a@b.fr')).toEqual([]);
    expect(
      await send('a@b.fr', { sender: undefined, subject: undefined, textContent: undefined, templateId: 4 }),
    ).not.toBe('');
  });

  it('are listed for the last 30 days, and for one month at most', async () => {
    await send('a@b.fr');
    const sentOn = new Date(bench.time.now).toISOString().slice(0, 10);
    bench.time.now += 31 * day;
    expect(await listed('a@b.fr')).toEqual([]);
    const list = (startDate: string, endDate: string) =>
      brevo.transactionalEmails.getTransacEmailsList({ email: 'a@b.fr', startDate, endDate });
    expect((await list(sentOn, sentOn)).count).toBe(1);
    expect((await list('2026-01-15', '2026-02-15')).count).toBe(1);
    expect(await failure(list('2026-01-15', '2026-02-16'))).toMatchObject({
      statusCode: 400,
      body: { code: 'out_of_range' },
    });
    expect(await failure(list('2026-02-15', '2026-01-15'))).toMatchObject({ statusCode: 400 });
    expect(await failure(list('15/01/2026', '2026-02-15'))).toMatchObject({ statusCode: 400 });
    expect(
      await failure(brevo.transactionalEmails.getTransacEmailsList({ email: 'a@b.fr', startDate: '2026-01-15' })),
    ).toMatchObject({ body: { code: 'missing_parameter' } });
    expect(await failure(brevo.transactionalEmails.getTransacEmailsList({}))).toMatchObject({
      body: { code: 'missing_parameter' },
    });
    const report = (request: Parameters<typeof brevo.transactionalEmails.getEmailEventReport>[0]) =>
      brevo.transactionalEmails.getEmailEventReport(request);
    expect((await report({ days: 60 })).events).toHaveLength(2);
    expect(await failure(report({ days: 91 }))).toMatchObject({ statusCode: 400 });
    expect(await failure(report({ startDate: '2026-01-01', endDate: '2026-06-01' }))).toMatchObject({
      body: { code: 'out_of_range' },
    });
  });

  it('are reported for days, both ends included, today among them, in the zone in which the account counts', async () => {
    bench.time.now = Date.parse('2026-01-15T23:30:00Z');
    await send('a@b.fr');
    const told = async (request: Parameters<typeof brevo.transactionalEmails.getEmailEventReport>[0]) =>
      (await brevo.transactionalEmails.getEmailEventReport(request)).events?.length;
    const on = (day: string) => told({ startDate: day, endDate: day });
    expect([await on('2026-01-14'), await on('2026-01-15'), await on('2026-01-16')]).toEqual([0, 2, 0]);
    await bench.control('brevo', 'PUT', 'settings', { timeZone: 'Europe/Paris' });
    expect([await on('2026-01-15'), await on('2026-01-16')]).toEqual([0, 2]);
    bench.time.now += day;
    expect([await told({ days: 1 }), await told({ days: 2 })]).toEqual([0, 2]);
    bench.time.now += 88 * day;
    expect([await told({ days: 89 }), await told({ days: 90 })]).toEqual([0, 2]);
    for (const request of [
      { days: 30, startDate: '2026-01-01', endDate: '2026-01-02' },
      { startDate: '2026-01-02', endDate: '2026-01-01' },
      { startDate: '2026-01-01' },
      { endDate: '2026-01-01' },
      { startDate: '2026-01-01', endDate: '2026-04-02' },
      { days: 0 },
      { limit: 5001 },
    ])
      expect([request, await failure(told(request))]).toMatchObject([request, { statusCode: 400 }]);
    expect(await told({ startDate: '2026-01-01', endDate: '2026-04-01' })).toBe(2);
  });

  it('are reported without an end, or as far back as a setting says', async () => {
    await send('a@b.fr');
    bench.time.now += 4000 * day;
    const old = { startDate: '2026-01-01', endDate: '2026-02-01' };
    const report = () => brevo.transactionalEmails.getEmailEventReport(old);
    expect((await report()).events).toHaveLength(2);
    await bench.control('brevo', 'PUT', 'settings', { statisticsDays: 730 });
    expect(await failure(report())).toMatchObject({ statusCode: 400 });
    expect((await brevo.transactionalEmails.getEmailEventReport({ days: 90 })).events).toEqual([]);
  });

  it('come in pages that give each exactly once', async () => {
    for (let i = 0; i < 7; i += 1) await send('a@b.fr', { subject: `n${i}` });
    const subjects: string[] = [];
    for (let offset = 0; offset < 7; offset += 3) {
      const { transactionalEmails } = await brevo.transactionalEmails.getTransacEmailsList({
        email: 'a@b.fr',
        limit: 3,
        offset,
        sort: 'asc',
      });
      subjects.push(...(transactionalEmails ?? []).map((e) => e.subject));
    }
    expect(subjects).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6']);
  });
});

describe('the deletion of logs', () => {
  const processes = async () => (await brevo.process.getProcesses()).processes as { id: number; status: string }[];
  const status = async (processId: number) => (await brevo.process.getProcess({ processId })).status;

  it('answers with a process, which the SDK drops: its fetch reads it', async () => {
    await send('a@b.fr');
    await expect(
      brevo.transactionalEmails.deleteAnSmtpTransactionalLog({ identifier: 'a@b.fr' }),
    ).resolves.toBeUndefined();
    await send('c@b.fr');
    const raw = await brevo.fetch('/smtp/log/c%40b.fr', { method: 'DELETE' });
    const { process_id } = (await raw.json()) as { process_id: number };
    expect((await processes()).map((p) => p.id)).toContain(process_id);
  });

  it('goes from queued over in_process to completed; the logs are gone only then, and only those of the person', async () => {
    await send('a@b.fr');
    await send('a@b.fr');
    await send('other@b.fr', { cc: [{ email: 'a@b.fr' }] });
    await brevo.transactionalEmails.deleteAnSmtpTransactionalLog({ identifier: 'A@b.fr' });
    const [process] = await processes();
    const id = process?.id ?? 0;
    expect([process?.status, await status(id), await status(id)]).toEqual(['queued', 'queued', 'in_process']);
    bench.time.now += 1;
    expect(await status(id)).toBe('completed');
    expect(await listed('a@b.fr')).toEqual([]);
    expect((await brevo.transactionalEmails.getEmailEventReport({ email: 'a@b.fr' })).events).toEqual([]);
    expect(await listed('other@b.fr')).toHaveLength(1);
  });

  it('keeps showing the logs until it is done, by looks or by time', async () => {
    await bench.control('brevo', 'PUT', 'settings', { processPolls: 0, processMs: 60_000 });
    await send('a@b.fr');
    await brevo.transactionalEmails.deleteAnSmtpTransactionalLog({ identifier: 'a@b.fr' });
    expect(await listed('a@b.fr')).toHaveLength(1);
    bench.time.now += 60_000;
    expect(await listed('a@b.fr')).toEqual([]);
  });

  it('can answer 204 as the reference says', async () => {
    await bench.control('brevo', 'PUT', 'settings', { logDeletion: '204' });
    await send('a@b.fr');
    const { rawResponse } = await brevo.transactionalEmails
      .deleteAnSmtpTransactionalLog({ identifier: 'a@b.fr' })
      .withRawResponse();
    expect(rawResponse.status).toBe(204);
    expect(await processes()).toHaveLength(1);
  });

  it('takes a message id and days', async () => {
    const messageId = await send('a@b.fr');
    bench.time.now += day;
    await send('a@b.fr');
    await bench.control('brevo', 'PUT', 'settings', { processPolls: 0 });
    const remove = (request: Parameters<typeof brevo.transactionalEmails.deleteAnSmtpTransactionalLog>[0]) =>
      brevo.transactionalEmails.deleteAnSmtpTransactionalLog(request);
    expect(await failure(remove({ identifier: 'a@b.fr', to_date: '2025-12-31' }))).toMatchObject({ statusCode: 404 });
    await remove({ identifier: messageId });
    expect((await listed('a@b.fr')).map((e) => e.messageId)).not.toContain(messageId);
    await remove({ identifier: 'a@b.fr', from_date: '2026-01-16', to_date: '2026-01-16' });
    expect(await listed('a@b.fr')).toEqual([]);
  });

  it('of nothing is not found, of nonsense refused', async () => {
    expect(
      await failure(brevo.transactionalEmails.deleteAnSmtpTransactionalLog({ identifier: 'a@b.fr' })),
    ).toMatchObject({ statusCode: 404, body: { code: 'document_not_found' } });
    expect(
      await failure(brevo.transactionalEmails.deleteAnSmtpTransactionalLog({ identifier: 'everything' })),
    ).toMatchObject({ statusCode: 400 });
    expect(await failure(brevo.process.getProcess({ processId: 999 }))).toMatchObject({ statusCode: 404 });
  });
});
