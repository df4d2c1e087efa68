import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientAddress, networkOf, siteOf } from '../../../functions/src/rights/contact/clientAddress.ts';

/**
 * Tests which calls count as one caller's: a caller's own X-Forwarded-For must never choose their
 * counter.
 */

const PEER = '169.254.1.1';
const of = (forwardedFor: string | readonly string[] | undefined, hops: number): string | undefined =>
  clientAddress({ forwardedFor, peer: PEER }, hops);

const v4 = fc.ipV4();
const v6 = fc.ipV6();
const address = fc.oneof(v4, v6);
const garbage = fc.oneof(address, fc.string(), fc.constantFrom('', 'unknown', '_hidden', '999.1.1.1', '"[::1]:80"'));

describe('the address of a caller', () => {
  it.each([
    ['203.0.113.7', 1, '203.0.113.7'],
    ['10.9.8.7, 203.0.113.7', 1, '203.0.113.7'],
    ['10.9.8.7,203.0.113.7, 151.101.1.1', 2, '203.0.113.7'],
    [['10.9.8.7', '203.0.113.7'], 1, '203.0.113.7'],
    ['2001:db8::1', 1, '2001:db8::1'],
    ['203.0.113.7:4711', 1, '203.0.113.7'],
    ['[2001:db8::1]:443', 1, '2001:db8::1'],
    ['fe80::1%eth0', 1, 'fe80::1'],
    [undefined, 1, undefined],
    ['', 1, undefined],
    ['203.0.113.7,', 1, undefined],
    ['203.0.113.7', 2, undefined],
    ['10.9.8.7, not an address', 1, undefined],
    ['203.0.113.7', 0, PEER],
    [undefined, 0, PEER],
  ])('X-Forwarded-For %j behind %i proxies: %s', (header, hops, expected) => expect(of(header, hops)).toBe(expected));

  it('is the one that the nearest trusted proxy added, with any text before it', () => {
    fc.assert(
      fc.property(
        fc.array(garbage, { maxLength: 8 }),
        address,
        fc.array(address, { maxLength: 4 }),
        (madeUp, real, proxies) => {
          const hops = proxies.length + 1;
          const honest = of([real, ...proxies].join(', '), hops);
          expect(honest).toBe(real);
          expect(of([...madeUp, real, ...proxies].join(', '), hops)).toBe(honest);
        },
      ),
    );
  });

  it('is an address or nothing, and of a header that is too short nothing', () => {
    fc.assert(
      fc.property(fc.array(garbage, { maxLength: 5 }), fc.integer({ min: 1, max: 10 }), (parts, hops) => {
        const header = parts.join(',');
        const told = of(header, hops);
        if (told !== undefined) expect(isIP(told)).not.toBe(0);
        if (header.split(',').length < hops) expect(told).toBeUndefined();
      }),
    );
  });

  it('without a proxy is the connection’s, and the header counts for nothing', () => {
    fc.assert(
      fc.property(garbage, (header) => {
        expect(of(header, 0)).toBe(PEER);
      }),
    );
  });
});

describe('the network of a caller', () => {
  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:0DB8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['203.0.113.7', '203.0.113.7'],
    ['nonsense', 'unknown'],
    [undefined, 'unknown'],
  ])('of %s is %s', (told, expected) => expect(networkOf(told)).toBe(expected));

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1'],
    ['2001:db8::1', '2001:db8:0'],
    ['::ffff:203.0.113.7', undefined],
    ['203.0.113.7', undefined],
    [undefined, undefined],
  ])('of %s is of the site %s', (told, expected) => expect(siteOf(networkOf(told))).toBe(expected));

  it('is the same for every address of a /64, however it is written', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.array(group, { minLength: 4, maxLength: 4 }), v6, v6, (prefix, a, b) => {
        fc.pre(prefix.some((one) => one !== 0));
        const within = (tail: string): string => {
          const rest = tail.split(':').filter((part) => /^[0-9a-f]{1,4}$/i.test(part));
          const four = [...rest, '0', '0', '0', '0'].slice(0, 4);
          return [...prefix.map((one) => one.toString(16).padStart(4, '0')), ...four].join(':');
        };
        expect(networkOf(within(a))).toBe(networkOf(within(b)));
      }),
    );
    fc.assert(
      fc.property(v6, (one) => {
        expect(networkOf(one)).toBe(networkOf(one.toUpperCase()));
      }),
    );
  });
});
