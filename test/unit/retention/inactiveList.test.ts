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
