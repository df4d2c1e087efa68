import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { setHold } from '../../../../functions/src/erasure/holds.ts';
import { setRestriction } from '../../../../functions/src/rights/restriction/set.ts';
import {
  answer,
  ask,
  chainOf,
  closeAll,
  context,
  documentOf,
  headOf,
  mailsTo,
  person,
  recordOf,
  shownRequest,
  statesOf,
  takeBack,
  tasks,
  time,
  useObjections,
  world,
} from './objection.world.ts';
import {
  days,
  found,
  keyOf,
  objector,
  OFFICER,
  recipientJobs,
  refuses,
  restricted,
  running,
  upholds,
  work,
} from './purpose.world.ts';
import { planReply, sendReply } from '../../../../functions/src/rights/answers/reply.ts';
import { nameOfRequest } from '../../../../functions/src/rights/restriction/plan.ts';

useObjections();

const NOTHING = { all: false, purposes: [] };

const entriesOf = async (uid: string, kind: string): Promise<string[]> => {
  const entries = context.clients
    .own()
    .collection(`ledger/${chainOf(uid)}/entries`)
    .orderBy('seq');
  return (await entries.get()).docs.flatMap((one) => (one.get('kind') === kind ? [String(one.get('state'))] : []));
};

describe('an objection to a purpose (Art. 21(1))', () => {
  it('pauses that purpose at once and no other, by one restriction with its ground and its request', async () => {
    const { uid, key } = await objector();
    expect(await recordOf(uid)).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
    expect(await restricted(uid)).toEqual({ all: false, purposes: ['monitoring'] });
    expect(await running(uid)).toMatchObject([{ purposes: ['monitoring'], ground: 'objection', request: key }]);
    const asked = (await tasks()).map(({ for: part }) => ('recipient' in part ? part.recipient : '')).sort();
    expect(asked).toEqual(['crashlytics', 'logentries', 'newRelic']);
    expect((await headOf(uid)).current).toEqual({});
  });

  it.each([
    ['a contract, since the policy promises it', 'activityData', ['activityData']],
    ['a consent, which nobody goes on with', 'analytics', ['analytics']],
    ['a law, which goes on', 'legalObligations', []],
    ['nothing that the policy knows', 'horoscopes', []],
  ])('to a purpose that rests on %s', async (_basis, purpose, purposes) => {
    const { uid } = await objector(purpose);
    expect(await restricted(uid)).toEqual({ all: false, purposes });
    expect(await recordOf(uid)).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
  });

  it('to a channel of direct marketing is carried out at once, also without the word marketing', async () => {
    const { uid, email } = await person();
    await answer(uid, true);
    await answer(uid, true, 'userDatabase');
    await ask(uid, { purpose: 'messages' });
    await work();
    expect((await headOf(uid)).current).toMatchObject({ messages: 'objected', userDatabase: 'objected' });
    expect(await running(uid)).toEqual([]);
    expect((await mailsTo(email))[0]?.textContent).toContain('stopped our advertising');
    // The profiling alone leaves the messages as they are.
    const other = await person();
    await answer(other.uid, true);
    await ask(other.uid, { purpose: 'userDatabase' });
    await work();
    expect((await headOf(other.uid)).current).toEqual({ messages: 'given', userDatabase: 'objected' });
  });

  it('beyond those that begin in a day pauses its purpose when it begins', async () => {
    const { uid } = await person();
    for (let n = 0; n < 5; n++) await ask(uid, { text: 'No.' }, `other${n}`);
    await ask(uid, { purpose: 'monitoring' });
    await work();
    expect(await recordOf(uid)).toMatchObject({ status: 'queued' });
    expect(await restricted(uid)).toEqual(NOTHING);
    await days(2);
    expect(await recordOf(uid)).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
    expect(await restricted(uid)).toEqual({ all: false, purposes: ['monitoring'] });
  });

  it('is not answered by a letter that says it has stopped, as long as it has not', async () => {
    const { uid, key } = await objector();
    const order = { kind: 'answered', result: 'done' } as const;
    expect(await planReply(context, await found(key), { order })).toEqual({ ok: false, because: 'notUpheld' });
    expect(await restricted(uid)).not.toEqual(NOTHING);
  });
});

