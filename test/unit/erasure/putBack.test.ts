import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { giveUp } from '../../../functions/src/erasure/giveUp.ts';
import { discardErasures } from '../../../functions/src/erasure/officer.ts';
import { erasureId } from '../../../functions/src/erasure/plan.ts';
import { startErasure } from '../../../functions/src/erasure/start.ts';
import { erasureRunner } from '../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../functions/src/consent/reconcile.ts';
import { cancel } from '../../../functions/src/jobs/advance.ts';
import { changeJob, jobRef, loadJob } from '../../../functions/src/jobs/store.ts';
import { requestKey } from '../../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { putHead } from '../../kit/sealed/ledger.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { problemsOf } from '../../kit/sealed/verified.ts';
import { testContext } from '../requests/helpers.ts';

const NOW = Date.parse('2026-03-01T09:00:00Z');
const at = Timestamp.fromMillis(NOW - 1000);
let context = testContext(NOW);
let chain = '';
let key = '';
beforeEach(() => {
  context = testContext(NOW);
  chain = pseudonymOf('ada', context.keys);
  key = requestKey(chain, 'r1', context.keys);
});
const erasee = () => ({ uid: 'ada', pseudonym: chain, accountCreatedAt: 1_700_000_000 });
const request = (status: string) =>
  writeSealed(
    context.own.doc(`requests/${key}`),
    { pseudonym: chain, type: 'erasure', status, channel: 'app', receivedAt: at, dueAt: at },
    context.keys,
  );
const shown = (status: string) =>
  context.app.doc('users/ada/privacyRequests/r1').set({ type: 'erasure', createdAt: at, status });

/** An erasure with its grace over, and a job that was cancelled and put back to before that. */
async function putBack(...more: ('officer' | 'accountDeleted')[]) {
  const start = { at: NOW - 1000, from: NOW, requested: true } as const;
  await startErasure(context, erasee(), { ...start, by: 'request', id: 'request:r1', request: key });
  for (const by of more) await startErasure(context, erasee(), { ...start, by, id: `${by}:1` });
  const ref = jobRef(context.own, erasureId(erasee()));
  const before = (await ref.get()).data();
  await changeJob(context, ref.id, (job) => cancel(job, NOW));
  await ref.set(before ?? {});
  const job = await loadJob(context, ref.id);
  if (job === null) throw new Error('no job');
  return job;
}
const begin = async (...more: Parameters<typeof putBack>) =>
  erasureRunner(context, reconcilePerson).run('begin', await putBack(...more), { deadline: Infinity });
const isBuried = async () => (await context.own.doc(`tombstones/${chain}`).get()).exists;

describe('an erasure that was taken back or refused, with a job that was put back to before that', () => {
  it.each([
    ['the record of the request', 'cancelled', 'in_progress'],
    ['the person’s own document in the other database', 'in_progress', 'cancelled'],
    ['the record of the request, refused', 'refused', 'in_progress'],
    ['the person’s own document, refused', 'in_progress', 'refused'],
  ])('touches nothing: %s says so', async (_, recorded, seen) => {
    await request(recorded);
    await shown(seen);
    await begin();
    expect(await isBuried()).toBe(false);
    expect(await loadJob(context, erasureId(erasee()))).toMatchObject({ status: 'cancelled' });
    expect(context.logged).toContainEqual(expect.stringContaining('erasure is given up'));
  });

  it('waits for an officer if the record of the request is forged, or gone', async () => {
    await shown('in_progress');
    await expect(begin()).rejects.toMatchObject({ code: 'seal.broken' });
    await context.own.doc(`requests/${key}`).set({ pseudonym: chain, status: 'in_progress', receivedAt: at });
    await expect(begin()).rejects.toMatchObject({ code: 'seal.broken' });
    expect(await isBuried()).toBe(false);
  });

  it('begins if the request stands, or something else asks for it', async () => {
    await request('in_progress');
    await shown('in_progress');
    await begin();
    expect(await isBuried()).toBe(true);
    await context.own.doc(`tombstones/${chain}`).delete();
    await request('cancelled');
    await begin('accountDeleted');
    expect(await isBuried()).toBe(true);
  });
});

/** An erasure that is ready to begin. */
const ready = async (by: 'officer' | 'accountDeleted' = 'officer') => {
  const start = { at: NOW - 1000, from: NOW, requested: true } as const;
  await startErasure(context, erasee(), { ...start, by, id: `${by}:${context.now()}` });
  return jobRef(context.own, erasureId(erasee()));
};
const runBegin = async (id: string) => {
  const job = await loadJob(context, id);
  if (job === null) throw new Error('no job');
  await erasureRunner(context, reconcilePerson).run('begin', job, { deadline: Infinity });
};
const problems = () => problemsOf(context);
const byOfficer = { by: 'officer', now: NOW } as const;

