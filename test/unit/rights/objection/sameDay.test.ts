import { expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { enterWithdrawal } from '../../../../functions/src/consent/letters/withdrawal.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import { readEntry, receiptOf } from '../../../../functions/src/rights/ways/form.ts';
import { answer, context, headOf, person, time, useObjections, work } from './objection.world.ts';

useObjections();

/** A call of today, of which the officer notes the day alone. */
const today = (): string => new Date(time.now).toISOString().slice(0, 10);

/** The person says yes, and calls five hours later. */
async function caller(): Promise<string> {
  const { uid } = await person();
  await answer(uid, true);
  await work();
  time.now += 5 * 3_600_000;
  return uid;
}

it('Art. 7(3): a no of a day ends a yes of the same day', async () => {
  const uid = await caller();
  const no = { purpose: 'messages', channel: 'call', ...receiptOf(amikeo, today(), time.now) } as const;
  expect(await enterWithdrawal(context, { uid }, no)).toMatchObject({ state: 'withdrawn', stands: false });
  expect((await headOf(uid)).current['messages']).toBe('withdrawn');
});

it('Art. 21(3): so does an objection to direct marketing', async () => {
  const uid = await caller();
  const given = {
    ...{ channel: 'call', received: today(), type: 'objection', person: { uid }, power: 'self', identity: 'none' },
    ...{ proven: false, details: ['marketing=true'] },
  };
  await enterRequest(context, readEntry(amikeo, given, time.now));
  await work();
  expect((await headOf(uid)).current['messages']).toBe('objected');
});
