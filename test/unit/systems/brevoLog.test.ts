import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BudgetError } from '../../../functions/src/platform/errors.ts';
import { readEvents, type ReadEvent } from '../../../functions/src/systems/brevo/events.ts';
import { keptPrefix } from '../../../functions/src/systems/keptReading.ts';
import { CALLS, DAY, failure, HOUR, NOW, openWorld } from './brevoLog.sample.ts';

/** A person's log of e-mails is read once a day, by calls that all exports share. */

let world: Awaited<ReturnType<typeof openWorld>>;
beforeEach(async () => void (world = await openWorld()));
afterEach(() => world.stop());

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

  it('gives out nothing of another address, with any pieces among the kept ones', async () => {
    await world.write('ada@example.com');
    await world.read('ada');
    for (const [name, text] of world.store.objects)
      world.store.objects.set(name, text.replaceAll('ada@example.com', 'eve@example.com'));
    expect(await world.read('ada')).toEqual([]);
  });

  it('that breaks off goes on at the same place, after any call; it is never taken for whole', async () => {
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

  it('with a process that dies anywhere is read on from the last piece: fewer calls than twice, and every row once', async () => {
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

  it('two exports at once: one reads, the other waits and has the same rows', async () => {
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