describe('an objection that an officer upholds', () => {
  it('ends the purpose for good: ledger, document, recipients, letter; then the restriction ends', async () => {
    const { uid, email } = await person();
    await answer(uid, true, 'monitoring');
    const before = await documentOf(uid, 'monitoring');
    expect(before).toMatchObject({ granted: true });
    await ask(uid, { purpose: 'monitoring' });
    await work();
    expect(await upholds(keyOf(uid))).toMatchObject({ ok: true });
    expect(await shownRequest(uid)).toMatchObject({ status: 'in_progress' });
    await work();
    expect((await headOf(uid)).current).toMatchObject({ monitoring: 'objected' });
    expect(await documentOf(uid, 'monitoring')).toMatchObject({ granted: false, objectedAt: expect.any(Timestamp) });
    expect(await running(uid)).toEqual([]);
    // They were told to pause, and hear now that it never goes on.
    expect(await recipientJobs('over')).toBe(0);
    const open = (await tasks()).filter(({ status }) => status === 'open');
    expect(open.map(({ what }) => what['en']).sort()).toEqual([
      expect.stringMatching(/^Crashlytics.*for good/),
      expect.stringMatching(/^Logentries.*for good/),
      expect.stringMatching(/^New Relic.*for good/),
    ]);
    const { text } = (await shownRequest(uid))?.['reply'] as { text: string };
    expect(text).toContain('We have stopped what you said no to.\n- Monitoring of the infrastructure');
    expect(text).toContain('You can say yes again in the app');
    expect(text).not.toContain('advertising');
    expect((await mailsTo(email)).map((one) => one.textContent)).toEqual([text]);
    await closeAll();
    await work();
    expect(await recordOf(uid)).toMatchObject({ status: 'completed', reason: 'done' });
    expect(await entriesOf(uid, 'request')).toEqual([
      ...['objection.requested', 'objection.upheld', 'objection.answered'],
    ]);
    expect(await entriesOf(uid, 'statement')).toEqual(['set', 'ended']);
  });

  it('leaves nothing paused if the person says yes before the answer has left: the purpose goes on', async () => {
    const { uid } = await person();
    await answer(uid, true, 'monitoring');
    await ask(uid, { purpose: 'monitoring' });
    await work();
    expect(await upholds(keyOf(uid))).toMatchObject({ ok: true });
    time.now += 60_000;
    for (const granted of [false, true]) await answer(uid, granted, 'monitoring');
    await work();
    expect((await headOf(uid)).current).toMatchObject({ monitoring: 'given' });
    expect(await running(uid)).toEqual([]);
    expect(await restricted(uid)).toEqual(NOTHING);
  });

  it('asks nobody to delete data that a legal hold keeps', async () => {
    const { uid, key } = await objector();
    const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
    await setHold(context, { uid, ground });
    await upholds(key);
    await work();
    const all = (await tasks()).filter(({ job }) => job.startsWith('object_')).map(({ what }) => what['en']);
    expect(all).toHaveLength(3);
    for (const what of all) expect(what).toContain('It deletes nothing: a legal hold keeps the data');
  });

  it('ends the data of that purpose, which the restriction had only kept', async () => {
    const { uid } = await person();
    await answer(uid, true, 'analytics');
    const row = context.clients.app().doc(`users/${uid}/usageEvents/e`);
    await row.set({ createdAt: Timestamp.fromMillis(time.now) });
    await ask(uid, { purpose: 'analytics' });
    await work();
    expect((await row.get()).exists).toBe(true);
    await upholds(keyOf(uid));
    await work();
    await days(2);
    expect((await row.get()).exists).toBe(false);
    expect(await statesOf(uid)).toEqual(['analytics given', 'analytics objected']);
  });

  it('of a purpose that the app never asks promises no yes in the app', async () => {
    const { uid, key } = await objector('activityData');
    await upholds(key);
    await work();
    const { text } = (await shownRequest(uid))?.['reply'] as { text: string };
    expect(text).toContain('because our privacy policy says so');
    expect(text).not.toContain('say yes again');
    expect((await headOf(uid)).current).toEqual({ activityData: 'objected' });
    await closeAll();
    await work();
    expect(await recordOf(uid)).toMatchObject({ status: 'completed', reason: 'done' });
  });

  it('of somebody without a mailbox and a document waits for a letter by post, and stays paused until then', async () => {
    const { uid, key } = await objector();
    world.sign(uid, { email: `${uid}@example.com`, emailVerified: false });
    await upholds(key);
    await context.clients.app().doc(`users/${uid}/privacyRequests/r1`).delete();
    await work();
    expect(await recordOf(uid)).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
    expect(await running(uid)).toHaveLength(1);
    const order = { kind: 'answered', result: 'done' } as const;
    const planned = await planReply(context, await found(key), { order });
    if (!planned.ok) throw new Error(planned.because);
    expect(planned.reply).toMatchObject({ app: false, mail: false });
    expect(planned.reply.text).toContain('We have stopped what you said no to.');
    await sendReply(context, await found(key), planned.reply, OFFICER);
    await work();
    expect(await running(uid)).toEqual([]);
    expect(await recordOf(uid)).toMatchObject({ status: 'completed', reason: 'done' });
  });

  it('that was taken back before its job began ends nothing, and the pause ends with a message', async () => {
    const { uid, key } = await objector();
    await upholds(key);
    await takeBack(uid);
    await work();
    expect((await headOf(uid)).current).toEqual({});
    expect(await recordOf(uid)).toMatchObject({ status: 'cancelled' });
    expect(await running(uid)).toHaveLength(1);
    await days(10);
    expect(await running(uid)).toEqual([]);
  });

  it.each<[string, object, string | undefined, string]>([
    ['nothing that the policy knows', { purpose: 'horoscopes' }, undefined, 'noPurpose'],
    ['nothing', { text: 'No!' }, undefined, 'noPurpose'],
    ['the service itself', { purpose: 'coreService' }, undefined, 'byHand'],
    ['a law', { purpose: 'legalObligations' }, undefined, 'byHand'],
    ['another purpose than the paused one', { purpose: 'monitoring' }, 'contact', 'wider'],
  ])('is refused if it is about %s', async (_what, details, purpose, because) => {
    const { uid } = await person();
    await ask(uid, details);
    await work();
    expect(await upholds(keyOf(uid), purpose)).toEqual({ ok: false, because });
    expect(await recordOf(uid)).toMatchObject({ status: 'waiting' });
  });

  it('names nothing, and the officer reads the purpose in its words', async () => {
    const { uid } = await person();
    await ask(uid, { text: 'Stop watching the servers for me.' });
    await work();
    expect(await upholds(keyOf(uid), 'monitoring')).toMatchObject({ ok: true });
    await work();
    expect((await headOf(uid)).current).toEqual({ monitoring: 'objected' });
  });

  it('is decided after the pause, and once', async () => {
    const { uid } = await person();
    await ask(uid, { purpose: 'monitoring' });
    expect(await upholds(keyOf(uid))).toEqual({ ok: false, because: 'working' });
    await work();
    await upholds(keyOf(uid));
    expect(await upholds(keyOf(uid))).toEqual({ ok: false, because: 'working' });
    expect(await refuses(keyOf(uid))).toEqual({ ok: false, because: 'working' });
  });

  it('is not extended by a letter that would take the place of its answer', async () => {
    const { uid } = await person();
    await ask(uid, { purpose: 'monitoring' });
    await work();
    const { rights } = context.policy;
    const extension = { period: 'P2M', source: { kind: 'statute', reference: 'GDPR Art. 12(3)' } } as const;
    const answerWithin = { ...rights.answerWithin, extension };
    const longer = { ...context, policy: { ...context.policy, rights: { ...rights, answerWithin } } };
    const order = { kind: 'extended', by: 'P1M', reason: 'complexity' } as const;
    expect(await planReply(longer, await found(keyOf(uid)), { order })).toMatchObject({ ok: true });
    await upholds(keyOf(uid));
    await work();
    expect(await planReply(longer, await found(keyOf(uid)), { order })).toEqual({ ok: false, because: 'working' });
    expect((await shownRequest(uid))?.['reply']).toMatchObject({ kind: 'answered' });
  });

  it('whose restriction was made wider stops nothing that would then begin again', async () => {
    const { uid, key } = await objector();
    const name = nameOfRequest(key, context.keys);
    const purposes = ['monitoring', 'contact'];
    await setRestriction(
      context,
      { uid, name, purposes, ground: 'objection', request: key },
      {
        actor: 'officer',
        officer: OFFICER,
      },
    );
    expect(await upholds(key)).toEqual({ ok: false, because: 'wider' });
  });
});
