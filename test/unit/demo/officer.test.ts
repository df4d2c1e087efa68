import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { lettersOf, rowsOf, type Seen, type Told } from '../../../demo/flows/officer/seen.ts';
import { shownOf } from '../../../demo/table.ts';
import { requestTypes } from '../../../functions/src/policy/contract.ts';

const failed = (seen: Seen) =>
  rowsOf(seen)
    .filter(({ ok }) => !ok)
    .map(({ what }) => what);

const subject = 'Our answer';
const text = 'Hello,\n\nYou asked.\nWe have done it.\n\nIt’s <right> now.\n\nYou do not agree?\n1. Write\n';
const page =
  '<pre>Hello,\n\nYou asked.\nWe have done it.\n\nIt’s &lt;right&gt; now.\n\nYou do not agree?\n1. Write\n</pre>';
const told: Told = {
  ...{ who: 'Ada', subject, text, page: '' },
  ways: ['in the app', 'by e-mail'],
  app: { status: 'completed', reason: 'done', reply: { kind: 'answered', subject, text } },
  mail: [{ subject, text }],
};
const ofStranger: Told = { ...told, app: undefined, ways: ['by e-mail', 'on paper'], page };
const first = Date.parse('2026-03-01T12:00:00Z');

const perfect: Seen = {
  types: [...requestTypes, 'access'],
  ownWords: { written: 'wrong', read: 'wrong' },
  corrected: told,
  refused: { ...told, app: { ...told.app, status: 'refused', reason: 'conditions' } },
  extension: { isAllowed: false, result: 'not under this policy' },
  call: {
    before: 0,
    due: [first, Date.parse('2026-03-04T12:00:00Z')],
    told: { ...told, ways: ['in the app', 'on paper'], mail: [], page },
  },
  letter: { rows: 2, found: 2, told: ofStranger },
  message: { isClosed: true, told: { ...told, app: undefined, ways: ['by e-mail'] } },
  access: 'waiting',
  erasure: 'cancelled',
  deciders: { found: ['v1_o', 'v1_o'], officer: 'v1_o', names: 0 },
};

describe('an officer’s answers: results that the table accepts', () => {
  it('each person reads the very words, on each way that they have', () => {
    expect(failed(perfect)).toEqual([]);
  });

  it('an extension, if the policy allows one', () => {
    expect(failed({ ...perfect, extension: { isAllowed: true, result: 'extended' } })).toEqual([]);
  });

  it('no e-mail, if the policy sends none: the answers that need one are skipped, and that is said', () => {
    const unmailed = ({ ways, ...one }: Told): Told => ({
      ...one,
      mail: [],
      ways: ways.filter((way) => way !== 'by e-mail'),
    });
    const seen = {
      ...perfect,
      ...{ corrected: unmailed(perfect.corrected), refused: unmailed(perfect.refused), message: undefined },
      letter: { ...perfect.letter, told: unmailed(perfect.letter.told) },
    };
    expect(failed(seen)).toEqual([]);
    expect(rowsOf(seen).filter(({ actual }) => actual.startsWith('skipped'))).toHaveLength(1);
    expect(lettersOf(seen).map(({ read }) => read)).toEqual([
      ...['Ada reads in the app', 'Ada reads in the app', 'Ada reads in the app and on paper', 'Ada reads on paper'],
    ]);
  });

  it.each<[string, Partial<Seen>]>([
    ['a type was not asked for', { types: requestTypes.slice(1) }],
    ['the officer does not see the words', { ownWords: { written: 'wrong', read: undefined } }],
    ['the app shows no answer', { corrected: { ...told, app: { status: 'completed', reason: 'done' } } }],
    ['no e-mail came', { corrected: { ...told, mail: [] } }],
    ['it came twice', { corrected: { ...told, mail: [...told.mail, ...told.mail] } }],
    ['it has other words', { corrected: { ...told, mail: [{ subject, text: 'Hello' }] } }],
    [
      'somebody got an e-mail who has no proven address',
      { call: { ...perfect.call, told: { ...told, ways: ['in the app'] } } },
    ],
    ['the refusal has another reason', { refused: told }],
    ['an extension came that the policy does not allow', { extension: { isAllowed: false, result: 'extended' } }],
    ['a doubted call acted', { call: { ...perfect.call, before: 1 } }],
    ['the pause is lost', { call: { ...perfect.call, due: [first, first] } }],
    ['the page has other words', { letter: { ...perfect.letter, told: { ...ofStranger, page: text } } }],
    ['the letter found fewer rows', { letter: { ...perfect.letter, found: 1 } }],
    ['the message stays open', { message: { isClosed: false, told } }],
    ['the access is answered without the others', { access: 'completed' }],
    ['the erasure goes on', { erasure: 'in_progress' }],
    ['a decision names nobody', { deciders: { ...perfect.deciders, found: ['v1_o', ''] } }],
    ['the name of the officer is kept', { deciders: { ...perfect.deciders, names: 1 } }],
  ])('not if %s', (_, seen) => {
    expect(failed({ ...perfect, ...seen })).not.toEqual([]);
  });
});

it('a letter is shown without its greeting and without its end', () => {
  const shown = stripVTControlCharacters(shownOf({ title: 't', letters: lettersOf(perfect), rows: [], seconds: 1 }));
  expect(shown).toContain('Ada reads in the app and by e-mail: Our answer');
  expect(shown).toContain('│ It’s <right> now.');
  expect(shown).not.toMatch(/Hello|agree/);
});
