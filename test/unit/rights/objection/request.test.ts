import { describe, expect, it } from 'vitest';
import { setHold } from '../../../../functions/src/erasure/holds.ts';
import { hasObjected, isSuppressed } from '../../../../functions/src/subject/suppression.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { changeHead } from '../../../kit/sealed/ledger.ts';
import {
  answer,
  ask,
  chainOf,
  closeAll,
  contactOf,
  context,
  documentOf,
  headOf,
  mailsTo,
  person,
  recordOf,
  requests,
  shownRequest,
  statesOf,
  takeBack,
  tasks,
  time,
  told,
  useObjections,
  work,
} from './objection.world.ts';

useObjections();

it('a yes after the objection closes the tasks that it ends, and says why; the request is answered', async () => {
  const { uid } = await person();
  for (const purpose of ['userDatabase', 'interestBasedAdvertising']) await answer(uid, true, purpose);
  await ask(uid, { marketing: true });
  await work();
  expect(await tasks()).toHaveLength(2);
  await answer(uid, true, 'userDatabase');
  time.now += 86_400_000;
  await work();
  expect((await tasks()).map(({ for: part }) => part)).toEqual([{ recipient: 'googleAnalytics' }]);
  await answer(uid, true, 'interestBasedAdvertising');
  time.now += 86_400_000;
  await work();
  expect(await tasks()).toEqual([]);
  expect(await recordOf(uid)).toMatchObject({ status: 'completed', reason: 'done' });
});

describe('a request that objects to direct marketing (Art. 21(2) and (3))', () => {
  it('is carried out at once, without an officer: ledger, Brevo, the app’s documents, the answer', async () => {
    const { uid, email } = await person();
    for (const purpose of ['messages', 'userDatabase', 'analytics']) await answer(uid, true, purpose);
    await work();
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false, listIds: [1] });
    await ask(uid, { marketing: true });
    await work();
    expect((await headOf(uid)).current).toEqual({
      ...{
        messages: 'objected',
        userDatabase: 'objected',
        marketingAutomation: 'objected',
        interestBasedAdvertising: 'objected',
      },
      // Measuring the audience is no marketing.
      analytics: 'given',
    });
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true, listIds: [] });
    expect(await documentOf(uid)).toMatchObject({ granted: false, objectedAt: expect.anything() });
    expect(await documentOf(uid, 'analytics')).toMatchObject({ granted: true });
    const { subject, text } = (await shownRequest(uid))?.['reply'] as { subject: string; text: string };
    expect(subject).toContain('our answer');
    expect(text).toContain('We have stopped our advertising to you');
    expect(text).toContain('Newsletters and offers by e-mail');
    expect(text).toMatch(/tell these companies to stop: .*Salesforce/);
    expect((await mailsTo(email)).at(-1)?.textContent).toBe(text);
  });

  it('tells the recipients without an interface by an officer, and is completed when they are told', async () => {
    const { uid } = await person();
    await answer(uid, true, 'messages');
    await answer(uid, true, 'userDatabase');
    await ask(uid, { marketing: true });
    await work();
    const open = await tasks();
    // Nobody ever agreed to targeted advertising: its recipient got nothing.
    expect(open.map(({ for: part }) => part)).toEqual([{ recipient: 'salesforce' }]);
    expect(open[0]?.what['en']).toMatch(/objects to direct marketing.*Customer file/);
    expect(await recordOf(uid)).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
    expect(await shownRequest(uid)).toMatchObject({ status: 'waiting' });
    await closeAll();
    await work();
    expect(await recordOf(uid)).toMatchObject({ status: 'completed', reason: 'done' });
    expect(await shownRequest(uid)).toMatchObject({ status: 'completed' });
  });

  it('of one channel ends that one and the profiling that serves it, and no other', async () => {
    const { uid, email } = await person();
    for (const purpose of ['messages', 'interestBasedAdvertising']) await answer(uid, true, purpose);
    await work();
    await ask(uid, { marketing: true, purpose: 'interestBasedAdvertising' });
    await work();
    expect((await headOf(uid)).current).toMatchObject({ messages: 'given', interestBasedAdvertising: 'objected' });
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false });
  });

  it('needs no answer before it: somebody who was never asked objects as well', async () => {
    const { uid } = await person();
    await ask(uid, { marketing: true });
    await work();
    expect(await statesOf(uid)).toEqual([
      'userDatabase objected',
      'marketingAutomation objected',
      'messages objected',
      'interestBasedAdvertising objected',
    ]);
  });

  it('delivered again, and its job run again, is one act and one message', async () => {
    const { uid, email } = await person();
    await answer(uid, true);
    const deliver = await ask(uid, { marketing: true });
    await deliver();
    await work();
    await deliver();
    await work();
    expect((await statesOf(uid)).filter((one) => one === 'messages objected')).toHaveLength(1);
    expect(await mailsTo(email)).toHaveLength(1);
    expect(await requests()).toHaveLength(1);
  });

  it('ends with a yes in the app: the person is written to again, and that is no second answer', async () => {
    const { uid, email } = await person();
    await answer(uid, true);
    await ask(uid, { marketing: true });
    const before = await documentOf(uid);
    await work();
    // The event of the backend's own no.
    await told(uid, 'messages', before);
    await answer(uid, true);
    await work();
    expect((await statesOf(uid)).filter((one) => one.startsWith('messages'))).toEqual([
      ...['messages given', 'messages objected', 'messages given'],
    ]);
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false, listIds: [1] });
    expect(hasObjected(amikeo, (await headOf(uid)).current)).toBe(false);
  });

  it('leaves a newer answer alone, also if its job runs later', async () => {
    const { uid, email } = await person();
    await answer(uid, true);
    await ask(uid, { marketing: true });
    await answer(uid, false);
    await answer(uid, true);
    await work();
    expect(await documentOf(uid)).toMatchObject({ granted: true });
    expect((await headOf(uid)).current).toMatchObject({ messages: 'given', userDatabase: 'objected' });
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false });
  });

  it('taken back before its job begins objects to nothing; afterwards only a yes ends it', async () => {
    const { uid } = await person();
    await answer(uid, true);
    await ask(uid, { marketing: true });
    await takeBack(uid);
    await work();
    expect((await headOf(uid)).current).toEqual({ messages: 'given' });
    expect(await recordOf(uid)).toMatchObject({ status: 'cancelled' });
    await ask(uid, { marketing: true }, 'r2');
    await work();
    await takeBack(uid, 'r2');
    await work();
    expect((await headOf(uid)).current).toMatchObject({ messages: 'objected' });
    expect(await recordOf(uid, 'r2')).toMatchObject({ status: 'completed' });
  });

  it('waits for no number of other objections', async () => {
    const { uid } = await person();
    for (let n = 0; n < 6; n++) await ask(uid, { purpose: 'hosting' }, `other${n}`);
    await ask(uid, { marketing: true }, 'marketing');
    expect(await recordOf(uid, 'other5')).toMatchObject({ status: 'queued' });
    expect(await recordOf(uid, 'marketing')).toMatchObject({ status: 'in_progress' });
  });

  it('is about marketing alone: one without that word waits for an officer', async () => {
    const { uid } = await person();
    await ask(uid, { marketing: false, text: 'I object' });
    expect(await recordOf(uid)).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
    await work();
    expect((await headOf(uid)).current).toEqual({});
  });
});

