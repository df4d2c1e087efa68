import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBrevo } from '../../../emulator/standins/index.ts';
import { createClients } from '../../../functions/src/platform/clients.ts';
import { BudgetError, RetryAfterError } from '../../../functions/src/platform/errors.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { deleteLog } from '../../../functions/src/systems/brevo/client.ts';
import { readEvents, type ReadEvent } from '../../../functions/src/systems/brevo/events.ts';
import { periodsBack } from '../../../functions/src/systems/brevo/periods.ts';
import { shareOfExports } from '../../../functions/src/systems/brevo/quota.ts';
import { keptPrefix } from '../../../functions/src/systems/kept.ts';
import type { Scope } from '../../../functions/src/systems/system.ts';
import { Control } from '../../conformance/faults.ts';
import { proven } from '../../kit/proven.ts';
import { testContext } from '../requests/helpers.ts';
import { MemoryBucket } from './memoryBucket.ts';

/** A person's log of e-mails is read once a day, by calls that all exports share. */

const NOW = Date.parse('2026-11-05T09:30:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SINCE = Date.UTC(2012, 0, 1);
/** One question a period. */
const CALLS = periodsBack(NOW, SINCE).length;
const LIMIT = 300;

let world: Awaited<ReturnType<typeof openWorld>>;
beforeEach(async () => void (world = await openWorld()));
afterEach(() => world.stop());

async function openWorld(limit = LIMIT) {
  const base = testContext(NOW);
  const server = await startBrevo({ now: base.now });
  const config = {
    ...base.config,
    brevoApiBase: new URL(server.url),
    brevoSince: SINCE,
    brevoSmtpPerHour: limit,
  };
  const real = createClients(config, { stripe: () => 'sk_test_x', brevo: () => 'xkeysib-x' });
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
    /** Calls of the hourly kind that Brevo was asked, since the last look. */
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

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );

describe("a person's log of e-mails", () => {
  it('is read once a day: another export of the day has the same rows, which say as of when, without a call', async () => {
    await world.write('ada@example.com', NOW - 400 * DAY);
    await world.write('ada@example.com', NOW - 1);
    await world.calls();
    const first = await world.read('ada');
    expect(first).toHaveLength(4);
    expect(await world.calls()).toHaveLength(CALLS);
    world.time.now += 23 * HOUR;
    await world.write('ada@example.com');
    expect(await world.read('ada')).toEqual(first);
    expect(first.every(({ readAt }) => readAt === NOW)).toBe(true);
    expect(await world.calls()).toHaveLength(0);
    world.time.now += HOUR;
    expect(await world.read('ada')).toHaveLength(6);
    expect(await world.calls()).toHaveLength(CALLS);
    // The earlier pieces are gone.
    expect(new Set([...world.store.objects.keys()].map((name) => name.split('/')[5]))).toHaveProperty('size', 1);
  });

  it('is kept below the prefix of the person alone, without an address in a name', async () => {
    await world.write('ada@example.com');
    await world.read('ada');
    const names = [...world.store.objects.keys()];
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      expect(name.startsWith(keptPrefix('ada'))).toBe(true);
      expect(name).not.toContain('example');
    }
    for (const { path, ...rest } of (await world.own.collection('rateLimits').get()).docs.map((doc) => ({
      path: doc.id,
      data: doc.data(),
    })))
      expect(path + JSON.stringify(rest)).not.toMatch(/ada|example/);
  });

  it('is read anew for another address, and for the same address of another person', async () => {
    await world.write('ada@example.com');
    await world.write('new@example.com');
    await world.read('ada');
    await world.calls();
    const rows = await world.read('ada', ['new@example.com']);
    expect(rows.map(({ event }) => event.email)).toEqual(['new@example.com', 'new@example.com']);
    expect(await world.calls()).toHaveLength(CALLS);
    world.time.now += HOUR * 2;
    expect(await world.read('bob', ['ada@example.com'])).toHaveLength(2);
    expect(await world.calls()).toHaveLength(CALLS);
  });

  it('gives out nothing of another address, whatever lies among what is kept', async () => {
    await world.write('ada@example.com');
    await world.read('ada');
    for (const [name, text] of world.store.objects)
      world.store.objects.set(name, text.replaceAll('ada@example.com', 'eve@example.com'));
    expect(await world.read('ada')).toEqual([]);
  });

  it('that breaks off goes on where it was, at whichever call; it is never taken for whole', async () => {
    const events = 30;
    for (let n = 0; n < events; n++) await world.write('ada@example.com', NOW - n * 150 * DAY);
    await world.calls();
    const brevo = world.context.clients.brevo;
    let asked = 0;
    const breaksAt = new Set([1, 2, 26, 27, 40, 41, 55, CALLS]);
    const breaking = {
      ...world.context,
      clients: {
        ...world.context.clients,
        brevo: async () => {
          asked += 1;
          if (breaksAt.delete(asked - 1)) throw new Error('socket hang up');
          return brevo();
        },
      },
    };
    let rows: ReadEvent[];
    for (let attempts = 1; ; attempts++) {
      expect(attempts).toBeLessThanOrEqual(9);
      rows = [];
      try {
        for await (const row of readEvents(breaking, world.scopeOf('ada'))) rows.push(row);
        break;
      } catch (error) {
        expect(error).toMatchObject({ message: 'socket hang up' });
      }
    }
    expect(rows).toHaveLength(2 * events);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2 * events);
    expect(breaksAt.size).toBe(0);
    // No question was answered twice.
    expect((await world.calls()).length).toBe(CALLS);
  });

  it('whose process dies anywhere is read on from the last piece: fewer calls than twice, and every row once', async () => {
    for (let n = 0; n < 30; n++) await world.write('ada@example.com', NOW - n * 150 * DAY);
    await world.calls();
    // A generator that is never gone on with is a process that died; nothing of it ends.
    const dying = readEvents(world.context, world.scopeOf('ada'))[Symbol.asyncIterator]();
    await dying.next();
    expect((await world.calls()).length).toBe(25);
    // Its reading is marked as running for five minutes.
    const waits = await failure(world.read('ada'));
    expect(waits).toBeInstanceOf(BudgetError);
    expect((waits as BudgetError).until).toBe(NOW + 5 * 60_000);
    world.time.now += 5 * 60_000;
    const rows = await world.read('ada');
    expect(new Set(rows.map(({ id }) => id)).size).toBe(60);
    expect(rows).toHaveLength(60);
    expect((await world.calls()).length).toBe(CALLS - 25);
  });

  it('two exports at once: one reads, the other waits and has what was read', async () => {
    await world.write('ada@example.com');
    await world.calls();
    const meanwhile: unknown[] = [];
    world.store.beforeSave = async () => {
      world.store.beforeSave = () => undefined;
      meanwhile.push(await failure(world.read('ada')));
    };
    expect(await world.read('ada')).toHaveLength(2);
    expect(meanwhile).toEqual([expect.any(BudgetError)]);
    expect(await world.calls()).toHaveLength(CALLS);
    expect(await world.read('ada')).toHaveLength(2);
    expect(await world.calls()).toHaveLength(0);
  });

  it('that is kept no more, since an export was taken back, is read again after the day and not before', async () => {
    await world.write('ada@example.com');
    await world.read('ada');
    world.store.objects.clear();
    await world.calls();
    world.time.now += HOUR;
    const waits = await failure(world.read('ada'));
    expect(waits).toBeInstanceOf(BudgetError);
    expect((waits as BudgetError).until).toBe(NOW + DAY);
    expect(await world.calls()).toHaveLength(0);
    world.time.now = NOW + DAY;
    expect(await world.read('ada')).toHaveLength(2);
  });

  it('of a person without an account is kept nowhere, and can be read again at once', async () => {
    await world.write('ada@example.com');
    for (let n = 0; n < 2; n++) expect(await world.read('', ['ada@example.com'])).toHaveLength(2);
    expect(world.store.objects.size).toBe(0);
  });

  it('that cannot be kept is not given out, and comes again', async () => {
    await world.write('ada@example.com');
    world.store.beforeSave = () => {
      throw new Error('the bucket is full');
    };
    await expect(world.read('ada')).rejects.toThrow('the bucket is full');
    world.store.beforeSave = () => undefined;
    expect(await world.read('ada')).toHaveLength(2);
  });

  it.each([
    ['no piece', '{'],
    ['nothing', null],
  ])('with a piece that is %s is read on before it', async (_, text) => {
    for (let n = 0; n < 30; n++) await world.write('ada@example.com', NOW - n * 150 * DAY);
    const whole = await world.read('ada');
    await world.calls();
    const [, second = ''] = [...world.store.objects.keys()].sort();
    if (text === null) world.store.objects.delete(second);
    else world.store.objects.set(second, text);
    world.time.now += 5 * 60_000;
    for (const calls of [CALLS - 25, 0]) {
      expect((await world.read('ada')).map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
      expect(await world.calls()).toHaveLength(calls);
    }
  });
});

