import { beforeEach, describe, expect, it } from 'vitest';
import { onAccountMissing } from '../../../../functions/src/erasure/accountEvents.ts';
import { takeBack as keepData } from '../../../../functions/src/erasure/grace.ts';
import { takeBackJobs } from '../../../../functions/src/erasure/job.ts';
import { erasureId, takeBackJob } from '../../../../functions/src/erasure/plan.ts';
import { startErasure } from '../../../../functions/src/erasure/start.ts';
import { startJobId } from '../../../../functions/src/erasure/starts/standing.ts';
import { erasureRunner } from '../../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../../functions/src/consent/reconcile.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { planReply, sendReply, type Order } from '../../../../functions/src/rights/answers/reply.ts';
import { listDue } from '../../../../functions/src/rights/due.ts';
import { runDying } from '../../../kit/dying.ts';
import { deliver, takeBack, write } from '../queue.sample.ts';
import { chain, context, entries, fresh, ids, keyOf, NOW, recorded, shown } from '../helpers.ts';
import { found, officer, OFFICER, send, tell } from './answers.sample.ts';

beforeEach(fresh);

const no: Order = { kind: 'refused', reason: 'lawKeeps' };
const erasee = () => ({ uid: 'u1', pseudonym: chain, accountCreatedAt: null });
const erasure = () => loadJob(context, erasureId(erasee()));
const run = (id: string) => runJob(officer(), { erasure: async (c) => erasureRunner(c, reconcilePerson) }, id);

/** Asks for an erasure, which then waits in its grace. */
async function ask(id = 'r1'): Promise<void> {
  await deliver(await write('erasure', id));
  await run(startJobId({ key: keyOf(id) }));
  await run(erasureId(erasee()));
}

async function preview(id = 'r1') {
  const planned = await planReply(officer(), await found(id), { order: no, words: 'Because.' });
  return planned.ok ? planned.reply.stopsErasure : planned.because;
}

describe('a refused request of an erasure (Art. 12(4), 17(3))', () => {
  it('in its grace ends it as if it was taken back: processing goes on, and the person reads why', async () => {
    await ask();
    expect(await ids('restrictions')).toEqual(['u1']);
    expect(await preview()).toBe(true);
    expect(await erasure()).toMatchObject({ status: 'waiting' });
    expect(await send(no)).toMatchObject({ ok: true });
    expect(await erasure()).toMatchObject({ status: 'cancelled', givenUpBy: 'officer' });
    expect(await recorded('r1')).toMatchObject({ status: 'refused', reason: 'lawKeeps' });
    expect(await ids('restrictions')).toEqual([]);
    expect(await entries()).toEqual(['erasure.requested', 'set', 'givenUp', 'ended', 'erasure.refused']);
    await tell();
    expect(await shown('r1')).toMatchObject({ status: 'refused', reply: { kind: 'refused' } });
    context.time.now = NOW + 60 * DAY_MS;
    await run(erasureId(erasee()));
    expect(await ids('tombstones')).toEqual([]);
  });

  it('is not sent by a letter from before it began: its erasure would go on', async () => {
    await ask();
    const { ref, record } = await found();
    const queued = { ref, record: { ...record, status: 'queued' } } as const;
    const planned = await planReply(officer(), queued, { order: no, words: 'Because.' });
    if (!planned.ok) throw new Error(planned.because);
    expect(await sendReply(officer(), queued, planned.reply, OFFICER)).toEqual({ ok: false, because: 'changed' });
    expect(await recorded('r1')).toMatchObject({ status: 'in_progress' });
  });

  it('ends it before it was planned, too', async () => {
    await deliver(await write('erasure', 'r1'));
    expect(await preview()).toBe(true);
    expect(await send(no)).toMatchObject({ ok: true });
    await run(startJobId({ key: keyOf() }));
    expect(await erasure()).toBeNull();
  });

  it('is none once the erasure has begun to delete: the officer reads why, and nothing changes', async () => {
    await ask();
    const before = await recorded('r1');
    context.time.now = NOW + 60 * DAY_MS;
    expect(await preview()).toBe('begun');
    expect(await send(no)).toEqual({ ok: false, because: 'begun' });
    expect(await recorded('r1')).toEqual(before);
    expect(await erasure()).toMatchObject({ status: 'waiting' });
    expect(await ids('restrictions')).toEqual(['u1']);
  });

  it('is none if something else asked for it as well: the letter would not be true', async () => {
    await ask();
    const start = { by: 'accountDeleted', id: 'event:1', at: NOW, from: NOW + DAY_MS, requested: false } as const;
    await startErasure(context, erasee(), start);
    expect(await preview()).toBe('alsoAsked');
    expect(await send(no)).toEqual({ ok: false, because: 'alsoAsked' });
    expect(await erasure()).toMatchObject({ status: 'waiting' });
  });

  it('leaves the erasure to a second request, if there is one', async () => {
    await ask();
    await ask('r2');
    expect(await send(no)).toMatchObject({ ok: true });
    expect(await erasure()).toMatchObject({ status: 'waiting', input: { request: keyOf('r2') } });
    expect(await send(no, 'r2')).toMatchObject({ ok: true });
    expect(await erasure()).toMatchObject({ status: 'cancelled' });
  });

  it('is none if the person has taken it back meanwhile; and a late taking back changes nothing', async () => {
    await ask();
    const { ref } = await found();
    const plan = takeBackJob(ref, chain, NOW, NOW);
    expect(await send(no)).toMatchObject({ ok: true });
    await keepData(context, takeBackJobs.read(newJob(plan, NOW)));
    expect(await recorded('r1')).toMatchObject({ status: 'refused' });
    expect(await entries()).not.toContain('erasure.cancelled');
    await ask('r2');
    await deliver(await takeBack('r2'));
    expect(await send(no, 'r2')).toEqual({ ok: false, because: 'working' });
  });

  it('decides about the request alone: an account that is missing ends all the same', async () => {
    await ask();
    expect(await send(no)).toMatchObject({ ok: true });
    context.time.now = NOW + 2 * DAY_MS;
    await onAccountMissing(context, { uid: 'u1', accountCreatedAt: null, since: NOW - 1000 });
    expect(await erasure()).toMatchObject({ status: 'waiting', input: { startedBy: 'missingAccount' } });
  });

  it('is one decision, whichever process dies: nobody is refused whose erasure goes on', async () => {
    let deaths = 0;
    for (let moment = 0; moment < 12; moment++) {
      fresh();
      await ask();
      await runDying(moment, [context.app, context.own], () => send(no));
      const status = (await recorded('r1'))?.['status'];
      if (status === 'refused') expect(await erasure()).toMatchObject({ status: 'cancelled' });
      else {
        deaths += 1;
        // The officer still sees it, and sends it again.
        expect((await listDue(officer(), 'P1Y')).map(({ id }) => id)).toContain(keyOf());
        expect(await send(no)).toMatchObject({ ok: true });
      }
      expect(await erasure()).toMatchObject({ status: 'cancelled', givenUpBy: 'officer' });
      expect(await recorded('r1')).toMatchObject({ status: 'refused', reply: { by: OFFICER } });
      expect(await ids('restrictions')).toEqual([]);
    }
    expect(deaths).toBeGreaterThan(3);
  });
});
