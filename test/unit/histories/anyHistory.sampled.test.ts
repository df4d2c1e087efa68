import fc from 'fast-check';
import { it } from 'vitest';
import type { OfficerTask } from '../../../functions/src/officerTasks/task.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { times } from '../../kit/depth.ts';
import { context } from '../rights/helpers.ts';
import { jobs } from './acting.ts';
import { abandon, acts, perform, retryBlocked, settle } from './acts.ts';
import {
  expectAccount,
  expectAddresses,
  expectAwaited,
  expectErasures,
  expectMails,
  expectRequests,
  expectTasks,
} from './checks.ts';
import { expectRestrictions, type Seen } from './restrictions.ts';
import { endHolds } from './rights.ts';
import { expectAnnounced, expectCauses, expectOneEnd, expectState, expectTrue } from './truths.ts';
import { begin, night, work, world } from './world.ts';

/**
 * Random histories of everything together: requests by app, letter and link, pauses, extensions,
 * answers, refusals, tasks, cancellations, erasures, restrictions, objections, consents,
 * corrections, legal holds and requests of a holder. Versions take effect; processes die at any
 * write.
 */
it(
  'any history: no request without an answer, a task or a turn; no clock, sheet or link lost or used twice',
  { timeout: 3_600_000 },
  () =>
    fc.assert(
      fc.asyncProperty(acts, async (history) => {
        await begin();
        world.watch = expectTrue;
        const ended = new Map<string, OfficerTask>();
        const ends = new Map<string, string>();
        let restricted: Seen | undefined;
        for (const act of history) {
          await perform(act);
          await expectTasks(ended);
          await expectOneEnd(ends);
          restricted = await expectRestrictions(restricted);
        }
        await settle();
        restricted = await expectRestrictions(restricted);
        await hold(ended);
        await endHolds();
        // However it went, it ends: nobody waits for ever, and nothing is left behind.
        for (const days of [10, 5, 1, 100, 1]) {
          context.time.now += days * DAY_MS;
          await work(6);
          await night();
          await expectOneEnd(ends);
          if (days === 1) {
            await work(6);
            await expectCauses();
            await expectState();
          }
          restricted = await expectRestrictions(restricted);
        }
        await expectAnnounced();
        await endStuck();
        await night();
        await hold(ended);
      }),
      { numRuns: times(5, Number(process.env['HISTORIES'] ?? 100)) },
    ),
);

async function hold(ended: Map<string, OfficerTask>): Promise<void> {
  await expectTasks(ended);
  await expectAwaited();
  await expectRequests();
  await expectErasures();
  await expectAccount();
  expectMails();
  await night();
  await expectAddresses();
}

/** Cancels erasures that a new account under the uid stopped, as officers do in the end. */
async function endStuck(): Promise<void> {
  await retryBlocked();
  await work(6);
  for (const { id, steps, status } of await jobs()) {
    const codes = Object.values(steps).flatMap(({ state, error }) => (state === 'blocked' ? [error?.code] : []));
    const isOfAnother = codes.some((code) => code === 'uid_in_use' || code === 'email_in_use');
    if (codes.length > 0 && status !== 'cancelled' && !isOfAnother)
      throw new Error(`${id} is blocked: ${codes.join()}`);
    if (isOfAnother && status !== 'cancelled') await abandon(id);
  }
}
