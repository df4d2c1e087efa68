import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { effectJob } from '../../../../functions/src/consent/effects.ts';
import { changeRunner } from '../../../../functions/src/consent/steps.ts';
import { createJob, loadJob } from '../../../../functions/src/jobs/store.ts';
import { recordOf } from '../../../../functions/src/policy/lookup.ts';
import type { FateRule, Policy } from '../../../../functions/src/policy/schema.ts';
import { runDue } from '../../../kit/due.ts';
import { changeHead } from '../../../kit/sealed/ledger.ts';
import { memoryWorld, UID } from '../../rectification/world.ts';

/** Rows rest on a consent, and a ground keeps them for a while after it was taken back. */

const DAY = 86_400_000;
const source = { kind: 'ownChoice', reference: 'a test' } as const;
const ground = { article: 'Art. 17(3)(b)', text: { en: 'The law.', fr: 'La loi.' } };
const ended = (after: string): FateRule => ({
  ...{ when: { withdrawn: 'analytics' }, after, then: { do: 'delete' }, source },
});
const kept: FateRule = { when: { field: 'createdAt' }, after: 'P3Y', then: { do: 'retain', ground }, source };
const policyWith = (...fate: FateRule[]): Policy => ({
  ...amikeo,
  records: { ...amikeo.records, usageEvents: { ...recordOf(amikeo, 'usageEvents'), fate } },
});

/** Somebody with two rows, one a year older, takes their consent back now. */
async function withdrawn(policy: Policy) {
  const { context, chain } = memoryWorld(policy);
  const { app, time } = context;
  const start = time.now;
  const rows = [0, 365].map((days) => ({ ref: app.doc(`users/${UID}/usageEvents/${days}`), at: start - days * DAY }));
  for (const { ref, at } of rows) await ref.set({ createdAt: Timestamp.fromMillis(at) });
  const answer = async (state: 'given' | 'withdrawn') =>
    changeHead(context, chain, { current: { analytics: state }, since: { analytics: time.now } });
  await answer('withdrawn');
  const plan = effectJob(context, { id: 'e', uid: UID, purpose: 'analytics', chain, state: 'withdrawn' });
  if (plan === undefined) throw new Error('nothing ends');
  await createJob(context, plan);
  /** The rows that are left so many days after the no. */
  const left = async (days: number): Promise<string[]> => {
    time.now = start + days * DAY;
    for (let times = 0; times < 3; times++) {
      time.now += 2000;
      await runDue(context, { change: async (c) => changeRunner(c) }, 'change_');
    }
    const found = await Promise.all(rows.map(({ ref }) => ref.get()));
    return found.flatMap(({ exists, ref }) => (exists ? [ref.id] : []));
  };
  return { left, answer, job: () => loadJob(context, plan.id) };
}

describe('rows that a ground keeps after a withdrawal', () => {
  it.each([
    ['at once', policyWith(ended('P0D'), kept)],
    ['after a period', policyWith(ended('P30D'), kept)],
  ])('end %s with the ground, each at its time', async (_, policy) => {
    const { left, job } = await withdrawn(policy);
    expect(await left(0)).toEqual(['0', '365']);
    expect(await left(40)).toEqual(['0', '365']);
    expect(await left(2 * 365 + 3)).toEqual(['0']);
    expect(await left(3 * 365 + 3)).toEqual([]);
    expect((await job())?.status).toBe('completed');
  });

  it('stay if the consent was given again meanwhile', async () => {
    const { left, answer, job } = await withdrawn(policyWith(ended('P0D'), kept));
    await left(40);
    await answer('given');
    expect(await left(3 * 365 + 3)).toEqual(['0', '365']);
    expect((await job())?.status).toBe('completed');
  });
});
