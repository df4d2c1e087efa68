import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { recordOf } from '../../../functions/src/policy/lookup.ts';
import type { FateRule, Policy } from '../../../functions/src/policy/schema.ts';
import { startContracts } from '../../../functions/src/retention/contracts/plan.ts';
import { lapseRunner } from '../../../functions/src/retention/contracts/steps.ts';
import { runDue } from '../../kit/due.ts';
import { memoryWorld, UID } from '../rectification/world.ts';

/** Periods count from the end of a contract, and the rows of contracts end too. */

const DAY = 86_400_000;
const source = { kind: 'ownChoice', reference: 'a test' } as const;
const since = (after: string): FateRule[] => [
  { when: { event: 'contractEnded' }, after, then: { do: 'delete' }, source },
];
const activity = recordOf(amikeo, 'activity');
const policyOf = (contracts: FateRule[], sessions: string, kept: FateRule[] = []): Policy => ({
  ...amikeo,
  contract: { record: 'contracts', ended: 'endedAt', source },
  records: {
    contracts: { ...activity, path: 'users/{uid}/contracts/{id}', fate: contracts },
    activity: { ...activity, fate: [...since('P30D'), ...kept] },
    sessions: { ...recordOf(amikeo, 'sessions'), fate: since(sessions) },
  },
});

/** A contract of somebody ends now. */
async function ended(policy: Policy) {
  const { context } = memoryWorld(policy);
  const { app, time } = context;
  const contract = app.doc(`users/${UID}/contracts/1`);
  await contract.set({ endedAt: Timestamp.fromMillis(time.now) });
  const names = ['contracts', 'activity', 'sessions'];
  for (const name of names.slice(1))
    await app.doc(`users/${UID}/${name}/1`).set({ createdAt: Timestamp.fromMillis(time.now - 9 * DAY) });
  /** Lets days pass, and a night come. */
  const after = async (days: number): Promise<void> => {
    time.now += days * DAY;
    await startContracts(context, time.now);
    await runDue(context, { lapse: async (c) => lapseRunner(c) }, 'lapse_');
  };
  const left = async (): Promise<string[]> => {
    const rows = await Promise.all(names.map((name) => app.doc(`users/${UID}/${name}/1`).get()));
    return names.filter((_, at) => rows[at]?.exists);
  };
  return { contract, after, left };
}

describe('the end of a contract whose own record ends first', () => {
  it('ends all records of the same period', async () => {
    const { after, left } = await ended(policyOf(since('P30D'), 'P30D'));
    await after(29);
    expect(await left()).toEqual(['contracts', 'activity', 'sessions']);
    await after(2);
    expect(await left()).toEqual([]);
  });

  it.each([
    ['with the contract', since('P30D')],
    ['by the field of its end', [{ ...since('P40D')[0], when: { field: 'endedAt' } } as FateRule]],
  ])('ends a record of a longer period later, if the contract goes %s', async (how, contracts) => {
    const { contract, after, left } = await ended(policyOf(contracts, 'P60D'));
    await after(31);
    // The nightly sweep of rows by their field is another job.
    if (how !== 'with the contract') await contract.delete();
    expect(await left()).toEqual(['sessions']);
    await after(30);
    expect(await left()).toEqual([]);
  });

  it('ends rows that a ground keeps when that is over', async () => {
    const ground = { article: 'Art. 17(3)(b)', text: { en: 'The law.', fr: 'La loi.' } };
    const law: FateRule = { when: { field: 'createdAt' }, after: 'P1Y', then: { do: 'retain', ground }, source };
    const { after, left } = await ended(policyOf(since('P5Y'), 'P30D', [law]));
    await after(31);
    expect(await left()).toEqual(['contracts', 'activity']);
    await after(326);
    expect(await left()).toEqual(['contracts']);
  });

  it('ends nothing more if another contract runs, ended later, or the row is gone before its time', async () => {
    const policy = policyOf(since('P45D'), 'P40D');
    const [runs, later, gone] = [await ended(policy), await ended(policy), await ended(policy)];
    for (const one of [runs, later, gone]) {
      await one.after(31);
      expect(await one.left()).toEqual(['contracts', 'sessions']);
    }
    await runs.contract.parent.doc('2').set({});
    await later.contract.parent.doc('2').set({ endedAt: Timestamp.fromMillis(Date.UTC(2026, 5, 10)) });
    await gone.contract.delete();
    for (const one of [runs, later, gone]) await one.after(10);
    expect(await Promise.all([runs, later, gone].map((one) => one.left()))).toEqual([
      ['contracts', 'sessions'],
      ['contracts', 'sessions'],
      ['sessions'],
    ]);
  });
});
