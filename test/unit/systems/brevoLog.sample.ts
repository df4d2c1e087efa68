import { startBrevo } from '../../../emulator/standins/index.ts';
import { createClients } from '../../../functions/src/platform/clients.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { readEvents, type ReadEvent } from '../../../functions/src/systems/brevo/events.ts';
import { periodsBack } from '../../../functions/src/systems/brevo/periods.ts';
import type { Scope } from '../../../functions/src/systems/system.ts';
import { Control } from '../../conformance/faults.ts';
import { proven } from '../../kit/proven.ts';
import { testContext } from '../requests/helpers.ts';
import { MemoryBucket } from './memoryBucket.ts';

export const NOW = Date.parse('2026-11-05T09:30:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
const SINCE = Date.UTC(2012, 0, 1);
/** The calls of one reading: one question for each period. */
export const CALLS = periodsBack(NOW, SINCE).length;
export const LIMIT = 300;

/** Starts a Brevo of its own; databases and files are in memory. */
export async function openWorld() {
  const base = testContext(NOW);
  const server = await startBrevo({ now: base.now });
  const config = {
    ...base.config,
    brevoApiBase: new URL(server.url),
    brevoSince: SINCE,
    brevoSmtpPerHour: LIMIT,
  };
  const real = createClients(config, () => 'sk_test_x');
  const store = new MemoryBucket();
  const clients = { ...base.clients, brevo: () => real.brevo(), bucket: async () => store.bucket() };
  const context = { ...base, policy: amikeo, config, clients };
  const client = await real.brevo();
  const control = new Control(server.url);
  const scopeOf = (uid: string, emails: readonly string[] = [`${uid}@example.com`]): Scope => ({
    policy: amikeo,
    subject: { uid, pseudonym: 'v1_x', accountCreatedAt: null, verifiedEmails: proven(...emails), providerIds: {} },
    handles: [],
    now: base.time.now,
    deadline: Infinity,
  });
  return {
    context,
    control,
    store,
    time: base.time,
    own: base.own,
    read: async (uid: string, emails?: readonly string[]): Promise<ReadEvent[]> => {
      const all: ReadEvent[] = [];
      for await (const one of readEvents(context, scopeOf(uid, emails))) all.push(one);
      return all;
    },
    scopeOf,
    write: async (email: string, at = base.time.now): Promise<void> => {
      const now = base.time.now;
      base.time.now = at;
      await client.transactionalEmails
        .sendTransacEmail({ sender: { email: 'a@b.fr' }, to: [{ email }], subject: 'Bonjour', textContent: 'Bonjour' })
        .finally(() => (base.time.now = now));
    },
    /** The calls of the hourly kind since the last time this was asked. */
    calls: async (): Promise<{ path: string; status: number | null }[]> => {
      const all = await control.requests();
      await control.clear();
      return all
        .filter(
          ({ path, method }) =>
            path.startsWith('/v3/smtp/') &&
            path !== '/v3/smtp/email' &&
            !(method === 'GET' && path === '/v3/smtp/emails'),
        )
        .map(({ path, status }) => ({ path, status }));
    },
    stop: () => server.stop(),
  };
}

/** Returns the error with which the work fails. */
export const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
