import { describe, expect, it } from 'vitest';
import {
  closeOver,
  closeTask,
  listTasks,
  loadSheet,
  loadTask,
  makeTasks,
} from '../../../functions/src/officerTasks/store.ts';
import { isOver } from '../../../functions/src/officerTasks/plan.ts';
import { openContent, sheetContent } from '../../../functions/src/officerTasks/sheet.ts';
import { taskId } from '../../../functions/src/officerTasks/task.ts';
import { sealed } from '../../../functions/src/crypto/seal.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import type { ProvenEmail } from '../../../functions/src/subject/identity.ts';
import { idsOf, NOW, order, policy, sheetKeys, subject, taskContext } from './helpers.ts';

const opened = async (context: ReturnType<typeof taskContext>, id: string): Promise<unknown> => {
  const task = await loadTask(context, id);
  const data = task && (await loadSheet(context, task))?.data();
  return data && openContent(id, data, { 1: sheetKeys.privateKey });
};

describe('a task of an officer', () => {
  it('is made once, with a sheet that says only what the recipient knows', async () => {
    const context = taskContext();
    const orders = [
      order(context, { recipient: 'zendesk' }),
      order(context, { recipient: 'googleAnalytics' }),
      order(context, { record: 'stripeCustomers' }),
    ];
    const [zendesk, analytics] = await makeTasks(context, orders, subject);
    await makeTasks(context, orders, subject);
    expect((await idsOf(context, 'officerTasks')).length).toBe(3);
    expect(await idsOf(context, 'officerSheets')).toEqual(await idsOf(context, 'officerTasks'));
    expect(await opened(context, zendesk?.id ?? '')).toEqual({
      known: [{ kind: 'email', value: 'ada@example.com', proven: true }],
    });
    expect(await opened(context, analytics?.id ?? '')).toEqual({
      known: [{ kind: 'installation', value: subject.installations?.[0], proven: false }],
    });
    const stored = JSON.stringify(
      (await context.clients.own().collection('officerSheets').get()).docs.map((d) => d.data()),
    );
    expect(stored).not.toContain('ada@');
    expect(zendesk?.until).toBe(Date.UTC(2026, 7, 30));
  });

  it('has an id that no command takes for an option', () => {
    const context = taskContext();
    const ids = Array.from({ length: 200 }, (_, jobCreatedAt) =>
      taskId({ ...order(context, { recipient: 'zendesk' }), jobCreatedAt }, context.keys),
    );
    expect(ids.filter((id) => id.startsWith('-'))).toEqual([]);
  });

  it('closes once, and its sheet goes with it: the first answer counts', async () => {
    const context = taskContext();
    const [task] = await makeTasks(context, [order(context, { recipient: 'zendesk' })], subject);
    const id = task?.id ?? '';
    expect(
      await closeTask(context, id, { as: 'done', by: 'v1_officer', note: 'case 12' }, NOW, { isDry: true }),
    ).toMatchObject({ ok: true });
    expect(await idsOf(context, 'officerSheets')).toEqual([id]);
    expect(await closeTask(context, id, { as: 'done', by: 'v1_officer', note: 'case 12' }, NOW)).toMatchObject({
      ok: true,
    });
    expect(await closeTask(context, id, { as: 'unconfirmed', by: 'backend' }, NOW)).toEqual({
      ok: false,
      because: 'closed',
    });
    expect(await loadTask(context, id)).toMatchObject({ status: 'done', closedBy: 'v1_officer', note: 'case 12' });
    expect(await idsOf(context, 'officerSheets')).toEqual([]);
    // Made again, it stays closed, and no sheet comes back.
    await makeTasks(context, [order(context, { recipient: 'zendesk' })], subject);
    expect(await loadTask(context, id)).toMatchObject({ status: 'done' });
    expect(await idsOf(context, 'officerSheets')).toEqual([]);
  });

  it('is impossible or disproportionate for a controller of its own alone, and with a reason', async () => {
    const context = taskContext();
    const parts = [{ recipient: 'zendesk' }, { recipient: 'salesforce' }, { record: 'profile' }] as const;
    const tasks = await makeTasks(
      context,
      parts.map((part) => order(context, part)),
      subject,
    );
    const close = (n: number, note?: string) =>
      closeTask(
        context,
        tasks[n]?.id ?? '',
        { as: 'impossible', by: 'o', ...(note === undefined ? {} : { note }) },
        NOW,
      );
    expect(await close(1, 'they are gone')).toEqual({ ok: false, because: 'notAController' });
    expect(await close(2, 'they are gone')).toEqual({ ok: false, because: 'notAController' });
    expect(await close(0)).toEqual({ ok: false, because: 'noReason' });
    expect(await close(0, ' ')).toEqual({ ok: false, because: 'noReason' });
    expect(await close(0, 'the company was dissolved')).toMatchObject({ ok: true, task: { status: 'impossible' } });
  });

  it('is unconfirmed when its time is over, by the backend, with one line of the log', async () => {
    const context = taskContext();
    const made = await makeTasks(context, [order(context, { recipient: 'zendesk' })], subject);
    expect(await closeOver(context, made)).toEqual(made);
    context.time.now = NOW + 91 * DAY_MS;
    const [after] = await closeOver(context, made);
    expect(after).toMatchObject({ status: 'unconfirmed', closedBy: 'backend' });
    expect(await idsOf(context, 'officerSheets')).toEqual([]);
    expect(context.logged.filter((line) => line.includes('time of officers'))).toHaveLength(1);
  });

  it('is over at the very moment that it names, and not before', async () => {
    const context = taskContext();
    const [task] = await makeTasks(context, [order(context, { recipient: 'zendesk' })], subject);
    if (task === undefined) throw new Error('no task');
    expect([isOver(task, task.until - 1), isOver(task, task.until)]).toEqual([false, true]);
  });

  it('that somebody else wrote is none: it is told, and made anew; so is a lost or forged sheet', async () => {
    const context = taskContext();
    const orders = [order(context, { recipient: 'zendesk' }), order(context, { recipient: 'salesforce' })];
    const [zendesk, salesforce] = await makeTasks(context, orders, subject);
    const own = context.clients.own();
    const ref = own.doc(`officerTasks/${zendesk?.id ?? ''}`);
    await ref.update({ status: 'done' });
    await own.doc(`officerSheets/${salesforce?.id ?? ''}`).delete();
    expect(await listTasks(context)).toMatchObject({ forged: [] });
    expect((await listTasks(context, { job: 'erasure_x' })).forged).toEqual([zendesk?.id]);
    expect(await closeTask(context, zendesk?.id ?? '', { as: 'done', by: 'o' }, NOW)).toEqual({
      ok: false,
      because: 'unknown',
    });
    await makeTasks(context, orders, subject);
    expect(await loadTask(context, zendesk?.id ?? '')).toMatchObject({ status: 'open' });
    expect(await opened(context, salesforce?.id ?? '')).toMatchObject({ known: [{ kind: 'email' }] });
    // Sealed, and of no shape that there is: nothing acts by it.
    await ref.set(sealed(ref.path, { status: 'done', closedBy: 'o' }, context.keys));
    expect(await loadTask(context, zendesk?.id ?? '')).toBeUndefined();
  });

  it('is not made without a public key: an officer could find nobody', async () => {
    const context = taskContext();
    const without = { ...context, config: { ...context.config, officerSheetKey: undefined } };
    await expect(makeTasks(without, [order(context, { recipient: 'zendesk' })], subject)).rejects.toMatchObject({
      code: 'officer.sheetKey',
    });
    expect(await idsOf(context, 'officerTasks')).toEqual([]);
  });
});

