import { deleteApp, getApp, getApps, initializeApp } from 'firebase-admin/app';
import { getFunctions, type TaskQueue } from 'firebase-admin/functions';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as functions from '../../../functions/src/index.ts';
import { deployment } from '../../../functions/src/deployment.generated.ts';
import { taskOptions } from '../../../functions/src/options.ts';
import { cloudTasks } from '../../../functions/src/platform/queue.ts';
import { budgetMsOf, leaseMsOf, queues, type QueueName } from '../../../functions/src/platform/queues.ts';
import { isAmikeo } from '../../kit/amikeo.ts';

const enqueued: unknown[] = [];
const asked: string[] = [];
beforeAll(() => {
  const isThere = getApps().some(({ name }) => name === '[DEFAULT]');
  const app = isThere ? getApp() : initializeApp({ projectId: 'demo-queues' });
  vi.spyOn(getFunctions(app), 'taskQueue').mockImplementation((name) => {
    asked.push(name);
    const enqueue = async (...call: unknown[]) => void enqueued.push(call);
    return { enqueue } as unknown as TaskQueue<object>;
  });
  return isThere ? undefined : () => deleteApp(app);
});

const names = Object.keys(queues) as QueueName[];

describe('the queues', () => {
  it.each(names)('%s: the budget ends before the function, and the function before the lease', (queue) => {
    const timeoutMs = queues[queue].timeoutSeconds * 1000;
    expect(budgetMsOf(queue)).toBeLessThan(timeoutMs);
    expect(leaseMsOf(queue)).toBeGreaterThan(timeoutMs);
  });

  it.each(names)('%s: Cloud Tasks waits for as long as the function may run', async (queue) => {
    const { timeoutSeconds } = taskOptions(queue, deployment);
    await cloudTasks('acme').enqueue(queue, 'a job');
    expect(enqueued.pop()).toEqual([{ jobId: 'a job' }, { dispatchDeadlineSeconds: timeoutSeconds }]);
    expect(timeoutSeconds).toBeLessThanOrEqual(1800);
  });

  it.each([
    ['compliance', 'compliance-exportTask'],
    ['acme', 'acme-exportTask'],
  ])('with the prefix %j one is called %s, as its function is', async (prefix, name) => {
    await cloudTasks(prefix).enqueue('exportTask', 'a job');
    expect(asked.pop()).toBe(`locations/europe-west1/functions/${name}`);
  });

  it('each has its function, and each task function its queue', () => {
    const tasks = Object.entries(functions).flatMap(([name, made]) =>
      made !== undefined && 'taskQueueTrigger' in made.__endpoint ? [name] : [],
    );
    expect(tasks.sort()).toEqual([...names].sort());
  });

  it.skipIf(!isAmikeo)('only functions that sign have the key of signatures, and each secret is named once', () => {
    const secretsOf = (queue: QueueName) =>
      (taskOptions(queue, deployment).secrets as { name: string }[]).map(({ name }) => name);
    expect(Object.fromEntries(names.map((queue) => [queue, secretsOf(queue)]))).toEqual({
      erasureTask: ['PSEUDONYM_KEY_V1', 'STRIPE_SECRET_KEY', 'BREVO_API_KEY', 'EVIDENCE_SIGNING_KEY_V1'],
      retentionTask: ['PSEUDONYM_KEY_V1', 'STRIPE_SECRET_KEY', 'BREVO_API_KEY'],
      exportTask: ['PSEUDONYM_KEY_V1', 'STRIPE_SECRET_KEY', 'BREVO_API_KEY', 'EVIDENCE_SIGNING_KEY_V1'],
      changeTask: ['PSEUDONYM_KEY_V1', 'STRIPE_SECRET_KEY', 'BREVO_API_KEY'],
      ledgerTask: ['PSEUDONYM_KEY_V1', 'EVIDENCE_SIGNING_KEY_V1'],
    });
  });
});
