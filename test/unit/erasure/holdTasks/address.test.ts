import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { findAccount } from '../../../../functions/src/subject/accounts.ts';
import { areUntold } from '../../../../functions/src/erasure/holdTasks/wake.ts';
import { endRetained } from '../../../../functions/src/erasure/followUps.ts';
import { keepJobId } from '../../../../functions/src/erasure/holdTasks/plan.ts';
import { giveUp } from '../../../../functions/src/erasure/giveUp.ts';
import { listHolds, setHold } from '../../../../functions/src/erasure/holds.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import { heldSubjects, holdsOn, untouchableUntil } from '../../../../functions/src/ledger/holds.ts';
import { heldBy } from '../../../../functions/src/systems/held.ts';
import { recordOf } from '../../../../functions/src/policy/lookup.ts';
import { addressKey, addressPseudonym, emailHash } from '../../../../functions/src/subject/emails.ts';
import { holdableOf } from '../../../../functions/src/subject/hold.ts';
import { provenByAccount, proveAndLearn, provenByOfficer } from '../../../../functions/src/subject/proven.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { bury } from '../../../../functions/src/subject/tombstones.ts';
import { onStatement } from '../../../../functions/src/rights/statements/submit.ts';
import { idsOf } from '../../officerTasks/helpers.ts';
import { runDying } from '../../../kit/dying.ts';
import { forgetAnswered } from '../../../../functions/src/rights/ways/withoutAccount.ts';
import {
  after,
  close,
  DAY,
  holdWorld,
  lift,
  NOW,
  RECIPIENTS,
  recipients,
  sheetOf,
  tasks,
  work,
  type World,
} from './world.ts';

/** A legal hold on a person without an account, by their address. */

const EMAIL = 'lou@example.com';
const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };

let world: World;
beforeEach(() => void (world = holdWorld()));

const set = async (more: object = {}): Promise<string> =>
  (await setHold(world.context, { uid: '', email: 'Lou@Example.com ', ground, ...more })).id;
const isHeld = async (...emails: string[]): Promise<boolean> =>
  (await holdsOn(world.context, { uid: '', emails })).length > 0;
const key = () => addressKey(EMAIL, world.context.keys);
/** An account that has verified this address. */
function account(uid: string, email: string, emailVerified = true): void {
  const metadata = { creationTime: new Date(NOW - DAY).toUTCString() };
  world.users.push({ uid, email, emailVerified, metadata });
}
const learn = (uid: string) => proveAndLearn(world.context, { uid, pseudonym: pseudonymOf(uid, world.context.keys) });

