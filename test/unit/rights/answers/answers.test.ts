import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../../functions/src/crypto/hash.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { isEntry } from '../../../../functions/src/ledger/shape.ts';
import { headRef, readEntry } from '../../../../functions/src/ledger/documents.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { exportJobId } from '../../../../functions/src/export/plan.ts';
import { pauseRequest, resumeRequest } from '../../../../functions/src/rights/answers/clock.ts';
import { findRequest } from '../../../../functions/src/rights/answers/find.ts';
import { listAll, listOpen } from '../../../../functions/src/rights/answers/list.ts';
import { planReply, sendReply, type Order } from '../../../../functions/src/rights/answers/reply.ts';
import { showRequest } from '../../../../functions/src/rights/answers/show.ts';
import { mirror } from '../../../../functions/src/requests/store.ts';
import { knownFromAuth } from '../../../../functions/src/subject/identity.ts';
import { learn } from '../../../../functions/src/subject/known.ts';
import { runDying } from '../../../kit/dying.ts';
import { deliver, takeBack, write } from '../queue.sample.ts';
import { chain, context, entries, fresh, ids, keyOf, NOW, person, recorded, shown } from '../helpers.ts';
import { found, OFFICER, officer, runners, send, tell } from './answers.sample.ts';

beforeEach(fresh);

const details = { text: 'My name is wrong.', correction: 'Ada', country: 'BE', shoeSize: 41 };
const ask = async (type: Parameters<typeof write>[0] = 'rectification', id = 'r1') =>
  deliver(await write(type, id, { details }));
const done: Order = { kind: 'answered', result: 'done' };
const no: Order = { kind: 'refused', reason: 'conditions' };
const more: Order = { kind: 'extended', by: 'P2M', reason: 'complexity' };

describe("an officer's answer", () => {
  it.each<[string, Order, string, string]>([
    ['rectification', done, 'completed', 'answered'],
    ['objection', { kind: 'answered', result: 'partly' }, 'completed', 'answered'],
    ['objection', no, 'refused', 'refused'],
  ])(
    'ends a %s: entry, record and document say so, with the words at the person alone',
    async (type, order, status, state) => {
      await ask(type as 'rectification');
      const planned = await planReply(officer(), await found(), { order, words: 'Because of this.' });
      if (!planned.ok) throw new Error(planned.because);
      expect(await sendReply(officer(), await found(), planned.reply, OFFICER)).toMatchObject({ ok: true });
      // Until the job has told it, the record has the words.
      expect(await recorded('r1')).toMatchObject({ status, reply: { words: { text: planned.reply.text } } });
      await tell();
      const { text, subject } = planned.reply;
      expect(text).toContain('Because of this.');
      expect(text).toContain('dataprotectionauthority.be');
      expect(await shown('r1')).toMatchObject({
        ...{ status, completedAt: Timestamp.fromMillis(NOW) },
        reply: { kind: state, at: Timestamp.fromMillis(NOW), language: 'en', text, subject },
      });
      const { reply } = (await recorded('r1')) ?? {};
      const sha256 = sha256Hex(text);
      expect(reply).toEqual({
        kind: state,
        at: Timestamp.fromMillis(NOW),
        language: 'en',
        sha256,
        by: OFFICER,
        end: 'noAddress',
      });
      expect(await entries()).toEqual([`${type}.requested`, `${type}.${state}`]);
      const last = (await headRef(context.own, chain).collection('entries').where('seq', '==', 2).get()).docs[0];
      const entry = readEntry(chain, last?.id ?? '', last?.data() ?? {}, context.keys);
      expect([isEntry(entry), entry.actor, entry.officer]).toEqual([true, 'officer', OFFICER]);
    },
  );

  it('refuses an objection for a compelling ground, and nothing else (Art. 21(1))', async () => {
    const ground: Order = { kind: 'refused', reason: 'compellingGround' };
    await ask();
    expect(await send(ground)).toEqual({ ok: false, because: 'reason' });
    await ask('objection', 'r2');
    expect((await send(ground, 'r2')).ok).toBe(true);
  });

  it("takes the person's own words away when it closes, and keeps the choices", async () => {
    await ask();
    expect((await shown('r1'))?.['details']).toEqual(details);
    await send(more);
    await tell();
    expect((await shown('r1'))?.['details']).toEqual(details);
    await send(done);
    await tell();
    expect((await shown('r1'))?.['details']).toEqual({ country: 'BE' });
    // A crash may have left them on a document that says already how it ended.
    await person('r1').update({ details });
    const { ref, record } = await found();
    await mirror(context, ref, record);
    expect((await shown('r1'))?.['details']).toEqual({ country: 'BE' });
    await ask('objection', 'r2');
    await deliver(await takeBack('r2'));
    expect((await shown('r2'))?.['details']).toEqual({ country: 'BE' });
  });

  it('is given once: a second one, and one of a request that was taken back, change nothing', async () => {
    await ask();
    await send(done);
    for (const order of [done, no, more]) expect(await send(order)).toEqual({ ok: false, because: 'final' });
    await ask('objection', 'r2');
    await deliver(await takeBack('r2'));
    expect(await send(no, 'r2')).toEqual({ ok: false, because: 'final' });
    await tell();
    expect(await entries()).toEqual([
      'rectification.requested',
      'rectification.answered',
      'objection.requested',
      'objection.cancelled',
    ]);
  });

  it('is told by its own job: that of the extension before it leaves the words', async () => {
    await ask();
    await send(more);
    await send(done);
    await runJob(officer(), runners, `reply_extended_${keyOf()}`);
    expect((await recorded('r1'))?.['reply']).toHaveProperty('words');
    await tell();
    expect(await shown('r1')).toMatchObject({ status: 'completed', reply: { kind: 'answered' } });
  });

  it('ends the clock as well: a pause of a closed request stays as it is', async () => {
    await ask();
    await pauseRequest(officer(), await found(), { from: NOW, reason: 'identity', officer: OFFICER });
    await send(no);
    context.time.now += DAY_MS;
    const order = { at: NOW + DAY_MS, officer: OFFICER };
    expect(await resumeRequest(officer(), await found(), order)).toEqual({ ok: false, because: 'final' });
  });

  it('of two officers at once is one: the other learns that it changed', async () => {
    await ask();
    const one = await found();
    const planned = await planReply(officer(), one, { order: done });
    if (!planned.ok) throw new Error(planned.because);
    expect((await send(no)).ok).toBe(true);
    expect(await sendReply(officer(), one, planned.reply, OFFICER)).toEqual({ ok: false, because: 'final' });
  });

  it('tells the person in any case, wherever the process dies', async () => {
    for (let moment = 0; moment < 12; moment++) {
      fresh();
      await ask();
      await runDying(moment, [context.app, context.own], () => send(no));
      if ((await recorded('r1'))?.['status'] === 'waiting') await send(no);
      await runDying(moment % 5, [context.app, context.own], tell);
      await runDying(null, [], async () => {
        for (let n = 0; n < 3; n++) {
          context.time.now += 10 * 60_000;
          await tell();
        }
      });
      expect(await shown('r1')).toMatchObject({ status: 'refused', reply: { kind: 'refused' } });
      expect((await recorded('r1'))?.['reply']).toMatchObject({ end: 'noAddress' });
      expect((await recorded('r1'))?.['reply']).not.toHaveProperty('words');
      expect(await entries()).toEqual(['rectification.requested', 'rectification.refused']);
    }
  });
});

