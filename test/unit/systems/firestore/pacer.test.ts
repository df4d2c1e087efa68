import { Firestore } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { PacedWriter } from '../../../../functions/src/systems/firestore/bulk/writer.ts';
import { Pacer, pacerOf, WITHOUT_SHARE } from '../../../../functions/src/systems/firestore/bulk/pacer.ts';
import { testContext } from '../../requests/helpers.ts';

/**
 * Writes in bulk go at the pace of the process and at its share of everybody's. The tests wait in
 * real time, side by side.
 */

const NOW = Date.UTC(2026, 5, 1);
const SHARES = 'rateLimits/firestore_writes';

/** A world with few writes a second, so that a test sees them. */
function open(writesPerSecond: number) {
  const world = testContext(NOW);
  return { ...world, config: { ...world.config, writesPerSecond } };
}

/** Makes so many writes that do nothing; answers how long they took, in milliseconds. */
async function timed(pacer: Pacer, count: number): Promise<number> {
  const start = performance.now();
  await Promise.all(Array.from({ length: count }, () => pacer.write(() => Promise.resolve())));
  return performance.now() - start;
}

describe.concurrent('writes in bulk', () => {
  it('ask for no share before the thousandth, and wait for nothing', async () => {
    const world = open(4000);
    const pacer = new Pacer(world);
    let sent = 0;
    const writes = Array.from({ length: WITHOUT_SHARE.burst }, () => pacer.write(() => Promise.resolve((sent += 1))));
    expect(sent).toBe(WITHOUT_SHARE.burst);
    await Promise.all(writes);
    expect((await world.own.doc(SHARES).get()).exists).toBe(false);
  });

  it('go on in the order in which they came, with a share', async () => {
    const world = open(4000);
    const pacer = new Pacer(world);
    const order: number[] = [];
    await Promise.all(Array.from({ length: 2000 }, (_, n) => pacer.write(() => Promise.resolve(order.push(n)))));
    expect(order).toEqual(Array.from({ length: 2000 }, (_, n) => n));
    const shares = (await world.own.doc(SHARES).get()).get('shares') as Record<string, { rate: number }>;
    expect(Object.values(shares)).toMatchObject([{ rate: 4000 }]);
  });

  it('go no faster than the setting says', async () => {
    const pacer = new Pacer(open(500));
    // 500 at once, and 250 in half a second.
    expect(await timed(pacer, 750)).toBeGreaterThan(400);
  });

  it('go slowly if others have all, or the shares cannot be read, and never stop', async () => {
    const world = open(4000);
    await world.own.doc(SHARES).set({ shares: { other: { wanted: 5000, rate: 5000, until: NOW + 5000 } } });
    expect(await timed(new Pacer(world), WITHOUT_SHARE.burst + 20)).toBeGreaterThan(150);
    const down = (): never => {
      throw new Error('down');
    };
    const broken = { ...world.clients, own: down };
    expect(await timed(new Pacer({ ...world, clients: broken }), WITHOUT_SHARE.burst + 20)).toBeGreaterThan(150);
  });

  it('slow down after a refusal', async () => {
    const pacer = new Pacer(open(500));
    await timed(pacer, 500);
    pacer.failed(Object.assign(new Error(), { code: 8 }));
    // The pace is looked at anew after a quarter of a second: then it is 250 a second.
    expect(await timed(pacer, 300)).toBeGreaterThan(750);
  });

  it('of one process share one pace', () => {
    const world = open(4000);
    expect(pacerOf(world)).toBe(pacerOf({ ...world }));
    expect(pacerOf(world)).not.toBe(pacerOf(testContext(NOW)));
  });
});

describe.concurrent('a writer', () => {
  it('has written everything when it is flushed, also waiting writes', async () => {
    const world = open(4000);
    // Others have all: the last ones wait for a second.
    await world.own.doc(SHARES).set({ shares: { other: { wanted: 5000, rate: 5000, until: NOW + 5000 } } });
    const writer = new PacedWriter(world.app, pacerOf(world));
    const refs = Array.from({ length: WITHOUT_SHARE.burst + 105 }, (_, n) => world.app.doc(`rows/${n}`));
    const writes = refs.map((ref) => writer.create(ref, { a: 1 }));
    await writer.flush();
    expect((await world.app.collection('rows').count().get()).data().count).toBe(refs.length);
    await Promise.all(writes);
    await writer.close();
  });

  it('tells of refusals, and tries again as the SDK does', async () => {
    const world = open(4000);
    const seen: unknown[] = [];
    const pacer = Object.assign(new Pacer(world), { failed: (error: { code: unknown }) => seen.push(error.code) });
    const wire = world.app as unknown as { request(method: string, ...rest: unknown[]): Promise<object> };
    const request = wire.request.bind(wire);
    let refusals = 2;
    wire.request = async (method, ...rest) => {
      if (method !== 'batchWrite' || refusals-- <= 0) return request(method, ...rest);
      return { writeResults: [{}], status: [{ code: 10, message: 'contended' }] };
    };
    const writer = new PacedWriter(world.app, pacer);
    const write = writer.create(world.app.doc('rows/1'), { a: 1 });
    await writer.flush();
    await write;
    expect(seen).toEqual([10, 10]);
    expect(world.app).toBeInstanceOf(Firestore);
  });
});
