import { afterEach, describe, expect, it } from 'vitest';
import { example } from '../../../functions/policies/example/index.ts';
import { startStandins } from '../../../emulator/standins/index.ts';
import { KEY_LIVES_MS, sendNotice } from '../../../functions/src/messages/send.ts';
import { testContext } from '../../conformance/harness.ts';
import { testContext as memoryContext } from '../requests/helpers.ts';
import { provenEmail } from '../../kit/proven.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

describe('a message about rights', () => {
  it('is sent once, also by an attempt that comes when Brevo no longer knows its key: its log is asked first', async () => {
    let now = Date.parse('2026-05-20T10:00:00Z');
    const standins = await startStandins({ now: () => now });
    ends.push(() => standins.stop());
    const base = testContext({ brevo: standins.brevoUrl });
    const sender = { name: 'AMIKEO', email: 'bonjour@amikeo.example' };
    // Looking into Brevo's log takes a call of the hour, which all instances share.
    const { own } = memoryContext(now);
    const clients = { ...base.clients, own: () => own };
    const context = { ...base, clients, now: () => now, config: { ...base.config, brevoSender: sender } };
    const since = now;
    const send = (since?: number) =>
      sendNotice(
        context,
        { id: 'export_1', to: provenEmail('ada@example.com'), locale: 'en', ...(since === undefined ? {} : { since }) },
        'a message',
        () => ({ subject: 'ready', text: 'ready' }),
      );
    const sent = async (): Promise<number> => {
      const requests = (await (await fetch(`${standins.brevoUrl}/_control/requests`)).json()) as {
        path: string;
        status: number | null;
      }[];
      return requests.filter(({ path, status }) => path === '/v3/smtp/email' && status === 201).length;
    };
    // The first attempt, and one that dies after it and comes again at once: the same key.
    for (let tries = 0; tries < 2; tries++) expect(await send(since)).toBe('sent');
    expect(await sent()).toBe(1);
    now += Math.max(31 * 60_000, KEY_LIVES_MS);
    expect(await send(since)).toBe('sent');
    expect(await sent()).toBe(1);
    // A sender that names no beginning is taken at its word.
    expect(await send()).toBe('sent');
    expect(await sent()).toBe(2);
  });

  it('goes by no e-mail if the policy names no carrier for it, with any sender set', async () => {
    const base = memoryContext(Date.parse('2026-05-20T10:00:00Z'));
    const config = { ...base.config, brevoSender: { name: 'Vélo Rive', email: 'info@velo-rive.example' } };
    const send = () =>
      sendNotice(
        { ...base, config, policy: example },
        { id: 'export_1', to: provenEmail('ada@example.com'), locale: 'nl' },
        'a message',
        () => ({ subject: 'klaar', text: 'klaar' }),
      );
    expect(await send()).toBe('noSender');
  });
});
