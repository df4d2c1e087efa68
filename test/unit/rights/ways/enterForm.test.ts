import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../../../../functions/src/requests/request.ts';
import { METHODS, POWERS, readEntry } from '../../../../functions/src/rights/ways/form.ts';
import { requestTypes } from '../../../../functions/src/requests/request.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { NOW } from '../../erasure/memory.ts';

const DAY = 86_400_000;

describe('the form', () => {
  const given = {
    channel: 'letter',
    received: '2026-05-20',
    type: 'erasure',
    person: { uid: 'u1' },
    power: 'mandate',
    identity: 'papers',
    proven: true,
  };
  it('takes a day in the controller’s time zone, and a moment', () => {
    expect(readEntry(amikeo, given, NOW).receivedAt).toBe(Date.parse('2026-05-20T00:00:00+02:00'));
    expect(readEntry(amikeo, { ...given, received: '2026-05-20T09:30Z' }, NOW).receivedAt).toBe(
      Date.parse('2026-05-20T09:30:00Z'),
    );
  });
  it('lets a no count from the end of its day, and not from a moment to come', () => {
    const from = (received: string): number | undefined => readEntry(amikeo, { ...given, received }, NOW).countsFrom;
    expect(from('2026-05-20')).toBe(Date.parse('2026-05-21T00:00:00+02:00') - 1);
    expect(from('2026-05-20T09:30Z')).toBe(Date.parse('2026-05-20T09:30:00Z'));
    expect(from(new Date(NOW).toISOString().slice(0, 10))).toBe(NOW);
  });
  it.each([
    ['the future', { received: '2026-06-02' }, 'future'],
    ['a year that is wrong', { received: '2025-05-20' }, 'more than a year'],
    ['a day that is none', { received: '2026-02-30' }, 'the receipt is'],
    ['a word', { received: 'yesterday' }, 'the receipt is'],
    ['an unknown channel', { channel: 'fax' }, 'letter, call, visit, email'],
    ['an unknown type', { type: 'everything' }, 'portability'],
    ['an unknown power', { power: 'lawyer' }, 'mandate'],
    ['a number of a passport', { identity: 'C01X00T47' }, 'papers'],
    ['a detail without a name', { details: ['=mine'] }, 'name=value'],
    ['a detail that the type has not', { details: ['ground=claims'] }, 'text, country'],
    ['a detail of another form', { details: ['country=Belgium'] }, 'two letters'],
    ['a detail twice', { details: ['country=BE', 'country=FR'] }, 'given once'],
    ['a purpose that the policy has not', { type: 'objection', details: ['purpose=spying'] }, 'messages'],
    ['a proof that nobody looked at', { identity: 'none' }, 'not proven'],
    ['details that are no object', { members: ['Ada'] }, 'one object'],
    ['a member of a file that the type has not', { members: { ground: 'claims' } }, 'text, country'],
    ['a member of another form', { members: { text: 7 } }, '2000 characters'],
    ['a member that was given before', { details: ['country=BE'], members: { country: 'FR' } }, 'given once'],
    ['a reference with a name', { reference: 'Zoe' }, 'your own mark'],
    ['a reference of many words', { reference: 'letter of 1 May' }, 'your own mark'],
    ['nobody without a reference', { person: undefined }, 'your own mark'],
    ['an e-mail of nobody', { person: undefined, reference: '2026-17', channel: 'email' }, 'has an address'],
  ])('refuses %s, and repeats no value', (_, more, says) => {
    let message = '';
    try {
      readEntry(amikeo, { ...given, ...more }, NOW);
    } catch (error) {
      message = (error as Error).message;
      expect(error).toMatchObject({ code: 'request.entry' });
    }
    expect(message).toContain(says);
    for (const value of Object.values(more).flat())
      if (typeof value === 'string' && !['none', 'objection', 'email', '2026-17'].includes(value))
        expect(message).not.toContain(value.split('=').at(-1));
  });
  it('takes details by their names; words may have any sign', () => {
    const details = ['text=Mein Name = falsch: "Ada"', 'country=BE'];
    expect(readEntry(amikeo, { ...given, details }, NOW).details).toEqual({
      text: 'Mein Name = falsch: "Ada"',
      country: 'BE',
    });
    const objection = { ...given, type: 'objection', details: ['marketing=true', 'purpose=analytics'] };
    expect(readEntry(amikeo, objection, NOW).details).toEqual({ marketing: true, purpose: 'analytics' });
    expect(readEntry(amikeo, given, NOW)).not.toHaveProperty('details');
  });
  it('takes the same details as an object, beside those by name', () => {
    const members = { text: 'Two lines\nof "words" = 2', marketing: true };
    const objection = { ...given, type: 'objection', details: ['purpose=analytics'], members };
    expect(readEntry(amikeo, objection, NOW).details).toEqual({ ...members, purpose: 'analytics' });
  });
  it('takes a letter that names nobody, by the officer’s own mark', () => {
    const entry = readEntry(amikeo, { ...given, person: undefined, reference: '2026-17/b' }, NOW);
    expect(entry).toMatchObject({ reference: '2026-17/b', channel: 'letter' });
    expect(entry).not.toHaveProperty('person');
  });
  it('never takes a receipt that has not come', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(NOW - 900 * DAY), max: new Date(NOW + 900 * DAY), noInvalidDate: true }),
        (at) => {
          try {
            expect(readEntry(amikeo, { ...given, received: at.toISOString() }, NOW).receivedAt).toBe(at.getTime());
            expect(at.getTime()).toBeLessThanOrEqual(NOW);
            expect(at.getTime()).toBeGreaterThan(NOW - 367 * DAY);
          } catch (error) {
            expect(error).toMatchObject({ code: 'request.entry' });
            expect(at.getTime() > NOW || at.getTime() < NOW - 364 * DAY).toBe(true);
          }
        },
      ),
    );
  });
});

it('every value of an entry is of a closed list', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CHANNELS),
      fc.constantFrom(...requestTypes),
      fc.constantFrom(...POWERS),
      fc.constantFrom(...METHODS),
      fc.boolean(),
      (channel, type, power, identity, proven) => {
        const given = { channel, type, power, identity, proven, received: '2026-05-20', person: { uid: 'u1' } };
        if (proven && identity === 'none') return;
        expect(readEntry(amikeo, given, NOW)).toMatchObject({ channel, type, power, method: identity, proven });
      },
    ),
  );
});
