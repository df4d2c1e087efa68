import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { HeldPower } from '../../../functions/src/ledger/entry.ts';
import { RIGHTS, type Regime } from '../../../functions/src/policy/regimes.ts';
import { mayStillHave, planHeld, type OnBehalf } from '../../../functions/src/requests/onBehalf.ts';

/** The next thing that happens to a request for another person, as a pure plan. */

const NOW = Date.UTC(2026, 5, 10);
const DAY = 86_400_000;
const at = (days: number) => Timestamp.fromMillis(NOW + days * DAY);
const power = (regime: Regime, more: Partial<HeldPower> = {}): HeldPower => ({
  ...{ holder: 'v1_h', regime, scope: RIGHTS, decides: 'person', from: NOW - DAY },
  ...more,
});
const asked = (type: string, more: Partial<OnBehalf> = {}, regime: Regime = 'parentalAuthority') => ({
  ...{ type, status: 'waiting' as const, dueAt: at(20) },
  onBehalf: { holder: 'v1_h', regime, goesOnAt: at(5), ...more },
});
const plan = (one: Parameters<typeof planHeld>[2], powers = [power(one.onBehalf?.regime ?? 'mandate')], now = NOW) =>
  planHeld(amikeo, powers, one, now);

describe('a request that somebody made for another person', () => {
  it('waits to the moment on which it goes on, and not longer', () => {
    const goesOnAt = at(5).toMillis();
    expect(plan(asked('access'), undefined, goesOnAt - 1)).toEqual({ do: 'wait', until: goesOnAt });
    expect(plan(asked('access'), undefined, goesOnAt)).toEqual({ do: 'begin' });
  });

  it('begins against a no only if an officer lets on what can be undone', () => {
    const no = { say: 'disagrees', letOnBy: 'officer' } as const;
    expect(plan(asked('access', no))).toEqual({ do: 'begin' });
    expect(plan(asked('erasure', no))).toMatchObject({ do: 'officer' });
    // A curator obtains nothing alone, whatever an officer says.
    expect(plan(asked('access', no, 'curatelle'))).toEqual({ do: 'refuse', reason: 'disagreed' });
  });

  it('ends with the power by which it was asked: not another holder’s, and not another regime', () => {
    const over = { do: 'refuse', reason: 'powerEnded' };
    expect(plan(asked('access'), [])).toEqual(over);
    expect(plan(asked('access'), [power('parentalAuthority', { holder: 'v1_other' })])).toEqual(over);
    expect(plan(asked('access'), [power('tutelle', { decides: 'holder' })])).toEqual(over);
    expect(plan(asked('access'), [power('parentalAuthority', { until: NOW })])).toEqual(over);
    expect(plan(asked('restriction', { say: 'agrees' }), [])).toEqual(over);
  });

  it('that has begun, has ended, or is the person’s own is none of this', () => {
    const nothing = { do: 'nothing' };
    expect(plan({ ...asked('access'), begunAt: at(-1) })).toEqual(nothing);
    expect(plan({ ...asked('access'), status: 'refused' })).toEqual(nothing);
    const { onBehalf, ...own } = asked('access');
    expect(onBehalf).toBeDefined();
    expect(plan(own)).toEqual(nothing);
  });

  it('leaves its holder what it began as long as power and word allow it', () => {
    const may = (more: Partial<OnBehalf>, powers = [power('parentalAuthority')], type = 'access') =>
      mayStillHave(amikeo, powers, asked(type, more), NOW);
    expect(may({})).toBe(true);
    expect(may({}, [])).toBe(false);
    expect(may({ say: 'disagrees' })).toBe(false);
    expect(may({ say: 'disagrees', letOnBy: 'officer' })).toBe(true);
    expect(may({ say: 'disagrees', letOnBy: 'officer' }, undefined, 'erasure')).toBe(false);
    expect(may({ say: 'agrees' }, [power('parentalAuthority', { scope: ['consents'] })])).toBe(false);
  });
});
