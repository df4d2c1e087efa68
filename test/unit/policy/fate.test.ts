import { describe, expect, it } from 'vitest';
import type { Calendar } from '../../../functions/src/policy/calendar.ts';
import { fate, noFacts, type Facts } from '../../../functions/src/policy/fate.ts';
import type { FateRule, Then, When } from '../../../functions/src/policy/schema.ts';

const calendar: Calendar = { timeZone: 'Europe/Paris', financialYearEnd: '--12-31' };
const source = { kind: 'ownChoice' as const, reference: 'a test' };
const ground = { article: 'Art. 17(3)(b)', text: { en: 'accounts', fr: 'comptabilité' } };
const hold = { article: 'Art. 17(3)(e)', text: { en: 'a lawsuit', fr: 'un procès' } };
const rule = (when: When, after: string, then: Then = { do: 'delete' }): FateRule => ({ when, after, then, source });
const at = (text: string) => Date.parse(text);
const ask = (rules: FateRule[], facts: Partial<Facts>, now: string) =>
  fate({ fate: rules }, { ...noFacts, ...facts }, at(now), calendar);

const year = rule({ field: 'createdAt' }, 'P1Y');
const onErasure = rule({ event: 'accountDeleted' }, 'P0D');
const created = { values: { createdAt: at('2026-01-15T10:00:00+01:00') } };

describe('fate', () => {
  it('keeps a row inside its period and says when it ends', () => {
    expect(ask([year, onErasure], created, '2026-12-31T00:00:00Z')).toEqual({
      kind: 'keep',
      next: at('2027-01-15T10:00:00+01:00'),
    });
  });

  it('ends at the very millisecond, not one before', () => {
    expect(ask([year], created, '2027-01-15T08:59:59.999Z').kind).toBe('keep');
    expect(ask([year], created, '2027-01-15T09:00:00.000Z')).toEqual({
      kind: 'end',
      then: { do: 'delete' },
      since: at('2027-01-15T09:00:00.000Z'),
      rule: year,
    });
  });

  it('keeps a row without the field, with no end known', () => {
    expect(ask([year], {}, '2050-01-01T00:00:00Z')).toEqual({ kind: 'keep' });
    expect(ask([year], { values: { createdAt: NaN } }, '2050-01-01T00:00:00Z')).toEqual({ kind: 'keep' });
  });

  it('the earliest end that has come counts', () => {
    const facts = { ...created, events: { accountDeleted: at('2026-03-01T00:00:00Z') } };
    expect(ask([year, onErasure], facts, '2030-01-01T00:00:00Z')).toMatchObject({
      kind: 'end',
      since: at('2026-03-01T00:00:00Z'),
      rule: onErasure,
    });
  });

  it('counts from a withdrawal, from inactivity and from the end of a contract', () => {
    const now = '2026-06-01T00:00:00Z';
    const start = at('2026-05-31T00:00:00Z');
    expect(ask([rule({ withdrawn: 'analytics' }, 'P1D')], { withdrawn: { analytics: start } }, now).kind).toBe('end');
    expect(ask([rule({ withdrawn: 'analytics' }, 'P1D')], { withdrawn: { messages: start } }, now).kind).toBe('keep');
    expect(ask([rule({ event: 'inactive' }, 'P1D')], { events: { inactive: start } }, now).kind).toBe('end');
    expect(ask([rule({ event: 'contractEnded' }, 'P1D')], { events: { contractEnded: start } }, now).kind).toBe('end');
  });

  it('an anonymisation gives way to a deletion that has come as well', () => {
    const anonymise = rule({ field: 'createdAt' }, 'P6M', { do: 'anonymise', fields: ['ip'] });
    expect(ask([anonymise, year], created, '2026-08-01T00:00:00Z')).toMatchObject({
      kind: 'end',
      then: { do: 'anonymise' },
    });
    expect(ask([anonymise, year], created, '2027-08-01T00:00:00Z')).toMatchObject({
      kind: 'end',
      then: { do: 'delete' },
    });
  });

  it('an archive that came first is not overtaken by a later deletion', () => {
    const archive = rule({ field: 'createdAt' }, 'P6M', { do: 'archive', to: 'attic' });
    expect(ask([archive, year], created, '2027-08-01T00:00:00Z')).toMatchObject({
      kind: 'end',
      then: { do: 'archive' },
    });
  });
});

describe('a ground to retain', () => {
  const invoices = [
    rule({ field: 'createdAt', from: 'financialYearEnd' }, 'P10Y', { do: 'retain', ground }),
    onErasure,
  ];
  const facts = { ...created, events: { accountDeleted: at('2026-03-01T00:00:00Z') } };
  const until = at('2037-01-01T00:00:00+01:00');

  it('Art. 17(3)(b): wins over the erasure while it runs, with its date', () => {
    expect(ask(invoices, facts, '2026-04-01T00:00:00Z')).toEqual({ kind: 'retain', ground, until, rule: invoices[0] });
    expect(ask(invoices, facts, '2036-12-31T22:59:59.999Z').kind).toBe('retain');
  });

  it('and when it is over the other rule ends the row, since then', () => {
    expect(ask(invoices, facts, '2036-12-31T23:00:00Z')).toEqual({
      kind: 'end',
      then: { do: 'delete' },
      since: until,
      rule: onErasure,
    });
  });

  it('does not speak while nothing asks for the end, but moves the end that is known', () => {
    expect(ask(invoices, created, '2026-04-01T00:00:00Z')).toEqual({ kind: 'keep' });
    expect(ask([...invoices, year], created, '2026-04-01T00:00:00Z')).toEqual({ kind: 'keep', next: until });
  });

  it('has not begun while its event has not happened', () => {
    const rules = [year, rule({ event: 'contractEnded' }, 'P5Y', { do: 'retain', ground })];
    expect(ask(rules, created, '2030-01-01T00:00:00Z').kind).toBe('end');
  });

  it('without a date to count from keeps the row: nobody can show that it is over', () => {
    expect(ask(invoices, { ...facts, values: {} }, '2090-01-01T00:00:00Z')).toEqual({
      kind: 'retain',
      ground,
      rule: invoices[0],
    });
  });

  it('a hold wins as well, with its own ground; the one that runs longest is named', () => {
    const held = { ...created, holds: [{ ground: hold, until: at('2028-01-01T00:00:00Z') }] };
    expect(ask([year], held, '2027-06-01T00:00:00Z')).toEqual({
      kind: 'retain',
      ground: hold,
      until: at('2028-01-01T00:00:00Z'),
    });
    expect(ask([year], held, '2028-01-01T00:00:00Z')).toMatchObject({ kind: 'end', since: at('2028-01-01T00:00:00Z') });
    expect(ask([year], { ...held, holds: [...held.holds, { ground }] }, '2050-01-01T00:00:00Z')).toEqual({
      kind: 'retain',
      ground,
    });
  });
});
