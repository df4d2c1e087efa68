import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { correctionJobs } from '../../../functions/src/rectification/plan.ts';
import { rectifyRunner } from '../../../functions/src/rectification/steps.ts';
import { mirrors } from '../../../functions/src/rectification/mirrors.ts';
import type { Cursor } from '../../../functions/src/systems/system.ts';
import { times } from '../../kit/depth.ts';
import { EMAIL, memoryWorld, NOW, SLOT, UID } from './world.ts';

/** Lets actors act one at a time, in a chosen order: each waits for its turn at each call. */
class Turns {
  #active = 0;
  readonly #waiting: (() => void)[] = [];

  /** Waits until it is this actor's turn. */
  readonly turn = (): Promise<void> => new Promise((resolve) => void this.#waiting.push(resolve));

  readonly act = async (work: () => Promise<void>): Promise<void> => {
    this.#active += 1;
    try {
      await work();
    } finally {
      this.#active -= 1;
    }
  };

  /** Gives turns until every actor is done. Nobody is given one while another still acts. */
  async run(choose: () => number): Promise<void> {
    while (this.#active > 0) {
      if (this.#waiting.length < this.#active) await setImmediate();
      else this.#waiting.splice(choose() % this.#waiting.length, 1)[0]?.();
    }
  }
}

/** A customer in memory: each call arrives, and is answered, when its turn comes. */
function stripeWith(turn: () => Promise<void>, dies: () => boolean) {
  const customer = {
    id: 'cus_1',
    object: 'customer',
    email: EMAIL,
    name: 'name 0',
    phone: null,
    metadata: { uid: UID },
  };
  const call = async <T>(act: () => T): Promise<T> => {
    await turn();
    if (dies()) throw new Error('the connection broke before it arrived');
    const answer = structuredClone(act());
    await turn();
    if (dies()) throw new Error('the connection broke after it arrived');
    return answer;
  };
  async function* found() {
    yield await call(() => customer);
  }
  const customers = {
    search: found,
    list: found,
    retrieve: () => call(() => customer),
    update: (_id: string, change: object) => call(() => Object.assign(customer, change)),
  };
  return { customer, client: { customers } as unknown as Stripe };
}

/** Runs the step of a job as often as a queue would, until it is settled. */
async function untilSettled(context: Context, job: Job): Promise<void> {
  const runner = rectifyRunner(context);
  let cursor: Cursor | undefined;
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      const run = { deadline: context.now() + 1000, ...(cursor === undefined ? {} : { cursor }) };
      const progress = await runner.run('carry', job, run);
      if ('settled' in progress) return;
      if ('more' in progress) cursor = progress.more;
    } catch {
      // A failed attempt: another one comes.
    }
  }
  throw new Error('never settled');
}

describe('jobs of one profile that overtake each other', () => {
  it('leave the newest values, in any order of their calls and through any broken connection', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.nat(11)),
        fc.integer({ min: 2, max: 4 }),
        fc.array(fc.boolean(), { maxLength: 8 }),
        async (order, writes, broken) => {
          const { context: memory, chain } = memoryWorld();
          const turns = new Turns();
          const { customer, client } = stripeWith(turns.turn, () => broken.shift() === true);
          const context = { ...memory, clients: { ...memory.clients, stripe: async () => client } };
          const profile = memory.app.doc(`users/${UID}`);
          const [mirror] = mirrors(context.policy).filter(({ of }) => 'record' in of && of.record === 'stripeCustomer');
          if (mirror === undefined) throw new Error('no mirror');
          await profile.set({ lastName: 'name 0' });
          const jobs: Promise<void>[] = [];
          const all = turns.act(async () => {
            for (let n = 1; n <= writes; n++) {
              await profile.set({ lastName: `name ${n}` });
              for (const plan of correctionJobs(context, { uid: UID, chain, at: NOW + n * SLOT }, [mirror]))
                jobs.push(turns.act(() => untilSettled(context, newJob(plan, NOW))));
              await turns.turn();
            }
          });
          await turns.run(() => order.next().value as number);
          await Promise.all([all, ...jobs]);
          expect(customer.name).toBe(`name ${writes}`);
        },
      ),
      { numRuns: times(60, 1000) },
    );
  });
});
