import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { newJob, type Runners } from '../../../functions/src/jobs/catalog.ts';
import { countForged, removeForged, retryJob, stuckJobs } from '../../../functions/src/jobs/officer.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { changeJob, createJob, jobRef, jobsIn, loadJob, toDocument } from '../../../functions/src/jobs/store.ts';
import { withoutSeal } from '../../../functions/src/crypto/seal.ts';
import { tick } from '../../../functions/src/jobs/tick.ts';
import { testContext } from '../requests/helpers.ts';

const NOW = Date.parse('2026-03-01T09:00:00Z');
const plan = (id: string) => ({
  id,
  kind: 'erasure' as const,
  pseudonym: 'v1_anybody',
  input: { uid: 'ada', deletedAt: NOW },
  dueAt: NOW,
  steps: [{ id: 'begin' }, { id: 'firestore', after: ['begin'] }],
});
const broken = { code: 'seal.broken' };

/** A context, and a runner that notes each step that it is given. */
function world() {
  const context = testContext(NOW);
  const ran: string[] = [];
  const run = async (step: string) => {
    ran.push(step);
    return { settled: [] };
  };
  const runners = { erasure: async () => ({ run }) } as unknown as Runners;
  return { context, ran, runners, task: (id: string) => runJob(context, runners, id) };
}

/** A document as a writer makes it who has the database and no key. */
const forgery = (id: string) => withoutSeal(toDocument(newJob(plan(id), NOW), testContext(NOW).keys));

describe('a job that the backend did not write so', () => {
  const own = toDocument(newJob(plan('e1'), NOW), testContext(NOW).keys);
  it.each<[string, Record<string, unknown>]>([
    ['without a seal', forgery('e1')],
    ['sealed with another key', toDocument(newJob(plan('e1'), NOW), { current: 1, keys: { 1: 'another' } })],
    ['whose person is another', { ...own, input: { uid: 'bob', deletedAt: NOW } }],
    ['whose step was marked as done', { ...own, steps: { ...own['steps'], begin: { state: 'done' } } }],
    ['that was copied from another id', toDocument(newJob(plan('e2'), NOW), testContext(NOW).keys)],
    ['whose time came earlier', { ...own, wakeAt: Timestamp.fromMillis(0) }],
    ['with one field more', { ...own, certificate: 'c1' }],
    ['that is empty', {}],
  ])('runs nothing, is not changed, and ends its task with one line: %s', async (_, data) => {
    const { context, ran, task } = world();
    await jobRef(context.own, 'e1').set(data);
    await task('e1');
    expect(ran).toEqual([]);
    expect((await jobRef(context.own, 'e1').get()).data()).toEqual(data);
    expect(context.enqueued).toEqual([]);
    const kinds = 'kind' in data ? 'erasure' : '';
    expect(context.logged).toEqual([
      `jobs are not as the backend wrote them: none of them runs, and an officer has to look ${JSON.stringify({ code: 'seal.broken', count: 1, kinds })}`,
    ]);
  });

  it('is no job to code that loads, changes or retries it', async () => {
    const { context } = world();
    await jobRef(context.own, 'e1').set(forgery('e1'));
    await expect(loadJob(context, 'e1')).rejects.toMatchObject(broken);
    await expect(changeJob(context, 'e1', (job) => ({ ...job, dueAt: 0 }))).rejects.toMatchObject(broken);
    await expect(retryJob(context, 'e1', NOW)).rejects.toMatchObject(broken);
  });

  it('tells a log neither its id nor a kind that there is not', async () => {
    const { context, task } = world();
    const data = { ...forgery('e1'), kind: 'ada@example.com', wakeAt: Timestamp.fromMillis(0) };
    await jobRef(context.own, 'ada@example.com').set(data);
    await task('ada@example.com');
    await tick(context);
    expect(context.logged).toHaveLength(2);
    expect(context.logged.join()).not.toContain('ada');
  });

  it('does not keep tick from the jobs behind it, however many there are', async () => {
    const { context } = world();
    for (let n = 0; n < 230; n++)
      await jobRef(context.own, `f${n}`).set({ ...forgery(`f${n}`), wakeAt: Timestamp.fromMillis(n) });
    await createJob({ ...context, queue: { enqueue: async () => undefined } }, plan('e1'));
    expect(await tick(context)).toBe(1);
    expect(context.enqueued).toEqual(['erasureTask e1']);
    expect(context.logged).toEqual([expect.stringContaining('"count":230')]);
    expect((await loadJob(context, 'e1'))?.wakeAt).toBe(NOW + context.config.enqueueGraceMs);
  });

  it('goes on with the right keys, if only those were wrong', async () => {
    const { context, runners, ran } = world();
    await createJob(context, plan('e1'));
    const wrong = { ...context, keys: { current: 1, keys: { 1: 'of another project' } } };
    await runJob(wrong, runners, 'e1');
    await tick(wrong);
    expect(ran).toEqual([]);
    await runJob(context, runners, 'e1');
    expect(ran).toEqual(['begin', 'firestore']);
  });

  it('stands among those for an officer, who removes it; a right one cannot be removed', async () => {
    const { context } = world();
    await createJob(context, plan('e2'));
    await jobRef(context.own, 'e1').set({ ...forgery('e1'), status: 'running' });
    const blocked = [{ step: null, code: 'seal.broken', message: expect.any(String) as string }];
    expect(await stuckJobs(context)).toEqual([
      { id: 'e1', kind: 'erasure', status: 'forged', pseudonym: null, dueAt: null, blocked },
    ]);
    expect(await countForged(context)).toBe(1);
    const error = { code: 'input', message: 'it says no uid' };
    await changeJob(context, 'e2', (job) => ({
      ...job,
      steps: { first: { state: 'blocked', after: [], attempts: 1, outcomes: [], error } },
    }));
    const [right, forged] = await stuckJobs(context);
    expect(right).toMatchObject({ id: 'e2', status: 'waiting', blocked: [{ step: 'first', ...error }] });
    expect(Object.keys(right ?? {})).toEqual(Object.keys(forged ?? {}));
    expect(await removeForged(context, 'e2')).toBe(false);
    expect(await removeForged(context, 'e1')).toBe(true);
    expect(await removeForged(context, 'e1')).toBe(false);
    expect(jobsIn((await context.own.collection('jobs').get()).docs, context.keys)).toMatchObject({
      jobs: [{ id: 'e2' }],
      forged: [],
    });
  });
});
