import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import {
  setHold,
  type HoldOrder,
  type HoldSet,
  type Lifted,
  type StoredHold,
} from '../../../functions/src/erasure/holds.ts';
import { testContext } from '../../conformance/harness.ts';
import { jobOf } from '../../kit/jobs.ts';
import { person } from '../../kit/person.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { auth, compliance, db, eventually, fireNightly, keys, own, pseudonym, requestKeyOf } from '../../kit/suite.ts';

/** Legal holds as an officer sets and lifts them, and their effect on the deployed erasure. */

const ground = ['--ground-article', 'Art. 17(3)(e)', '--ground-en', 'A claim is pending.', '--ground-fr', 'Un litige.'];
const set = async (uid: string, ...more: string[]): Promise<HoldSet> => {
  const { out, code, said } = await compliance('hold', 'set', '--uid', uid, ...ground, ...more);
  expect(said).toBe('');
  expect(code).toBe(0);
  return out as HoldSet;
};
const lift = async (id: string) => (await compliance('hold', 'lift', id)).out as Lifted;

const somebody = async (): Promise<string> => {
  const documents = (uid: string) => ({
    [`users/${uid}`]: { firstName: 'Ada' },
    [`users/${uid}/activity/1`]: { createdAt: Timestamp.now() },
    [`users/${uid}/sessions/1`]: { createdAt: Timestamp.now() },
  });
  return (await person({ documents: ({ uid }) => documents(uid) })).uid;
};
const isThere = async (path: string): Promise<boolean> => (await db.doc(path).get()).exists;
/** Waits until the erasure waits for a hold; its id. */
const waitsForHold = async (uid: string): Promise<string> => {
  const job = await eventually(
    () => jobOf(pseudonym(uid)),
    (one) => one?.steps['holds']?.state === 'waiting',
  );
  return job?.id ?? '';
};
const completed = (uid: string) =>
  eventually(
    () => jobOf(pseudonym(uid)),
    (job) => job?.status === 'completed',
  );

