import { Timestamp } from 'firebase-admin/firestore';
import { expect, it } from 'vitest';
import { listAll } from '../../../../functions/src/rights/answers/list.ts';
import { writeSealed } from '../../../kit/sealed/seal.ts';
import { testContext } from '../../requests/helpers.ts';

/** The requests of a period. */

const at = Date.parse;
const context = testContext(at('2026-06-01T00:00:00Z'));

it('a register of a year has the requests that were received in it, its first and last moment among them', async () => {
  const from = at('2025-12-31T23:00:00Z');
  const to = at('2026-12-31T22:59:59.999Z');
  const receipts = { early: from - 1, first: from, middle: at('2026-05-01T00:00:00Z'), last: to, late: to + 1 };
  for (const [key, receivedAt] of Object.entries(receipts))
    await writeSealed(
      context.own.doc(`requests/${key}`),
      { receivedAt: Timestamp.fromMillis(receivedAt), type: 'access', status: 'completed' },
      context.keys,
    );
  await context.own.doc('requests/forged').set({ receivedAt: Timestamp.fromMillis(from + 1) });
  const keys = async (period: Parameters<typeof listAll>[1]) => {
    const { requests, forged } = await listAll(context, period);
    return [...requests.map(({ key }) => key), ...forged];
  };
  expect(await keys({ from, to })).toEqual(['first', 'middle', 'last', 'forged']);
  expect(await keys({ from: to })).toEqual(['last', 'late']);
  expect(await keys({ to: from })).toEqual(['early', 'first']);
  expect(await keys({})).toEqual(['early', 'first', 'middle', 'last', 'late', 'forged']);
});
