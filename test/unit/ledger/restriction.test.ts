import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { defined } from '../../../functions/src/platform/defined.ts';
import {
  isRestricted,
  keepsRows,
  restrictedUse,
  restrictionsIn,
  WHOLE,
} from '../../../functions/src/ledger/restriction/scope.ts';
import { restraintsWith, type Restriction } from '../../../functions/src/ledger/restraints.ts';

/** Art. 18: which purposes restrictions stop, and which rows they keep. */

const messages: Restriction = { purposes: ['messages'] };
const analytics: Restriction = { purposes: ['analytics'] };
const butPayment: Restriction = { except: { payment: 'claims' } };

describe('a restriction', () => {
  it('of purposes stops these alone', () => {
    expect(isRestricted([messages], 'messages')).toBe(true);
    expect(isRestricted([messages], 'analytics')).toBe(false);
    expect(isRestricted([messages, analytics], 'analytics')).toBe(true);
    expect(isRestricted([], 'messages')).toBe(false);
  });

  it('of the whole person stops every purpose but its exceptions (Art. 18(2))', () => {
    expect(isRestricted([WHOLE], 'payment')).toBe(true);
    expect(isRestricted([butPayment], 'payment')).toBe(false);
    expect(isRestricted([butPayment], 'messages')).toBe(true);
    // An exception of one is no exception of another.
    expect(isRestricted([butPayment, { purposes: ['payment'] }], 'payment')).toBe(true);
    expect(isRestricted([butPayment, WHOLE], 'payment')).toBe(true);
    // A name that every object has is no exception.
    expect(isRestricted([butPayment], 'constructor')).toBe(true);
  });

  it('keeps rows whose purposes are all in scope, and no others (Art. 18(2))', () => {
    expect(keepsRows([messages], ['messages'])).toBe(true);
    expect(keepsRows([messages], ['messages', 'analytics'])).toBe(false);
    expect(keepsRows([messages, analytics], ['messages', 'analytics'])).toBe(true);
    expect(keepsRows([messages], [])).toBe(false);
    expect(keepsRows([], ['messages'])).toBe(false);
    // A purpose that goes on ends no rows.
    expect(keepsRows([butPayment], ['payment'])).toBe(true);
    expect(keepsRows([WHOLE], [])).toBe(true);
  });

  it('kept rows are stopped for each purpose, but for exceptions; more restrictions never free anything', () => {
    const ids = ['a', 'b', 'c'];
    const one = fc.oneof(
      fc.record({ purposes: fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1 }) }),
      fc.record({ except: fc.dictionary(fc.constantFrom(...ids), fc.constant('claims' as const)) }),
    );
    fc.assert(
      fc.property(fc.array(one), one, fc.subarray(ids), (running: Restriction[], more, purposes) => {
        const isWhole = running.some((each) => each.purposes === undefined);
        if (keepsRows(running, purposes) && !isWhole)
          expect(purposes.every((id) => isRestricted(running, id))).toBe(true);
        if (keepsRows(running, purposes)) expect(keepsRows([...running, more], purposes)).toBe(true);
        for (const id of ids) if (isRestricted(running, id)) expect(isRestricted([...running, more], id)).toBe(true);
      }),
    );
  });
});

describe('a head', () => {
  const head = (parts: Readonly<Record<string, Restriction>> | undefined, until?: number) => ({
    ...defined({
      restraints: restraintsWith(undefined, {
        ...{ kind: 'restrictions', name: 'v1_x', at: 1 },
        ...defined({ parts, until }),
      }),
    }),
  });

  it('says which purposes of the policy are restricted, in its order', () => {
    const both = head({ a: { purposes: ['messages'] }, b: { purposes: ['analytics'] } });
    expect(restrictedUse(amikeo, both, 2)).toEqual({ all: false, purposes: ['analytics', 'messages'] });
    expect(restrictedUse(amikeo, head(undefined), 2)).toEqual({ all: true, purposes: [] });
    const others = Object.keys(amikeo.purposes).filter((id) => id !== 'payment');
    expect(restrictedUse(amikeo, head({ a: butPayment }), 2)).toEqual({ all: false, purposes: others });
  });

  it('says nothing of one that is over, of a hold, or of nothing', () => {
    const nothing = { all: false, purposes: [] };
    expect(restrictedUse(amikeo, head(undefined, 2), 2)).toEqual(nothing);
    expect(restrictedUse(amikeo, {}, 2)).toEqual(nothing);
    const hold = defined({ restraints: restraintsWith(undefined, { kind: 'legalHolds', name: 'v1_x', at: 1 }) });
    expect(restrictedUse(amikeo, hold, 2)).toEqual(nothing);
    expect(restrictionsIn(hold, 2).size).toBe(0);
  });
});
