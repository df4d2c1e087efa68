import { describe, expect, it } from 'vitest';
import { OBJECTED, RESTRICTED, rowsOf, type Seen } from '../../../demo/flows/more/seen.ts';

const failed = (seen: Seen) => rowsOf(seen).flatMap(({ what, ok }) => (ok ? [] : [what]));

describe('the rights of the last flow: results that the table accepts', () => {
  const companies = ['zendesk', 'heroku'];
  const perfect: Seen = {
    objection: {
      ...{ paused: [OBJECTED], after: { paused: [], ended: [OBJECTED] } },
      ...{ companies, told: companies, status: 'completed' },
    },
    restriction: { shown: [RESTRICTED], companies, told: companies },
    correction: { name: 'Ada Lovelace', stripe: 'Ada Lovelace', brevo: 'Ada Lovelace' },
    withdrawal: { companies, told: companies },
    wish: {
      ...{ told: 'parentalAuthority', before: 'waiting', after: 'waiting (disagreed)' },
      ...{ copies: 0, names: 0 },
    },
    hold: { companies, told: companies, ledger: ['set', 'ended'] },
  };
  const { objection, restriction, correction, withdrawal, wish, hold } = perfect;
  const told = ['zendesk'];

  it('each right with its proof', () => expect(failed(perfect)).toEqual([]));

  it.each<[string, Partial<Seen>]>([
    ['nothing was paused', { objection: { ...objection, paused: [] } }],
    ['a pause goes on', { objection: { ...objection, after: { paused: [OBJECTED], ended: [OBJECTED] } } }],
    ['the use goes on', { objection: { ...objection, after: { paused: [], ended: [] } } }],
    ['a company does not hear of an objection', { objection: { ...objection, told } }],
    ['an objection has no answer', { objection: { ...objection, status: 'waiting' } }],
    ['more is restricted', { restriction: { ...restriction, shown: [RESTRICTED, OBJECTED] } }],
    ['a company does not hear of a restriction', { restriction: { ...restriction, told } }],
    ['Stripe has the older name', { correction: { ...correction, stripe: 'Ada Byron' } }],
    ['Brevo has the older name', { correction: { ...correction, brevo: 'Ada Byron' } }],
    ['a company does not hear of a withdrawal', { withdrawal: { ...withdrawal, told } }],
    ['the child is not told', { wish: { ...wish, told: 'undefined' } }],
    ['a copy is made against the no', { wish: { ...wish, copies: 1 } }],
    ['the no changes nothing', { wish: { ...wish, after: 'in_progress (undefined)' } }],
    ['the child’s document names the parent', { wish: { ...wish, names: 1 } }],
    ['a company does not hear of a hold', { hold: { ...hold, told } }],
    ['the hold goes on', { hold: { ...hold, ledger: ['set'] } }],
  ])('not if %s', (_, seen) => {
    expect(failed({ ...perfect, ...seen })).not.toEqual([]);
  });
});
