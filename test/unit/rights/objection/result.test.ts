import { describe, expect, it } from 'vitest';
import { closeTask } from '../../../../functions/src/officerTasks/store.ts';
import { beginObjection } from '../../../../functions/src/rights/objection/begin.ts';
import { objectedPurposes, ordersOf } from '../../../../functions/src/rights/objection/plan.ts';
import { noteAddress } from '../../../../functions/src/subject/addresses.ts';
import { addressPseudonym } from '../../../../functions/src/subject/emails.ts';
import {
  answer,
  ask,
  contactOf,
  context,
  headOf,
  jobs,
  mailsTo,
  person,
  recordOf,
  requests,
  shownRequest,
  tasks,
  time,
  useObjections,
  work,
  world,
} from './objection.world.ts';

useObjections();

/** The words of the answer that the app shows. */
const wordsOf = async (uid: string): Promise<string> =>
  String(((await shownRequest(uid))?.['reply'] as { text?: string } | undefined)?.text);

const recipients = async (): Promise<string[]> =>
  (await tasks()).flatMap(({ for: part, status }) =>
    'recipient' in part && status === 'open' ? [part.recipient] : [],
  );

describe('an objection that a later yes has ended', () => {
  it('says so, stops nothing and asks no company to stop', async () => {
    const { uid } = await person();
    const purpose = 'interestBasedAdvertising';
    await answer(uid, true, purpose);
    await ask(uid, { marketing: true, purpose });
    await answer(uid, false, purpose);
    await answer(uid, true, purpose);
    await work();
    const text = await wordsOf(uid);
    expect(text).toContain('said yes to this again');
    expect(text).not.toContain('We have stopped');
    expect(text).not.toContain('companies');
    expect(await tasks()).toEqual([]);
    expect(await recordOf(uid)).toMatchObject({ status: 'completed', reason: 'saidYes' });
  });

  it('in one part says which part has stopped and which goes on', async () => {
    const { uid } = await person();
    for (const purpose of ['messages', 'userDatabase']) await answer(uid, true, purpose);
    await ask(uid, { marketing: true });
    await answer(uid, false, 'userDatabase');
    await answer(uid, true, 'userDatabase');
    await work();
    const [stopped = '', goesOn = ''] = (await wordsOf(uid)).split('said yes to this again');
    expect([stopped.includes('Newsletters'), stopped.includes('Customer file')]).toEqual([true, false]);
    expect([goesOn.includes('Newsletters'), goesOn.includes('Customer file')]).toEqual([false, true]);
    expect(await recipients()).toEqual([]);
  });

  it('also between two of its steps: an order of before is no task', async () => {
    const { uid } = await person();
    for (const purpose of ['messages', 'userDatabase']) await answer(uid, true, purpose);
    await ask(uid, { marketing: true });
    await work();
    const job = (await jobs()).find(({ id }) => id.startsWith('object_'));
    if (job === undefined) throw new Error('no job carries the objection out');
    const input = { ...job.input, purposes: ['messages', 'userDatabase'], at: time.now } as never;
    const head = await headOf(uid);
    const orders = (current: object) =>
      ordersOf(
        context.policy,
        { ...job, input },
        {
          head: { ...head, current: { ...head.current, ...current } },
          holds: [],
        },
      );
    expect(orders({}).map(({ for: part }) => part)).toEqual([{ recipient: 'salesforce' }]);
    expect(orders({ userDatabase: 'given' })).toEqual([]);
  });

  it('after the letter closes the open task: no company is told to stop what the person wants', async () => {
    const { uid } = await person();
    for (const purpose of ['messages', 'userDatabase']) await answer(uid, true, purpose);
    await ask(uid, { marketing: true });
    await work();
    expect(await recipients()).toEqual(['salesforce']);
    await answer(uid, true, 'userDatabase');
    time.now += 86_400_000;
    await work();
    expect((await headOf(uid)).current['userDatabase']).toBe('given');
    expect(await recipients()).toEqual([]);
    expect(await recordOf(uid)).toMatchObject({ status: 'completed' });
  });
});