describe('requests that a job answers', () => {
  it('cannot be answered by hand while it works; a refused export is stopped, and what it wrote goes', async () => {
    await ask('access');
    expect(await send(done)).toEqual({ ok: false, because: 'working' });
    expect((await send({ kind: 'refused', reason: 'excessive' })).ok).toBe(true);
    await tell();
    expect(await loadJob(context, exportJobId(keyOf()))).toMatchObject({ status: 'cancelled' });
    expect(await ids('jobs')).toContain(`discard_${keyOf()}`);
    expect(await shown('r1')).toMatchObject({ status: 'refused', reason: 'excessive' });
  });

  it('an erasure that runs is not answered by words, and can be extended', async () => {
    await ask('erasure');
    expect(await send(done)).toEqual({ ok: false, because: 'working' });
    expect((await send(more)).ok).toBe(true);
  });

  it('one that is queued can be refused before it begins, and never begins then', async () => {
    for (let n = 0; n < 6; n++) await ask('objection', `r${n}`);
    expect(await recorded('r5')).toMatchObject({ status: 'queued' });
    expect(await send(done, 'r5')).toEqual({ ok: false, because: 'queued' });
    expect((await send({ kind: 'refused', reason: 'excessive' }, 'r5')).ok).toBe(true);
    await tell();
    expect(await shown('r5')).toMatchObject({ status: 'refused', reply: { kind: 'refused' } });
  });
});

