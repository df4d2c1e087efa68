import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { changeJob, loadJob, toDocument } from '../../../functions/src/jobs/store.ts';
import type { Job, StepState } from '../../../functions/src/jobs/types.ts';
import {
  daysLeft,
  dueErasure,
  dueRequest,
  lineOf,
  listDue,
  startDue,
  waitOf,
} from '../../../functions/src/rights/due.ts';
import { testContext } from '../requests/helpers.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';

const NOW = Date.parse('2026-03-10T03:00:00Z');
const DAY = 86_400_000;
const step = (state: StepState['state'], more: Partial<StepState> = {}): StepState => ({
  state,
  after: [],
  attempts: 0,
  outcomes: [],
  ...more,
});
const job = (id: string, steps: Record<string, StepState>, more: Partial<Job> = {}): Job => ({
  ...newJob({ id, kind: 'erasure', pseudonym: 'v1_p', input: {}, dueAt: NOW + DAY, steps: [] }, NOW - 20 * DAY),
  steps,
  ...more,
});
const request = (more: Record<string, unknown> = {}) => ({
  pseudonym: 'v1_p',
  type: 'rectification',
  status: 'waiting' as const,
  channel: 'app',
  receivedAt: Timestamp.fromMillis(NOW - 25 * DAY),
  dueAt: Timestamp.fromMillis(NOW + 5 * DAY),
  waitingFor: 'officer',
  ...more,
});

describe('the event that a due item waits for', () => {
  it.each([
    [
      'the end of a grace',
      job('e', {
        breaker: step('done'),
        grace: step('waiting', { wakeAt: NOW + DAY, why: 'it can be taken back until then' }),
      }),
      { for: 'step', step: 'grace', why: 'it can be taken back until then', wakeAt: NOW + DAY },
    ],
    [
      'an officer, although another step goes on',
      job('e', {
        stripe: step('blocked', { error: { code: 'auth', message: 'a key' } }),
        brevo: step('waiting', { wakeAt: NOW }),
      }),
      { for: 'retry', step: 'stripe', code: 'auth' },
    ],
    [
      'a release',
      job(
        'e',
        { breaker: step('pending', { why: 'more erasures in a day than the policy allows' }) },
        { status: 'held' },
      ),
      { for: 'release', why: 'more erasures in a day than the policy allows' },
    ],
    [
      'the end of a legal hold',
      job('e', {
        firestore: step('done'),
        holds: step('waiting', { wakeAt: NOW, why: 'a legal hold runs on this person' }),
      }),
      { for: 'hold', step: 'holds' },
    ],
    [
      'the tasks of officers',
      job('e', { close: step('done'), officers: step('waiting', { wakeAt: NOW, why: 'officers have to do 2 more' }) }),
      { for: 'tasks', step: 'officers' },
    ],
    [
      'the next attempt',
      job('e', { stripe: step('waiting', { wakeAt: NOW + 5, error: { code: 'network', message: '' } }) }),
      { for: 'step', step: 'stripe', why: 'after network', wakeAt: NOW + 5 },
    ],
    [
      'a task',
      job('e', { begin: step('pending'), identity: step('pending', { after: ['begin'] }) }),
      { for: 'step', step: 'begin', why: 'pending', wakeAt: NOW - 20 * DAY },
    ],
  ] as const)('%s', (_, one, waits) => {
    expect(waitOf(one)).toEqual({ job: 'e', ...waits });
  });

  it('Art. 12(3): days are counted down to the due date, and on after it', () => {
    expect([2.5, 1, 0.5, 0, -0.1, -1, -1.5].map((days) => daysLeft(NOW + days * DAY, NOW))).toEqual([
      2, 1, 0, 0, -1, -1, -2,
    ]);
  });

  it('of a request: an officer, its open job, or an officer since its job ended without an answer', () => {
    const blocked = job('export_1', { archive: step('blocked') }, { kind: 'export' });
    const over = job('erase_1', { start: step('done') }, { status: 'completed' });
    expect(dueRequest('v1_p_r1', request(), [], NOW).waitsFor).toEqual({ for: 'officer' });
    expect(
      dueRequest('v1_p_r1', request({ job: 'export_1', waitingFor: undefined }), [blocked], NOW).waitsFor,
    ).toMatchObject({
      for: 'retry',
      job: 'export_1',
    });
    expect(dueRequest('v1_p_r1', request({ job: 'erase_1', waitingFor: undefined }), [over], NOW).waitsFor).toEqual({
      for: 'answer',
      job: 'erase_1',
    });
  });

  it('of one whose clock stands: the person, and a due date that moves on', async () => {
    const from = Timestamp.fromMillis(NOW - 3 * DAY);
    const standing = request({ dueAt: Timestamp.fromMillis(NOW), pauses: [{ from, reason: 'identity' }] });
    const item = dueRequest('v1_p_r1', standing, [], NOW);
    expect(item).toMatchObject({ daysLeft: 3, waitsFor: { for: 'person', since: from.toMillis() } });
    expect(lineOf(item)).toMatchObject({ waitsFor: 'person', since: '2026-03-07T03:00:00.000Z' });
    const context = testContext(NOW);
    await writeSealed(context.own.doc('requests/v1_p_stands'), standing, context.keys);
    const far = { ...standing, dueAt: Timestamp.fromMillis(NOW + 30 * DAY) };
    await writeSealed(context.own.doc('requests/v1_p_far'), far, context.keys);
    // It comes back on the day on which it would have been due, and never says that it is late.
    expect(await startDue(context, NOW + 20 * DAY)).toEqual({ due: 1, reported: 1 });
    expect(context.logged).toEqual([expect.stringMatching(/^paused since/)]);
    context.time.now = NOW + 40 * DAY;
    expect((await listDue(context)).map(({ daysLeft: left }) => left)).toEqual([3, 33]);
  });

  it('the log names the record, no message, and nobody', () => {
    const line = lineOf(dueRequest('v1_p_hash', request(), [], NOW));
    expect(line).toEqual({
      request: 'v1_p_hash',
      pseudonym: 'v1_p',
      type: 'rectification',
      status: 'waiting',
      due: '2026-03-15T03:00:00.000Z',
      daysLeft: 5,
      waitsFor: 'officer',
    });
    const blocked = job('erasure_1', { stripe: step('blocked', { error: { code: 'auth', message: 'of Ada' } }) });
    expect(JSON.stringify(lineOf(dueErasure(blocked, NOW)))).not.toContain('Ada');
  });
});

