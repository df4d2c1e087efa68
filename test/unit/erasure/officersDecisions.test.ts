import { beforeEach, describe, expect, it } from 'vitest';
import { deciderIn } from '../../../cli/officer.ts';
import { withoutSeal } from '../../../functions/src/crypto/seal.ts';
import { giveUp } from '../../../functions/src/erasure/giveUp.ts';
import { liftHold, setHold } from '../../../functions/src/erasure/holds.ts';
import { discardErasures, releaseErasures, startByOfficer } from '../../../functions/src/erasure/officer.ts';
import { erasureId } from '../../../functions/src/erasure/plan.ts';
import { startErasure } from '../../../functions/src/erasure/start.ts';
import { retryJob } from '../../../functions/src/jobs/officer.ts';
import { changeJob, loadJob } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { isEntry } from '../../../functions/src/ledger/shape.ts';
import { onStatement } from '../../../functions/src/rights/statements/submit.ts';
import { addOfficer, removeOfficer } from '../../../functions/src/subject/officers.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { problemsOf } from '../../kit/sealed/verified.ts';
import { testContext } from '../requests/helpers.ts';

/** Decisions carry the pseudonym of the officer who was named, and never a name. */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
let context = testContext(NOW);
let officer = '';
let chain = '';
beforeEach(async () => {
  context = testContext(NOW);
  chain = pseudonymOf('kim', context.keys);
  officer = (await addOfficer(context, 'Ines Marchal')).pseudonym;
});
const entries = async () =>
  (await context.own.collection(`ledger/${chain}/entries`).orderBy('seq').get()).docs.map((entry) => entry.data());
const problems = () => problemsOf(context);
const erasee = () => ({ uid: 'kim', pseudonym: chain, accountCreatedAt: 1_700_000_000 });
const started = async (change: (job: Job) => Job = (job) => job): Promise<string> => {
  const start = { by: 'accountDeleted', id: 'deleted:1', at: NOW - 1000, from: NOW, requested: false } as const;
  await startErasure(context, erasee(), start);
  await changeJob(context, erasureId(erasee()), change);
  return erasureId(erasee());
};
const orders = async (id: string) => (await loadJob(context, id))?.orders;

describe('a decision under a name', () => {
  it('needs one of the directory as soon as that has any: an empty one names nobody', async () => {
    const empty = testContext(NOW);
    expect(await deciderIn(empty)).toBeUndefined();
    await expect(deciderIn(empty, 'Ines Marchal')).rejects.toThrow('compliance officer add');
    expect(await deciderIn(context, 'ines marchal')).toBe(officer);
    await expect(deciderIn(context)).rejects.toThrow('who decides?');
    await expect(deciderIn(context, 'Mallory')).rejects.toThrow('nobody of this name');
    await removeOfficer(context, 'Ines Marchal');
    await expect(deciderIn(context, 'Ines Marchal')).rejects.toThrow('nobody of this name');
    await expect(deciderIn(context)).rejects.toThrow('who decides?');
  });

  it('about a hold stands in both entries of the chain, which verifies; a server’s names nobody', async () => {
    const by = { actor: 'officer', officer } as const;
    const { id } = await setHold(context, { uid: 'kim', ground, unknownUid: true }, by);
    await liftHold(context, id, by);
    await onStatement(context, { submit: 'restriction', uid: 'kim', reason: 'asked' });
    expect((await entries()).map((entry) => [entry['state'], entry['actor'], entry['officer']] as unknown[])).toEqual([
      ['set', 'officer', officer],
      ['ended', 'officer', officer],
      ['set', 'server', undefined],
    ]);
    expect(JSON.stringify(await entries())).not.toContain('Ines');
    expect(await problems()).toEqual([]);
  });

  it('that gives an erasure up stands in the chain and on the job: cancelled, or discarded', async () => {
    const id = await started();
    await giveUp(context, id, { by: 'officer', officer, now: NOW });
    expect((await entries()).at(-1)).toMatchObject({ state: 'givenUp', actor: 'officer', officer });
    expect(await orders(id)).toEqual([{ order: 'cancelled', at: NOW, officer }]);
    expect(await problems()).toEqual([]);
    context = testContext(NOW);
    await started((job) => ({ ...job, status: 'held' }));
    expect(await discardErasures(context, [id], officer)).toEqual([id]);
    expect((await entries()).at(-1)).toMatchObject({ state: 'givenUp', actor: 'officer', officer });
    expect(await orders(id)).toEqual([{ order: 'cancelled', at: NOW, officer }]);
  });

  it('that releases or retries a job stands on it, the newest twenty; without a name nothing does', async () => {
    const id = await started((job) => ({ ...job, status: 'held' }));
    await releaseErasures(context, [id], officer);
    const block = (job: Job): Job => ({
      ...job,
      steps: { ...job.steps, breaker: { after: [], attempts: 1, outcomes: [], state: 'blocked' } },
    });
    await changeJob(context, id, block);
    await retryJob(context, id, NOW + 1, officer);
    expect(await orders(id)).toEqual([
      { order: 'released', at: NOW, officer },
      { order: 'retried', at: NOW + 1, officer },
    ]);
    for (let n = 2; n < 30; n++) {
      await changeJob(context, id, block);
      await retryJob(context, id, NOW + n, officer);
    }
    expect(await orders(id)).toHaveLength(20);
    expect((await orders(id))?.at(-1)).toMatchObject({ at: NOW + 29 });
    await changeJob(context, id, block);
    await retryJob(context, id, NOW + 99);
    expect((await orders(id))?.at(-1)).toMatchObject({ at: NOW + 29 });
  });

  it('that starts an erasure goes with the job, for its certificate', async () => {
    const { job } = await startByOfficer(context, { uid: 'kim' }, NOW, { unknownUid: true, officer });
    expect((await loadJob(context, job ?? ''))?.input).toMatchObject({ startedBy: 'officer', officer });
  });
});

describe('an entry with an officer', () => {
  it('is none if a name stands there, or if somebody else acted', async () => {
    await setHold(context, { uid: 'kim', ground, unknownUid: true }, { actor: 'officer', officer });
    const { docs } = await context.own.collection(`ledger/${chain}/entries`).get();
    const entry = { ...withoutSeal(docs[0]?.data() ?? {}), id: docs[0]?.id, occurredAt: NOW, recordedAt: NOW };
    expect(isEntry(entry)).toBe(true);
    expect(isEntry({ ...entry, officer: 'Ines Marchal' })).toBe(false);
    expect(isEntry({ ...entry, actor: 'server' })).toBe(false);
    expect(isEntry({ ...entry, actor: 'server', officer: undefined })).toBe(true);
  });

  it('that was changed to another one breaks the chain', async () => {
    await setHold(context, { uid: 'kim', ground, unknownUid: true }, { actor: 'officer', officer });
    const { docs } = await context.own.collection(`ledger/${chain}/entries`).get();
    const other = (await addOfficer(context, 'Noor')).pseudonym;
    await docs[0]?.ref.update({ officer: other });
    expect(await problems()).toContain('changed');
  });
});
