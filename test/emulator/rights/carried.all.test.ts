import { beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../../../emulator/random.ts';
import { seedOfTheDay, shareOfTheDay } from '../../kit/depth.ts';
import {
  combinationFrom,
  everyLasting,
  recordCalls,
  type Combination,
  type Recorded,
  type Scenario,
} from '../erasure/faultMatrix/matrix.ts';
import { correctionScenario } from '../erasure/faultMatrix/rights/corrections.ts';
import { restrictionScenario } from '../erasure/faultMatrix/rights/restrictions.ts';
import { everyPiled, sampleOfKinds } from '../erasure/faultMatrix/sample.ts';
import { survives, survivesAll } from '../erasure/faultMatrix/survives.ts';
import { firestoreInside } from '../erasure/faultMatrix/wire.ts';

/**
 * The fault matrices of corrections that are carried to other companies, and of restrictions that
 * begin and end. A sample, another one each day (FAULT_SEED repeats one). One combination alone:
 * FAULT='address brevo PUT /v3/contacts/{contact}#1:timeout'.
 */

const only = process.env['FAULT'];
const AT_ONCE = 3;
const MOST = 24;
const MOST_LASTING = 8;
const TIMEOUT = { timeout: 600_000 };

/** Each change at another company, with a process that dies before it knows of it. */
const changesUnknown = (recorded: Recorded): Combination[] =>
  Object.entries(recorded).flatMap(([by, calls]) =>
    calls
      .filter(({ name }) => /^(brevo|stripe) (POST|PUT)/.test(name))
      .map(({ name }): Combination => ({ by, faults: [{ call: name, kind: 'killed-after' }] })),
  );

describe.each<[string, Scenario, string]>([
  ['a correction', correctionScenario, 'is there if it says so, reaches each who has the value, and subscribes nobody'],
  [
    'a restriction',
    restrictionScenario,
    'is what the ledger says, ends only after the person was told, and tells each',
  ],
])('%s while one of its external calls fails, or its process dies there', (_, scenario, promise) => {
  let recorded: Recorded = {};
  beforeAll(async () => {
    firestoreInside();
    recorded = await recordCalls(scenario);
  }, 120_000);

  it.runIf(only !== undefined && scenario.starts.some((start) => only.startsWith(start)))(
    'FAULT',
    TIMEOUT,
    async () => {
      const [one] = await survives(scenario, [combinationFrom(only ?? '', scenario.starts)]);
      expect(one?.unmet).toEqual([]);
    },
  );

  it.skipIf(only !== undefined)(`${promise} (FAULT_SEED=${seedOfTheDay})`, TIMEOUT, async () => {
    const some = sampleOfKinds(recorded, seeded(seedOfTheDay), AT_ONCE);
    const more = shareOfTheDay(MOST, everyPiled(recorded, AT_ONCE));
    const met = await survivesAll(scenario, [...some, ...more, ...changesUnknown(recorded)]);
    const systemOf = (call: string): string => call.slice(0, call.indexOf(' '));
    const systems = Object.values(recorded).flatMap((calls) => calls.map(({ system }) => system));
    expect(new Set(met.map(({ call }) => systemOf(call)))).toEqual(new Set(systems));
  });

  it.skipIf(only !== undefined)(
    'stands blocked for an officer while something fails for long, and goes on',
    TIMEOUT,
    async () => {
      const lasting = everyLasting(recorded).filter(({ faults: [fault] }) => fault?.kind === '500');
      await survives(scenario, shareOfTheDay(MOST_LASTING, lasting));
    },
  );
});
