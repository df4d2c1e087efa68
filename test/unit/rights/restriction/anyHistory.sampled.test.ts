import fc from 'fast-check';
import { expect, it } from 'vitest';
import { restrictionsOf } from '../../../../functions/src/ledger/restriction/stated.ts';
import { times } from '../../../kit/depth.ts';
import { runDying } from '../../../kit/dying.ts';
import { DAY, jobs, lift, problems, restrictionWorld, set, stopped, work } from './world.ts';

/** Art. 18 over any history of orders, crashes and outages. */

const NAMES = ['a', 'b'];
const SCOPES = [['messages'], ['messages', 'analytics'], ['userDatabase'], undefined];

const act = fc.record({
  do: fc.constantFrom('set', 'set', 'until', 'lift', 'lift', 'machine', 'wait', 'outage'),
  name: fc.constantFrom(...NAMES),
  scope: fc.constantFrom(...SCOPES),
  days: fc.integer({ min: 1, max: 12 }),
  dies: fc.option(fc.nat(8), { nil: null, freq: 2 }),
});

it('nothing ends before the person was told and had the notice; what is ordered runs until then', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 12 }), async (acts) => {
      const world = restrictionWorld();
      const { context, mails } = world;
      const databases = [context.app, context.own];
      /** The scopes that run as they were ordered, and since when their end is announced. */
      const running = new Map<string, { readonly scope: readonly string[] | undefined; liftedAt?: number }>();
      const dying = (dies: number | null, what: () => Promise<unknown>) => runDying(dies, databases, what);

      const look = async (): Promise<void> => {
        const { all } = await restrictionsOf(context, 'kim');
        for (const [name, { scope, liftedAt }] of running) {
          const found = all.get(name);
          if (found !== undefined) {
            expect(found.purposes).toEqual(scope && [...scope].sort());
            const purposes = scope ?? ['messages', 'analytics', 'payment'];
            expect(await stopped(world, ...purposes)).toEqual(purposes);
            continue;
          }
          // It ended: it was announced, and a message had left the whole notice before.
          expect([name, liftedAt]).not.toEqual([name, undefined]);
          const told = mails.filter(({ at }) => at >= (liftedAt ?? Infinity) && at + 7 * DAY <= context.time.now);
          expect([name, told.length > 0]).toEqual([name, true]);
          running.delete(name);
        }
        // Nothing is restricted that nobody ordered.
        expect([...all.keys()].sort()).toEqual([...running.keys()].sort());
      };

      for (const { do: what, name, scope, days, dies } of acts) {
        context.time.now += 1000;
        if (what === 'outage') world.outage.isOn = !world.outage.isOn;
        if (what === 'wait') context.time.now += days * DAY;
        if (what === 'set' || what === 'until') {
          const until = what === 'until' ? { until: context.time.now + (7 + days) * DAY } : {};
          const order = { name, ...(scope === undefined ? {} : { purposes: scope }), ...until };
          // An officer whose process died gives the order again.
          if (await dying(dies, () => set(world, order))) await set(world, order);
          running.set(name, { scope, ...(what === 'until' ? { liftedAt: context.time.now } : {}) });
        }
        if (what === 'lift') {
          const known = running.get(name);
          const before = known?.liftedAt ?? context.time.now;
          if (await dying(dies, () => lift(world, {}, name))) await lift(world, {}, name);
          if (known !== undefined) running.set(name, { ...known, liftedAt: before });
        }
        if (what === 'machine' || what === 'wait') await dying(dies, () => work(world));
        await look();
      }

      // In the end everything that was announced is over, and nothing else.
      world.outage.isOn = false;
      for (let n = 0; n < 12; n++) {
        context.time.now += 3 * DAY;
        await work(world);
        await look();
      }
      for (const [name, { liftedAt }] of running) expect([name, liftedAt]).toEqual([name, undefined]);
      for (const job of await jobs(world, 'lift')) expect(job.get('status')).toBe('completed');
      expect(await problems(world)).toEqual([]);
    }),
    { numRuns: times(8, 1_500) },
  );
}, 600_000);
