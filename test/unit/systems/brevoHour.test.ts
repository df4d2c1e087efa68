import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BudgetError, RetryAfterError } from '../../../functions/src/platform/errors.ts';
import { deleteLog } from '../../../functions/src/systems/brevo/client.ts';
import { shareOfExports } from '../../../functions/src/systems/brevo/quota.ts';
import { CALLS, failure, HOUR, LIMIT, NOW, openWorld } from './brevoLog.sample.ts';

let world: Awaited<ReturnType<typeof openWorld>>;
beforeEach(async () => void (world = await openWorld()));
afterEach(() => world.stop());

describe('the hour that Brevo gives to everybody', () => {
  it('is never over it, of whichever hour: exports wait for each other, and an erasure has its call at once', async () => {
    await world.control.put('limits', { enforced: true, rolling: true });
    let done = 0;
    const waiting = new Map(Array.from({ length: 8 }, (_, n) => [`person${n}`, NOW]));
    const begun = NOW;
    const statuses: (number | null)[] = [];
    while (waiting.size > 0) {
      const [next] = [...waiting].sort(([, a], [, b]) => a - b);
      if (next === undefined) break;
      const [uid, at] = next;
      world.time.now = Math.max(world.time.now + 1000, at);
      const error = await world.read(uid).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error === null) {
        waiting.delete(uid);
        done += 1;
      } else {
        expect(error).toBeInstanceOf(BudgetError);
        waiting.set(uid, (error as BudgetError).until);
      }
      // Nobody waits here, however busy exports are.
      world.time.now += 1000;
      expect(await deleteLog(world.context, 'gone@example.com')).toBeNull();
      statuses.push(...(await world.calls()).map(({ status }) => status));
    }
    expect(done).toBe(8);
    expect(statuses).not.toContain(429);
    // Three of them an hour: 8 take more than two.
    expect(world.time.now - begun).toBeLessThan(4 * HOUR);
    expect(statuses.filter((status) => status === 200).length).toBe(8 * CALLS);
  });

  it('exports alone use two thirds of it', async () => {
    await world.write('a@example.com');
    await world.calls();
    const errors = [];
    for (const uid of ['a', 'b', 'c', 'd']) errors.push(await failure(world.read(uid)));
    expect(errors.filter((error) => error instanceof BudgetError)).toHaveLength(1);
    expect((await world.calls()).length).toBeLessThanOrEqual(shareOfExports(LIMIT));
  });

  it('that others have used up is a wait until the moment that Brevo names', async () => {
    await world.control.put('limits', { enforced: true });
    const client = await world.context.clients.brevo();
    for (let n = 0; n < 300; n++) await client.transactionalEmails.getEmailEventReport({ days: 1 });
    world.time.now += 60_000;
    const error = await failure(deleteLog(world.context, 'gone@example.com'));
    expect(error).toBeInstanceOf(RetryAfterError);
    expect(error).not.toBeInstanceOf(BudgetError);
    expect((error as RetryAfterError).until).toBe(NOW + HOUR);
  });
});