describe('an erasure that an officer gave up, and whose job somebody put back', () => {
  const ways: [string, (id: string) => Promise<unknown>][] = [
    ['jobs cancel', (id) => giveUp(context, id, byOfficer)],
    [
      'erasure discard',
      async (id) => {
        await changeJob(context, id, (job) => ({ ...job, status: 'held' }));
        expect(await discardErasures(context, [id])).toEqual([id]);
      },
    ],
  ];
  it.each(ways)('touches nothing, whatever asked for it: %s', async (_, giveItUp) => {
    const ref = await ready('accountDeleted');
    const before = (await ref.get()).data() ?? {};
    await giveItUp(ref.id);
    expect(await problems()).toEqual([]);
    await ref.set(before);
    await runBegin(ref.id);
    expect(await isBuried()).toBe(false);
    // As the officer left it: an account that stays away does not begin it anew.
    expect(await loadJob(context, ref.id)).toMatchObject({ status: 'cancelled', givenUpBy: 'officer' });
    expect(context.logged).toContainEqual(expect.stringContaining('it was given up before'));
    expect(await problems()).toEqual([]);
  });

  it('touches nothing if its entry was removed as well: the head knows of it', async () => {
    const ref = await ready();
    const before = (await ref.get()).data() ?? {};
    await giveUp(context, ref.id, byOfficer);
    await ref.set(before);
    const [entry] = (await context.own.collection(`ledger/${chain}/entries`).get()).docs;
    await entry?.ref.delete();
    await runBegin(ref.id);
    expect(await isBuried()).toBe(false);
    expect(await problems()).toContain('missing');
  });

  it('touches nothing if the head was put back as well: the entry knows of it', async () => {
    await putHead(context, chain, {});
    const head = (await context.own.doc(`ledger/${chain}`).get()).data() ?? {};
    const ref = await ready();
    const before = (await ref.get()).data() ?? {};
    await giveUp(context, ref.id, byOfficer);
    await ref.set(before);
    await context.own.doc(`ledger/${chain}`).set(head);
    await expect(runBegin(ref.id)).resolves.toBeUndefined();
    expect(await isBuried()).toBe(false);
  });

  it('begins if it is started anew afterwards, and not in its version before', async () => {
    const ref = await ready();
    await giveUp(context, ref.id, byOfficer);
    context.time.now = NOW + 5000;
    await ready();
    await runBegin(ref.id);
    expect(await isBuried()).toBe(true);
    expect(await problems()).toEqual([]);
  });

  it('does not begin again if it was given up after it had begun', async () => {
    const ref = await ready();
    const before = (await ref.get()).data() ?? {};
    await runBegin(ref.id);
    await giveUp(context, ref.id, byOfficer);
    expect(await problems()).toEqual([]);
    await ref.set(before);
    await runBegin(ref.id);
    expect(await loadJob(context, ref.id)).toMatchObject({ status: 'cancelled' });
  });

  it('waits if the chain was put back to before it had begun', async () => {
    await putHead(context, chain, {});
    const head = (await context.own.doc(`ledger/${chain}`).get()).data() ?? {};
    const ref = await ready();
    await runBegin(ref.id);
    await context.own.doc(`ledger/${chain}`).set(head);
    await expect(runBegin(ref.id)).rejects.toMatchObject({ code: 'ledger.set_back' });
  });

  it('stays as it is while the head of its chain is forged, says the way out, and is given up once it is mended', async () => {
    await putHead(context, chain, {});
    const head = (await context.own.doc(`ledger/${chain}`).get()).data() ?? {};
    const ref = await ready();
    await context.own.doc(`ledger/${chain}`).set({ ...head, seq: 7 });
    const refusal = {
      code: 'seal.broken',
      message: expect.stringMatching(/not given up.*Put the head back.*give the erasure up then/),
    };
    await expect(giveUp(context, ref.id, byOfficer)).rejects.toMatchObject(refusal);
    await expect(runBegin(ref.id)).rejects.toMatchObject({ code: 'seal.broken' });
    expect(await loadJob(context, ref.id)).toMatchObject({ status: 'waiting' });
    expect(await isBuried()).toBe(false);
    await context.own.doc(`ledger/${chain}`).set(head);
    expect(await giveUp(context, ref.id, byOfficer)).toMatchObject({ ok: true });
    expect(await loadJob(context, ref.id)).toMatchObject({ status: 'cancelled' });
    expect(await problems()).toEqual([]);
  });

  it('of many held ones, the others are discarded if one cannot be', async () => {
    const held: string[] = [];
    for (const uid of ['eve', 'fay']) {
      const of = { ...erasee(), uid, pseudonym: pseudonymOf(uid, context.keys) };
      await startErasure(context, of, { at: NOW, from: NOW, requested: false, by: 'accountDeleted', id: 'deleted:1' });
      await changeJob(context, erasureId(of), (job) => ({ ...job, status: 'held' }));
      held.push(erasureId(of));
    }
    await context.own.doc(`ledger/${pseudonymOf('eve', context.keys)}`).set({ seq: 7 });
    await expect(discardErasures(context, held)).rejects.toMatchObject({ code: 'seal.broken' });
    const statuses = await Promise.all(held.map(async (id) => (await loadJob(context, id))?.status));
    expect(statuses).toEqual(['held', 'cancelled']);
  });
});
