import { Timestamp } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { liftHold } from '../../../functions/src/erasure/holds.ts';
import { holdsOn } from '../../../functions/src/ledger/holds.ts';
import { statementFaults, statementFaultsOf } from '../../../functions/src/ledger/statements.ts';
import { times } from '../../kit/depth.ts';
import { testContext } from '../requests/helpers.ts';
import { DAY, heldByNight, NOW, setFor } from './heldPerson.ts';

const act = fc.record({
  what: fc.constantFrom('set', 'set', 'lift', 'delete', 'put back', 'forge', 'forge the end', 'wait'),
  which: fc.integer({ min: 0, max: 2 }),
});

describe('whatever somebody does to documents', () => {
  it(`keeps the data while a hold runs that nobody lifted, in ${times(20, 400)} random stories`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 12 }), async (acts) => {
        const context = testContext(NOW);
        const ids: (string | undefined)[] = [];
        const running = new Set<number>();
        const versions = new Map<number, FirebaseFirestore.DocumentData[]>();
        for (const { what, which } of acts) {
          const id = ids[which];
          const ref = context.own.doc(`legalHolds/${id ?? 'none'}`);
          if (what === 'wait') context.time.now += DAY;
          if (what === 'set' && id === undefined) {
            ids[which] = await setFor(context, { requestId: `case ${which} of kim` });
            running.add(which);
          }
          if (id === undefined) continue;
          const data = (await ref.get()).data();
          if (data !== undefined) versions.set(which, [data, ...(versions.get(which) ?? [])]);
          if (what === 'set') await setFor(context, { requestId: `case ${which} of kim` });
          if (what === 'lift') {
            await liftHold(context, id);
            running.delete(which);
          }
          if (what === 'delete') await ref.delete();
          if (what === 'forge') await ref.set({ ...data, uid: 'lou' });
          if (what === 'forge the end') await ref.set({ uid: 'kim', ...data, until: Timestamp.fromMillis(NOW - DAY) });
          if (what === 'put back') await ref.set(versions.get(which)?.at(-1) ?? {});
          if (running.size === 0) continue;
          expect(await holdsOn(context, 'kim')).not.toEqual([]);
          expect(await heldByNight(context, 'kim')).toBe(true);
        }
        // A look at each person finds together what a look at everybody finds.
        const all = await Array.fromAsync(statementFaults(context, context.now()));
        const each = ['kim', 'lou'].map((uid) => Array.fromAsync(statementFaultsOf(context, uid, context.now())));
        expect(new Set((await Promise.all(each)).flat())).toEqual(new Set(all));
      }),
      { numRuns: times(20, 400) },
    );
  });
});
