import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, test } from 'vitest';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { decideRequest, ledgerDraft, readRequest } from '../../../functions/src/rights/plan.ts';
import { requestKey, type RequestType } from '../../../functions/src/requests/request.ts';
import { policyWith, record } from '../export/helpers.ts';

const policy = policyWith({ profile: record('firestore', 'users/{uid}') });
const at = (iso: string): number => Date.parse(iso);
const T = at('2026-01-31T10:00:00+01:00');
const document = (more: object = {}): object => ({ type: 'portability', createdAt: Timestamp.fromMillis(T), ...more });

describe('reading a request', () => {
  test('the contract’s fields, and those that the backend adds to them', () => {
    const data = document({
      details: { why: 'x' },
      cancelled: true,
      status: 'received',
      dueAt: null,
      reason: 'x',
      retryAt: null,
    });
    expect(readRequest('r1', data, T)).toEqual({
      ok: true,
      request: { requestId: 'r1', type: 'portability', receivedAt: T },
    });
  });

  test('an event time in whole seconds makes no request one of the future', () => {
    const data = { type: 'access', createdAt: Timestamp.fromMillis(T + 959) };
    expect(readRequest('r1', data, T)).toEqual({
      ok: true,
      request: { requestId: 'r1', type: 'access', receivedAt: T + 959 },
    });
  });

  test('a request from the future is one of now, and says so', () => {
    expect(readRequest('r1', document(), T - 5000)).toMatchObject({
      ok: true,
      request: { receivedAt: T - 5000, clamped: true },
    });
  });

  test.each([
    ['another type', 'r1', document({ type: 'everything' }), [{ code: 'invalid_value', field: 'type' }]],
    ['no time', 'r1', { type: 'access' }, [{ code: 'custom', field: 'createdAt' }]],
    [
      'a field that is not in the contract',
      'r1',
      document({ 'ada@example.com': 1 }),
      [{ code: 'unrecognized_keys', field: '(document)' }],
    ],
    ['no document', 'r1', undefined, [{ code: 'invalid_type', field: '(document)' }]],
    ['an id that leads elsewhere', '..', document(), [{ code: 'invalid_format', field: '(id)' }]],
    ['an id with a slash', 'a/b', document(), [{ code: 'invalid_format', field: '(id)' }]],
  ])('%s is refused by code and field name, without any value', (_name, id, data, issues) => {
    expect(readRequest(id, data, T)).toEqual({ ok: false, issues });
  });
});

describe('deciding a request', () => {
  const keys = { current: 1, keys: { 1: 'a key for tests' } };
  const key = requestKey('v1_x', 'r1', keys);
  const decide = (type: RequestType, receivedAt = T) =>
    decideRequest({ policy, keys }, 'u1', 'v1_x', { requestId: 'r1', type, receivedAt });

  test('Art. 12(3): 31 January is due on the last of February', () => {
    expect(new Date(decide('access').dueAt).toISOString()).toBe('2026-02-28T22:59:59.999Z');
  });

  test.each(['portability', 'access'] as const)('%s is answered by a job of its own', (product) => {
    const { status, job } = decide(product);
    expect([status, job?.id, job?.kind]).toEqual(['in_progress', `export_${key}`, 'export']);
    expect(job?.input).toEqual({ uid: 'u1', requestId: 'r1', request: key, product });
    if (job) expect(newJob(job, T).status).toBe('waiting');
  });

  test('erasure is started by a job of its own: the erasure itself is one for the account, however many ask for it', () => {
    const { status, job } = decide('erasure');
    expect([status, job?.id, job?.kind]).toEqual(['in_progress', `erase_${key}`, 'erasure']);
    expect(job?.input).toEqual({ uid: 'u1', requestId: 'r1', request: key, at: T });
  });

  test.each(['rectification', 'restriction', 'objection'] as const)(
    '%s waits for an officer, with its due date',
    (type) => {
      expect(decide(type)).toEqual({ status: 'waiting', waitingFor: 'officer', dueAt: decide('access').dueAt });
    },
  );
});

describe('the entry of a request', () => {
  test('names the actor: the person asks and takes back, the backend refuses', () => {
    const read = readRequest('r1', { type: 'access', createdAt: Timestamp.fromMillis(T) }, T);
    if (!read.ok) throw new Error('not readable');
    const actors = (['requested', 'cancelled', 'refused'] as const).map(
      (what) => ledgerDraft(read.request, what, T, T).actor,
    );
    expect(actors).toEqual(['subject', 'subject', 'backend']);
  });
});
