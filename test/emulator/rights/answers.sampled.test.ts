import { beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../../../emulator/random.ts';
import { isAll, seedOfTheDay, shareOfTheDay, times } from '../../kit/depth.ts';
import { answers } from '../erasure/faultMatrix/answers/scenario.ts';
import { combinationFrom, everyLasting, recordCalls, type Recorded } from '../erasure/faultMatrix/matrix.ts';
import { everyPiled, sampleOfKinds } from '../erasure/faultMatrix/sample.ts';
import { survives, survivesAll } from '../erasure/faultMatrix/survives.ts';
import { firestoreInside } from '../erasure/faultMatrix/wire.ts';

/**
 * The fault matrix of an officer's decision about a request, and of the work that tells the person.
 * A sample in `npm test`, another one each day (FAULT_SEED repeats one). `npm run test:all` has
 * more.
 * One combination alone: FAULT='answered own tx commit requests/{chain}_{request}#1:500'.
 */

const only = process.env['FAULT'];
/** Faults of one run: more in the sample of a day, so that fewer runs meet them. */
const AT_ONCE = times(6, 3);
/** The number of runs of `npm run test:all`. */
const MOST = 60;
const MOST_LASTING = 20;
const TIMEOUT = { timeout: 1_800_000 };

describe('an officer’s decision while one of its external calls fails, or its process dies there', () => {
  let recorded: Recorded = {};
  beforeAll(async () => {
    firestoreInside();
    recorded = await recordCalls(answers);
  });

  it.runIf(only !== undefined)('FAULT', TIMEOUT, async () => {
    const [one] = await survives(answers, [combinationFrom(only ?? '', answers.starts)]);
    expect(one?.unmet).toEqual([]);
  });

  it.skipIf(only !== undefined)(
    `is one, with one entry; the person gets its words, and keeps seeing the truth (FAULT_SEED=${seedOfTheDay})`,
    TIMEOUT,
    async () => {
      const more = isAll ? shareOfTheDay(MOST, everyPiled(recorded, AT_ONCE)) : [];
      const some = [...sampleOfKinds(recorded, seeded(seedOfTheDay), AT_ONCE), ...more];
      const met = await survivesAll(answers, some);
      expect(new Set(met.map(({ call }) => call.slice(0, call.indexOf(' '))))).toEqual(
        new Set(recorded['answered']?.map(({ system }) => system).concat('storage')),
      );
    },
  );

  it.skipIf(only !== undefined)(
    'stands blocked for an officer while something fails for long, and goes on after it',
    TIMEOUT,
    async () => {
      const lasting = everyLasting(recorded).filter(({ faults: [fault] }) => fault?.kind === '500');
      const each = Math.max(1, Math.floor(lasting.length / times(2, MOST_LASTING)));
      await survives(
        answers,
        lasting.filter((_, index) => (index + seedOfTheDay) % each === 0),
      );
    },
  );
});