describe('every night', () => {
  /** Requests and erasures of every state, near and far. */
  async function world() {
    const context = testContext(NOW);
    const { own } = context;
    const put = (id: string, more: Record<string, unknown>) =>
      writeSealed(own.doc(`requests/v1_p_${id}`), request(more), context.keys);
    const at = (days: number) => Timestamp.fromMillis(NOW + days * DAY);
    await put('near', { dueAt: at(6) });
    await put('far', { dueAt: at(8) });
    await put('over', { dueAt: at(-2), status: 'received' });
    await put('running', {
      dueAt: at(3),
      status: 'in_progress',
      type: 'erasure',
      job: 'erase_v1_p_x',
      waitingFor: null,
    });
    await put('done', { dueAt: at(1), status: 'completed' });
    await put('refused', { dueAt: at(1), status: 'refused' });
    await put('cancelled', { dueAt: at(-9), status: 'cancelled' });
    const jobs: Job[] = [
      job('erase_v1_p_x', { start: step('done') }, { status: 'completed', dueAt: NOW + 3 * DAY }),
      job(
        'erasure_v1_p_1',
        { grace: step('waiting', { wakeAt: NOW + DAY, why: 'grace' }) },
        { input: { request: 'v1_p_running' }, dueAt: NOW + 3 * DAY },
      ),
      job('erasure_held', { breaker: step('pending', { why: 'many' }) }, { status: 'held', dueAt: NOW + 2 * DAY }),
      job(
        'erasure_blocked',
        { stripe: step('blocked', { error: { code: 'auth', message: '' } }) },
        { status: 'blocked', dueAt: NOW - DAY },
      ),
      job('erasure_hold', { holds: step('waiting', { wakeAt: NOW }) }, { dueAt: NOW - 40 * DAY }),
      job('erasure_far', { grace: step('waiting', { wakeAt: NOW }) }, { dueAt: NOW + 8 * DAY }),
      job('erasure_done', { grace: step('done') }, { status: 'completed', dueAt: NOW - DAY }),
      job('erasure_off', { grace: step('pending') }, { status: 'cancelled', dueAt: NOW - DAY }),
      job('retention_x', { sweep: step('blocked') }, { kind: 'retention', status: 'blocked', dueAt: NOW }),
    ];
    for (const one of jobs) await own.doc(`jobs/${one.id}`).set(toDocument(one, context.keys));
    return context;
  }
  const due = [
    'v1_p_near',
    'v1_p_over',
    'v1_p_running',
    'erasure_v1_p_1',
    'erasure_held',
    'erasure_blocked',
    'erasure_hold',
  ];

  it('says each open request and erasure that is due soon or overdue once, with the event that it waits for', async () => {
    const context = await world();
    expect(await startDue(context, NOW)).toEqual({ due: 7, reported: 7 });
    const lines = context.logged.map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>);
    expect(lines.map(({ request: hash, erasure }) => erasure ?? hash).sort()).toEqual([...due].sort());
    expect(lines).toContainEqual(
      expect.objectContaining({ erasure: 'erasure_held', waitsFor: 'release', why: 'many', daysLeft: 2 }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ erasure: 'erasure_hold', waitsFor: 'hold', daysLeft: -40 }));
    // A request of an erasure waits for the erasure itself, not for the job that began it.
    expect(lines).toContainEqual(
      expect.objectContaining({
        request: 'v1_p_running',
        waitsFor: 'step',
        job: 'erasure_v1_p_1',
        step: 'grace',
      }),
    );
    expect(context.logged.filter((line) => line.startsWith('overdue'))).toHaveLength(3);
  });

  it('says nothing twice a day, and everything again the next day', async () => {
    const context = await world();
    await startDue(context, NOW);
    expect(await startDue(context, NOW + 3_600_000)).toEqual({ due: 7, reported: 0 });
    expect(await startDue(context, NOW + DAY)).toEqual({ due: 9, reported: 9 });
    expect(context.logged.filter((line) => line.includes('erasure_blocked'))).toHaveLength(2);
  });

  it('says again the items that a night that died had not noted, and not those that it had', async () => {
    const context = await world();
    await writeSealed(context.own.doc('jobs/erasure_held'), { escalatedOn: '2026-03-10' }, context.keys);
    expect(await startDue(context, NOW)).toEqual({ due: 7, reported: 6 });
    expect(context.logged.join()).not.toContain('erasure_held');
  });

  it('leaves the job as it is: the mark outlives its next change, and changes nothing of it', async () => {
    const context = await world();
    await startDue(context, NOW);
    await changeJob(context, 'erasure_hold', (one) => ({ ...one, dueAt: one.dueAt }));
    expect((await context.own.doc('jobs/erasure_hold').get()).get('escalatedOn')).toBe('2026-03-10');
    expect(await loadJob(context, 'erasure_hold')).toMatchObject({ status: 'waiting', dueAt: NOW - 40 * DAY });
  });

  it('works through more than a page, the most urgent first', async () => {
    const context = testContext(NOW);
    for (let n = 0; n < 650; n++) {
      const one = job(`erasure_${n}`, { grace: step('waiting', { wakeAt: NOW }) }, { dueAt: NOW - (n % 7) * DAY });
      await context.own.doc(`jobs/${one.id}`).set(toDocument(one, context.keys));
    }
    expect(await startDue(context, NOW)).toEqual({ due: 650, reported: 650 });
    expect(new Set(context.logged).size).toBe(650);
    expect(await startDue(context, NOW)).toEqual({ due: 650, reported: 0 });
  });

  it('shows an officer the same, and the items due within another period', async () => {
    const context = await world();
    const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id);
    expect(ids(await listDue(context))).toEqual([
      'erasure_hold',
      'v1_p_over',
      'erasure_blocked',
      'erasure_held',
      ...['v1_p_running', 'erasure_v1_p_1'],
      'v1_p_near',
    ]);
    expect(ids(await listDue(context, 'P10D'))).toEqual(expect.arrayContaining(['v1_p_far', 'erasure_far']));
    expect(context.logged).toEqual([]);
  });
});