describe('an objection of somebody whose erasure has begun', () => {
  it('gets no entry, and is kept by the hash of the address', async () => {
    const { uid, email } = await person();
    await ask(uid, { marketing: true });
    await changeHead(context, chainOf(uid), { ...(await headOf(uid)), erasing: { at: 1, accountCreatedAt: 1 } });
    await work();
    expect(await statesOf(uid)).toEqual([]);
    expect(await isSuppressed(context, email)).toBe(true);
    expect(await tasks()).toEqual([]);
  });
});

describe('a recipient without an interface of an objection to direct marketing (Art. 17(1)(c))', () => {
  const salesforce = async (): Promise<string> =>
    (await tasks()).find(({ for: part }) => 'recipient' in part && part.recipient === 'salesforce')?.what['en'] ?? '';
  const objects = async (hold: boolean): Promise<void> => {
    const { uid } = await person();
    for (const purpose of ['interestBasedAdvertising', 'userDatabase']) await answer(uid, true, purpose);
    const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
    if (hold) await setHold(context, { uid, ground });
    await ask(uid, { marketing: true });
    await work();
  };

  it('is asked to delete, as after a withdrawal, and the officer reads how', async () => {
    await objects(false);
    expect(await salesforce()).toMatch(/delete the data that it needs for nothing else.*search leads, contacts/);
  });

  it('is not asked to delete what a legal hold keeps', async () => {
    await objects(true);
    expect(await salesforce()).toMatch(/It deletes nothing: a legal hold keeps the data/);
    expect(await salesforce()).not.toMatch(/to delete|search leads/);
  });
});