describe('the hour that Brevo gives to everybody', () => {
  it('is never over it, of whichever hour: exports wait for each other, and an erasure has its call at once', async () => {
    await world.control.put('limits', { enforced: true, rolling: true });
    let done = 0;
    const waiting = new Map(Array.from({ length: 8 }, (_, n) => [`person${n}`, NOW]));
    const begun = NOW;
    const statuses: (number | null)[] = [];
    while (waiting.size > 0) {
      const [next] = [...waiting].sort(([, a], [, b]) => a - b);
      if (next === undefined) break;
      const [uid, at] = next;
      world.time.now = Math.max(world.time.now + 1000, at);
      const error = await world.read(uid).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error === null) {
        waiting.delete(uid);
        done += 1;
      } else {
        expect(error).toBeInstanceOf(BudgetError);
        waiting.set(uid, (error as BudgetError).until);
      }
      // Nobody waits here, however busy exports are.
      world.time.now += 1000;
      expect(await deleteLog(world.context, 'gone@example.com')).toBeNull();
      statuses.push(...(await world.calls()).map(({ status }) => status));
    }
    expect(done).toBe(8);
    expect(statuses).not.toContain(429);
    // Three of them an hour: 8 take more than two.
    expect(world.time.now - begun).toBeLessThan(4 * HOUR);
    expect(statuses.filter((status) => status === 200).length).toBe(8 * CALLS);
  });

  it('exports alone use two thirds of it', async () => {
    await world.write('a@example.com');
    await world.calls();
    const errors = [];
    for (const uid of ['a', 'b', 'c', 'd']) errors.push(await failure(world.read(uid)));
    expect(errors.filter((error) => error instanceof BudgetError)).toHaveLength(1);
    expect((await world.calls()).length).toBeLessThanOrEqual(shareOfExports(LIMIT));
  });

  it('that others have used up is a wait until the moment that Brevo names', async () => {
    await world.control.put('limits', { enforced: true });
    const client = await world.context.clients.brevo();
    for (let n = 0; n < 300; n++) await client.transactionalEmails.getEmailEventReport({ days: 1 });
    world.time.now += 60_000;
    const error = await failure(deleteLog(world.context, 'gone@example.com'));
    expect(error).toBeInstanceOf(RetryAfterError);
    expect(error).not.toBeInstanceOf(BudgetError);
    expect((error as RetryAfterError).until).toBe(NOW + HOUR);
  });
});
