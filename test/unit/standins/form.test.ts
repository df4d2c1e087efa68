import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readForm } from '../../../emulator/standins/form.ts';
import { openBench, type Bench } from './helpers.ts';

describe('nested forms', () => {
  let bench: Bench;
  beforeAll(async () => void (bench = await openBench()));
  afterAll(() => bench.stop());

  it('reads brackets, lists with and without indexes, and keeps keys that look like properties of objects', () => {
    expect(readForm('a[b][0]=c&a[b][1]=d')).toEqual({ a: { b: { 0: 'c', 1: 'd' } } });
    expect(readForm('expand[]=x&expand[]=y')).toEqual({ expand: { 0: 'x', 1: 'y' } });
    expect(Object.keys(readForm('__proto__=1&constructor[prototype]=2'))).toEqual(['__proto__', 'constructor']);
    expect(readForm('a%5Bb%5D=%C3%A9+%26')).toEqual({ a: { b: 'é &' } });
  });

  it('gives back the values that the SDK encoded', async () => {
    const stripe = bench.stripe();
    // The SDK's own objects lose this one key on the way out and back.
    const key = fc.stringMatching(/^[a-zA-Z_ é%&=]{1,20}$/).filter((name) => name !== '__proto__');
    const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 8 }), async (metadata) => {
        const customer = await stripe.customers.create({ metadata });
        expect(customer.metadata).toEqual({ ...metadata });
      }),
      { numRuns: 50 },
    );
  });
});