describe('a company that does not stop', () => {
  /** Somebody who was told that a company is asked to stop; and the task to ask it. */
  async function told(): Promise<{ uid: string; email: string; task: string }> {
    const { uid, email } = await person();
    for (const purpose of ['messages', 'userDatabase']) await answer(uid, true, purpose);
    await ask(uid, { marketing: true });
    await work();
    expect(await wordsOf(uid)).toContain('We also tell these companies to stop: Salesforce');
    const [task] = await tasks();
    return { uid, email, task: task?.id ?? '' };
  }
  const close = async (id: string, as: 'done' | 'refused' | 'unconfirmed'): Promise<void> => {
    await closeTask(context, id, { as, by: 'v1_officer', note: 'they wrote back' }, time.now);
    await work();
  };

  it.each([
    ['refused', 'These companies have not stopped: Salesforce'],
    ['unconfirmed', 'We do not know if these companies have stopped: Salesforce'],
  ] as const)('%s: a last answer names it, with all that the first one said', async (as, words) => {
    const { uid, email, task } = await told();
    expect(await mailsTo(email)).toHaveLength(1);
    await close(task, as);
    const text = await wordsOf(uid);
    expect(text).toContain(words);
    expect(text).toContain('We have stopped this:');
    expect(text).not.toContain('We also tell');
    expect(text).not.toContain('they wrote back');
    expect(await mailsTo(email)).toHaveLength(2);
    expect(await recordOf(uid)).toMatchObject({ status: 'completed', reason: 'partly', reply: { end: 'sent' } });
    await work();
    expect(await mailsTo(email)).toHaveLength(2);
  });

  it('is not written about if it stops: the first answer stays true', async () => {
    const { uid, email, task } = await told();
    await close(task, 'done');
    expect(await mailsTo(email)).toHaveLength(1);
    expect(await recordOf(uid)).toMatchObject({ status: 'completed', reason: 'done' });
  });
});

describe('messages that the machine cannot stop', () => {
  /** An account whose address Auth has not verified, and a contact of that address. */
  async function unverified(): Promise<{ uid: string; email: string }> {
    const { uid, email } = await person();
    world.sign(uid, { email, emailVerified: false });
    await world.contact({ email });
    await ask(uid, { marketing: true });
    await work();
    return { uid, email };
  }

  it('are not said to have stopped: the letter names the day by which an officer does', async () => {
    const { uid, email } = await unverified();
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false });
    const [stopped = '', byHand = ''] = (await wordsOf(uid)).split('by hand, by');
    expect(stopped).not.toContain('Newsletters and offers by e-mail');
    expect(byHand).toContain('Newsletters and offers by e-mail');
    expect(await recordOf(uid)).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
  });

  it('are named in a last answer if nobody has confirmed that they stopped', async () => {
    const { uid } = await unverified();
    for (const { id } of await tasks()) await closeTask(context, id, { as: 'unconfirmed', by: 'v1_officer' }, time.now);
    await work();
    const [, left = ''] = (await wordsOf(uid)).split('We do not know if we have stopped this');
    expect(left).toContain('Newsletters and offers by e-mail');
    expect(await recordOf(uid)).toMatchObject({ status: 'completed', reason: 'partly' });
  });

  it('complete the request once the officer has stopped them', async () => {
    const { uid } = await unverified();
    for (const { id } of await tasks()) await closeTask(context, id, { as: 'done', by: 'v1_officer' }, time.now);
    await work();
    expect(await recordOf(uid)).toMatchObject({ status: 'completed', reason: 'done' });
  });
});

it('a mailbox stops the messages to itself, also if the contact names an account that has left it', async () => {
  const email = 'former.address@example.com';
  await world.contact({ email, ext_id: 'movedAway' });
  await beginObjection(context, {
    ...{ uid: '', chain: addressPseudonym(email, context.keys), requestId: 'link-1', channel: 'link', at: time.now },
    subjectKey: await noteAddress(context, email),
    purposes: objectedPurposes(context.policy, undefined),
  });
  await work();
  expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true });
  expect(await requests()).toMatchObject([{ channel: 'link' }]);
});

it('a yes while Brevo is being told the no is carried out in the end', async () => {
  const { uid, email } = await person();
  await answer(uid, true);
  await work();
  await ask(uid, { marketing: true });
  const { contacts } = await context.clients.brevo();
  const change = contacts.updateContact.bind(contacts);
  let isFirst = true;
  Object.assign(contacts, {
    updateContact: async (...call: Parameters<typeof change>) => {
      if (isFirst && call[0].emailBlacklisted === true) {
        isFirst = false;
        // The yes and its effects overtake the call that blocks.
        await answer(uid, true);
        await work(2);
      }
      await change(...call);
    },
  });
  await work();
  Object.assign(contacts, { updateContact: change });
  expect(isFirst).toBe(false);
  expect((await headOf(uid)).current['messages']).toBe('given');
  expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false, listIds: [1] });
  expect((await mailsTo(email)).at(-1)?.textContent).toContain('said yes to this again');
});
