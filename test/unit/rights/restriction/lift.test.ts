import { beforeEach, describe, expect, it } from 'vitest';
import { beginErasure } from '../../../../functions/src/ledger/erasure.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import { planReply, sendReply } from '../../../../functions/src/rights/answers/reply.ts';
import { showRequest } from '../../../../functions/src/rights/answers/show.ts';
import { onPrivacyRequestCreated } from '../../../../functions/src/rights/receive.ts';
import { listRestrictions } from '../../../../functions/src/rights/restriction/list.ts';
import { endRestriction, planLift } from '../../../../functions/src/rights/restriction/lift.ts';
import { orderOfPerson, orderOfRequest } from '../../../../functions/src/rights/restriction/officer.ts';
import { setRestriction } from '../../../../functions/src/rights/restriction/set.ts';
import { requestKey } from '../../../../functions/src/requests/request.ts';
import { Timestamp } from 'firebase-admin/firestore';
import { requestNamed } from '../../requests/helpers.ts';
import {
  chain,
  DAY,
  jobs,
  lift,
  NAME,
  names,
  NOW,
  OFFICER,
  problems,
  restrictionWorld,
  set,
  stopped,
  work,
  type World,
} from './world.ts';

/** A restriction is lifted in two steps: the person is told before it takes effect (Art. 18(3)). */

let world: World;
beforeEach(() => void (world = restrictionWorld()));

const after = async (days: number): Promise<void> => {
  world.context.time.now += days * DAY;
  await work(world);
};

