import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, expect, it } from 'vitest';
import { MIRRORED } from '../../../functions/src/requests/request.ts';
import { mirror, refOf, type RequestRecord } from '../../../functions/src/requests/store.ts';
import { onPrivacyRequestCancelled, onPrivacyRequestCreated } from '../../../functions/src/rights/receive.ts';
import { readRequest } from '../../../functions/src/rights/plan.ts';
import { NOW, chain, context, fresh, person } from '../rights/helpers.ts';
import { ask, takeBack } from '../rights/receive.sample.ts';

/** Each field that the backend writes onto a person's request is one that it reads again. */

beforeEach(fresh);

const at = Timestamp.fromMillis(NOW);
const reply = { kind: 'refused', at, language: 'en', words: { subject: 'Your request', text: 'No.' } } as const;
const full = {
  ...{ pseudonym: 'v1_p', type: 'rectification', channel: 'app', receivedAt: at, dueAt: at },
  ...{ status: 'refused', completedAt: at, reason: 'factsDiffer', missing: [], withdrawnAt: at, reply },
  transmission: { state: 'sent', host: 'import.example.org' },
} as unknown as RequestRecord;

it('a request with everything that the backend writes on it is read as one', async () => {
  await onPrivacyRequestCreated(context, await ask('rectification'));
  await person('r1').update({ details: { text: 'My name', correction: 'Ada', country: 'FR' } });
  const records = [
    { ...full, status: 'queued', retryAt: at },
    { ...full, status: 'waiting', pauses: [{ from: at, reason: 'identity' }] },
    full,
  ];
  const written = new Set<string>();
  for (const record of records as unknown as RequestRecord[]) {
    await person('r1').update({ status: record.status === 'queued' ? 'queued' : 'received' });
    await mirror(context, refOf('u1', chain, 'r1', context.keys), record);
    const data = (await person('r1').get()).data() ?? {};
    expect(readRequest('r1', data, NOW)).toMatchObject({ ok: true });
    for (const name of Object.keys(data)) written.add(name);
  }
  expect([...written].sort()).toEqual(['createdAt', 'details', 'type', ...MIRRORED].sort());
});

it('a refused correction that its person cancels is no malformed event: nothing of it is rejected', async () => {
  await onPrivacyRequestCreated(context, await ask('rectification'));
  await person('r1').update({ details: { text: 'My name', correction: 'Ada' } });
  await mirror(context, refOf('u1', chain, 'r1', context.keys), full);
  expect((await person('r1').get()).data()).toHaveProperty('statement');
  await onPrivacyRequestCancelled(context, await takeBack());
  expect((await context.own.collection('rejectedEvents').get()).docs.map((one) => one.data())).toEqual([]);
});
