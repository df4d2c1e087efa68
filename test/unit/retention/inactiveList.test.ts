import { Timestamp } from 'firebase-admin/firestore';
import { expect, it } from 'vitest';
import { listInactive } from '../../../functions/src/retention/inactivity/list.ts';
import { inactivityRef, sealedInactivity } from '../../../functions/src/subject/activity.ts';
import { testContext } from '../requests/helpers.ts';

it('the list of unused accounts says which notes the backend did not write so', async () => {
  const context = testContext(Date.UTC(2026, 0, 1));
  const note = { accountCreatedAt: 1, lastActiveAt: Timestamp.fromMillis(5), told: 'sent' };
  const sealed = sealedInactivity('ada', note, context.keys);
  await inactivityRef(context, 'ada').set(sealed);
  await inactivityRef(context, 'bob').set(sealed);
  await inactivityRef(context, 'cyd').set({ lastActiveAt: 'never' });
  expect((await listInactive(context)).map(({ uid, isSealed }) => [uid, isSealed])).toEqual([
    ['cyd', false],
    ['ada', true],
    ['bob', false],
  ]);
});

it('the list begins with the account that ends first; those without a date come last, the longest unused first', async () => {
  const context = testContext(Date.UTC(2026, 0, 1));
  const at = (ms: number) => Timestamp.fromMillis(ms);
  const notes = {
    late: { lastActiveAt: at(1), eraseAt: at(200) },
    soon: { lastActiveAt: at(3), eraseAt: at(100) },
    undated: { lastActiveAt: at(2) },
    longUnused: { lastActiveAt: at(0) },
  };
  for (const [uid, note] of Object.entries(notes))
    await inactivityRef(context, uid).set(sealedInactivity(uid, { accountCreatedAt: 1, ...note }, context.keys));
  expect((await listInactive(context)).map(({ uid }) => uid)).toEqual(['soon', 'late', 'longUnused', 'undated']);
});
