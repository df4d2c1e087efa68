import { beforeEach, describe, expect, it } from 'vitest';
import { giveUp } from '../../../functions/src/erasure/giveUp.ts';
import { grace } from '../../../functions/src/erasure/grace.ts';
import { erasureJobs } from '../../../functions/src/erasure/job.ts';
import { cancel } from '../../../functions/src/jobs/advance.ts';
import { changeJob, createJob, loadJob } from '../../../functions/src/jobs/store.ts';
import { endOfErasureEverywhere } from '../../../functions/src/rectification/restricted.ts';
import { onStatement } from '../../../functions/src/rights/statements/submit.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { problemsOf } from '../../kit/sealed/verified.ts';
import { testContext } from '../requests/helpers.ts';
import { DAY, NOW, isStoredOnly, told } from './heldPerson.ts';

/** A restriction that an erasure brings belongs to that erasure, also if its document is forged. */

let context = testContext(NOW);
beforeEach(() => void (context = testContext(NOW)));

const says = async (statement: object) => {
  const answer = await onStatement(context, statement);
  if (!answer.ok) throw new Error(answer.code);
  return answer;
};
const restrict = () => says({ submit: 'restriction', uid: 'kim', reason: 'asked' });
const chain = () => pseudonymOf('kim', context.keys);
const problems = () => problemsOf(context);

describe('a restriction', () => {
  const erasure = async () => {
    const id = 'erasure_of_kim';
    const input = { uid: 'kim', accountCreatedAt: 1, deletedAt: NOW, startedBy: 'request' as const, startedAt: NOW };
    const steps = [{ id: 'grace' }];
    const start = { id: 'request:x', by: 'request' as const, at: NOW, from: NOW + DAY, requested: true };
    const more = { starts: [start.id], standing: [start], graceUntil: start.from };
    await createJob(
      context,
      erasureJobs.plan({ id, pseudonym: chain(), dueAt: NOW, steps, input: { ...input, ...more } }),
    );
    const job = await loadJob(context, id);
    if (job === null) throw new Error('there is no erasure');
    return erasureJobs.read(job);
  };

  it('of an erasure belongs to the erasure, which ends it', async () => {
    const job = await erasure();
    await grace(context, job);
    await grace(context, job);
    await context.own.doc('restrictions/kim').delete();
    await grace(context, job);
    expect(await isStoredOnly(context, 'kim')).toBe(true);
    expect(await onStatement(context, { withdraw: 'restriction', id: 'kim', toldAt: told })).toMatchObject({
      code: 'of_erasure',
    });
    await endOfErasureEverywhere(context, 'kim', job.id);
    await endOfErasureEverywhere(context, 'kim', job.id);
    expect(await isStoredOnly(context, 'kim')).toBe(false);
    expect(await problems()).toEqual([]);
  });

  it.each(['forged', 'put back'])(
    'of an erasure belongs to it as well if the document is %s, and is named',
    async (how) => {
      await restrict();
      const older = (await context.own.doc('restrictions/kim').get()).data() ?? {};
      await says({ withdraw: 'restriction', id: 'kim', toldAt: told });
      const job = await erasure();
      await grace(context, job);
      await context.own.doc('restrictions/kim').set(how === 'forged' ? { reason: 'x' } : older);
      expect(await problems()).toContain(how === 'forged' ? 'statementUnsealed' : 'statementOlder');
      expect(await onStatement(context, { withdraw: 'restriction', id: 'kim', toldAt: told })).toMatchObject({
        code: 'of_erasure',
      });
      await endOfErasureEverywhere(context, 'kim', 'another erasure');
      expect(await isStoredOnly(context, 'kim')).toBe(true);
      await endOfErasureEverywhere(context, 'kim', job.id);
      expect(await isStoredOnly(context, 'kim')).toBe(false);
      expect(await problems()).toEqual([]);
    },
  );

  it('of an erasure ends if an officer gives that up', async () => {
    const job = await erasure();
    await grace(context, job);
    expect(await isStoredOnly(context, 'kim')).toBe(true);
    await giveUp(context, job.id, { by: 'officer', now: context.now() });
    expect(await isStoredOnly(context, 'kim')).toBe(false);
    expect(await problems()).toEqual([]);
  });

  it.each([true, false])('of an erasure that died while it was given up, servers withdraw: document %s', async (is) => {
    const job = await erasure();
    await grace(context, job);
    if (!is) await context.own.doc('restrictions/kim').delete();
    await changeJob(context, job.id, (current) => cancel(current, NOW));
    expect(await says({ withdraw: 'restriction', id: 'kim', toldAt: told })).toMatchObject({ changed: true });
    expect(await isStoredOnly(context, 'kim')).toBe(false);
  });

  it('of a server outlives an erasure that is taken back', async () => {
    await restrict();
    await context.own.doc('restrictions/kim').delete();
    const job = await erasure();
    await grace(context, job);
    await endOfErasureEverywhere(context, 'kim', job.id);
    expect(await isStoredOnly(context, 'kim')).toBe(true);
  });
});