describe('a lift', () => {
  it('tells the person at once, and ends the restriction when the notice is over, not before', async () => {
    await set(world, { purposes: ['messages'] });
    expect(await lift(world, { words: 'We have checked your address.' })).toEqual({ ok: true });
    expect(await stopped(world, 'messages')).toEqual(['messages']);
    await work(world);
    expect(world.mails).toHaveLength(1);
    expect(world.mails[0]).toMatchObject({ to: 'kim@example.com', at: NOW });
    expect(world.mails[0]?.text).toContain('8 juin 2026');
    expect(world.mails[0]?.text).toContain('We have checked your address.');
    await after(6);
    expect(await stopped(world, 'messages')).toEqual(['messages']);
    await after(2);
    expect(await stopped(world, 'messages')).toEqual([]);
    expect(world.mails).toHaveLength(1);
    expect((await world.context.own.doc('restrictions/kim').get()).exists).toBe(false);
    // The ledger proves when the person was told.
    const { docs } = await world.context.own.collectionGroup('entries').orderBy('seq').get();
    expect(docs.map((one) => one.get('state') as unknown)).toEqual(['set', 'set', 'ended']);
    expect(docs.at(-1)?.get('statement')).toMatchObject({ toldAt: NOW });
    expect(docs.at(-1)?.get('keepsUntil')).toBeUndefined();
    expect(await problems(world)).toEqual([]);
  });

  it('waits for a message that cannot leave, and then as long as the message says', async () => {
    await set(world, { purposes: ['messages'] });
    world.outage.isOn = true;
    await lift(world);
    await work(world);
    await after(8);
    expect([world.mails.length, await stopped(world, 'messages')]).toEqual([0, ['messages']]);
    world.outage.isOn = false;
    await after(1);
    expect(world.mails).toHaveLength(1);
    expect(world.mails[0]?.text).toContain('17 juin 2026');
    await after(6);
    expect(await stopped(world, 'messages')).toEqual(['messages']);
    await after(2);
    expect(await stopped(world, 'messages')).toEqual([]);
  });

  it('is refused if nothing reaches the person, unless an officer sends the page by post', async () => {
    await set(world);
    world.users[0] = { ...world.users[0], uid: 'kim', emailVerified: false };
    expect(await lift(world)).toEqual({ ok: false, because: 'untold' });
    expect(await jobs(world, 'lift')).toEqual([]);
    expect(await lift(world, { byPost: true })).toEqual({ ok: true });
    await work(world);
    await after(8);
    expect(await names(world)).toEqual([]);
  });

  it('does not end it if the address went after the announcement: an officer looks', async () => {
    await set(world);
    await lift(world);
    world.users[0] = { ...world.users[0], uid: 'kim', emailVerified: false };
    await work(world);
    await after(30);
    expect(await names(world)).toEqual([NAME]);
    const [job] = await jobs(world, 'lift');
    expect(job?.get('status')).toBe('blocked');
    expect((await loadJob(world.context, job?.id ?? ''))?.steps['tell']?.error?.code).toBe('restriction.untold');
  });

  it('is off if the restriction is set again meanwhile, and an older order ends nothing', async () => {
    await set(world, { purposes: ['messages'] });
    await lift(world);
    await work(world);
    world.context.time.now += DAY;
    expect(await set(world, { purposes: ['messages'] })).toMatchObject({ changed: true });
    // Its recipients have known of it all the time.
    expect(await jobs(world, 'begun')).toHaveLength(0);
    await after(30);
    expect(await stopped(world, 'messages')).toEqual(['messages']);
  });

  it('comes by itself for an end that was known before, with its notice', async () => {
    await set(world, { purposes: ['messages'], until: NOW + 60 * DAY });
    await work(world);
    await after(50);
    expect(world.mails).toEqual([]);
    await after(4);
    expect(world.mails).toHaveLength(1);
    await after(5);
    expect(await stopped(world, 'messages')).toEqual(['messages']);
    await after(2);
    expect(await stopped(world, 'messages')).toEqual([]);
  });

  it('of one of two leaves the other', async () => {
    await set(world, { purposes: ['messages'] });
    await set(world, { name: 'other', purposes: ['analytics'] });
    await lift(world);
    await work(world);
    await after(8);
    expect(await stopped(world, 'messages', 'analytics')).toEqual(['analytics']);
  });

  it.each([
    ['of nothing', 'unknown', {}],
    ['too soon', 'tooSoon', { from: NOW + DAY }],
  ])('%s is refused', async (_, because, more) => {
    if (because !== 'unknown') await set(world);
    expect(await planLift(world.context, { uid: 'kim', name: NAME }, more)).toEqual({ ok: false, because });
  });

  it('of the same day twice is one', async () => {
    await set(world);
    await lift(world);
    expect(await lift(world)).toEqual({ ok: false, because: 'announced' });
    expect(await jobs(world, 'lift')).toHaveLength(1);
  });

  it('of somebody who is being erased does nothing: the erasure answers', async () => {
    await set(world);
    await lift(world);
    await beginErasure(world.context, chain(world), { job: 'job', createdAt: NOW }, { at: NOW, accountCreatedAt: 1 });
    await work(world);
    await after(30);
    expect(world.mails).toEqual([]);
    const [job] = await jobs(world, 'lift');
    expect(job?.get('status')).toBe('completed');
  });

  it('of a document that somebody else wrote deletes it, and tells nobody', async () => {
    await world.context.own.doc('restrictions/kim').set({ reason: 'forged' });
    expect(await listRestrictions(world.context)).toEqual([{ uid: 'kim', isSealed: false, name: null }]);
    const of = { uid: 'kim', name: '' };
    expect(await endRestriction(world.context, of, OFFICER)).toMatchObject({ changed: true });
    expect((await world.context.own.doc('restrictions/kim').get()).exists).toBe(false);
    expect(await names(world)).toEqual([]);
  });
});

