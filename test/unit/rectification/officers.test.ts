import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { closeTask, listTasks, loadSheet } from '../../../functions/src/officerTasks/store.ts';
import { openContent } from '../../../functions/src/officerTasks/sheet.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { carryForRequest } from '../../../functions/src/rectification/start.ts';
import { rectifyRunner } from '../../../functions/src/rectification/steps.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';
import { sheetKeys } from '../officerTasks/helpers.ts';
import { EMAIL, memoryWorld, NOW, UID } from './world.ts';

/** AMIKEO's policy, in which one recipient is told of each change, and no system has a value. */
const policy: Policy = structuredClone(amikeo);
for (const record of Object.values(policy.records)) delete record.mirrors;
const { salesforce } = policy.recipients;
if (salesforce?.mirrors !== undefined) salesforce.mirrors = { ...salesforce.mirrors, after: 'change' };

function open() {
  const at = memoryWorld(policy);
  const run = async (): Promise<void> => {
    for (const { id } of await at.jobs()) await runJob(at.context, { rectify: async (c) => rectifyRunner(c) }, id);
  };
  const tasks = async () => (await listTasks(at.context)).tasks;
  const next = async (): Promise<void> => {
    at.context.time.now += DAY_MS + 10_000;
    await run();
  };
  return { ...at, run, tasks, next };
}

describe('a recipient without an interface', () => {
  it('is told by an officer, who gets a task and a sheet, once a day at most (Art. 19)', async () => {
    const { context, write, tasks, next } = open();
    await write({ firstName: 'Ada', lastName: 'Byron' });
    for (const lastName of ['Lovelace', 'King', 'Noel']) await write({ firstName: 'Ada', lastName });
    await next();
    const made = await tasks();
    expect(made.map((task) => task.for)).toEqual([{ recipient: 'salesforce' }]);
    const [task] = made;
    if (task === undefined) throw new Error('no task');
    expect(task.what['en']).toMatch(
      /verified e-mail address of the account, firstName, lastName, company, phone\..*Salesforce/,
    );
    const sheet = await loadSheet(context, task);
    const content = openContent(task.id, sheet?.data() ?? {}, { 1: sheetKeys.privateKey });
    expect(content.known).toEqual([{ kind: 'email', value: EMAIL, proven: true }]);
  });

  it('never has a corrected value in job, task or sheet: the officer reads the profile', async () => {
    const { context, write, jobs, tasks, next } = open();
    await write({ firstName: 'Ada', lastName: 'Byron' });
    await write({ firstName: 'Ada', lastName: 'Lovelace' });
    await next();
    expect(JSON.stringify([await jobs(), await tasks(), context.logged])).not.toMatch(/Lovelace|Byron|@/);
  });

  it('counts as told when the officer says so, and not before', async () => {
    const { context, write, jobs, tasks, next, run } = open();
    await write({ firstName: 'Ada', lastName: 'Byron' });
    await write({ firstName: 'Ada', lastName: 'Lovelace' });
    await next();
    expect(await jobs()).toMatchObject([
      { status: 'waiting', steps: { officers: { outcomes: [{ outcome: 'manual' }] } } },
    ]);
    const [task] = await tasks();
    const closing = { as: 'done', by: 'officer' } as const;
    expect((await closeTask({ ...context, policy }, task?.id ?? '', closing, context.now())).ok).toBe(true);
    await run();
    expect(await jobs()).toMatchObject([
      { status: 'completed', steps: { officers: { outcomes: [{ outcome: 'done', how: 'confirmed' }] } } },
    ]);
  });

  it('of somebody who is erased meanwhile is asked nothing more: the task ends, and its sheet goes', async () => {
    const { context, chain, write, jobs, tasks, next } = open();
    await write({ firstName: 'Ada', lastName: 'Byron' });
    await write({ firstName: 'Ada', lastName: 'Lovelace' });
    await next();
    await changeHead(context, chain, { erasing: { at: NOW, accountCreatedAt: 0 } });
    await next();
    expect(await tasks()).toEqual([]);
    expect((await context.own.collection('officerSheets').get()).size).toBe(0);
    expect(await jobs()).toMatchObject([{ status: 'completed' }]);
  });

  it('that is told only of requests hears of no change, and of a request at once', async () => {
    const { context, write, tasks, next } = open();
    await write({ firstName: 'Ada', lastName: 'Byron' });
    await write({ firstName: 'Ada', lastName: 'Lovelace' });
    await carryForRequest(context, { uid: UID, request: { key: 'v1_key', round: 0 } });
    await next();
    const told = (await tasks()).map((task) => ('recipient' in task.for ? task.for.recipient : ''));
    expect(told.sort()).toEqual(['heroku', 'salesforce', 'salesforce', 'zendesk']);
  });
});
