import fc from 'fast-check';
import { expect, it } from 'vitest';
import { latestHead, newestHead } from '../../../functions/src/ledger/find.ts';
import { historiesOfUid } from '../../../functions/src/proof/history.ts';
import { times } from '../../kit/depth.ts';
import { answer, end, erase, UID, usedAgain, useAgain } from './usedAgain.ts';

const STORIES = times(12, 600);
const act = fc.record({
  what: fc.constantFrom('answer', 'answer', 'again', 'again', 'end', 'key'),
  which: fc.nat(),
});

it(
  `the present person of a uid has the answers of their own account alone, in ${STORIES} random stories of people after each other`,
  { timeout: 600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 20 }), async (acts) => {
        const context = usedAgain();
        /** Closed chains of each erased person: one for each key that they had. */
        const closed: string[][] = [];
        let [mine, theirs]: [string[], string[]] = [[], []];
        for (const [index, { what, which }] of acts.entries()) {
          if (what === 'answer') {
            const outcome = await answer(context, `event ${index}`);
            if (!outcome.recorded) throw new Error(`an answer is ${outcome.because}`);
            if (!theirs.includes(outcome.chain)) theirs.push(outcome.chain);
            mine.push(outcome.entry.id);
          }
          if (what === 'again') {
            // Of a person without any entry the erasure begins the chain.
            theirs = [...new Set([...theirs, await erase(context)])];
            closed.push(theirs);
            [mine, theirs] = [[], []];
            useAgain(context);
          }
          if (what === 'end')
            for (const chain of closed.splice(which % (closed.length + 1), 1).flat()) await end(context, chain);
          if (what === 'key') context.keys = { current: 2, keys: { 1: 'old', 2: 'new' } };
          const histories = await historiesOfUid(context, UID);
          expect(histories.flatMap(({ problems }) => problems)).toEqual([]);
          const { head } = await newestHead(context, UID);
          expect(head).toEqual((await latestHead(context, UID)).head);
          const answers =
            histories
              .at(-1)
              ?.entries.filter(({ kind }) => kind === 'access')
              .map(({ id }) => id) ?? [];
          if (mine.length > 0) expect(answers).toEqual(mine);
          else expect(head.closed !== undefined || head.seq === 0).toBe(true);
        }
      }),
      { numRuns: STORIES },
    );
  },
);