describe('a request to restrict', () => {
  const ask = async (type: string, details: object = {}) => {
    const data = { type, createdAt: Timestamp.fromMillis(NOW), details };
    await world.context.app.doc('users/kim/privacyRequests/r1').set(data);
    await onPrivacyRequestCreated(world.context, { id: 'e1', uid: 'kim', requestId: 'r1', data, time: NOW });
    return found();
  };
  const found = () => requestNamed(world.context, requestKey(chain(world), 'r1', world.context.keys), 'kim');
  const answer = async () =>
    planReply(world.context, await found(), { order: { kind: 'answered', result: 'done' }, language: 'en' });

  it('brings its ground and its scope, and is answered when it is carried out, not before', async () => {
    const one = await ask('restriction', { ground: 'accuracy', purposes: ['messages', 'analytics'] });
    expect(await answer()).toEqual({ ok: false, because: 'notCarriedOut' });
    const made = await orderOfRequest(world.context, one, {});
    expect(made).toMatchObject({ uid: 'kim', ground: 'accuracy', purposes: ['messages', 'analytics'] });
    await setRestriction(world.context, made, OFFICER);
    expect(await stopped(world, 'messages', 'analytics', 'payment')).toEqual(['messages', 'analytics']);
    const planned = await answer();
    if (!planned.ok) throw new Error(planned.because);
    expect(planned.reply.text).toMatch(/We have paused the use of your data for this[^]*- /);
    expect(await sendReply(world.context, one, planned.reply)).toMatchObject({ ok: true });
    // Ended meanwhile: a letter that was planned before would not be true any more.
    const told = await planLift(world.context, { uid: 'kim', name: made.name }, {});
    expect(told).toMatchObject({ ok: true, lift: { app: true, mail: true } });
  });

  it('is answered with the purposes that it pauses: one that goes on as an exception is none (Art. 18(2))', async () => {
    const choices = { all: true, ground: 'claims', except: { payment: 'claims' } } as const;
    const made = await orderOfRequest(world.context, await ask('restriction'), choices);
    await setRestriction(world.context, made, OFFICER);
    const planned = await answer();
    if (!planned.ok) throw new Error(planned.because);
    expect(planned.reply.text).toMatch(/We have paused the use of your data for this[^]*- Contacting the user/);
    expect(planned.reply.text).not.toMatch(/We only keep them\.|- Payment/);
  });

  it('is told on its own document when the restriction ends', async () => {
    const made = await orderOfRequest(world.context, await ask('restriction'), { all: true, ground: 'claims' });
    await setRestriction(world.context, made, OFFICER);
    await lift(world, {}, made.name);
    await work(world);
    const document = await world.context.app.doc('users/kim/privacyRequests/r1').get();
    expect(document.get('reply')).toMatchObject({ kind: 'lifting', language: 'fr' });
    expect(document.get('reply.text')).toBe(world.mails[0]?.text);
    const { record } = await found();
    expect(record.reply).toMatchObject({ kind: 'lifting', end: 'sent' });
    expect(record.reply?.words).toBeUndefined();
  });

  it('offers one for a correction, and an objection, and forces none', async () => {
    const correction = await ask('rectification', { text: 'My name is wrong.' });
    expect((await showRequest(world.context, correction)).offersRestriction).toBe(true);
    expect(await names(world)).toEqual([]);
    const made = await orderOfRequest(world.context, correction, { purposes: ['userDatabase'] });
    expect(made).toMatchObject({ ground: 'accuracy', purposes: ['userDatabase'] });
    const partly = { order: { kind: 'answered', result: 'partly' }, words: 'Half.', language: 'en' } as const;
    const planned = await planReply(world.context, correction, partly);
    expect(planned).toMatchObject({ reply: { text: expect.stringContaining('pause their use while we check') } });
    await setRestriction(world.context, made, OFFICER);
    expect((await showRequest(world.context, correction)).offersRestriction).toBe(false);
  });

  it.each([
    ['of another right', 'access', {}, {}],
    ['that names no scope', 'restriction', { ground: 'accuracy' }, {}],
    ['that names no ground', 'restriction', { purposes: ['messages'] }, {}],
  ])('%s is not carried out', async (_, type, details, choices) => {
    const one = await ask(type, details);
    await expect(orderOfRequest(world.context, one, choices)).rejects.toMatchObject({ code: 'restriction.order' });
  });

  it('of a person whom nobody knows is not carried out: a typing error would restrict nobody', async () => {
    const choices = { ground: 'claims', all: true } as const;
    await expect(orderOfPerson(world.context, 'nobody', choices)).rejects.toMatchObject({ code: 'officer.unknown' });
    expect(await orderOfPerson(world.context, 'kim', choices)).toMatchObject({ uid: 'kim', name: 'officer-claims' });
  });
});