describe('a sheet says', () => {
  const known = (knownBy: readonly string[] | undefined, who = subject) => {
    const { zendesk } = policy.recipients;
    const recipients = zendesk ? { zendesk: { ...zendesk, ...(knownBy && { knownBy: [...knownBy] }) } } : {};
    return sheetContent({ ...policy, recipients }, { recipient: 'zendesk' }, who).known.map(
      ({ kind, value }) => `${kind} ${value}`,
    );
  };
  const more = { ...subject, providerIds: { zendeskUser: '77', stripeCustomer: 'cus_1' } };

  it('the recipient’s own id alone, if one is known', () => {
    expect(known(['zendeskUser', 'email'], more)).toEqual(['zendeskUser 77']);
    expect(known(['zendeskUser', 'email'])).toEqual(['email ada@example.com']);
  });
  it('addresses, if the policy does not say by what it knows people', () =>
    expect(known(undefined, more)).toEqual(['email ada@example.com']));
  it('an address that was theirs once, and that it proves nothing', () => {
    const unproven = [{ kind: 'email', value: 'old@example.com', reason: 'formerAddress' }] as const;
    const { known: all } = sheetContent(policy, { recipient: 'zendesk' }, { ...subject, unproven });
    expect(all).toEqual([
      { kind: 'email', value: 'ada@example.com', proven: true },
      { kind: 'email', value: 'old@example.com', proven: false },
    ]);
  });
  it('for a part of an export no former address to a recipient, and to the officer who looks at a system all of them', () => {
    const unproven = [{ kind: 'email', value: 'old@example.com', reason: 'formerAddress' }] as const;
    const of = (part: string) =>
      sheetContent(policy, { part }, { ...more, unproven }).known.map(({ kind, value }) => `${kind} ${value}`);
    expect(of('zendesk')).toEqual(['email ada@example.com']);
    // A recipient with an interface has the id of its system.
    for (const part of ['stripe', 'profile', 'consentReceipt'])
      expect(of(part)).toEqual([
        ...['stripeCustomer cus_1', 'uid ada'],
        ...['email ada@example.com', 'email old@example.com'],
      ]);
  });
  it('to an officer who looks at rows the id that a server wrote, and that it proves nothing alone', () => {
    const { known: all } = sheetContent(policy, { record: 'stripeCustomer' }, more);
    expect(all[0]).toEqual({ kind: 'stripeCustomer', value: 'cus_1', proven: false });
  });
  it('nothing of a person of whom nothing is known', () =>
    expect(known(['uid', 'phone'], { uid: '', verifiedEmails: [] as ProvenEmail[], providerIds: {} })).toEqual([]));
});