describe('a legal hold by an address', () => {
  it('keeps it as a keyed hash in hold, ledger and job, and holds the address until it is lifted', async () => {
    const id = await set();
    const { context } = world;
    for (const path of [`legalHolds/${id}`, `jobs/${keepJobId(id)}`])
      expect(JSON.stringify((await context.own.doc(path).get()).data())).not.toContain('lou');
    expect((await context.own.doc(`legalHolds/${id}`).get()).data()).toMatchObject({ subjectKey: key() });
    expect(await listHolds(context)).toMatchObject([{ id, subjectKey: key(), runs: true }]);
    expect([await isHeld(EMAIL), await isHeld('other@example.com')]).toEqual([true, false]);
    const { docs } = await context.own.collection(`ledger/${addressPseudonym(EMAIL, context.keys)}/entries`).get();
    expect(docs.map((one) => one.get('state') as string)).toEqual(['set']);
    await lift(world, id);
    expect(await isHeld(EMAIL)).toBe(false);
  });

  it('tells the recipients by the address, which stays as long as it is needed for that', async () => {
    const id = await set();
    await work(world);
    expect(await recipients(world, false, 'open')).toEqual(RECIPIENTS);
    const stripe = (await tasks(world)).find(({ recipient }) => recipient === 'stripe');
    expect(await sheetOf(world, stripe?.id ?? '')).toContain(EMAIL);
    await close(world, 'stripe');
    expect(await forgetAnswered(world.context)).toBe(0);
    await lift(world, id);
    expect(await areUntold(world.context, { uid: '', key: key() })).toBe(true);
    await work(world);
    expect(await forgetAnswered(world.context)).toBe(0);
    expect(await recipients(world, true, 'open')).toEqual(['stripe']);
    await close(world, 'stripe');
    await after(world, 1);
    expect((await loadJob(world.context, `${keepJobId(id)}_over`))?.status).toBe('completed');
    expect(await forgetAnswered(world.context)).toBe(1);
  });

  it('keeps the address until it is over by its date, also if the job that tells its recipients is cancelled', async () => {
    const { context } = world;
    const id = await set({ until: NOW + 2 * DAY });
    await giveUp(context, keepJobId(id), { by: 'officer', now: NOW });
    expect(await forgetAnswered(context)).toBe(0);
    expect((await heldSubjects(context, 'activity', Infinity)).hasEmail(EMAIL)).toBe(true);
    context.time.now += 3 * DAY;
    expect(await forgetAnswered(context)).toBe(1);
  });

  it('keeps the address also if its document is gone, or nobody can read its chain, and the job is cancelled', async () => {
    const { context } = world;
    const id = await set();
    await giveUp(context, keepJobId(id), { by: 'officer', now: NOW });
    await context.own.doc(`legalHolds/${id}`).delete();
    expect(await forgetAnswered(context)).toBe(0);
    await context.own.doc(`ledger/${addressPseudonym(EMAIL, context.keys)}`).update({ seq: 7 });
    expect(await forgetAnswered(context)).toBe(0);
  });

  it('holds an account that is made with the address later, also after it has another one', async () => {
    await set();
    account('lou', EMAIL);
    const { context } = world;
    const held = async () => (await heldSubjects(context, 'activity', Infinity)).has('lou');
    // Before anything was learnt of the account.
    expect(await held()).toBe(true);
    await learn('lou');
    expect(await untouchableUntil(context, 'lou')).toBe(Infinity);
    world.users.pop();
    account('lou', 'new@example.com');
    await learn('lou');
    expect(await held()).toBe(true);
    expect(await holdsOn(context, 'lou')).toHaveLength(1);
    const { subject } = await provenByAccount(context, { uid: 'lou', pseudonym: '' });
    expect(await holdsOn(context, holdableOf(subject))).toHaveLength(1);
    expect((await heldSubjects(context, 'activity', Infinity)).has('kim')).toBe(false);
  });

  it('does not hold an account that only claims the address', async () => {
    await set();
    account('eve', EMAIL, false);
    await learn('eve');
    expect(await untouchableUntil(world.context, 'eve')).toBeNull();
  });

  it('of an account that has verified it is a hold on that account', async () => {
    await set({ email: 'kim@example.com' });
    expect(await listHolds(world.context, 'kim')).toMatchObject([{ uid: 'kim' }]);
    expect(await findAccount(world.context, { uid: 'kim' })).not.toBeNull();
  });

  it('keeps rows that name the address, and the rows of its chain, from the retention', async () => {
    await set();
    const held = await heldSubjects(world.context, 'activity', Infinity);
    const record = { ...recordOf(amikeo, 'activity'), subject: { field: 'uid', email: 'email' } };
    const isKept = heldBy([{ id: 'rows', record }], held);
    const row = (data: Record<string, unknown>) => isKept({}, (field) => data[field]);
    expect([row({ email: 'LOU@example.com' }), row({ email: 'kim@example.com' }), row({})]).toEqual([
      true,
      false,
      false,
    ]);
    expect(held.byPseudonym()(addressPseudonym(EMAIL, world.context.keys))).toBe(true);
  });

  it('whose document somebody deletes keeps its rows; one whose address is gone stops the retention', async () => {
    const id = await set();
    const { context } = world;
    await work(world);
    await context.own.doc(`legalHolds/${id}`).delete();
    expect(await isHeld(EMAIL)).toBe(true);
    expect((await heldSubjects(context, 'activity', Infinity)).hasEmail(EMAIL)).toBe(true);
    const again = await set();
    await context.own.doc(`subjects/${key()}`).delete();
    await expect(heldSubjects(context, 'activity', Infinity)).rejects.toMatchObject({ code: 'hold.address' });
    await set();
    expect((await heldSubjects(context, 'activity', Infinity)).hasEmail(EMAIL)).toBe(true);
    expect(again).not.toBe(id);
  });

  it('is asked by an erasure of that person, and by the end of what it retained', async () => {
    await set();
    const subject = await provenByOfficer(world.context, [EMAIL], 'v1_p');
    expect(await holdsOn(world.context, holdableOf(subject))).toHaveLength(1);
    expect(await holdsOn(world.context, { uid: '', emails: [], keys: [key()] })).toHaveLength(1);
  });

  it.each([
    ['set after', true, 'emails'],
    ['set before', false, 'emails'],
    ['on a former address, set after', true, 'formerEmails'],
    ['on a former address, set before', false, 'formerEmails'],
  ])('%s a new pseudonym key keeps what an erasure under the other key retained', async (_when, isAfter, field) => {
    const { context } = world;
    const old = { current: 1, keys: { 1: 'one' } };
    const both = { current: 2, keys: { ...old.keys, 2: 'two' } };
    const erased = { ...context, keys: isAfter ? old : both };
    await bury(erased, 'v1_p', {
      accountCreatedAt: 1,
      deletedAt: NOW,
      job: 'j',
      [field]: [emailHash(EMAIL, erased.keys)],
    });
    await setHold({ ...context, keys: isAfter ? both : old }, { uid: '', email: EMAIL, ground });
    const now = { ...context, keys: both };
    await context.app.doc('users/gone/activity/1').set({ createdAt: Timestamp.fromMillis(NOW) });
    const input = {
      uid: 'gone',
      accountCreatedAt: 1,
      deletedAt: NOW,
      until: NOW - 1,
      records: ['activity'],
      handles: [],
    };
    const job = { ...newJob({ id: 'j', kind: 'erasure', input, dueAt: NOW, steps: [] }, NOW), pseudonym: 'v1_p' };
    expect(await endRetained(now, job as never, { deadline: Infinity })).toHaveProperty('wait');
    expect((await context.app.doc('users/gone/activity/1').get()).exists).toBe(true);
  });

  it('of a server is set, is the same again, and is withdrawn; one that names both or none is refused', async () => {
    const { context } = world;
    const form = { submit: 'legalHold', requestId: 'case-4711', ground };
    const answer = await onStatement(context, { ...form, email: 'Lou@Example.com' });
    expect(answer).toMatchObject({ ok: true, changed: true });
    expect(await onStatement(context, { ...form, email: 'lou@example.com ' })).toEqual({ ...answer, changed: false });
    expect(await isHeld(EMAIL)).toBe(true);
    account('lou', EMAIL);
    expect(await onStatement(context, { ...form, email: EMAIL })).toEqual({ ...answer, changed: false });
    expect(await idsOf(context, 'legalHolds')).toHaveLength(1);
    await learn('lou');
    expect(await holdsOn(context, 'lou')).toHaveLength(1);
    const id = answer.ok ? answer.id : '';
    expect(await onStatement(context, { withdraw: 'legalHold', id })).toMatchObject({ ok: true, changed: true });
    expect(await isHeld(EMAIL)).toBe(false);
    // Delivered again after that, it begins no other one.
    expect(await onStatement(context, { ...form, email: EMAIL })).toEqual({ ...answer, changed: false });
    expect(await isHeld(EMAIL)).toBe(false);
    account('eve', 'eve@example.com', false);
    for (const who of [{}, { uid: 'kim', email: EMAIL }, { email: 'lou' }, { email: 'eve@example.com' }])
      expect(await onStatement(context, { ...form, ...who })).toMatchObject({ ok: false, code: 'invalid' });
  });

  it('that dies at any of its writes is whole after the same order again', async () => {
    for (let moment = 0; ; moment++) {
      world = holdWorld();
      const { own } = world.context;
      const died = await runDying(moment, [own], () => set({ requestId: 'case-1' }), 'writes');
      const id = await set({ requestId: 'case-1' });
      await work(world);
      expect([
        moment,
        await isHeld(EMAIL),
        (await heldSubjects(world.context, 'activity', Infinity)).hasEmail(EMAIL),
      ]).toEqual([moment, true, true]);
      expect(await recipients(world, false, 'open'), String(moment)).toEqual(RECIPIENTS);
      expect(await listHolds(world.context), String(moment)).toMatchObject([{ id, isSealed: true, runs: true }]);
      if (!died) break;
      expect(moment).toBeLessThan(20);
    }
  });
});