// Each of these waits for its own person: side by side.
describe.concurrent('a legal hold', () => {
  it('keeps the records that it names, on its ground; when it is lifted they end within a minute', async () => {
    const uid = await somebody();
    const first = await set(uid, '--record', 'activity');
    expect(first.underWay).toEqual([]);
    expect((await own.doc(`legalHolds/${first.id}`).get()).data()).toEqual({
      seal: expect.stringMatching(/^v1_/),
      uid,
      until: null,
      records: ['activity'],
      createdAt: expect.any(Timestamp),
      statedAt: expect.any(Timestamp),
      ground: { article: 'Art. 17(3)(e)', text: { en: 'A claim is pending.', fr: 'Un litige.' } },
    });
    await auth.deleteUser(uid);
    const id = await waitsForHold(uid);
    expect([await isThere(`users/${uid}/activity/1`), await isThere(`users/${uid}/sessions/1`)]).toEqual([true, false]);

    // A second one: lifting the first ends nothing.
    const second = await set(uid, '--record', 'activity', 'sessions', '--until', '2099-12-31');
    expect(second.underWay).toEqual([id]);
    const list = (await compliance('hold', 'list', '--uid', uid)).out as StoredHold[];
    expect(list.map(({ id: hold, runs, until }) => [hold, runs, until])).toEqual([
      [first.id, true, undefined],
      // The day ends in the controller's zone.
      [second.id, true, Date.parse('2100-01-01T00:00:00+01:00') - 1],
    ]);
    const lookedAt = (await own.doc(`jobs/${id}`).get()).updateTime;
    expect(await lift(first.id)).toMatchObject({ ok: true, woken: [id] });
    await eventually(
      async () => (await own.doc(`jobs/${id}`).get()).data() as { status: string; wakeAt: Timestamp; steps: object },
      ({ wakeAt, steps }) =>
        wakeAt.toMillis() > Date.now() + 60_000 && (steps as { holds: { state: string } }).holds.state === 'waiting',
    );
    expect((await own.doc(`jobs/${id}`).get()).updateTime).not.toEqual(lookedAt);
    expect(await isThere(`users/${uid}/activity/1`)).toBe(true);

    expect(await lift(second.id)).toMatchObject({ ok: true, hold: { runs: false }, woken: [id] });
    await completed(uid);
    expect(await isThere(`users/${uid}/activity/1`)).toBe(false);
    // It stays on record, and is over.
    const { until } = (await own.doc(`legalHolds/${second.id}`).get()).data() as { until: Timestamp };
    expect(until.toMillis()).toBeLessThanOrEqual(Date.now());
    expect(await compliance('hold', 'lift', second.id)).toMatchObject({ code: 1, out: { ok: false, because: 'over' } });
    expect(await compliance('hold', 'lift', 'nothing')).toMatchObject({ code: 1, out: { because: 'unknown' } });
  });

  it('without records keeps everything of the person', async () => {
    const uid = await somebody();
    const { id } = await set(uid);
    await auth.deleteUser(uid);
    await waitsForHold(uid);
    for (const path of [`users/${uid}`, `users/${uid}/activity/1`, `users/${uid}/sessions/1`])
      expect(await isThere(path), path).toBe(true);
    await lift(id);
    await completed(uid);
    for (const path of [`users/${uid}`, `users/${uid}/activity/1`, `users/${uid}/sessions/1`])
      expect(await isThere(path), path).toBe(false);
  });

  it('that somebody deletes while an erasure waits still keeps the data; verify names it, and it can be lifted', async () => {
    const uid = await somebody();
    const { id } = await set(uid, '--record', 'activity');
    await auth.deleteUser(uid);
    const job = await waitsForHold(uid);
    await own.doc(`legalHolds/${id}`).delete();
    const lookedAt = (await own.doc(`jobs/${job}`).get()).updateTime;
    const other = await set(uid, '--record', 'sessions');
    await lift(other.id);
    await eventually(
      () => own.doc(`jobs/${job}`).get(),
      (one) =>
        !one.updateTime?.isEqual(lookedAt ?? Timestamp.now()) &&
        (one.get('steps.holds.state') as string) === 'waiting' &&
        (one.get('wakeAt') as Timestamp).toMillis() > Date.now() + 60_000,
    );
    expect(await isThere(`users/${uid}/activity/1`)).toBe(true);
    const missing = { problem: 'statementMissing', kind: 'legalHolds', chain: pseudonym(uid) };
    const { out } = await compliance('ledger', 'verify');
    expect((out as { problems: object[] }).problems).toContainEqual(expect.objectContaining(missing));
    const ofPerson = await compliance('ledger', 'verify', '--uid', uid);
    expect(ofPerson.out).toMatchObject({ problems: [missing], statements: 'ofPerson' });
    const ofChain = await compliance('ledger', 'verify', '--chain', pseudonym(uid));
    expect(ofChain.out).toMatchObject({ problems: [], statements: 'none' });
    expect(await lift(id)).toMatchObject({ ok: true, woken: [job] });
    await completed(uid);
    expect(await isThere(`users/${uid}/activity/1`)).toBe(false);
  });

  it('that would keep nothing is refused, and says why', async () => {
    const uid = await somebody();
    const refused = async (...args: string[]): Promise<string> => {
      const { code, said, out } = await compliance('hold', 'set', ...args);
      expect(out).toBeNull();
      return `${code}: ${said}`;
    };
    expect(await refused('--uid', uid, ...ground, '--record', 'activities')).toMatch(
      /^2: .*activities; it has .*activity/s,
    );
    expect(await refused('--uid', uid, ...ground, '--until', 'soon')).toContain('not a date');
    expect(await refused('--uid', `${uid}x`, ...ground)).toMatch(/^1: .*nobody knows this uid/s);
    expect(await refused('--uid', uid)).toMatch(/^2: .*--ground-article/s);
    // The operation refuses the rest, and the command repeats its words.
    const order: HoldOrder = {
      uid,
      ground: { article: 'Art. 17(3)(e)', text: { en: 'A claim is pending.', fr: 'Un litige.' } },
    };
    const context = { ...testContext(), keys };
    const wrong = (more: Partial<HoldOrder>) => expect(setHold(context, { ...order, ...more })).rejects;
    // Rows of nobody.
    await wrong({ records: ['rateLimits'] }).toThrow('rateLimits');
    await wrong({ uid: 'a/b' }).toThrow('not a uid');
    await wrong({ until: Date.parse('2020-01-01') }).toThrow('passed already');
    await wrong({ ground: { ...order.ground, text: { en: 'A claim is pending.', fr: ' ' } } }).toThrow('each language');
    expect((await own.collection('legalHolds').where('uid', '==', uid).get()).size).toBe(0);
    const { id } = await set(`${uid}x`, '--unknown-uid');
    expect((await lift(id)).ok).toBe(true);
  });
});

describe.concurrent('requests and erasures near their due date', () => {
  it('while a legal hold runs too is said by the nightly schedule, and listed for an officer until it is finished', async () => {
    const uid = await somebody();
    const { id } = await set(uid, '--record', 'activity');
    await auth.deleteUser(uid);
    const job = own.doc(`jobs/${await waitsForHold(uid)}`);
    const request = own.doc(`requests/${requestKeyOf(uid)}`);
    const dueAt = Timestamp.fromMillis(Date.now() - 3_600_000);
    const asked = {
      pseudonym: pseudonym(uid),
      type: 'rectification',
      channel: 'app',
      receivedAt: dueAt,
    };
    await writeSealed(job, { dueAt }, keys);
    await writeSealed(request, { ...asked, status: 'waiting', waitingFor: 'officer', dueAt }, keys);

    const { code, out } = await compliance('due');
    expect(code).toBe(1);
    expect(out).toMatchObject({ statements: { isLate: false } });
    expect((out as { items: unknown[] }).items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: request.id, daysLeft: -1, waitsFor: { for: 'officer' } }),
        expect.objectContaining({ id: job.id, daysLeft: -1, waitsFor: { for: 'hold', job: job.id, step: 'holds' } }),
      ]),
    );
    const said = await fireNightly(
      () => Promise.all([job.get(), request.get()]),
      (both) => both.every((one) => one.get('escalatedOn') !== undefined),
    );
    expect(said.map((one) => one.get('escalatedOn') as string)).toEqual(
      expect.arrayContaining([new Date().toISOString().slice(0, 10)]),
    );
    await writeSealed(request, { status: 'completed' }, keys);
    await lift(id);
    await completed(uid);
    const { items } = (await compliance('due')).out as { items: { id: string }[] };
    const left = items.map((item) => item.id);
    expect(left).not.toContain(request.id);
    expect(left).not.toContain(job.id);
  });
});
