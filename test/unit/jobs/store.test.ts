import { expect, it } from 'vitest';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { fromDocument, jobRef, loadJob, toDocument } from '../../../functions/src/jobs/store.ts';
import { memoryDatabases } from '../../kit/firestore.ts';

const keys = { current: 1, keys: { 1: 'a key for tests' } };
const NOW = Date.parse('2026-06-01T10:00:00Z');
const job = newJob(
  {
    id: 'j',
    kind: 'notice',
    input: { uids: ['a', 'b'] },
    dueAt: NOW,
    steps: [{ id: 'send' }, { id: 'told', after: ['send'] }],
  },
  NOW,
);

it('a job comes back as it was, a cursor of any depth too: Firestore keeps no list of lists', async () => {
  const { own } = memoryDatabases('demo-store');
  const store = { clients: { own: () => own }, keys };
  const cursor = { place: { record: 1, inner: { until: NOW, rows: [[null, 0, 2]] } }, by: NOW };
  const send = { state: 'waiting', after: [], attempts: 0, outcomes: [], wakeAt: NOW, cursor } as const;
  const begun = { ...job, steps: { send, told: job.steps['told'] ?? send } };
  await jobRef(own, 'j').set(toDocument(begun, keys));
  expect(await loadJob(store, 'j')).toEqual(begun);
  expect(Object.keys((await loadJob(store, 'j'))?.steps ?? {})).toEqual(['send', 'told']);
});

it('a step without a cursor has none', () => {
  expect(fromDocument('j', toDocument(job, keys), keys)).toEqual(job);
  expect(toDocument(job, keys)['steps']).not.toHaveProperty('send.cursor');
});
