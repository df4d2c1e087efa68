import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Calendar } from '../../../functions/src/policy/calendar.ts';
import { fate, noFacts, type Facts } from '../../../functions/src/policy/fate.ts';
import { hasOthers, maskedFor, subjectsIn, takingOut, type Removal } from '../../../functions/src/policy/parties.ts';
import type { FateRule, PolicyRecord, Then, When } from '../../../functions/src/policy/schema.ts';

type Shared = Pick<PolicyRecord, 'subject' | 'mentions'>;
type Data = Record<string, unknown>;

/** A message, as the shop has it, with the fields that an app may write beside it. */
const message: Shared = {
  subject: {
    parties: [
      { as: 'value', field: 'sender', wrote: ['text', 'from.name', 'thread'], masked: ['from.name'] },
      { as: 'value', field: 'recipient', wrote: ['thread', 'readAt'] },
      { as: 'array', field: 'copies' },
    ],
  },
  mentions: [
    { field: 'likes', as: 'key' },
    { field: 'about', as: 'value' },
  ],
};

const valueAt = (data: Data, field: string): unknown =>
  field.split('.').reduce<unknown>((value, name) => (value as Data | undefined)?.[name], data);
const getOf = (data: Data) => (field: string) => valueAt(data, field);

/** Makes the changes, as Firestore would. */
function without(data: Data, removals: readonly Removal[], uid: string): Data {
  const copy = structuredClone(data);
  for (const { remove, at } of removals) {
    const last = at.at(-1) ?? '';
    const holder = at.slice(0, -1).reduce<Data | undefined>((value, name) => value?.[name] as Data | undefined, copy);
    if (holder === undefined) continue;
    const value = holder[last];
    if (remove === 'field') Reflect.deleteProperty(holder, last);
    else holder[last] = Array.isArray(value) ? value.filter((one) => one !== uid) : value;
  }
  return copy;
}

