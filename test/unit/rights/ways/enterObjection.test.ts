import { describe, expect, it } from 'vitest';
import { latestHead } from '../../../../functions/src/ledger/find.ts';
import { restrictionsOf } from '../../../../functions/src/ledger/restriction/stated.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { loadRequest } from '../../../../functions/src/requests/store.ts';
import { findRequest } from '../../../../functions/src/rights/answers/find.ts';
import { planReply } from '../../../../functions/src/rights/answers/reply.ts';
import { planUphold } from '../../../../functions/src/rights/objection/uphold.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import type { Entry } from '../../../../functions/src/rights/ways/form.ts';
import { requestRunner } from '../../../../functions/src/rights/ways/steps.ts';
import { isSuppressed } from '../../../../functions/src/subject/suppression.ts';
import { NOW, type World } from '../../erasure/memory.ts';
import { accountOf, eachInWorld } from './letters.ts';

/** Objections in letters, which officers enter. */

let world: World;
eachInWorld((made) => {
  world = made;
});

const OFFICER = `v1_${'o'.repeat(43)}`;
const objection = (more: Partial<Entry>): Entry => ({
  ...{ channel: 'letter', receivedAt: NOW - 5 * DAY_MS, type: 'objection', power: 'self', method: 'papers' },
  ...{ proven: true, reference: '2026-17', ...more },
});
const enter = (more: Partial<Entry>) => enterRequest(world.context, objection(more), OFFICER);
const account = (uid: string) => accountOf(world, uid);
const jobs = async () => (await world.context.clients.own().collection('jobs').get()).docs.map(({ id }) => id);

/** Runs the jobs of requests: the first steps of each. */
async function work(): Promise<void> {
  for (let round = 0; round < 3; round++)
    for (const id of await jobs())
      if (/^(pause|object)_/.test(id))
        await runJob(world.context, { request: async (context) => requestRunner(context) }, id);
}
const paused = async (uid: string) =>
  [...(await restrictionsOf(world.context, uid)).all.values()].map(({ purposes, ground }) => ({ purposes, ground }));
const MONITORING = [{ purposes: ['monitoring'], ground: 'objection' }];
const current = async (uid: string) => (await latestHead(world.context, uid)).head.current;

describe('a letter that objects to a purpose', () => {
  it('of somebody who has shown who they are pauses it', async () => {
    const { record } = await enter({ person: account('kim'), details: { purpose: 'monitoring' } });
    expect(record).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
    await work();
    expect(await paused('kim')).toEqual(MONITORING);
  });

  it('of somebody whom nobody has proven pauses nothing; entered again with a proof, it does', async () => {
    const person = account('kim');
    await enter({ person, details: { purpose: 'monitoring' }, proven: false });
    await work();
    expect([await jobs(), await paused('kim')]).toEqual([[], []]);
    // The officer gives the proof, and not the words once more.
    await enter({ person });
    await work();
    expect(await paused('kim')).toEqual(MONITORING);
  });

  it('without a name pauses nothing, until it gets a person', async () => {
    await enter({ details: { purpose: 'monitoring' } });
    expect(await jobs()).toEqual([]);
    const { key } = await enter({ person: account('kim') });
    await work();
    expect(await paused('kim')).toEqual(MONITORING);
    expect(await loadRequest(world.context, key)).toMatchObject({ details: { purpose: 'monitoring' } });
  });

  it('of somebody without an account pauses nothing, and is an officer’s by hand', async () => {
    const { key } = await enter({ person: { email: 'gone@example.com' }, details: { purpose: 'contact' } });
    const found = await findRequest(world.context, key);
    if (typeof found === 'string') throw new Error(found);
    expect(await jobs()).toEqual([]);
    expect(await planUphold(world.context, found)).toEqual({ ok: false, because: 'byHand' });
    expect(await planReply(world.context, found, { order: { kind: 'answered', result: 'done' } })).toMatchObject({
      ok: true,
    });
  });
});

describe('a letter that objects to direct marketing and names nobody', () => {
  it('stops nothing, until it gets an account: then at once, also if the words are not given again', async () => {
    await enter({ details: { marketing: true } });
    await work();
    expect(await jobs()).toEqual([]);
    await enter({ person: account('kim') });
    await work();
    expect(await current('kim')).toMatchObject({ messages: 'objected', userDatabase: 'objected' });
    expect(await paused('kim')).toEqual([]);
  });

  it('that gets an address without an account stops the messages to it', async () => {
    await enter({ details: { marketing: true } });
    await enter({ person: { email: 'gone@example.com' } });
    await work();
    expect(await isSuppressed(world.context, 'gone@example.com')).toBe(true);
  });
});
