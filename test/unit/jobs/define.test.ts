import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { defineJob, runnerOf } from '../../../functions/src/jobs/define.ts';
import { noticeJobs } from '../../../functions/src/messages/job.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { createJob, jobRef, loadJob } from '../../../functions/src/jobs/store.ts';
import { queues, type JobKind } from '../../../functions/src/platform/queues.ts';
import { exportRunners } from '../../../functions/src/queueRunners.ts';
import { runners } from '../../../functions/src/runners.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { testContext } from '../requests/helpers.ts';

const NOW = Date.parse('2026-03-01T09:00:00Z');

describe('kinds of jobs', () => {
  const kinds = Object.values(queues).flatMap((queue): readonly JobKind[] => queue.kinds);

  it('each has one queue, and a runner of its own definition', async () => {
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(Object.keys(runners).sort()).toEqual([...kinds].sort());
    for (const kind of kinds) {
      const { run } = await runners[kind](testContext(NOW));
      const job = newJob({ id: 'x', kind, input: {}, dueAt: NOW, steps: [{ id: 'none' }] }, NOW);
      await expect(run('none', job, { deadline: NOW })).rejects.toMatchObject({
        code: expect.stringMatching(/^(input|unknown_step)$/),
      });
    }
  });

  it('goes to its own queue from one that does not carry it, and no step is tried there', async () => {
    const context = testContext(NOW);
    const steps = [{ id: 'begin' }];
    await createJob(context, { id: 'e1', kind: 'erasure', pseudonym: 'v1_p', input: {}, dueAt: NOW, steps });
    const before = await loadJob(context, 'e1');
    context.enqueued.length = 0;
    await runJob(context, exportRunners, 'e1');
    expect(context.enqueued).toEqual(['erasureTask e1']);
    expect(await loadJob(context, 'e1')).toEqual(before);
  });
});

describe('the input of a job', () => {
  const plan = noticeJobs.plan({
    id: 'notice_1',
    pseudonym: 'v1_p',
    input: { uid: 'u1', notice: 'reconsent', purposes: ['news'], language: 'en' },
    dueAt: NOW,
    steps: [{ id: 'send' }],
  });

  it('reaches a step as it was declared, lists as lists', async () => {
    const context = testContext(NOW);
    const seen: unknown[] = [];
    const done = async () => ({ settled: [] });
    const runner = noticeJobs.runner({
      queue: done,
      send: async ({ input: { purposes } }) => {
        seen.push(purposes);
        return done();
      },
    });
    await createJob(context, plan);
    await runJob(context, { notice: async () => runner }, 'notice_1');
    expect(seen).toEqual([['news']]);
  });

  it('that does not fit blocks the step at once, with a code and the field, and tells no value', async () => {
    const context = testContext(NOW);
    const lines: unknown[] = [];
    const log = { ...context.log, error: (...line: unknown[]) => void lines.push(line) };
    const work = async () => {
      throw new Error('no step is run with it');
    };
    const runner = noticeJobs.runner(
      { queue: work, send: work },
      { instant: () => ({ settled: [] }), blocked: () => work() },
    );
    await createJob(context, plan);
    const input = { ...plan.input, purposes: 'a secret of ada@example.com' };
    await writeSealed(jobRef(context.own, 'notice_1'), { input }, context.keys);
    await runJob({ ...context, log }, { notice: async () => runner }, 'notice_1');

    const job = await loadJob(context, 'notice_1');
    expect(job?.status).toBe('blocked');
    expect(job?.steps['send']?.error).toMatchObject({ code: 'input', message: expect.stringContaining('purposes') });
    expect(lines).toHaveLength(1);
    expect(JSON.stringify([job?.steps, lines])).not.toContain('ada');
  });

  it('of a kind with several forms is read by the form that has the step', async () => {
    const done = async () => ({ settled: [] });
    const one = defineJob('inactive', { input: () => z.object({ a: z.string() }), steps: ['first'] });
    const other = defineJob('inactive', { input: () => z.object({ b: z.number() }), steps: ['second'] });
    expect(() => runnerOf(one.runner({ first: done }), one.runner({ first: done }))).toThrow('have a step first');
    const { run } = runnerOf(one.runner({ first: done }), other.runner({ second: done }));
    const job = newJob(other.plan({ id: 'x', input: { b: 1 }, dueAt: NOW, steps: [{ id: 'second' }] }), NOW);
    await expect(run('second', job, { deadline: NOW })).resolves.toEqual({ settled: [] });
    await expect(run('first', job, { deadline: NOW })).rejects.toMatchObject({ code: 'input' });
    await expect(run('third', job, { deadline: NOW })).rejects.toMatchObject({ code: 'unknown_step' });
  });
});