const uids = ['ann', 'ben', 'cleo', 'ann.b', ''] as const;
const uid = fc.constantFrom(...uids);
const rows = fc.record(
  {
    sender: fc.oneof(uid, fc.array(uid, { maxLength: 2 }), fc.constant(null)),
    recipient: uid,
    copies: fc.oneof(fc.array(fc.oneof(uid, fc.integer()), { maxLength: 4 }), uid),
    text: fc.constant('a text'),
    thread: fc.constant('of both'),
    readAt: fc.integer(),
    from: fc.record({ name: fc.constant('Ann'), device: fc.constant('x') }),
    likes: fc.oneof(fc.dictionary(uid, fc.boolean()), fc.constant(null)),
    about: fc.oneof(uid, fc.array(uid)),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Data>;

/** Does any field of the policy name this person? */
const namesAnywhere = (data: Data, person: string): boolean =>
  subjectsIn(message, getOf(data)).includes(person) ||
  [data['about']].flat().includes(person) ||
  (typeof data['likes'] === 'object' && data['likes'] !== null && Object.hasOwn(data['likes'], person));

describe('a row of several people', () => {
  it('loses one of them, with any fields: no field of the policy names them, and everybody else stays', () => {
    fc.assert(
      fc.property(rows, uid, (data, person) => {
        fc.pre(person !== '');
        const others = subjectsIn(message, getOf(data)).filter((one) => one !== person);
        const after = without(data, takingOut(message, getOf(data), person), person);
        expect(namesAnywhere(after, person)).toBe(false);
        expect(subjectsIn(message, getOf(after))).toEqual(others);
        // Twice is once.
        expect(takingOut(message, getOf(after), person)).toEqual([]);
      }),
    );
  });

  it('keeps the fields of others, and loses those of the person', () => {
    fc.assert(
      fc.property(rows, uid, (data, person) => {
        fc.pre(person !== '');
        const parties = (field: string): unknown[] => [data[field]].flat();
        const isSender = parties('sender').includes(person);
        const after = without(data, takingOut(message, getOf(data), person), person);
        if (!isSender) expect([after['text'], after['from']]).toEqual([data['text'], data['from']]);
        else if (!parties('sender').some((one) => typeof one === 'string' && one !== '' && one !== person))
          expect([after['text'], valueAt(after, 'from.name')]).toEqual([undefined, undefined]);
        if (data['recipient'] !== person) expect(after['readAt']).toBe(data['readAt']);
        expect(valueAt(after, 'from.device')).toEqual(valueAt(data, 'from.device'));
      }),
    );
  });

  it('loses nothing that one of two wrote while the other is there, and all of it with the second', () => {
    const data = { sender: 'ann', recipient: 'ben', thread: 'of both', text: 'hello' };
    const first = without(data, takingOut(message, getOf(data), 'ann'), 'ann');
    expect(first).toEqual({ recipient: 'ben', thread: 'of both' });
    expect(hasOthers(message, getOf(first), 'ben')).toBe(false);
    expect(without(first, takingOut(message, getOf(first), 'ben'), 'ben')).toEqual({});
  });

  it('ends with the last of them, in any order of leaving', () => {
    const order = fc.shuffledSubarray(['ann', 'ben', 'cleo', 'ann.b'], { minLength: 4 });
    fc.assert(
      fc.property(rows, order, (data, leaving) => {
        let now = data;
        for (const person of leaving) {
          const isOne = subjectsIn(message, getOf(now)).includes(person);
          const others = leaving.filter((one) => one !== person && subjectsIn(message, getOf(now)).includes(one));
          if (isOne) expect(hasOthers(message, getOf(now), person)).toBe(others.length > 0);
          now = without(now, takingOut(message, getOf(now), person), person);
        }
        expect(subjectsIn(message, getOf(now))).toEqual([]);
      }),
    );
  });

  it('makes no change below another one, which Firestore would refuse', () => {
    const nested: Shared = {
      subject: {
        parties: [
          { as: 'value', field: 'from.uid', wrote: ['from', 'text'] },
          { as: 'array', field: 'to' },
        ],
      },
    };
    const data = { from: { uid: 'ann', name: 'Ann' }, to: ['ben'], text: 'hello' };
    expect(takingOut(nested, getOf(data), 'ann')).toEqual([
      { remove: 'field', at: ['from'] },
      { remove: 'field', at: ['text'] },
    ]);
  });

  it('masks the fields that the policy names for its authors, and nobody else’s', () => {
    const data = { sender: 'ann', recipient: 'ben', copies: ['cleo'] };
    expect(['ann', 'ben', 'cleo'].map((one) => maskedFor(message, getOf(data), one))).toEqual([
      [],
      ['from.name'],
      ['from.name'],
    ]);
  });
});

describe('the fate of a row of several people', () => {
  const calendar: Calendar = { timeZone: 'Europe/Paris', financialYearEnd: '--12-31' };
  const source = { kind: 'ownChoice' as const, reference: 'a test' };
  const ground = { article: 'Art. 17(3)(b)', text: { en: 'accounts' } };
  const rule = (when: When, after: string, then: Then = { do: 'delete' }): FateRule => ({ when, after, then, source });
  const erased = rule({ event: 'accountDeleted' }, 'P0D');
  const year = rule({ field: 'at' }, 'P1Y');
  const anonymous = rule({ field: 'at' }, 'P1D', { do: 'anonymise', fields: ['sender'] });
  const kept = rule({ field: 'at' }, 'P1Y', { do: 'retain', ground });
  const now = Date.parse('2026-06-01T00:00:00Z');
  const at = (text: string): number => Date.parse(`${text}T00:00:00Z`);
  const ask = (rules: FateRule[], facts: Partial<Facts>) =>
    fate({ fate: rules }, { ...noFacts, ...facts }, now, calendar);

  it('is to go on without one of them, and to end with the last', () => {
    const facts = { values: { at: at('2026-05-01') }, events: { accountDeleted: at('2026-05-31') } };
    expect(ask([year, erased], { ...facts, others: true })).toEqual({
      kind: 'takeOut',
      since: at('2026-05-31'),
      rule: erased,
    });
    expect(ask([year, erased], { ...facts, others: false })).toMatchObject({ kind: 'end', then: { do: 'delete' } });
  });

  it('is to end as a whole by time, with any people named in it, though somebody left it before', () => {
    const facts = { values: { at: at('2025-05-01') }, events: { accountDeleted: at('2025-04-01') }, others: true };
    expect(ask([erased, year], facts)).toMatchObject({ kind: 'end', then: { do: 'delete' }, rule: year });
  });

  it('is to lose a person who is erased, though time makes it anonymous as well', () => {
    const facts = { values: { at: at('2026-05-01') }, events: { accountDeleted: at('2026-05-31') }, others: true };
    expect(ask([anonymous, erased], facts)).toMatchObject({ kind: 'takeOut' });
  });

  it('is retained whole on a ground', () => {
    const facts = { values: { at: at('2026-05-01') }, events: { accountDeleted: at('2026-05-31') }, others: true };
    expect(ask([kept, erased], facts)).toMatchObject({ kind: 'retain', ground });
  });
});