describe('the clock, by an officer', () => {
  it('stands and goes on: the person sees it, and the ledger has both dates', async () => {
    await ask();
    context.time.now = NOW + 5 * DAY_MS;
    const from = NOW + 4 * DAY_MS;
    expect(await pauseRequest(officer(), await found(), { from, reason: 'identity', officer: OFFICER })).toMatchObject({
      ok: true,
    });
    expect((await shown('r1'))?.['pausedAt']).toEqual(Timestamp.fromMillis(from));
    context.time.now = NOW + 12 * DAY_MS;
    const at = NOW + 11 * DAY_MS;
    const before = (await recorded('r1'))?.['dueAt'] as Timestamp;
    await resumeRequest(officer(), await found(), { at, officer: OFFICER });
    expect(await shown('r1')).not.toHaveProperty('pausedAt');
    expect((await shown('r1'))?.['dueAt']).toEqual(Timestamp.fromMillis(before.toMillis() + 7 * DAY_MS));
    expect(await entries()).toEqual(['rectification.requested', 'rectification.paused', 'rectification.resumed']);
  });

  it('is shown by the command that comes again, if the first one died before that', async () => {
    await ask();
    const order = { from: NOW, reason: 'identity', officer: OFFICER } as const;
    const one = await found();
    await runDying(1, [context.own, context.app], () => pauseRequest(officer(), one, order));
    expect(await shown('r1')).not.toHaveProperty('pausedAt');
    expect(await pauseRequest(officer(), one, order)).toEqual({ ok: false, because: 'paused' });
    expect((await shown('r1'))?.['pausedAt']).toEqual(Timestamp.fromMillis(NOW));
  });

  it('does not stand for a request that a job answers', async () => {
    await ask('access');
    const order = { from: NOW, reason: 'identity', officer: OFFICER } as const;
    expect(await pauseRequest(officer(), await found(), order)).toEqual({ ok: false, because: 'working' });
  });

  it('is extended once, with a letter that says the new day', async () => {
    await ask();
    expect(await send(more)).toMatchObject({ ok: true });
    await tell();
    expect(await shown('r1')).toMatchObject({
      ...{ status: 'waiting', dueAt: (await recorded('r1'))?.['dueAt'] as Timestamp },
      reply: { kind: 'extended', text: expect.stringContaining('1 June 2026') as string },
    });
    expect(await send(more)).toEqual({ ok: false, because: 'extended' });
    expect(await send({ ...more, by: 'P1M' })).toEqual({ ok: false, because: 'extended' });
  });

  it('is not extended by a letter that names another day', async () => {
    await ask();
    const one = await found();
    const planned = await planReply(officer(), one, { order: more });
    if (!planned.ok) throw new Error(planned.because);
    await pauseRequest(officer(), one, { from: NOW, reason: 'power', officer: undefined });
    context.time.now += DAY_MS;
    await resumeRequest(officer(), one, { at: NOW + DAY_MS, officer: undefined });
    expect(await sendReply(officer(), one, planned.reply)).toEqual({ ok: false, because: 'changed' });
  });
});

describe('what an officer sees', () => {
  it('finds the person by the identity map, else by the uid, which has to be theirs', async () => {
    await ask();
    await person('r1').delete();
    expect(await findRequest(officer(), 'none')).toBe('unknown');
    expect(await findRequest(officer(), keyOf())).toBe('nobody');
    expect(await findRequest(officer(), keyOf(), 'u2')).toBe('another');
    await learn(context, knownFromAuth({ uid: 'u1' }, chain));
    expect(await findRequest(officer(), keyOf())).toMatchObject({ ref: { uid: 'u1' } });
  });

  it('finds the person of an account that is older than the backend by their own document', async () => {
    await ask();
    // Of the same moment: of somebody else, at another place, and under another id.
    const same = (await person('r1').get()).data() ?? {};
    for (const path of ['users/a/privacyRequests/r1', 'teams/u1/privacyRequests/r1', 'users/u1/privacyRequests/a'])
      await context.app.doc(path).set(same);
    expect(await findRequest(officer(), keyOf())).toMatchObject({ ref: { uid: 'u1', requestId: 'r1' } });
  });

  it("shows the person's words as far as they have a shape, and counts the rest", async () => {
    await ask();
    const seen = await showRequest(officer(), await found());
    const { text, correction, country } = details;
    const known = { text, correction, country };
    expect(seen).toMatchObject({ uid: 'u1', details: { known, ignored: 1 }, jobs: [] });
  });

  it('lists open requests by due date, and all with the closed ones; a forged one apart', async () => {
    await ask('objection', 'r1');
    context.time.now -= DAY_MS;
    await ask('restriction', 'r2');
    context.time.now += DAY_MS;
    await send(done);
    await context.own
      .doc('requests/forged')
      .set({ status: 'waiting', dueAt: Timestamp.now(), receivedAt: Timestamp.now() });
    const open = await listOpen(context);
    expect(open.requests.map(({ record }) => record.type)).toEqual(['restriction']);
    const all = await listAll(context);
    expect([all.requests.map(({ record }) => record.type), all.forged]).toEqual([
      ['restriction', 'objection'],
      ['forged'],
    ]);
  });
});
