import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDetail, detailNames, readDetails } from '../../../functions/src/requests/details.ts';
import { requestTypes, TRANSMIT_TO } from '../../../functions/src/requests/request.ts';

const anyType = fc.constantFrom(...requestTypes);

/** The same detail as the app writes it. */
const asInApp = (name: string, given: string): unknown =>
  name === 'marketing' ? given === 'true' : name === 'purposes' ? given.split(',') : given;

describe('a detail that an officer enters', () => {
  it('is taken exactly if the app’s would be understood so', () => {
    const values = fc.oneof(fc.constantFrom('true', 'BE', 'be', 'claims', 'analytics', '', ' '), fc.string());
    fc.assert(
      fc.property(anyType, values, (type, given) => {
        for (const name of detailNames(type)) {
          const read = checkDetail(type, name, given);
          const { known } = readDetails(type, { [name]: asInApp(name, given) });
          if ('value' in read) expect([name, known[name]]).toEqual([name, read.value]);
          else if (name !== 'marketing') expect([name, known]).toEqual([name, {}]);
        }
      }),
    );
  });

  it.each([
    ['rectification', 'ground', 'claims', 'text, country, correction'],
    ['rectification', '__proto__', 'x', 'text, country, correction'],
    ['rectification', 'correction', '', '1 to 2000 characters'],
    ['restriction', 'ground', 'because', 'accuracy, unlawful, claims, objection'],
    ['objection', 'marketing', 'maybe', 'true or false'],
    ['access', 'country', 'Belgium', 'two letters'],
    ['portability', TRANSMIT_TO, 'https://other.example/in', 'the app alone'],
  ] as const)('of %s: %s=%s is refused with its form, and is not repeated', (type, name, given, says) => {
    const read = checkDetail(type, name, given);
    expect(read).toEqual({ wrong: expect.stringContaining(says) as string });
    if (given.length > 1) expect(JSON.stringify(read)).not.toContain(given);
  });

  it('of several purposes has commas between their ids', () => {
    expect(checkDetail('restriction', 'purposes', 'analytics,messages')).toEqual({ value: ['analytics', 'messages'] });
    expect(readDetails('restriction', { purposes: 'analytics' })).toEqual({ known: {}, ignored: 1 });
  });

  it('marketing is a yes or a no, and words stay words', () => {
    expect(checkDetail('objection', 'marketing', 'false')).toEqual({ value: false });
    expect(checkDetail('objection', 'text', 'true')).toEqual({ value: 'true' });
    expect(checkDetail('objection', 'text', '  Stop it. ')).toEqual({ value: 'Stop it.' });
  });
});
